"""The model "comparison": two logistic models, over the evidence of the minutiae, and over that score and the ridges.

Both are fitted on pairs of prints that the projection was not trained on: what is learned from must look like what will be
judged. Raw scores for the second model and for the calibration are those of groups that the first one was not fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from biomatch.comparison.score import CLIP, Logistic
from biomatch.evaluation.metrics import Curve
from biomatch.training.evidence import PairEvidence


@dataclass(frozen=True)
class ScoreParams:
    strength: float = 0.1  # inverse of the penalty on the weights: few fingers, many pairs of each
    ridges_strength: float = 1.0  # likewise where the ridges take part: they part mates and strangers so well that a penalty
    # as large would make every weight, the first score's too, too small
    hardest: float = 0.5  # share of each set's impostors that are learned from: easy ones teach nothing about the border


PARAMS = ScoreParams()


@dataclass(frozen=True, eq=False)
class HeldOutScores:
    """Raw scores of pairs by models that were not fitted on their groups. `ridges` is NaN where the check did not speak."""

    minutiae: np.ndarray
    ridges: np.ndarray


def fit(evidence: PairEvidence, params: ScoreParams = PARAMS) -> tuple[dict[str, np.ndarray], HeldOutScores]:
    """Arrays of the model "comparison", and the held-out raw scores of the evidence's pairs."""
    groups = np.unique(evidence.group)
    first, second = np.zeros(len(evidence.genuine)), np.full(len(evidence.genuine), np.nan)
    for group in groups:
        own = evidence.group == group
        others = ~own
        model = _fit(evidence.features[others], evidence[others], evidence.features[others, 0], params.strength, params.hardest)
        first[own] = model(evidence.features[own])
    stacked = np.column_stack([first, evidence.ridges])
    checked = evidence.checked
    for group in groups:
        own, others = (evidence.group == group) & checked, (evidence.group != group) & checked
        model = _fit(stacked[others], evidence[others], first[others], params.ridges_strength, params.hardest)
        second[own] = model(stacked[own])
    by_minutiae = _fit(evidence.features, evidence, evidence.features[:, 0], params.strength, params.hardest)
    by_ridges = _fit(stacked[checked], evidence[checked], first[checked], params.ridges_strength, params.hardest)
    return by_minutiae.arrays("minutiae") | by_ridges.arrays("ridges"), HeldOutScores(first, second)


def figures(evidence: PairEvidence, scores: HeldOutScores) -> Mapping[str, float]:
    """Error rates of the held-out scores, for the card: equal error rate, and FNMR at FMR 0.1 %, of all groups together."""
    final = np.where(np.isnan(scores.ridges), scores.minutiae, scores.ridges)
    out: dict[str, float] = {"genuine": int(evidence.genuine.sum()), "impostor": int(evidence.stands[~evidence.genuine].sum())}
    for name, raw in (("minutiae", scores.minutiae), ("ridges", final)):
        rates = Curve.of(raw[evidence.genuine], raw[~evidence.genuine], None, evidence.stands[~evidence.genuine])
        out[f"{name}_eer"], out[f"{name}_fmr1000"] = round(rates.eer(), 5), round(rates.fnmr_at(1e-3), 5)
    return out


def _fit(features: np.ndarray, evidence: PairEvidence, order: np.ndarray, strength: float, hardest: float) -> Logistic:
    """One logistic model. Every set weighs the same, and mates and impostors of a set weigh the same.

    features  (n, f) of the pairs of `evidence`; order (n,) what tells the harder impostors
    """
    kept, weight = _worth(evidence, order, hardest)
    x, y, w = features[kept], evidence.genuine[kept], weight[kept]
    mean = np.average(x, axis=0, weights=w)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=w)) + 1e-9
    standard = np.clip((x - mean) / scale, -CLIP, CLIP)
    model = LogisticRegression(C=strength, max_iter=10_000, tol=1e-8).fit(standard, y, sample_weight=w)
    return Logistic(mean, scale, model.coef_[0].astype(np.float64), float(model.intercept_[0]))


def _worth(evidence: PairEvidence, order: np.ndarray, hardest: float) -> tuple[np.ndarray, np.ndarray]:
    """Which pairs are learned from (n,) bool, and their weights (n,)."""
    kept, weight = evidence.genuine.copy(), np.zeros(len(order))
    for name in np.unique(evidence.set):
        mated = (evidence.set == name) & evidence.genuine
        others = (evidence.set == name) & ~evidence.genuine
        if not mated.any() or not others.any():
            continue
        hard = others & (order >= np.quantile(order[others], 1 - hardest))
        kept |= hard
        weight[mated], weight[hard] = 1 / mated.sum(), 1 / hard.sum()
    return kept & (weight > 0), weight * (kept.sum() / max(weight.sum(), 1e-12))
