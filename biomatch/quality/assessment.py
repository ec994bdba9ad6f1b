"""Scores a print from its measures, with a verdict and reasons in words.

The score is the chance, in percent, that such a print is recognised in an ordinary impression of its finger, at a false match
rate of one in 100,000: a logistic model of two measures, trained on prints with many impressions, on careless copies of them
and copies left behind as latents are, and on pictures that show no finger. The reasons are rules on single measures. A clear
print of twisted skin keeps its score, and says so: its minutiae are good, but lie where they do not lie in an ordinary print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from biomatch.errors import ModelDamaged

MODEL = "image_quality"
NOTHING = "no fingerprint was found"
TWISTED = "the skin may have been pulled or twisted; lift the finger and put it down straight"


@dataclass(frozen=True)
class QualityParams:
    pass_from: int = 60  # below, four in ten other impressions would not be recognised
    least_ridges: float = 0.16  # of the picture's energy: noise, text and textures have about 0.1, a dry finger 0.2
    least_clarity: float = 0.3  # mean coherence: noise has 0.2
    least_contrast: float = 4.5  # grey levels, median: the grain of paper has 4, the faintest finger 7
    least_reliable: float = (
        0.2  # of the area, where there is little ink or much contrast: most text has less, 99 % of prints more
    )
    printed: float = 85.0  # grey levels, median: large letters have 100; of 1,442 prints and their copies none more than 80
    sparse: float = -1.9  # skewness: small letters are dark strokes on much paper; the driest of the prints has that
    least_area_mm2: float = 60.0  # a third of a plain print: too little in common with the next impression
    least_minutiae: float = 8.0  # expected real ones: fewer do not tell fingers apart
    least_reliable_mm2: float = 35.0  # ridges clear enough to be followed: a fifth of a plain print
    faint: float = 7.0  # grey levels of contrast
    wet: float = 0.55  # skewness of the normalised picture: dark ridges have run together
    dry: float = -0.55  # ridges are broken into dots
    unclear: float = 0.55  # mean coherence
    doubtful: float = 0.6  # share of minutiae that are probably false
    cut: float = 0.3  # of the finger's outline
    twisted: float = 1.8  # log odds: 3 of 100 prints of sensors that the measure never saw have more


@dataclass(frozen=True)
class Measures:
    """The numbers that extraction hands over.

    area_mm2       of the foreground
    reliable_mm2   of it, weighted by how clear the ridges are
    clarity    0..1, mean coherence of the foreground
    minutiae   expected number of real minutiae: the sum of their qualities
    sure       number of minutiae of quality above 0.8
    doubtful   0..1, share of minutiae of quality below one half
    contrast   median local deviation, grey levels
    ridges     0..1, root of the share of the picture's energy that is ridges
    darkness   skewness of the normalised picture: positive, ridges are wide; negative, thin
    cut        0..1, share of the finger's outline that is the border of the image
    period_px  median distance of ridges
    twist      log odds that the skin was pulled or twisted
    """

    area_mm2: float
    reliable_mm2: float
    clarity: float
    minutiae: float
    sure: float
    doubtful: float
    contrast: float
    ridges: float
    darkness: float
    cut: float
    period_px: float
    twist: float = float("-inf")

    @classmethod
    def nothing(cls) -> Measures:
        return cls(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    def vector(self) -> np.ndarray:
        """Returns (2,) float64, inputs of the model: how many minutiae are sure, and how large the area is that they are spread
        over.

        On groups of sets that were left out, no further measure added anything: what spoils a print spoils its minutiae.
        """
        return np.array([np.log1p(self.area_mm2), np.log1p(self.sure)])


@dataclass(frozen=True)
class Assessment:
    """score 0..100; passed: good enough to enrol; reasons: why to take it again, in words; of a print that passed, at most that
    its skin may have been twisted."""

    score: int
    passed: bool
    reasons: tuple[str, ...]


def assess(measures: Measures, model: Mapping[str, np.ndarray], params: QualityParams, *, doubt: str = "") -> Assessment:
    """Gives score, verdict and reasons of one print.

    model  arrays of the model "image_quality"
    doubt  why the image's resolution is probably wrong; empty: it is not. Such a print does not pass, whatever its score:
           read at a wrong scale the clearest ridges match nothing

    Raises ModelDamaged: it was made for other measures.
    """
    inputs = measures.vector()
    if len(model["mean"]) != len(inputs):
        raise ModelDamaged(MODEL, f"it has {len(model['mean'])} inputs, {len(inputs)} are measured; train it again")
    if not _is_fingerprint(measures, params):  # whose resolution says nothing
        return Assessment(0, False, (NOTHING,))
    doubts = (doubt,) if doubt else ()
    standard = np.clip((inputs - model["mean"]) / model["deviation"], -3, 3)
    chance = 1 / (1 + np.exp(-(standard @ model["weight"] + model["offset"])))
    score = round(100 * float(chance))
    passed = score >= params.pass_from and measures.minutiae >= params.least_minutiae and not doubts
    twisted = (TWISTED,) if measures.twist > params.twisted else ()
    reasons = (*doubts, *_reasons(measures, params), *twisted)
    if not passed and not reasons:
        reasons = ("the ridges are not clear enough to be recognised again",)
    return Assessment(score if measures.minutiae > 0 else 0, passed, reasons if not passed else twisted)


def _is_fingerprint(measures: Measures, params: QualityParams) -> bool:
    return (
        measures.area_mm2 > 0
        and measures.ridges >= params.least_ridges
        and measures.clarity >= params.least_clarity
        and measures.contrast >= params.least_contrast
        and not _is_text(measures, params)
    )


def _is_text(measures: Measures, params: QualityParams) -> bool:
    """Tells whether a picture is text: sharp black on white, or little ink on much paper, hardly any of which runs as ridges
    do."""
    inked = measures.contrast > params.printed or measures.darkness < params.sparse
    return inked and measures.reliable_mm2 < params.least_reliable * measures.area_mm2


def _reasons(measures: Measures, params: QualityParams) -> tuple[str, ...]:
    small = measures.area_mm2 < params.least_area_mm2
    unclear = measures.clarity < params.unclear
    rules = (
        (small and measures.cut > params.cut, "the finger is cut off at the sensor's edge; place it in the middle"),
        (small and measures.cut <= params.cut, "too little of the finger was seen; press the whole pad down"),
        (measures.minutiae < params.least_minutiae and not small, "too few minutiae were seen"),
        (measures.reliable_mm2 < params.least_reliable_mm2 and not small, "only a small part shows clear ridges"),
        (measures.contrast < params.faint, "the print is too faint; press harder or clean the sensor"),
        (measures.darkness > params.wet, "the finger is too wet or was pressed too hard; dry it"),
        (measures.darkness < params.dry, "the finger is too dry; moisten it"),
        (unclear and measures.doubtful > params.doubtful, "the print is smudged or noisy; clean finger and sensor"),
        (unclear and measures.doubtful <= params.doubtful, "the print is blurred; hold the finger still"),
    )
    return tuple(words for applies, words in rules if applies)
