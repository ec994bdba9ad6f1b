"""The model "calibration": what raw scores mean, from scores of pairs that the models were not fitted on."""

from __future__ import annotations

import numpy as np

from biomatch.calibration import Calibration, GalleryRates, score_to_fmr
from biomatch.calibration import llr as llr_line
from biomatch.calibration.calibration import STAGES
from biomatch.calibration.classes import COUNT_CLASSES, IMPRESSIONS, count_class
from biomatch.calibration.llr import LlrLine
from biomatch.calibration.score_to_fmr import FmrCurve
from biomatch.training.comparison import HeldOutScores
from biomatch.training.evidence import PairEvidence

FEWEST_IMPOSTORS = 500  # of a class of its own; with fewer, the curve of all classes stands in
FEWEST_MATES = 50  # likewise for its likelihood ratios


def fit(evidence: PairEvidence, scores: HeldOutScores) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Arrays of the model "calibration", and counts for its card."""
    curves: dict[tuple[str, int, int], FmrCurve] = {}
    lines: dict[tuple[str, int, int], LlrLine] = {}
    for stage, raw in zip(STAGES, (scores.minutiae, scores.ridges), strict=True):
        known = ~np.isnan(raw)
        fallback = _class(evidence, raw, known, None, None)
        for count in range(len(COUNT_CLASSES)):
            own = known & (count_class(evidence.fewer) == count)
            curve, line = _class(evidence, raw, own, *fallback)
            for impression in range(len(IMPRESSIONS)):
                curves[stage, impression, count], lines[stage, impression, count] = curve, line
    counts = {
        f"impostors_{name}": int(((count_class(evidence.fewer) == c) & ~evidence.genuine).sum())
        for c, name in enumerate(COUNT_CLASSES)
    }
    return Calibration(curves, lines, GalleryRates()).arrays(), counts


def _class(
    evidence: PairEvidence, raw: np.ndarray, own: np.ndarray, curve: FmrCurve | None, line: LlrLine | None
) -> tuple[FmrCurve, LlrLine]:
    """Curve and line of the pairs of one class; those handed over where it has too few."""
    mates, others = raw[own & evidence.genuine], raw[own & ~evidence.genuine]
    stands = evidence.stands[own & ~evidence.genuine]
    if curve is None or len(others) >= FEWEST_IMPOSTORS:
        curve = score_to_fmr.fit(others, stands, prior=curve)
    if line is None or (len(others) >= FEWEST_IMPOSTORS and len(mates) >= FEWEST_MATES):
        line = llr_line.fit(mates, others, stands)
    return curve, line
