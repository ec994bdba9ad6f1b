"""Measures of a print -> a score, a verdict and reasons in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class QualityParams:
    pass_from: int = 40  # below, a print fails to match its mate too often to be enrolled without a second look
    least_area_mm2: float = 60.0  # a third of a plain print: too little in common with the next impression
    good_area_mm2: float = 160.0  # a whole plain print
    good_minutiae: float = 25.0  # expected real ones; a plain print has 20 to 60
    clear: float = 0.55  # mean coherence of a print that is neither smudged nor noisy


@dataclass(frozen=True)
class Measures:
    """What extraction hands over.

    area_mm2    foreground
    clarity     0..1, mean coherence of the foreground
    minutiae    expected number of real minutiae: the sum of their qualities
    """

    area_mm2: float
    clarity: float
    minutiae: float


@dataclass(frozen=True)
class Assessment:
    """score 0..100; passed: good enough to enrol; reasons: why not, in words."""

    score: int
    passed: bool
    reasons: tuple[str, ...]


def assess(measures: Measures, params: QualityParams) -> Assessment:
    """Geometric mean of area, clarity and number of minutiae, each against that of a good print."""
    if measures.area_mm2 <= 0 or measures.minutiae <= 0:
        return Assessment(0, False, ("no fingerprint was found",))
    parts = np.clip(
        (
            measures.area_mm2 / params.good_area_mm2,
            measures.clarity / params.clear,
            measures.minutiae / params.good_minutiae,
        ),
        0,
        1,
    )
    score = round(100 * float(np.prod(parts)) ** (1 / 3))
    reasons = []
    if measures.area_mm2 < params.least_area_mm2:
        reasons.append("too little of the finger was seen")
    if measures.clarity < 0.6 * params.clear:
        reasons.append("the ridges are not clear")
    return Assessment(score, score >= params.pass_from, tuple(reasons))
