"""The model "calibration": what raw scores mean, from scores of pairs that the models were not fitted on.

Each set and kind of pair counts the same, whatever its number of pairs. False match rates go by the count of minutiae; the
likelihood ratio has one line for all counts, since cutting the mates into classes cost more than it gave (Cllr 0.16 to 0.17 of
mixed FVC2000 pairs). Pairs with a latent are read from those with a degraded copy, which stand for them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from biomatch.calibration import Calibration, FingerFusion, score_to_fmr
from biomatch.calibration import llr as llr_line
from biomatch.calibration.classes import COUNT_CLASSES, IMPRESSIONS, LATENT, PLAIN, count_class
from biomatch.calibration.llr import LlrLine
from biomatch.calibration.score_to_fmr import FmrCurve
from biomatch.training.evidence import PairEvidence

FEWEST_NON_MATED = 500  # of a class of its own; with fewer, the curve of all classes stands in


def fit(stages: Mapping[str, tuple[PairEvidence, np.ndarray]]) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Fits the arrays of the model "calibration", and counts for its card.

    stages  by name: pairs, and their held-out raw scores (n,), NaN where the stage did not speak
    """
    curves: dict[tuple[str, int, int], FmrCurve] = {}
    lines: dict[tuple[str, int, int], LlrLine] = {}
    counts: dict[str, int] = {}
    for stage, (evidence, scores) in stages.items():
        known = ~np.isnan(scores)
        pairs, raw = evidence[known], scores[known]
        for impression, own in ((PLAIN, np.ones(len(raw), bool)), (LATENT, pairs.kind != "plain")):
            mates, others = own & pairs.mated, own & ~pairs.mated
            line = llr_line.fit(raw[mates], raw[others], _even(pairs, others), _even(pairs, mates))
            whole = score_to_fmr.fit(raw[others], _even(pairs, others))
            number = count_class(pairs.fewer)
            for count, name in enumerate(COUNT_CLASSES):
                some = others & (number == count)
                enough = int(some.sum()) >= FEWEST_NON_MATED
                curve = score_to_fmr.fit(raw[some], _even(pairs, some), prior=whole) if enough else whole
                curves[stage, impression, count], lines[stage, impression, count] = curve, line
                counts[f"{stage}_{IMPRESSIONS[impression]}_{name}"] = int(some.sum())
    return Calibration(curves, lines, FingerFusion()).arrays(), counts


def _even(pairs: PairEvidence, some: np.ndarray) -> np.ndarray:
    """Returns weights of some pairs (m,): every population weighs the same; they add up to the pairs that these stand for."""
    population, stands = pairs.population[some], pairs.stands[some]
    weight = np.zeros(len(stands))
    names = np.unique(population)
    for name in names:
        own = population == name
        weight[own] = stands[own] * (stands.sum() / len(names) / stands[own].sum())
    return weight
