"""Turns raw scores into -10 log10 of the false match rate: counted where non-mated pairs are many, an exponential tail beyond.

The tail is that of a generalised Pareto distribution with shape 0, the cautious choice for log odds (ALGORITHMS: an
exponential falls slower than the Weibull-like tails that are mostly seen). What lies beyond the ten highest non-mated pairs of
a class is marked as extrapolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

LEVELS = 10 ** (-np.linspace(0, 2.0, 21)[1:])  # false match rates at which the counted part is kept
SEEN = 10  # non-mated pairs above a score, at least, for its rate to count as measured
TAIL = 0.02  # share of the non-mated pairs that the tail is fitted to
BEND = 15.0  # score units: a straight tail's 100 units beyond what was seen, a rate 10^-10 times smaller, become 30
FEWEST = 30  # non-mated pairs in the tail, at least


@dataclass(frozen=True, eq=False)
class FmrCurve:
    """One class's curve.

    raw      (k,) float64  rising raw scores, the last where the tail begins
    score    (k,) float64  -10 log10 FMR there, rising from 0
    slope    of the tail, score units a raw unit
    seen     raw score above which fewer than ten non-mated pairs were seen
    """

    raw: np.ndarray
    score: np.ndarray
    slope: float
    seen: float

    def __call__(self, raw: np.ndarray) -> np.ndarray:
        """Returns -10 log10 FMR of raw scores, never falling, 0 at and below the lowest.

        Beyond what was seen the tail is bent: every further step claims less, since nothing holds it up.
        """
        raw = np.asarray(raw, np.float64)
        score = np.interp(raw, self.raw, self.score) + np.maximum(0.0, raw - self.raw[-1]) * self.slope
        beyond = np.maximum(0.0, score - self.shown)
        return np.minimum(score, self.shown) + BEND * np.log1p(beyond / BEND)

    @cached_property
    def shown(self) -> float:
        """The highest score that non-mated pairs were seen to reach often enough to count them."""
        return float(np.interp(self.seen, self.raw, self.score) + max(0.0, self.seen - self.raw[-1]) * self.slope)

    def extrapolated(self, raw: np.ndarray) -> np.ndarray:
        """Tells whether the rate lies beyond what the non-mated pairs of the calibration can show."""
        return np.asarray(raw) > self.seen


def fit(
    non_mated: np.ndarray, stands: np.ndarray | None = None, prior: FmrCurve | None = None, worth: float = 200.0
) -> FmrCurve:
    """Fits the curve to the raw scores of non-mated pairs on which the model was not trained.

    non_mated  (n,) float64, at least 1
    stands     (n,) pairs that each stands for (default 1)
    prior      the curve of all classes together; its tail slope counts as much as `worth` non-mated pairs in the tail
    """
    order = np.argsort(-np.asarray(non_mated, np.float64), kind="stable")
    ordered = np.asarray(non_mated, np.float64)[order]
    above = np.cumsum(np.ones(len(order)) if stands is None else np.asarray(stands, np.float64)[order])
    n, total = len(ordered), float(above[-1])
    start = max(min(FEWEST, n - 1), int(np.searchsorted(above, TAIL * total)))
    rate = float(above[start - 1] if start else above[0]) / total
    levels = LEVELS[rate * 1.2 < LEVELS]
    raw = np.append(ordered[np.minimum(n - 1, np.searchsorted(above, levels * total))], ordered[start])
    score = np.append(-10 * np.log10(levels), -10 * np.log10(rate))
    raw, score = np.append(ordered[-1], raw), np.append(0.0, score)
    kept = np.append(np.diff(raw) > 1e-9, True)
    weight = np.diff(above[:start], prepend=0.0)
    excess = float(np.average(ordered[:start] - ordered[start], weights=weight)) if start else 1.0
    if prior is not None:
        excess = (start * excess + worth * (10 / np.log(10)) / prior.slope) / (start + worth)
    slope = (10 / np.log(10)) / max(excess, 1e-3)
    return FmrCurve(raw[kept], score[kept], slope, float(ordered[min(SEEN, n) - 1]))
