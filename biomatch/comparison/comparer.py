"""Two templates to a score and correspondences, in steps: a relaxed score for many, evidence for the best, ridges for few."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from biomatch import deadlines
from biomatch.calibration import Calibration
from biomatch.calibration.classes import LATENT, impression_class
from biomatch.comparison import evidence, features, relaxation, ridge_check
from biomatch.comparison.evidence import Evidence
from biomatch.comparison.prepared import Block, Prepared
from biomatch.comparison.score import Logistic
from biomatch.learned import Models, shipped
from biomatch.spare_cores import NO_SPARE_CORES, SpareCores
from biomatch.template import Template

NOTHING = -50.0  # raw score of two prints without a single pair of minutiae
OURS = ("classical", "learned", "synthetic", "recombined")  # extractors whose qualities of minutiae mean what scores rely on
_LATENT_RIDGES = "for a reference alone"  # named in versions: it changes scores
_AT_ONCE = 64  # references between two looks at the deadline: 20 ms
RIDGE_CHECKS = 10  # of the best references by minutiae: the dearest step, and the one that matters only near a decision


@dataclass(frozen=True, eq=False)
class Comparison:
    """The result of comparing two prints.

    Attributes
    ----------
    score
        -10 log10 of the false match rate.
    llr
        log10 of the likelihood ratio, within what the calibration's data support.
    extrapolated
        The score lies beyond what the calibration's non-mated pairs can show.
    raw
        Log odds of the last step that was taken.
    evidence
        Of the probe with its references, of which this one is number `reference`.
    reference
        See `evidence`; 0 where two prints were compared.
    ridges
        (g,) float64, what the ridge check found, by `ridge_check.NAMES`; None: it took no part.
    """

    score: float
    llr: float
    extrapolated: bool
    raw: float
    evidence: Evidence
    reference: int
    ridges: np.ndarray | None = None

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Probe minutiae, reference minutiae (p,) int64, weights (p,) float64 0..1, strongest first."""
        return self.evidence.pairs(self.reference)

    @property
    def motion(self) -> np.ndarray:
        """(3,) float64 dx, dy, turn: lays the probe on the reference; y down, px at 500 ppi.

        x' = cos(turn) x + sin(turn) y + dx, y' = cos(turn) y - sin(turn) x + dy
        """
        motion: np.ndarray = self.evidence.motions[self.reference]
        return motion

    @property
    def relaxed(self) -> float:
        """The first step's score."""
        return float(self.evidence.features[self.reference, features.NAMES.index("relaxed")])

    @property
    def features(self) -> dict[str, float]:
        """Evidence by name, for explanations."""
        measured = dict(zip(features.NAMES, self.evidence.features[self.reference].tolist(), strict=True))
        return measured if self.ridges is None else measured | dict(zip(ridge_check.NAMES, self.ridges.tolist(), strict=True))


