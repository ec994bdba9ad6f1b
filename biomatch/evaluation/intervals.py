"""Confidence intervals by bootstrap over fingers.

Pairs that share a finger are not independent, so fingers are drawn, not pairs: a finger drawn w times counts w times in its
mated pairs, and v * w times in its non-mated pairs with a finger drawn v times.

Where nothing happened no draw shows how often it may: there the rule of three says it, 3/n for n fingers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from biomatch.evaluation.metrics import crossing, first_at

DRAWS = 1_000  # the 2.5 % point then rests on 25 draws
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Pairs:
    """Scores of n pairs, and the fingers (numbers from 0) on both sides; a mated pair has the same on both.

    score  (n,) float64
    a, b   (n,) int64
    """

    score: np.ndarray
    a: np.ndarray
    b: np.ndarray

    @property
    def mated(self) -> np.ndarray:
        """True for mated pairs, (n,) bool."""
        same: np.ndarray = self.a == self.b
        return same


def error_rates(pairs: Pairs, *, draws: int = DRAWS, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Computes 95 % intervals of eer, fmr100, fmr1000 and zerofmr. Needs mated and non-mated pairs.

    Of a rate that is nought the upper end is at least the rule of three's, over the fingers that have mated pairs.
    """
    mated, non_mated = _Side.of(pairs, pairs.mated), _Side.of(pairs, ~pairs.mated)
    thresholds = np.append(np.unique(pairs.score), np.inf)
    at_mated = np.searchsorted(mated.score, thresholds)
    at_non_mated = np.searchsorted(non_mated.score, thresholds)
    count, present = int(max(pairs.a.max(), pairs.b.max())) + 1, np.union1d(pairs.a, pairs.b)
    found = []
    for weight in (np.ones(count, np.int64), *_drawn(count, draws, seed, present)):
        in_mated = weight[mated.a].cumsum()
        in_non_mated = (weight[non_mated.a] * weight[non_mated.b]).cumsum()
        if in_mated[-1] == 0 or in_non_mated[-1] == 0:
            continue  # a draw of one finger only, or of fingers without a second impression, has no rates
        fnmr = np.append(0, in_mated)[at_mated] / in_mated[-1]
        fmr = 1 - np.append(0, in_non_mated)[at_non_mated] / in_non_mated[-1]
        found.append([crossing(fmr, fnmr), *(fnmr[first_at(fmr, limit)] for limit in (0.01, 0.001, 0.0))])
    seen, drawn = np.array(found[0]), np.array(found[1:] or found)
    most = three_in(len(np.unique(mated.a)))
    spans = (_up_to(_middle(draw), most) if rate == 0 else _middle(draw) for rate, draw in zip(seen, drawn.T, strict=True))
    return dict(zip(("eer", "fmr100", "fmr1000", "zerofmr"), spans, strict=True))


def share(outcome: np.ndarray, finger: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> tuple[float, float]:
    """Computes the 95 % interval of a mean outcome, such as rank-1, over fingers. outcome (n,) float or bool in 0..1, finger
    (n,) int.

    Where nothing or everything happened, by the rule of three over the fingers.
    """
    mean, most = float(np.mean(outcome)), three_in(len(np.unique(finger)))
    if mean in (0.0, 1.0):
        return (0.0, most) if mean == 0 else (1 - most, 1.0)
    total = np.bincount(finger, np.asarray(outcome, np.float64))
    count = np.bincount(finger)
    weights = list(_drawn(len(count), draws, seed, present=np.flatnonzero(count)))
    return _middle(np.array([weight @ total / (weight @ count) for weight in weights]))


def times(
    seen: np.ndarray, expected: np.ndarray, asking: np.ndarray, other: np.ndarray, *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """Computes the 95 % interval of how many times as many non-mated pairs were seen as expected, over fingers.

    seen, expected  (p, n) float or bool, of the pairs of p probes and n references; some must be expected
    asking, other   (p,), (n,) int: their fingers

    Where none were seen, up to three over the number expected: the rule of three.
    """
    if not np.any(seen):
        return 0.0, 3 / float(np.sum(expected))
    found = []
    for weight in _drawn(int(max(asking.max(), other.max())) + 1, draws, seed, present=np.union1d(asking, other)):
        among = weight[asking] @ expected @ weight[other]
        if among > 0:
            found.append(weight[asking] @ seen @ weight[other] / among)
    return _middle(np.array(found))


def means(value: np.ndarray, a: np.ndarray, b: np.ndarray, fingers: int, *, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """Draws means of values of pairs (n,), of fingers 0..fingers-1 drawn anew each time; NaN where none is drawn; (draws,)
    float64.

    a, b  (n,) int: the fingers of each pair; of a pair of one finger, or of what has one finger only, the same
    """
    found = []
    for weight in _drawn(fingers, draws, seed, present=np.arange(fingers)):
        each = np.where(a == b, weight[a], weight[a] * weight[b])
        found.append(float(each @ value / each.sum()) if each.any() else np.nan)
    return np.array(found)


def middle(values: np.ndarray) -> tuple[float, float]:
    """Computes the 95 % interval of drawn values; NaN are left out, infinite ones count as the largest."""
    ordered = np.sort(values[~np.isnan(values)])
    at = np.round(np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2]) * (len(ordered) - 1)).astype(int)
    low, high = ordered[at] if len(ordered) else (np.nan, np.nan)
    return float(low), float(high)


def three_in(count: int) -> float:
    """Returns how large a share may be, at 95 %, of what did not happen in so many independent trials: 3/n, the rule of
    three."""
    return min(1.0, 3 / count)


def _up_to(interval: tuple[float, float], most: float) -> tuple[float, float]:
    return interval[0], max(interval[1], most)


@dataclass(frozen=True, eq=False)
class _Side:
    """Pairs of one kind, ascending by score."""

    score: np.ndarray
    a: np.ndarray
    b: np.ndarray

    @classmethod
    def of(cls, pairs: Pairs, which: np.ndarray) -> _Side:
        picked = np.flatnonzero(which)
        order = picked[np.argsort(pairs.score[picked], kind="stable")]
        return cls(pairs.score[order], pairs.a[order], pairs.b[order])


def _drawn(count: int, draws: int, seed: int, present: np.ndarray) -> Iterator[np.ndarray]:
    """Draws how often each of `count` fingers is taken, (count,) int64, `draws` times."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.bincount(rng.choice(present, len(present)), minlength=count)


def _middle(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)
