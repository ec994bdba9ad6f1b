"""How long does each step of a comparison take, a candidate? -> comparison.json

One probe against 1,000 prints, one thread: relaxed scores of all, full scores of the best 25, the ridge check of ten. Bozorth3
(nbis-python), where it is installed, compares MINDTCT's minutiae of the same images in the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from biomatch.bench.engine import prints
from biomatch.bench.frame import Run, rounded, timed
from biomatch.comparison import Block, Comparer, evidence
from biomatch.errors import BiomatchError, NothingToDo
from biomatch.evaluation import peers
from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.protocol import Sample
from biomatch.evaluation.runner import one_thread
from biomatch.gallery.search.stages import PARAMS
from biomatch.learned import shipped
from biomatch.observe import NO_PROGRESS, Progress

NAME = "comparison"
REFERENCES, REFINED, CHECKED, BOZORTH = 1_000, PARAMS.refined, 10, 100
SMALLEST, LARGEST = 30, 50  # minutiae: about 40 on average


def measure(data: Path | None, probes: int = 30, progress: Progress = NO_PROGRESS) -> Run:
    """Raises BadManifest, NothingToDo, FileUnreadable."""
    one_thread()
    chosen = prints.evenly(prints.listed(data), 6 * probes)
    engine = OurSetup().open("")
    ready = _extracted(engine, chosen, progress)
    ready = [one for one in ready if SMALLEST <= len(one[1].template.minutiae) <= LARGEST]
    if len(ready) < 2:
        raise NothingToDo(f"fewer than two prints have {SMALLEST} to {LARGEST} minutiae; give more prints")
    samples, ours = [one for one, _ in ready], [one for _, one in ready]
    kind, peer = "real" if data else "synthetic", peers.nbis_version()
    run = Run(NAME, threads=1, peer=peer, prints=kind, probes=probes, distinct=len(ours))
    run.note("minutiae of a print", rounded(np.mean([len(one.template.minutiae) for one in ours])))
    _steps(run, ours[:probes], [ours[n % len(ours)] for n in range(REFERENCES)])
    if peers.nbis_version():
        _bozorth3(run, samples[:probes])
    return run


def _extracted(engine: Any, samples: Sequence[Sample], progress: Progress) -> list[tuple[Sample, Any]]:
    progress.start("Extracting", len(samples))
    found = []
    for one in samples:
        found.append((one, engine.extract(one)))
        progress.advance()
    progress.done()
    return found


def _steps(run: Run, probes: Sequence[Any], references: Sequence[Any]) -> None:
    block, some, ten = Block.of(references), references[:REFINED], references[:CHECKED]
    with_ridges, without = Comparer(shipped()), Comparer(shipped(), use_ridges=False)
    for one in references:
        _ = one.ridges  # unpacked once, as an arena keeps them
    few = Block.of(some)
    _record(run, "relaxed score", lambda probe: with_ridges.relaxed(probe, block), probes, len(block))
    _record(run, "full score, evidence alone", lambda probe: evidence.gather(probe, few), probes, REFINED)
    _record(run, "full score", lambda probe: without.refine(probe, some), probes, REFINED)
    plain = _seconds(lambda probe: without.refine(probe, ten), probes)
    checked = _seconds(lambda probe: with_ridges.refine(probe, ten), probes)
    added = [max(0.0, b - a) for a, b in zip(plain, checked, strict=True)]
    run.record("ridge check", added, unit="us a candidate", scale=1e6 / CHECKED)

    def search(probe: Any) -> None:
        best = np.argsort(-with_ridges.relaxed(probe, block), kind="stable")[:REFINED]
        with_ridges.refine(probe, [references[at] for at in best])

    found = _record(run, "search of 1,000, all steps, a print", search, probes, len(block))
    run.note("pairs a second a core, 1:N", rounded(1e6 / found["p50"]))


def _bozorth3(run: Run, samples: Sequence[Sample]) -> None:
    peer, records = peers.NbisEngine(), list[bytes]()
    for sample in samples:
        try:
            records.append(peer.extract(sample))
        except BiomatchError:
            continue
    if records:
        many = [records[n % len(records)] for n in range(BOZORTH)]
        _record(run, "Bozorth3", lambda one: peer.compare(one, many), records, len(many))


def _record(run: Run, name: str, work: Callable[[Any], object], probes: Sequence[Any], candidates: int) -> dict[str, Any]:
    return run.record(name, _seconds(work, probes), unit="us a candidate", scale=1e6 / candidates)


def _seconds(work: Callable[[Any], object], probes: Sequence[Any]) -> list[float]:
    work(probes[0])
    return [timed(work, probe) for probe in probes]