class Comparer:
    """Compares prepared prints. Holds no state of a comparison: safe to call from many threads."""

    def __init__(self, models: Models | None = None, *, use_ridges: bool = True):
        models = models or shipped()
        arrays = models.arrays("comparison")
        self._by_minutiae = Logistic.of(arrays, "minutiae", features.COUNT)
        self._by_foreign = Logistic.of(arrays, "foreign", features.COUNT)
        self._by_ridges = Logistic.of(arrays, "ridges", 1 + len(ridge_check.NAMES))
        self._calibration = Calibration.of(models)
        self._use_ridges = use_ridges
        self.version = f"relaxation/{_digest()}-{models.version('comparison')}-{models.version('calibration')}"

    @property
    def calibration(self) -> Calibration:
        return self._calibration

    def relaxed(self, probe: Prepared, references: Block, spare: SpareCores = NO_SPARE_CORES) -> np.ndarray:
        """(m,) float32: step one, for a whole shortlist. Comparable within one search only."""
        parts = [references[some] for some in spare.shares(len(references))]
        return np.concatenate(spare.map(lambda part: evidence.relaxed(probe, part), parts))

    def compare(self, probe: Prepared, reference: Prepared) -> Comparison:
        """Every step, for one pair."""
        return self.refine(probe, [reference])[0]

    def refine(
        self,
        probe: Prepared,
        references: Sequence[Prepared],
        ridge_checks: int = RIDGE_CHECKS,
        spare: SpareCores = NO_SPARE_CORES,
    ) -> list[Comparison]:
        """Evidence and score for all references, and the ridge check for so many of them, the best by minutiae.

        What lies beneath a latent looks like ridges, too: a latent's speak for a reference, never against one.
        Raises DeadlinePassed.
        """
        foreign = np.array([is_foreign(probe.template) or is_foreign(one.template) for one in references], bool)
        compared: dict[int, Comparison] = {}
        for numbers, compare in ((np.flatnonzero(~foreign), self._ours), (np.flatnonzero(foreign), self._foreign)):
            if len(numbers):
                some = [references[r] for r in numbers.tolist()]
                compared |= zip(numbers.tolist(), compare(probe, some, ridge_checks, spare), strict=True)
        return [compared[r] for r in range(len(references))]

    def _ours(self, probe: Prepared, references: Sequence[Prepared], ridge_checks: int, spare: SpareCores) -> list[Comparison]:
        found = _gathered(probe, references, spare)
        raw = np.where(np.diff(found.starts) > 0, self._by_minutiae(found.features), NOTHING)
        best = np.argsort(-raw, kind="stable")[:ridge_checks].tolist() if self._use_ridges else []
        told = spare.map(lambda r: _checked(probe, references[r], found, r), best)
        checked = {r: more for r, more in zip(best, told, strict=True) if more is not None}
        last = np.array([r in checked for r in range(len(references))], bool)
        if checked:
            odds = raw.copy()
            odds[last] = self._by_ridges(np.column_stack([raw[last], [checked[r] for r in np.flatnonzero(last).tolist()]]))
            last &= (_impressions(probe, references) != LATENT) | (odds > raw)
            raw = np.where(last, odds, raw)
        spoken = {r: more for r, more in checked.items() if last[r]}
        return self._calibrated(probe, references, raw, found, {"minutiae": ~last, "ridges": last}, spoken)

    def _foreign(self, probe: Prepared, references: Sequence[Prepared], _: int, spare: SpareCores) -> list[Comparison]:
        found = _gathered(probe, references, spare, foreign=True)
        raw = np.where(np.diff(found.starts) > 0, self._by_foreign(found.features), NOTHING)
        return self._calibrated(probe, references, raw, found, {"foreign": np.ones(len(raw), bool)}, {})

    def _calibrated(
        self, probe: Prepared, references: Sequence[Prepared], raw: np.ndarray, found: Evidence,
        stages: Mapping[str, np.ndarray], checked: Mapping[int, np.ndarray],
    ) -> list[Comparison]:  # fmt: skip
        """Comparisons from the last raw scores (m,); stages (m,) bool by name; `checked` by number of reference."""
        fewer = np.minimum(len(probe.vectors), [len(one.vectors) for one in references])
        impression = _impressions(probe, references)
        score, llr, beyond = np.zeros(len(raw)), np.zeros(len(raw)), np.zeros(len(raw), bool)
        for stage, taken in stages.items():
            for kind in np.unique(impression[taken]).tolist():
                own = taken & (impression == kind)
                told = self._calibration(stage, raw[own], fewer[own], kind)
                score[own], llr[own], beyond[own] = told.score, told.llr, told.extrapolated
        told_of = zip(score.tolist(), llr.tolist(), beyond.tolist(), raw.tolist(), strict=True)
        return [Comparison(s, log, far, odds, found, r, checked.get(r)) for r, (s, log, far, odds) in enumerate(told_of)]


def _gathered(probe: Prepared, references: Sequence[Prepared], spare: SpareCores, *, foreign: bool = False) -> Evidence:
    def gather(some: Sequence[Prepared]) -> Evidence:
        deadlines.check()
        return evidence.gather(probe, Block.of(some), foreign=foreign)

    shares = [references[some] for some in spare.shares(len(references))]
    parts = [share[at : at + _AT_ONCE] for share in shares for at in range(0, len(share), _AT_ONCE)]
    return Evidence.joined(spare.map(gather, parts))


def _checked(probe: Prepared, reference: Prepared, found: Evidence, r: int) -> np.ndarray | None:
    deadlines.check()
    return ridge_check.check(probe, reference, found, r)


def _impressions(probe: Prepared, references: Sequence[Prepared]) -> np.ndarray:
    """(m,) int64: the impression class of each pair."""
    return np.array([impression_class(probe.template.impression, one.template.impression) for one in references], np.int64)


def is_foreign(template: Template) -> bool:
    """Whether another extractor, or a person, found its minutiae: their qualities mean something else than ours."""
    return template.extractor.split("/")[0] not in OURS


def _digest() -> str:
    settings = (relaxation.PARAMS, features.PAIRING, ridge_check.PARAMS, _LATENT_RIDGES, evidence.MOST, *evidence.FOREIGN)
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:8]
