"""Pairs of the owner's prints, and the shipped calibration of scores adapted to them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from biomatch.calibration import Calibration, llr, stretch
from biomatch.calibration.classes import IMPRESSIONS, count_class, impression_class
from biomatch.comparison import Comparer, features
from biomatch.comparison.comparer import is_foreign
from biomatch.comparison.score import Logistic
from biomatch.evaluation import protocol
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.sensor.prints import Prints

MOST = 40_000  # non-mated pairs that are compared; of more, so many are drawn
STAGES = ("minutiae", "ridges", "foreign")


@dataclass(frozen=True, eq=False)
class Pairs:
    """n pairs, each inside one set.

    a, b        (n,) int64 fingers
    impression  (n,) int64 class
    fewer       (n,) int64 minutiae of the smaller print
    minutiae, ridges, foreign   (n,) float64 raw scores by stage; NaN where the stage did not speak
    """

    a: np.ndarray
    b: np.ndarray
    impression: np.ndarray
    fewer: np.ndarray
    minutiae: np.ndarray
    ridges: np.ndarray
    foreign: np.ndarray

    def __getitem__(self, which: np.ndarray) -> Pairs:
        return Pairs(*(getattr(self, field.name)[which] for field in fields(self)))

    @property
    def mates(self) -> np.ndarray:
        """True for mated pairs, (n,) bool."""
        return np.asarray(self.a == self.b)

    def judged(self, calibration: Calibration) -> tuple[np.ndarray, np.ndarray]:
        """Returns (n,) scores and log10 likelihood ratios of the last stage that spoke."""
        score, ratio = np.zeros(len(self.a)), np.zeros(len(self.a))
        for stage in STAGES:  # ridges after minutiae
            raw = getattr(self, stage)
            for kind in range(len(IMPRESSIONS)):
                own = ~np.isnan(raw) & (self.impression == kind)
                told = calibration(stage, raw[own], self.fewer[own], kind)
                score[own], ratio[own] = told.score, told.llr
        return score, ratio


def compare(prints: Prints, models: Models, rng: np.random.Generator, progress: Progress = NO_PROGRESS) -> Pairs:
    """Compares all mated pairs, and all non-mated pairs or `MOST` of them."""
    comparer = Comparer(models)
    by_minutiae = Logistic.of(models.arrays("comparison"), "minutiae", features.COUNT)
    chosen = _chosen(prints, rng)
    progress.start("Comparing", sum(map(len, chosen.values())))
    rows: list[tuple[float, ...]] = []
    for n, others in chosen.items():
        probe, references = prints.prepared[n], [prints.prepared[m] for m in others]
        found = comparer.refine(probe, references, ridge_checks=len(references))
        first = by_minutiae(np.array([one.evidence.features[one.reference] for one in found]))
        for m, reference, one, raw in zip(others, references, found, first.tolist(), strict=True):
            kind = impression_class(probe.template.impression, reference.template.impression)
            fewer = min(len(probe.vectors), len(reference.vectors))
            if is_foreign(probe.template) or is_foreign(reference.template):
                each = (np.nan, np.nan, one.raw)
            else:
                each = (raw, np.nan if one.ridges is None else one.raw, np.nan)
            rows.append((prints.finger[n], prints.finger[m], kind, fewer, *each))
        progress.advance(len(others))
    progress.done()
    columns = np.array(rows, np.float64).T
    return Pairs(*columns[:4].astype(np.int64), *columns[4:])


def _chosen(prints: Prints, rng: np.random.Generator) -> dict[int, list[int]]:
    """Chooses by number of a print those after it in its set with which it is compared."""
    mates, others = [], []
    for members in protocol.sets_of(prints.samples).values():
        first, second = (members[side] for side in np.triu_indices(len(members), 1))
        same = prints.finger[first] == prints.finger[second]
        both = np.stack([first, second], axis=1)
        mates.append(both[same])
        others.append(both[~same])
    drawn = np.concatenate(others)
    if len(drawn) > MOST:
        drawn = drawn[np.sort(rng.choice(len(drawn), MOST, replace=False))]
    found: dict[int, list[int]] = {}
    for n, m in np.concatenate([*mates, drawn]).tolist():
        found.setdefault(n, []).append(m)
    return found


def adapted(shipped: Calibration, pairs: Pairs) -> Calibration:
    """Adapts the shipped calibration, as far as these pairs speak against it."""
    stretches, turns = {}, {}
    for stage in STAGES:
        for kind in range(len(IMPRESSIONS)):
            own = pairs[~np.isnan(getattr(pairs, stage)) & (pairs.impression == kind)]
            if own.mates.all():  # nothing, or no non-mated pairs
                continue
            raw, mates = getattr(own, stage), own.mates
            score = shipped(stage, raw[~mates], own.fewer[~mates], kind).score
            stretches[stage, kind] = stretch.fit(score, len(np.union1d(own.a[~mates], own.b[~mates])))
            if mates.any():
                ratio = _ratio(shipped, stage, kind, raw, own.fewer)
                turns[stage, kind] = llr.turn(ratio[mates], ratio[~mates], len(np.unique(own.a[mates])))
    return shipped.adapted(stretches, turns)


def _ratio(calibration: Calibration, stage: str, kind: int, raw: np.ndarray, fewer: np.ndarray) -> np.ndarray:
    """Computes (n,) log10 likelihood ratios beyond the limits, too."""
    out = np.zeros(len(raw))
    for count in np.unique(number := count_class(fewer)):
        own, line = number == count, calibration.line(stage, kind, int(count))
        out[own] = line.slope * raw[own] + line.offset
    return out
