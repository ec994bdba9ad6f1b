"""The shipped laws and the refitted ones, judged on prints that the refitted ones were not fitted to.

Fingers fall into folds. A pair or a search is judged by laws that were fitted without the folds of its fingers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from biomatch.calibration import Calibration
from biomatch.calibration.search_rates import SearchRates
from biomatch.evaluation import intervals
from biomatch.evaluation.laws import EFFORTS
from biomatch.training.sensor import scores, searches
from biomatch.training.sensor.scores import Pairs
from biomatch.training.sensor.searches import Trials

FOLDS = 5
FMR, FNMR_AT, FPIR = 1e-3, 1e-4, 1e-2  # rates that are looked at


@dataclass(frozen=True)
class Value:
    """A value with its 95 % interval, by bootstrap over fingers. None: there is none, or it has no end."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Figure:
    """One line of before and after. stated: what the value should be, where it is a rate that is stated; None: the lower, the
    better."""

    name: str
    words: str
    stated: float | None
    before: Value
    after: Value


@dataclass(frozen=True, eq=False)
class Judged:
    """The numbers by the laws of one side.

    score, llr   (p,) of pairs
    missed       (t,) stated probabilities of a miss
    reached      (t,) stated false positive probabilities of the best non-mated candidates
    threshold    (t,) score of a hit at `FPIR`
    mate         (t,) scores of mates
    """

    score: np.ndarray
    llr: np.ndarray
    missed: np.ndarray
    reached: np.ndarray
    threshold: np.ndarray
    mate: np.ndarray


def shipped(calibration: Calibration, law: SearchRates, pairs: Pairs, trials: Trials) -> Judged:
    return Judged(*pairs.judged(calibration), *_searches(law, trials))


def refitted(
    calibration: Calibration, law: SearchRates, pairs: Pairs, trials: Trials, fingers: int, rng: np.random.Generator
) -> Judged:
    """Judges by laws that were fitted without the folds of each pair's, each search's fingers."""
    fold = rng.permutation(np.arange(fingers) % FOLDS)
    score, ratio = np.zeros(len(pairs.a)), np.zeros(len(pairs.a))
    of_trials = np.zeros((4, len(trials.finger)))
    for i in range(FOLDS):
        for j in range(i, FOLDS):
            out = (fold == i) | (fold == j)
            adapted = scores.adapted(calibration, pairs[~out[pairs.a] & ~out[pairs.b]])
            low, high = np.minimum(fold[pairs.a], fold[pairs.b]), np.maximum(fold[pairs.a], fold[pairs.b])
            own = (low == i) & (high == j)
            score[own], ratio[own] = pairs[own].judged(adapted)
            if i == j:
                tried = trials.by(adapted)
                rest = fold[trials.finger] != i
                of_trials[:, ~rest] = _searches(searches.adapted(law, tried[rest]), tried[~rest])
    return Judged(score, ratio, *of_trials)


def _searches(law: SearchRates, trials: Trials) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    answers = trials.answers
    return (
        searches.stated_misses(law, answers), searches.stated_false_positives(law, answers),
        searches.thresholds(law, answers, FPIR), trials.mate,
    )  # fmt: skip


def figures(pairs: Pairs, trials: Trials, fingers: int, before: Judged, after: Judged) -> tuple[Figure, ...]:
    """Makes the lines of the report."""
    mated = ~np.isnan(trials.answers.missed)
    usual = mated & trials.whole & (trials.answers.effort == EFFORTS.index("normal"))
    asked = ~np.isnan(trials.answers.stranger)

    def line(name: str, words: str, stated: float | None, value: Callable[[Judged], Value]) -> Figure:
        return Figure(name, words, stated, value(before), value(after))

    def rate(outcome: np.ndarray, finger: np.ndarray) -> Value:
        return _rate(outcome, finger, finger, fingers)

    def lost(side: Judged) -> np.ndarray:
        return (trials.answers.missed[usual] == 1) | (side.mate[usual] < side.threshold[usual])

    of_mates, finger = pairs.mates, trials.finger
    a, b = pairs.a[~of_mates], pairs.b[~of_mates]
    top = -10 * math.log10(FMR)
    least = -10 * math.log10(FNMR_AT)
    return (
        line("fmr", "non-mated pairs at a stated FMR of 0.1 %", FMR, lambda s: _rate(s.score[~of_mates] >= top, a, b, fingers)),
        line("fnmr", "mates below the score of FMR 0.01 %", None, lambda s: rate(s.score[of_mates] < least, pairs.a[of_mates])),
        line("cllr", "cost of the likelihood ratios (Cllr), bit", None, lambda s: _cllr(pairs, s.llr, fingers)),
        line("miss", "stated misses over those seen, whole prints", 1.0, lambda s: _factor(trials, s.missed, usual, fingers)),
        line("miss_all", "the same, crops and quick searches, too", 1.0, lambda s: _factor(trials, s.missed, mated, fingers)),
        line("false_positive", "non-mated searches with a candidate at a stated FPIR of 1 %", FPIR,
             lambda s: rate(s.reached[asked] <= FPIR, finger[asked])),
        line("lost", "mates lost by whole prints at a stated FPIR of 1 %", None, lambda s: rate(lost(s), finger[usual])),
    )  # fmt: skip


def _rate(outcome: np.ndarray, a: np.ndarray, b: np.ndarray, fingers: int) -> Value:
    """Computes a share of outcomes (n,) bool; where it is 0 or 1 by the rule of three, over fingers, or over pairs of two
    fingers."""
    if not len(outcome):
        return Value(None, None, None)
    apart = len(np.unique(np.minimum(a, b) * fingers + np.maximum(a, b)))
    mean, most = float(outcome.mean()), intervals.three_in(apart)
    if mean in (0.0, 1.0):
        return Value(mean, 0.0 if mean == 0 else 1 - most, most if mean == 0 else 1.0)
    return Value(mean, *intervals.middle(intervals.means(outcome.astype(float), a, b, fingers)))


def _cllr(pairs: Pairs, ratio: np.ndarray, fingers: int) -> Value:
    mates = pairs.mates
    costs = [(np.logaddexp(0, sign * np.log(10) * ratio[own]) / np.log(2), pairs.a[own], pairs.b[own])
             for own, sign in ((mates, -1), (~mates, 1))]  # fmt: skip
    drawn = sum((intervals.means(*cost, fingers) for cost in costs), np.zeros(intervals.DRAWS)) / 2
    return Value(sum(float(cost.mean()) for cost, _, _ in costs) / 2, *intervals.middle(drawn))


def _factor(trials: Trials, stated: np.ndarray, which: np.ndarray, fingers: int) -> Value:
    """Computes how many times as many misses are stated as were seen."""
    said, seen, finger = stated[which], trials.answers.missed[which], trials.finger[which]
    if not len(seen):
        return Value(None, None, None)
    if not seen.any():
        return Value(None, float(said.mean()) / intervals.three_in(len(np.unique(finger))), None)
    means = [intervals.means(one, finger, finger, fingers) for one in (said, seen)]
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = intervals.middle(means[0] / means[1])
    return Value(float(said.mean() / seen.mean()), low, high if math.isfinite(high) else None)
