"""The two laws of `calibration.search_rates`, fitted to searches: by maximum likelihood, and near other laws if wished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biomatch.calibration.search_rates import (
    CLEAR_POWER,
    LARGEST,
    TAIL_POWER,
    TYPICAL_MINUTIAE,
    Asked,
    SearchRates,
    steepness_of_tail,
)

EFFORTS = ("fast", "normal", "exhaustive")
FAST_TERMS = (7, 8, 9)  # of `Asked.of_misses`
COUNT_CLASSES = (13, 20, 35)  # minutiae at which searches begin to be of another kind
NEVER = -30.0  # log odds of a miss where every print is compared


@dataclass(frozen=True)
class FitParams:
    ridge: float = 0.5  # penalty of a weight beside the constant, log odds: few misses must not make wild laws
    low: float = 0.9  # quantile of the best strangers below which only that they lie there counts: the tail is what is asked
    fewest_events: int = 20  # of a bin of a reliability curve
    bins: int = 8


FIT = FitParams()


@dataclass(frozen=True)
class Near:
    """The laws near which a fit to few searches stays.

    rates              the laws
    misses, strangers  (11,) and (9,) penalties of leaving each of their weights; inf: it stays
    share, share_of_strangers  of a search's evidence that counts, for each law: several searches with one print, by one
                       effort for misses and by all for non-mated ones, are no new evidence
    """

    rates: SearchRates
    misses: tuple[float, ...]
    strangers: tuple[float, ...]
    share: float
    share_of_strangers: float


NOUGHT = SearchRates((0.0,) * 11, (0.0,) * 9)


@dataclass(frozen=True, eq=False)
class Answers:
    """Trials: searches for one mate each, and searches where there is none.

    size, minutiae, clear (of them), quality (NaN: unknown), effort (of `EFFORTS`)
    group     number of the probe's group of sets
    gallery   its number
    missed    1 where a mate is off the shortlist, 0 where it is on it, NaN without a mate or where all are compared
    stranger  score of the best candidate of another person; -inf where there is none; NaN beside the search's further mates
    """

    size: np.ndarray
    minutiae: np.ndarray
    clear: np.ndarray
    quality: np.ndarray
    effort: np.ndarray
    group: np.ndarray
    gallery: np.ndarray
    missed: np.ndarray
    stranger: np.ndarray

    def __getitem__(self, which: np.ndarray) -> Answers:
        return Answers(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    @property
    def weights(self) -> np.ndarray:
        """Weights of the trials, (n,) float64, 1 on average; those of each group of sets sum up to the same."""
        _, number, counts = np.unique(self.group, return_inverse=True, return_counts=True)
        found: np.ndarray = len(self.group) / (len(counts) * counts[number])
        return found

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        return cls(*(np.concatenate([getattr(one, name) for one in parts]) for name in cls.__dataclass_fields__))

    @classmethod
    def of(cls, rows: Sequence[tuple[float, ...]]) -> Answers:
        return cls(*np.array(rows, np.float64).reshape(-1, len(cls.__dataclass_fields__)).T)

    def asked(self) -> list[Asked]:
        return [
            Asked(int(m), int(c), None if np.isnan(q) else int(q), int(n), EFFORTS[int(e)])
            for m, c, q, n, e in zip(self.minutiae, self.clear, self.quality, self.size, self.effort, strict=True)
        ]


def fit(answers: Answers, params: FitParams = FIT, near: Near | None = None) -> SearchRates:
    """Fits both laws, by maximum likelihood; near others, if wished."""
    near = near or _near_nothing(params)
    return SearchRates(fit_misses(answers, params, near), _fit_strangers(answers, params, near), "fitted")


def fit_misses(answers: Answers, params: FitParams = FIT, near: Near | None = None) -> tuple[float, ...]:
    """Fits the law of misses, to groups that count as much as each other: first to searches of the usual effort, then what a
    fast search adds. Fitted together, the many misses of fast searches make usual ones of good probes look worse than they are.
    """
    near, known = near or _near_nothing(params), answers[~np.isnan(answers.missed)]
    if not len(known.size):
        return SearchRates().miss_weights if near.rates is NOUGHT else near.rates.miss_weights
    middle, ridge = np.array(near.rates.miss_weights), np.array(near.misses)
    usual, fast = (known[known.effort == EFFORTS.index(effort)] for effort in ("normal", "fast"))
    of_fast = np.isin(np.arange(len(middle)), FAST_TERMS)
    weights = _likeliest(usual, middle, middle, np.where(of_fast, np.inf, ridge), near.share)
    weights = _likeliest(fast, weights, middle, np.where(of_fast, ridge, np.inf), near.share)
    return (*weights[:-1].tolist(), NEVER)


def _likeliest(known: Answers, start: np.ndarray, middle: np.ndarray, ridge: np.ndarray, share: float) -> np.ndarray:
    """Finds the weights (11,) of the law of misses, each held near `middle` by its penalty; inf: it stays as it is in
    `start`."""
    from scipy.optimize import minimize

    if not len(known.size):
        return start
    design, missed, each = np.array([one.of_misses() for one in known.asked()]), known.missed, share * known.weights
    bounds, ridge = _held(ridge, start, [(None, None)] * len(start))

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        odds = design @ w
        off = 1 / (1 + np.exp(-odds)) - missed
        away = w - middle
        value = (each * (np.logaddexp(0, odds) - missed * odds)).sum() + 0.5 * (ridge * away * away).sum()
        return float(value), design.T @ (each * off) + ridge * away

    found: Any = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    weights: np.ndarray = found.x
    return weights


def _fit_strangers(answers: Answers, params: FitParams, near: Near) -> tuple[float, ...]:
    """Fits the law of the best non-mated score: it lies below t with the chance exp(-E(t)), with the density that follows;
    below the low quantile of searches like it, only the chance counts."""
    from scipy.optimize import minimize

    answers = answers[~np.isnan(answers.stranger)]
    if not len(answers.size):
        return SearchRates().stranger_weights if near.rates is NOUGHT else near.rates.stranger_weights
    asked, score = answers.asked(), np.maximum(answers.stranger, 0.0)
    kind = np.digitize(answers.minutiae, COUNT_CLASSES)
    low = np.zeros(len(score))
    for size in np.unique(answers.size):
        for k in np.unique(kind):
            own = (answers.size == size) & (kind == k)
            if own.any():
                low[own] = np.quantile(score[own], params.low)
    seen = score > low
    at = np.where(seen, score, low)
    design = np.array([one.of_strangers(t) for one, t in zip(asked, at, strict=True)])
    slopes = np.zeros_like(design)  # of the terms, a power of ten of score, negative
    steep = np.array([steepness_of_tail(t) for t in at])
    slopes[:, 2], slopes[:, 5], slopes[:, 6] = 1, steep, design[:, 3] + TYPICAL_MINUTIAE / 10
    slopes[:, 8] = steep * np.maximum(LARGEST - np.log10(answers.size), 0)
    ln10, middle = np.log(10), np.array(near.rates.stranger_weights)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        exponent = ln10 * (design @ w)
        reach, fall = np.exp(np.clip(exponent, -200, 50)), np.maximum(slopes[seen] @ w, 1e-4)
        away = w - middle
        value = reach.sum() - exponent[seen].sum() - np.log(fall).sum()
        slope = ln10 * (design.T @ reach - design[seen].sum(axis=0)) - (slopes[seen] / fall[:, None]).sum(axis=0)
        share = near.share_of_strangers
        return float(share * value + 0.5 * (ridge * away * away).sum()), share * slope + ridge * away

    free, not_negative = (None, None), (0.0, None)
    wide = [free, (0.05, 1.5), (0.0, 3.0), free, free, not_negative, (0.0, 1.0), free, not_negative]
    bounds, ridge = _held(np.array(near.strangers), middle, wide)
    start = np.array([0.0, 0.5, 0.5, 0.0, 0.0, 1.0, 0.02, 0.0, 0.1]) if near.rates is NOUGHT else middle
    found: Any = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 5_000, "ftol": 1e-12})
    return tuple(found.x.tolist())


def _near_nothing(params: FitParams) -> Near:
    """Holds all weights near 0 but the constants, and of the law of non-mated searches those of size and score."""
    misses, strangers = np.full(11, params.ridge), np.full(9, params.ridge)
    misses[[0, FAST_TERMS[0]]] = strangers[:3] = 0
    return Near(NOUGHT, tuple(misses), tuple(strangers), 1.0, 1.0)


def _held(ridge: np.ndarray, middle: np.ndarray, bounds: Sequence[tuple[float | None, float | None]]) -> tuple[Any, np.ndarray]:
    """Returns bounds and penalties of weights: what stays is bound to its place."""
    stays = np.isinf(ridge)
    held = [(m, m) if s else b for s, m, b in zip(stays.tolist(), middle.tolist(), bounds, strict=True)]
    return held, np.where(stays, 0.0, ridge)


def arrays(rates: SearchRates) -> dict[str, np.ndarray]:
    """Returns the arrays of the model, for `SearchRates.of`."""
    powers = {"tail_power": np.array(TAIL_POWER), "clear_power": np.array(CLEAR_POWER)}
    return {"miss": np.array(rates.miss_weights), "strangers": np.array(rates.stranger_weights), **powers}
