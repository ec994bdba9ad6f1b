"""Two templates to a score and correspondences, in steps: a relaxed score for many, evidence for the best, ridges for few."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomatch.calibration import Calibration
from biomatch.calibration.classes import impression_class
from biomatch.comparison import evidence, features, relaxation, ridge_check
from biomatch.comparison.evidence import Evidence
from biomatch.comparison.prepared import Block, Prepared
from biomatch.comparison.score import Logistic
from biomatch.learned import Models, shipped

NOTHING = -50.0  # raw score of two prints without a single pair of minutiae
RIDGE_CHECKS = 10  # of the best references by minutiae: the dearest step, and the one that matters only near a decision


@dataclass(frozen=True, eq=False)
class Comparison:
    """How two prints compare.

    score         -10 log10(FMR)
    llr           log10 likelihood ratio, within what the calibration's data support
    extrapolated  the score lies beyond what the calibration's impostors can show
    raw           log odds of the last step that was taken
    relaxed       the first step's score
    pairs         probe minutiae, reference minutiae (p,) int64, weights (p,) float64 0..1, strongest first
    motion        (3,) float64 dx, dy, turn: lays the probe on the reference; y down, px at 500 ppi:
                  x' = cos(turn) x + sin(turn) y + dx, y' = cos(turn) y - sin(turn) x + dy
    features      evidence by name, for explanations
    ridges        whether the ridge pictures took part
    """

    score: float
    llr: float
    extrapolated: bool
    raw: float
    relaxed: float
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray]
    motion: np.ndarray
    features: dict[str, float]
    ridges: bool


class Comparer:
    """Compares prepared prints. Holds no state of a comparison: safe to call from many threads."""

    def __init__(self, models: Models | None = None, *, use_ridges: bool = True):
        models = models or shipped()
        arrays = models.arrays("comparison")
        self._by_minutiae = Logistic.of(arrays, "minutiae", features.COUNT)
        self._by_ridges = Logistic.of(arrays, "ridges", 1 + len(ridge_check.NAMES))
        self._calibration = Calibration.of(models)
        self._use_ridges = use_ridges
        self.version = f"relaxation/{_digest()}-{models.version('comparison')}-{models.version('calibration')}"

    @property
    def calibration(self) -> Calibration:
        return self._calibration

    def relaxed(self, probe: Prepared, references: Block) -> np.ndarray:
        """(m,) float32: step one, for a whole shortlist. Comparable within one search only."""
        return evidence.relaxed(probe, references)

    def compare(self, probe: Prepared, reference: Prepared) -> Comparison:
        """Every step, for one pair."""
        return self.refine(probe, [reference])[0]

    def refine(self, probe: Prepared, references: Sequence[Prepared]) -> list[Comparison]:
        """Evidence and score for all references, and the ridge check for the best ten of them."""
        found = evidence.gather(probe, Block.of(references))
        raw = np.where(np.diff(found.starts) > 0, self._by_minutiae(found.features), NOTHING)
        best = np.argsort(-raw, kind="stable")[:RIDGE_CHECKS] if self._use_ridges else ()
        checked = {int(r): more for r in best if (more := ridge_check.check(probe, references[r], found, int(r))) is not None}
        return [self._comparison(probe, references[r], found, r, raw[r], checked.get(r)) for r in range(len(references))]

    def _comparison(
        self, probe: Prepared, reference: Prepared, found: Evidence, r: int, raw: float, ridges: np.ndarray | None
    ) -> Comparison:
        evidence_of_r = dict(zip(features.NAMES, found.features[r].tolist(), strict=True))
        if ridges is not None:
            raw = self._by_ridges(np.append(raw, ridges)[None, :])[0]
            evidence_of_r |= dict(zip(ridge_check.NAMES, ridges.tolist(), strict=True))
        calibrated = self._calibration(
            "minutiae" if ridges is None else "ridges",
            np.array([raw]),
            [min(len(probe.vectors), len(reference.vectors))],
            impression_class(probe.template.impression, reference.template.impression),
        )
        return Comparison(
            score=float(calibrated.score[0]),
            llr=float(calibrated.llr[0]),
            extrapolated=bool(calibrated.extrapolated[0]),
            raw=float(raw),
            relaxed=evidence_of_r["relaxed"],
            pairs=found.pairs(r),
            motion=found.motions[r],
            features=evidence_of_r,
            ridges=ridges is not None,
        )


def _digest() -> str:
    settings = (relaxation.PARAMS, features.PAIRING, ridge_check.PARAMS, evidence.MOST)
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:8]
