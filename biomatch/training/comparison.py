"""The model "comparison": logistic models over the evidence of the minutiae, and over that score and the ridges.

A third one scores minutiae that are not ours, whose qualities mean something else. All are fitted on pairs of prints that the
projection was not trained on: what is learned from must look like what will be judged. Raw scores for the ridges' model and for
the calibration are those of groups that a model was not fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from biomatch.comparison.features import NAMES
from biomatch.comparison.score import CLIP, Logistic
from biomatch.evaluation.metrics import Curve
from biomatch.training.evidence import PairEvidence


@dataclass(frozen=True)
class ScoreParams:
    strength: float = 0.03  # inverse of the penalty on the weights: few fingers, many pairs of each
    ridges_strength: float = 1.0  # likewise where the ridges take part: they part mates and strangers so well that a penalty
    # as large would make every weight, the first score's too, too small
    foreign_strength: float = 1.0  # likewise for foreign minutiae, of which only prints as they are are learned from: more than
    # half of the degraded ones' minutiae are false
    supported: float = 3.0  # pairs that support each other in mates that are learned from: others share no skin or are laid
    # wrongly, and would teach that strangers' evidence speaks for a finger


PARAMS = ScoreParams()


@dataclass(frozen=True, eq=False)
class HeldOutScores:
    """Raw scores of pairs by models that were not fitted on their groups. `ridges` is NaN where the check did not speak."""

    minutiae: np.ndarray
    ridges: np.ndarray

    def __getitem__(self, which: np.ndarray) -> HeldOutScores:
        return HeldOutScores(self.minutiae[which], self.ridges[which])


def fit(evidence: PairEvidence, params: ScoreParams = PARAMS) -> tuple[dict[str, np.ndarray], HeldOutScores]:
    """Fits the arrays of the model "comparison", and the held-out raw scores of the evidence's pairs."""
    first = _held_out(evidence.features, evidence, params.strength, params)
    stacked, checked = np.column_stack([first, evidence.ridges]), evidence.checked
    second = np.full(len(first), np.nan)
    second[checked] = _held_out(stacked[checked], evidence[checked], params.ridges_strength, params)
    by_minutiae = _fit(evidence.features, evidence, params.strength, params)
    by_ridges = _fit(stacked[checked], evidence[checked], params.ridges_strength, params)
    return by_minutiae.arrays("minutiae") | by_ridges.arrays("ridges"), HeldOutScores(first, second)


def fit_foreign(evidence: PairEvidence, params: ScoreParams = PARAMS) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Fits the arrays of the score of foreign minutiae, and the held-out raw scores (n,) of the evidence's pairs."""
    plain = evidence.kind == "plain"
    model = _fit(evidence.features[plain], evidence[plain], params.foreign_strength, params)
    return model.arrays("foreign"), _held_out(evidence.features, evidence, params.foreign_strength, params, plain)


def _held_out(
    x: np.ndarray, evidence: PairEvidence, strength: float, params: ScoreParams, learned: np.ndarray | None = None
) -> np.ndarray:
    """Scores features (n, f), (n,) raw scores, each by a model that was not fitted on the pair's group, but on `learned`
    others."""
    scores = np.zeros(len(x))
    for group in np.unique(evidence.group):
        own = evidence.group == group
        others = ~own if learned is None else ~own & learned
        scores[own] = _fit(x[others], evidence[others], strength, params)(x[own])
    return scores


def figures(evidence: PairEvidence, scores: HeldOutScores) -> Mapping[str, float]:
    """Computes error rates of the held-out scores, for the card, of all groups together and by kind."""
    final = np.where(np.isnan(scores.ridges), scores.minutiae, scores.ridges)
    plain = evidence.kind == "plain"
    mates, others = int((plain & evidence.mated).sum()), int(evidence.stands[plain & ~evidence.mated].sum())
    out: dict[str, float] = {"genuine": mates, "impostor": others}
    for kind in np.unique(evidence.kind):
        own = evidence[evidence.kind == kind]
        for name, raw in (("minutiae", scores.minutiae), ("ridges", final)):
            out |= rates(own, raw[evidence.kind == kind], f"{kind}_{name}")
    return out


def rates(evidence: PairEvidence, raw: np.ndarray, name: str) -> Mapping[str, float]:
    """Computes equal error rate, and FNMR at FMR 0.1 %, of raw scores (n,), under names that begin with `name`."""
    curve = Curve.of(raw[evidence.mated], raw[~evidence.mated], None, evidence.stands[~evidence.mated])
    return {f"{name}_eer": round(curve.eer(), 5), f"{name}_fmr1000": round(curve.fnmr_at(1e-3), 5)}


def _fit(features: np.ndarray, evidence: PairEvidence, strength: float, params: ScoreParams) -> Logistic:
    """Fits one logistic model. Every population weighs the same, and mated and non-mated pairs of one weigh the same.

    features  (n, f) of the pairs of `evidence`
    """
    kept, weight = _worth(evidence, params)
    x, y, w = features[kept], evidence.mated[kept], weight[kept]
    mean = np.average(x, axis=0, weights=w)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=w)) + 1e-9
    standard = np.clip((x - mean) / scale, -CLIP, CLIP)
    model = LogisticRegression(C=strength, max_iter=10_000, tol=1e-8).fit(standard, y, sample_weight=w)
    return Logistic(mean, scale, model.coef_[0].astype(np.float64), float(model.intercept_[0]))


def _worth(evidence: PairEvidence, params: ScoreParams) -> tuple[np.ndarray, np.ndarray]:
    """Tells which pairs are learned from (n,) bool, and their weights (n,)."""
    learned = ~evidence.mated | (evidence.features[:, NAMES.index("supported")] ** 2 >= params.supported)
    weight = np.zeros(len(learned))
    population = evidence.population
    for name in np.unique(population):
        mated = (population == name) & evidence.mated & learned
        others = (population == name) & ~evidence.mated
        if mated.any() and others.any():
            weight[mated], weight[others] = 1 / mated.sum(), 1 / others.sum()
    kept = weight > 0
    return kept, weight * (kept.sum() / max(weight.sum(), 1e-12))
