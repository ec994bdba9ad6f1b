"""Do the same pixels give the same template elsewhere? -> repeatability.json

The same prints are extracted in other processes: again, without the widest vector instructions of this processor, and with
another engine behind the network. On one machine and one engine every bit must be the same; between two it is counted how many
templates differ, and how far a score moves.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import biomatch
from biomatch.bench.engine import prints
from biomatch.bench.frame import Run, rounded
from biomatch.comparison import Comparer, Prepared, prepare
from biomatch.descriptors import Describer
from biomatch.errors import WorkerLost
from biomatch.evaluation.galleries import kept
from biomatch.evaluation.protocol import Sample
from biomatch.evaluation.runner import one_thread
from biomatch.extraction import CLASSICAL, LEARNED, Extractor, LearnedExtractor, open_extractor
from biomatch.extraction.network import ONNXRUNTIME, OPENCV
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.template import Template

NAME = "repeatability"
NARROW = {  # no AVX-512: what a processor of 2015 has
    "OPENCV_CPU_DISABLE": "AVX512-SKX",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "NUMBA_CPU_NAME": "haswell",
    "OPENBLAS_CORETYPE": "Haswell",
}


@dataclass(frozen=True)
class Way:
    """One way to extract: by whom, on what engine, with what environment."""

    words: str
    extractor: str = LEARNED
    engine: str = OPENCV
    environment: dict[str, str] = field(default_factory=dict)


def ways() -> list[Way]:
    """Lists the ways that this machine has, each extractor's first way first."""
    every = [Way("learned"), Way("learned, again"), Way("learned, AVX2", environment=NARROW)]
    if find_spec("onnxruntime"):
        every.append(Way("learned, onnxruntime", engine=ONNXRUNTIME))
    return [*every, Way("classical", CLASSICAL), Way("classical, AVX2", CLASSICAL, environment=NARROW)]


def measure(data: Path | None = None, count: int = 60, *, models: Path | None = None, progress: Progress = NO_PROGRESS) -> Run:
    """Measures how templates and scores of so many prints differ from those of the first way.

    data  folder of real prints; None: the sample that ships

    Raises BadManifest, NothingToDo, FileUnreadable, WorkerLost.
    """
    one_thread()
    opened = Models(models) if models is not None else shipped()
    samples = prints.evenly(prints.listed(data), count)
    run = Run(NAME, threads=1, models=opened, prints=len(samples), data="real" if data else "sample")
    describer, comparer = Describer(opened), Comparer(opened)
    first: dict[str, list[Template]] = {}
    chosen = ways()
    progress.start("Extracting in other ways", len(chosen))
    for way in chosen:
        templates = _extracted(way, samples, models)
        if way.extractor not in first:
            first[way.extractor] = templates
        else:
            run.note(way.words, compared(first[way.extractor], templates, describer, comparer))
        progress.advance()
    progress.done()
    return run


def compared(own: Sequence[Template], others: Sequence[Template], describer: Describer, comparer: Comparer) -> dict[str, Any]:
    """Counts shares of templates that differ, and how far scores move between the pairs of prints of one way and of the
    other."""
    differ = [_content(a) != _content(b) for a, b in zip(own, others, strict=True)]
    number = [len(a.minutiae) != len(b.minutiae) for a, b in zip(own, others, strict=True)]
    moved = np.abs(_scores(own, describer, comparer) - _scores(others, describer, comparer))
    return {
        "templates": len(own),
        "differ": sum(differ),
        "other_number_of_minutiae": sum(number),
        "scores": moved.size,
        "largest_score_change": rounded(float(moved.max(initial=0))),
        "scores_moved_above_1": int((moved > 1).sum()),
    }


def _content(template: Template) -> bytes:
    """Returns all of a template but who extracted it."""
    return replace(template, extractor="").to_bytes()


def _scores(templates: Sequence[Template], describer: Describer, comparer: Comparer) -> np.ndarray:
    """Scores each print with every other, (n, n - 1) float64."""
    ready: list[Prepared] = [prepare(one, describer) for one in templates]
    rows = [comparer.refine(one, [*ready[:n], *ready[n + 1 :]], ridge_checks=len(ready)) for n, one in enumerate(ready)]
    return np.array([[one.score for one in row] for row in rows])


def _extracted(way: Way, samples: Sequence[Sample], models: Path | None) -> list[Template]:
    """Extracts in a process of its own, whose libraries choose their instructions when they are loaded."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "templates.npz"
        places = [f"{one.path}\t{one.ppi or 0:g}" for one in samples]
        command = [sys.executable, "-c", f"from {__name__} import child; child()", way.extractor, way.engine, str(models or ""),
                   str(out)]  # fmt: skip
        settings = {**os.environ, **way.environment, "NUMBA_CACHE_DIR": folder}
        ended = subprocess.run(command, input="\n".join(places), env=settings, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise WorkerLost(f"extraction '{way.words}' ended with {ended.returncode}: {ended.stderr.strip()[-400:]}")
        return [one for one in kept.unpacked(kept.read(out) or {}) if one is not None]


def child() -> None:
    """Extracts the prints that standard input lists, a path and its ppi a line; see `_extracted` for the arguments."""
    extractor, engine, models, out = sys.argv[1:]
    one_thread()
    opened = Models(Path(models)) if models else shipped()
    chosen: Extractor = LearnedExtractor(opened, backend=engine) if extractor == LEARNED else open_extractor(extractor, opened)
    templates = []
    for line in sys.stdin.read().splitlines():
        path, ppi = line.split("\t")
        templates.append(chosen.extract(biomatch.decode(Path(path).read_bytes(), ppi=float(ppi) or None)))
    kept.write(Path(out), kept.packed(templates))
