"""What is each extractor worth to the comparison, and do their templates fit each other? -> extractors.json

The FVC2000 sets, as they are and made hard by synthesis, by every extractor that is there, our comparison behind each; then
prints of each kind of template against prints of each other one: classical, learned, and foreign (MINDTCT's, which come without
ridge pictures).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from biomatch.bench.engine import by_name
from biomatch.bench.frame import Run
from biomatch.errors import NothingToDo
from biomatch.evaluation import peers, protocol, report, runner
from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.intervals import Pairs
from biomatch.evaluation.runner import Prints, SetScores
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress

NAME = "extractors"
SETS = ("fvc2000_db1", "fvc2000_db2", "fvc2000_db3", "fvc2000_db4")
HARDNESSES = {"plain": 0.0, "hard": 1.0}
MATRIX = ("classical", "learned", "mindtct")


@dataclass(frozen=True)
class Plan:
    """only: sets of the manifest; hard: whether the prints are scored made hard, too; processes: for what is not timed."""

    only: Sequence[str] = SETS
    hard: bool = True
    processes: int = 2


def measure(
    data: Path,
    extractors: Sequence[str] = (),
    plan: Plan | None = None,
    *,
    models: Path | None = None,
    progress: Progress = NO_PROGRESS,
) -> Run:
    """Measures error rates of each extractor, and of the pairs of those of MATRIX that are among them.

    extractors  names; none: all whose models or packages are there

    Raises UnknownName, PeerMissing, BadManifest, NothingToDo.
    """
    plan = plan or Plan()
    opened = Models(models) if models is not None else shipped()
    names = list(extractors) or by_name.available(opened)
    setups = {name: by_name.setup(name, models) for name in names}
    samples = protocol.read(data / "manifest.csv", plan.only)
    if not samples:
        raise NothingToDo(f"{data / 'manifest.csv'} lists no print of {', '.join(plan.only)}")
    run = Run(NAME, threads=plan.processes, models=opened, peer=peers.nbis_version(), sets=list(plan.only))
    kept: dict[str, Prints] = {}
    for name, setup in setups.items():
        figures: dict[str, Any] = {}
        for kind, hardness in HARDNESSES.items():
            if hardness and not plan.hard:
                continue
            harder = replace(setup, hardness=hardness)
            prints = runner.extract_all(
                harder, samples, [(at, "") for at in range(len(samples))], processes=plan.processes, progress=progress
            )
            scores = runner.compare_all(harder, prints, processes=plan.processes, progress=progress)
            figures[kind] = {"pooled": report.rates(scores)}
            figures[kind] |= {one: report.rates({one: scores[one]}) for one in scores}
            if not hardness:
                kept[name] = prints
        run.note(name, figures)
    pairs = combinations([name for name in MATRIX if name in kept], 2)
    run.note("across", {f"{a}, {b}": _across(kept[a], kept[b], models, plan, progress) for a, b in pairs})
    return run


def _across(a: Prints, b: Prints, models: Path | None, plan: Plan, progress: Progress) -> dict[str, Any]:
    """Compares the prints of one extractor with those of another, set by set; a print is not compared with itself."""
    count = len(a.samples)
    samples = [replace(one, set=f"{one.set} {side}") for side in "ab" for one in a.samples]
    ready = {(at, ""): one for (at, _), one in a.ready.items()} | {(at + count, ""): one for (at, _), one in b.ready.items()}
    both, setup = Prints(samples, ready), OurSetup(models=models)
    scores: dict[str, SetScores] = {}
    for name in dict.fromkeys(one.set for one in a.samples):
        found = runner.compare_across(setup, both, f"{name} a", f"{name} b", processes=plan.processes, progress=progress)
        scores[name] = _of_two_prints(found, count)
    return report.rates(scores)


def _of_two_prints(scores: SetScores, count: int) -> SetScores:
    """Drops the pairs whose two templates are of one image."""
    other: np.ndarray = scores.second - count != scores.first
    pairs = Pairs(scores.pairs.score[other], scores.pairs.a[other], scores.pairs.b[other])
    return SetScores(pairs, scores.llr[other], scores.first[other], scores.second[other])
