"""Are synthetic images like real ones? What the extractor measures in both, sensor by sensor -> likeness.json

For each real set that has a synthetic sensor of its kind: as many synthetic prints, of as many persons and of all ten fingers,
seen by the same extractor. Every print gives one value for each of `MEASURES`; every set their 10, 50 and 90 % points, and how
far the two distributions are apart (Kolmogorov and Smirnov's largest difference: 0 alike, 1 nothing in common).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import biomatch
from biomatch.bench.engine import prints
from biomatch.bench.frame import Run, rounded
from biomatch.errors import NothingToDo
from biomatch.evaluation.plots import COLOURS, canvas
from biomatch.evaluation.runner import one_thread
from biomatch.extraction import ClassicalExtractor
from biomatch.imaging import GreyImage
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import orders, versions
from biomatch.synthesis.person import TEN
from biomatch.template import ENDING, Minutiae

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "likeness"
PAIRS = (
    ("crossmatch", "glass"),
    ("fvc2000_db1", "soft"),
    ("uareu", "compact"),
    ("fvc2000_db3", "large"),
    ("fvc2000_db2", "chip"),
)
"""Real set, synthetic sensor of its kind."""
DIFFICULTY = 1.6  # of the synthetic touches, as `biomatch synth prints` has it
REAL = 0.5  # quality from which a minutia is more likely real than not
POINTS = (0.1, 0.5, 0.9)
MEASURES = {
    "minutiae": "minutiae",
    "endings": "share that are endings",
    "nearest": "px to the nearest minutia",
    "alike": "share whose nearest points the same way",
    "upright": "share that point up or down",
    "period": "px from ridge to ridge",
    "period spread": "px, 10 to 90 % of the print's periods",
}
"""Of one print, in words."""


def measure(data: Path, count: int = 40, seed: int = 83, progress: Progress = NO_PROGRESS) -> Run:
    """Measures `count` prints of each set that DATA has, and as many synthetic ones.

    Raises BadManifest, NothingToDo, FileUnreadable.
    """
    one_thread()
    run = Run(NAME, threads=1, seed=seed, at_most=count, generator=versions.IMAGES)
    there = {one.set for one in prints.listed(data)}
    pairs = [pair for pair in PAIRS if pair[0] in there]
    if not pairs:
        raise NothingToDo(f"{data} has none of the sets {', '.join(name for name, _ in PAIRS)}")
    chosen = {name: prints.evenly(prints.listed(data, [name]), count) for name, _ in pairs}
    extractor = ClassicalExtractor()
    progress.start("Looking at prints", len(pairs))
    for name, sensor in pairs:
        real = [seen(extractor, biomatch.decode(one.path.read_bytes(), ppi=one.ppi)) for one in chosen[name]]
        made = [seen(extractor, biomatch.decode(image)) for image in _synthetic(sensor, len(real), seed)]
        run.note(name, {"sensor": sensor, "prints": len(real), "measures": compared(real, made)})
        progress.advance()
    progress.done()
    return run


def _synthetic(sensor: str, count: int, seed: int) -> Iterator[bytes]:
    """Yields PNG files of so many persons' fingers."""
    for number in range(count):
        (job,) = orders.prints(seed + number, 1, [TEN[number % 10]], 1, [sensor], difficulty=DIFFICULTY)
        yield orders.make(None, job)[0].data


def seen(extractor: ClassicalExtractor, image: GreyImage) -> dict[str, float]:
    """Measures what `MEASURES` name, of one print; NaN where it has too little to say."""
    arrays: dict[str, np.ndarray] = {}

    def keep(name: str, value: object) -> None:
        if name in ("ridge-period", "foreground"):
            arrays[name] = np.asarray(value)

    template = extractor.extract(image, trace=keep)
    period = arrays["ridge-period"][arrays["foreground"]]
    low, middle, high = np.quantile(period, POINTS) if len(period) else (np.nan,) * 3
    found = of_minutiae(template.minutiae[template.minutiae.quality >= REAL])
    return found | {"period": float(middle), "period spread": float(high - low)}


def of_minutiae(minutiae: Minutiae) -> dict[str, float]:
    """Measures number, kinds, distances and directions."""
    count = len(minutiae)
    if count < 2:
        return {"minutiae": float(count), "endings": np.nan, "nearest": np.nan, "alike": np.nan, "upright": np.nan}
    apart = np.hypot(minutiae.x[:, None] - minutiae.x[None], minutiae.y[:, None] - minutiae.y[None])
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    return {
        "minutiae": float(count),
        "endings": float(np.mean(minutiae.kind == ENDING)),
        "nearest": float(np.median(apart.min(axis=1))),
        "alike": float(np.mean(np.cos(minutiae.angle - minutiae.angle[nearest]) > 0)),
        "upright": float(np.mean(np.abs(np.sin(minutiae.angle)) > np.sqrt(0.5))),
    }


def compared(real: Sequence[dict[str, float]], made: Sequence[dict[str, float]]) -> dict[str, dict[str, Any]]:
    """Compares points of both distributions of each measure, and says how far they are apart; None where no print says
    anything."""
    out: dict[str, dict[str, Any]] = {}
    for name in MEASURES:
        values = [np.array([one[name] for one in some]) for some in (real, made)]
        ours, theirs = (some[~np.isnan(some)] for some in values)
        if not len(ours) or not len(theirs):
            out[name] = {"real": None, "synthetic": None, "apart": None}
            continue
        points = {
            which: [rounded(v) for v in np.quantile(some, POINTS)] for which, some in (("real", ours), ("synthetic", theirs))
        }
        out[name] = points | {"apart": rounded(apart(ours, theirs))}
    return out


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """Finds the largest difference between the shares of a (n,) and of b (m,) that lie at any value or below, 0..1."""
    every = np.concatenate([a, b])
    below = [np.searchsorted(np.sort(some), every, side="right") / len(some) for some in (a, b)]
    return float(np.abs(below[0] - below[1]).max())


def draw(found: dict[str, Any]) -> Figure:
    """Draws how far each measure of each pair is apart."""
    figure, axes = canvas("Synthetic images beside real ones", "", "Largest difference of the distributions", (9.0, 4.0))
    places = np.arange(len(MEASURES))
    for n, (name, one) in enumerate(found.items()):
        heights = [one["measures"][measure]["apart"] or 0.0 for measure in MEASURES]
        axes.bar(places + 0.16 * (n - (len(found) - 1) / 2), heights, 0.15, color=COLOURS[n], label=f"{name}, {one['sensor']}")
    axes.set_xticks(places, list(MEASURES))
    axes.set_ylim(0, 1)
    axes.legend(frameon=False, fontsize=8)
    return figure
