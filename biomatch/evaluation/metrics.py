"""Error rates from comparison scores, 1:1 and 1:N. Pure functions of arrays; a higher score means more alike.

A pair matches at threshold t when its score is at least t. FMR(t) is the share of non-mated pairs that match, FNMR(t) the
share of mated pairs that do not. A comparison that could not be made has the score -inf. Ties count against the system.
Definitions: ISO/IEC 19795-1; EER after FVC2000 (Maio et al., "FVC2000: Fingerprint Verification Competition", PAMI 2002);
Cllr after Brümmer and du Preez (2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Curve:
    """Error rates at every threshold that changes one.

    thresholds  (k,) float64  ascending; the last one is above every score
    fmr         (k,) float64  falling, 0 at the end
    fnmr        (k,) float64  rising
    """

    thresholds: np.ndarray
    fmr: np.ndarray
    fnmr: np.ndarray

    @classmethod
    def of(
        cls,
        mated: np.ndarray,
        non_mated: np.ndarray,
        mated_weight: np.ndarray | None = None,
        non_mated_weight: np.ndarray | None = None,
    ) -> Curve:
        """Computes the curve from scores (g,) and (i,), each at least one, and how often each pair counts (default once)."""
        mated, mated_sum = _ascending(mated, mated_weight)
        non_mated, non_mated_sum = _ascending(non_mated, non_mated_weight)
        thresholds = np.append(np.unique(np.concatenate((mated, non_mated))), np.inf)
        below_mated = mated_sum[np.searchsorted(mated, thresholds, side="left")]
        below_non_mated = non_mated_sum[np.searchsorted(non_mated, thresholds, side="left")]
        return cls(thresholds, 1 - below_non_mated / non_mated_sum[-1], below_mated / mated_sum[-1])

    def eer(self) -> float:
        """Computes the equal error rate: the middle of FVC2000's interval where the two rates cross."""
        return crossing(self.fmr, self.fnmr)

    def threshold_at(self, fmr: float) -> float:
        """Returns the lowest threshold whose FMR is at most `fmr`."""
        return float(self.thresholds[first_at(self.fmr, fmr)])

    def fnmr_at(self, fmr: float) -> float:
        """Returns the lowest FNMR where the FMR is at most `fmr`; 0 asks for no false match at all (zeroFMR)."""
        return float(self.fnmr[first_at(self.fmr, fmr)])


def _ascending(scores: np.ndarray, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Sorts scores (n,), and returns them with the weight below each and in all (n + 1,)."""
    scores = np.asarray(scores, np.float64)
    order = np.argsort(scores, kind="stable")
    ordered = np.ones(len(scores)) if weight is None else np.asarray(weight, np.float64)[order]
    return scores[order], np.concatenate(([0.0], np.cumsum(ordered)))


def crossing(fmr: np.ndarray, fnmr: np.ndarray) -> float:
    """Computes the EER of rates (k,) at ascending thresholds, the last with FMR 0."""
    after = int(np.argmax(fnmr >= fmr))  # the last threshold has FMR 0, so there is one
    before = after if fnmr[after] == fmr[after] else max(after - 1, 0)
    nearest = before if fnmr[before] + fmr[before] <= fnmr[after] + fmr[after] else after
    return float((fmr[nearest] + fnmr[nearest]) / 2)


def first_at(fmr: np.ndarray, limit: float) -> int:
    """Finds the index of the first of falling rates (k,) that is at most `limit`."""
    return int(np.argmax(fmr <= limit + 1e-12))  # the slack takes up the rounding of 1 - sum


def fnmr_above(mated: np.ndarray, threshold: float) -> float:
    """Returns the share of mated scores (g,) below a threshold that was set elsewhere."""
    return float(np.mean(np.asarray(mated) < threshold))


def cllr(mated_llr: np.ndarray, non_mated_llr: np.ndarray) -> float:
    """Computes the cost of log10 likelihood ratios, bits: 0 is perfect, 1 is what saying nothing costs."""
    scale = np.log(10)
    missed = np.logaddexp(0, -scale * np.asarray(mated_llr, np.float64)).mean()
    false = np.logaddexp(0, scale * np.asarray(non_mated_llr, np.float64)).mean()
    return float((missed + false) / (2 * np.log(2)))


def cllr_min(mated: np.ndarray, non_mated: np.ndarray) -> float:
    """Computes Cllr of the best monotone map of these very scores (pool adjacent violators): what calibration cannot mend."""
    scores = np.concatenate((np.asarray(mated, np.float64), np.asarray(non_mated, np.float64)))
    is_mated = np.concatenate((np.ones(len(mated)), np.zeros(len(non_mated))))
    _, group = np.unique(scores, return_inverse=True)
    share = pav(np.bincount(group, is_mated), np.bincount(group).astype(np.float64))[group]
    odds = len(mated) / len(non_mated)
    with np.errstate(divide="ignore"):
        llr = np.log10(share) - np.log10(1 - share) - np.log10(odds)
    return cllr(llr[is_mated == 1], llr[is_mated == 0])


def pav(successes: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Finds the rising success rate (k,) nearest to successes / trials, both (k,) float64, by pool adjacent violators."""
    sums: list[float] = []
    counts: list[float] = []
    lengths: list[int] = []
    for success, count in zip(successes.tolist(), trials.tolist(), strict=True):
        sums.append(success)
        counts.append(count)
        lengths.append(1)
        while len(sums) > 1 and sums[-2] * counts[-1] >= sums[-1] * counts[-2]:
            sums[-2:] = [sums[-2] + sums[-1]]
            counts[-2:] = [counts[-2] + counts[-1]]
            lengths[-2:] = [lengths[-2] + lengths[-1]]
    return np.repeat(np.array(sums) / np.array(counts), lengths)


def rank_of(mates: np.ndarray, others: np.ndarray) -> float:
    """Returns the rank of the best mate's score among all other candidates' scores, from 1; inf when no mate is a candidate."""
    if len(mates) == 0:
        return float("inf")
    return 1.0 + float(np.count_nonzero(np.asarray(others) >= np.max(mates)))


def cmc(ranks: np.ndarray, deepest: int) -> np.ndarray:
    """Returns the share of searches whose mate stands at rank k or better, (deepest,) for k = 1..deepest."""
    return np.array([np.mean(np.asarray(ranks) <= k) for k in range(1, deepest + 1)])


def reliability(llr: np.ndarray, mated: np.ndarray, bins: int = 15) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measures how often what is said comes true: (claimed, seen, pairs) a bin of equal width in log10 posterior odds.

    llr, mated  (n,) float, bool: log10 likelihood ratios; posterior odds are taken with the prior of these pairs
    returns     (b,) float64 mean claimed probability, share of mated pairs, number of pairs; empty bins left out
    """
    prior = np.log10(np.mean(mated) / (1 - np.mean(mated)))
    odds = np.clip(np.asarray(llr, np.float64) + prior, -4, 4)
    which = np.digitize(odds, np.linspace(-4, 4, bins + 1)[1:-1])
    pairs = np.bincount(which, minlength=bins)
    filled = pairs > 0
    claimed = np.bincount(which, 1 / (1 + 10**-odds), bins)[filled] / pairs[filled]
    seen = np.bincount(which, np.asarray(mated, np.float64), bins)[filled] / pairs[filled]
    return claimed, seen, pairs[filled]
