"""Two prints, or two persons, compared: their score, and the minutiae that correspond."""

from __future__ import annotations

from collections.abc import Mapping

from biomatch.bureau import ACCEPT
from biomatch.comparison import Comparison
from biomatch.gallery.interface import Candidate, Evidence
from biomatch.service.schemas.fields import In, Model, Position
from biomatch.service.schemas.prints import (
    Handed,
)
from biomatch.store import Shown, StoredPrint


class VerifyIn(In):
    biometric_data: Handed


class ComparisonIn(In):
    biometric_data1: Handed
    biometric_data2: Handed


class PairOut(Model):
    """Numbers of two corresponding minutiae, in the order of their templates; weight 0..1."""

    probe: int
    reference: int
    weight: float

    @classmethod
    def of(cls, probe: int, reference: int, weight: float) -> PairOut:
        return cls(probe=int(probe), reference=int(reference), weight=round(float(weight), 4))


class EvidenceOut(Model):
    """One enrolled print against one of the probes. `probe`: its place among those that were sent."""

    score: float
    llr: float
    extrapolated: bool
    probe: int
    print_id: str
    encounter_id: str
    subtype: Position
    galleries: list[str]
    has_image: bool
    motion: tuple[float, float, float]
    scale: float
    correspondences: list[PairOut] | None = None

    @classmethod
    def of(cls, evidence: Evidence, prints: Mapping[str, Shown | StoredPrint], with_pairs: bool) -> EvidenceOut:
        stored = prints.get(evidence.print_id)
        dx, dy, turn = (float(value) for value in evidence.motion)
        return cls(
            score=rounded(evidence.score),
            llr=rounded(evidence.llr),
            extrapolated=evidence.extrapolated,
            probe=evidence.probe,
            print_id=evidence.print_id,
            encounter_id=evidence.encounter,
            subtype=evidence.position,
            galleries=sorted(stored.labels) if stored else [],
            has_image=stored is not None and stored.has_image,
            motion=(dx, dy, turn),
            scale=evidence.scale,
            correspondences=[PairOut.of(pair.probe, pair.reference, pair.weight) for pair in evidence.pairs]
            if with_pairs
            else None,
        )


class VerifyOut(Model):
    """verifyStatus: the score reaches the threshold."""

    transaction_id: str | None = None
    verify_status: bool
    verify_score: float
    threshold: float = ACCEPT
    llr: float
    extrapolated: bool
    scores: list[EvidenceOut] | None = None
    correspondences: list[PairOut] | None = None

    @classmethod
    def of(
        cls,
        found: Candidate | Comparison,
        accepted: bool,
        threshold: float,
        transaction_id: str | None,
        *,
        scores: list[EvidenceOut] | None = None,
        correspondences: list[PairOut] | None = None,
    ) -> VerifyOut:
        return cls(
            transaction_id=transaction_id,
            verify_status=accepted,
            verify_score=rounded(found.score),
            threshold=threshold,
            llr=rounded(found.llr),
            extrapolated=found.extrapolated,
            scores=scores,
            correspondences=correspondences,
        )


def rounded(value: float) -> float:
    """Returns a value to a hundredth of a decibel: finer than any calibration is known."""
    return round(float(value), 2)
