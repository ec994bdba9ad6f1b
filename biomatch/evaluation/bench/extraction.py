"""How long does one extraction take, by size and by stage? -> extraction.json

Encoded image to template, one thread. MINDTCT (nbis-python), where it is installed, takes the same bytes in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import process_time

import numpy as np

import biomatch
from biomatch.evaluation.bench import peers, prints
from biomatch.evaluation.bench.frame import Run, rounded, timed
from biomatch.evaluation.runner import one_thread
from biomatch.extraction import ClassicalExtractor
from biomatch.observe import NO_PROGRESS, Progress

NAME = "extraction"
SIZES = ((256, 256), (300, 300), (388, 374), (500, 500))  # px: what sensors give, and a large plain print
STAGES_AT = (388, 374)


class Stopwatch:
    """A trace that keeps the CPU seconds until each stage's output came."""

    def __init__(self) -> None:
        self.last, self.stages = process_time(), dict[str, float]()

    def __call__(self, name: str, value: object) -> None:
        now = process_time()
        self.stages[name] = self.stages.get(name, 0.0) + now - self.last
        self.last = process_time()


def measure(data: Path | None, count: int = 60, progress: Progress = NO_PROGRESS) -> Run:
    """`count` prints a size; sizes that no print reaches are left out. Raises BadManifest, NothingToDo."""
    one_thread()
    images = [prints.grey(one) for one in prints.evenly(prints.listed(data), 6 * count)]
    run = Run(NAME, threads=1, peer=peers.nbis_version(), prints="real" if data else "synthetic", at_most=count)
    extractor = ClassicalExtractor()
    by_size = {size: _cut_to(images, size, count) for size in SIZES}
    progress.start("Extracting", sum(map(len, by_size.values())))
    for size, pictures in by_size.items():
        if pictures:
            _measure_size(run, extractor, f"{size[0]} x {size[1]} px", pictures, progress)
    pictures = by_size[STAGES_AT] or next((some for some in by_size.values() if some), [])
    for stage, seconds in _by_stage(extractor, pictures).items():
        run.record(f"stage: {stage}", seconds, unit="ms", scale=1e3)
    progress.done()
    return run


def _cut_to(images: Sequence[np.ndarray], size: tuple[int, int], count: int) -> list[bytes]:
    cuts = (prints.cut(image, *size) for image in images)
    return [prints.png(image) for image in cuts if image is not None][:count]


def _measure_size(run: Run, extractor: ClassicalExtractor, size: str, pictures: list[bytes], progress: Progress) -> None:
    peer = peers.mindtct(500.0) if peers.nbis_version() else None

    def ours(picture: bytes) -> None:
        extractor.extract(biomatch.decode(picture, ppi=500))

    ours(pictures[0])
    mine, theirs = [], []
    for picture in pictures:
        mine.append(timed(ours, picture))
        if peer is not None:
            theirs.append(timed(peer.extract_minutiae, picture))
        progress.advance()
    found = run.record(size, mine, unit="ms", scale=1e3)
    if theirs:
        other = run.record(f"{size}, mindtct", theirs, unit="ms", scale=1e3)
        found["times_mindtct"] = rounded(found["p50"] / other["p50"])


def _by_stage(extractor: ClassicalExtractor, pictures: Sequence[bytes]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for picture in pictures:
        began = process_time()
        image = biomatch.decode(picture, ppi=500)
        found.setdefault("decoded", []).append(process_time() - began)
        watch = Stopwatch()
        extractor.extract(image, trace=watch)
        watch("template", None)
        for stage, seconds in watch.stages.items():
            found.setdefault(stage, []).append(seconds)
    return found
