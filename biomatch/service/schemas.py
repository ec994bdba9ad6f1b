"""What requests and answers hold, under OSIA's names (ABIS interface 1.6); ours beside them where OSIA has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from biomatch.bureau import ACCEPT, MAX_PRINTS, EnrolledPrint, Examined, Identified, Upload
from biomatch.comparison import Comparison
from biomatch.gallery.interface import Candidate, Evidence
from biomatch.service.biographies import BiographicData, FilterIn, PastDay
from biomatch.service.fields import Base64, Impression, In, Model, Name, Position
from biomatch.store import Shown, StoredPrint
from biomatch.template import BIFURCATION, ENDING, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

Kind = Literal["ending", "bifurcation", "other"]
Status = Literal["ACTIVE", "INACTIVE"]

_KINDS: dict[int, Kind] = {ENDING: "ending", BIFURCATION: "bifurcation"}


class Problem(Model):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    values: dict[str, Any] | None = None


# in


class BiometricData(In):
    """One print as it is handed over: `image` (PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ, PGM) or `template`.

    A template is biomatch's own or a record of ISO/IEC 19794-2:2005.
    """

    biometric_type: Literal["FINGER"] = "FINGER"
    biometric_sub_type: Position = FingerPosition.UNKNOWN
    impression_type: Impression = ImpressionType.UNKNOWN
    image: Base64 | None = None
    resolution: float | None = Field(None, description="ppi of the image; without it, what the file says")
    template: Base64 | None = None
    capture_date: PastDay | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.image is not None and self.template is not None:
            raise ValueError("names one of image, template: one of them would not be read")
        return self

    def upload(self, name: str) -> Upload:
        data = self.image if self.image is not None else self.template
        return Upload(
            data or b"",
            name,
            self.biometric_sub_type,
            self.impression_type,
            self.resolution,
            captured=self.capture_date,
        )


Handed = Annotated[list[BiometricData], Field(max_length=MAX_PRINTS)]
"""Prints of one request."""

Labels = Annotated[list[Name], Field(max_length=MAX_PRINTS)]
"""Galleries of one encounter."""


class EncounterIn(In):
    biometric_data: Handed
    status: Status | None = Field(None, description="INACTIVE: kept, and no search finds it; ACTIVE where nothing is said")
    encounter_type: str | None = Field(None, max_length=200, description="OSIA demands it; it is not kept")
    galleries: Labels = Field(default=[])
    biographic_data: BiographicData = BiographicData()


class IdentifyIn(In):
    biometric_data: Handed
    filter: FilterIn = FilterIn()


class VerifyIn(In):
    biometric_data: Handed


class ComparisonIn(In):
    biometric_data1: Handed
    biometric_data2: Handed


class QualityIn(In):
    biometric_data: Handed


# out


class MinutiaOut(Model):
    """x, y: px at 500 ppi from the top left; angle: radians counter-clockwise from east, y up; quality: 0..1."""

    x: float
    y: float
    angle: float
    type: Kind
    quality: float


class PrintOut(Model):
    print_id: str
    biometric_type: Literal["FINGER"] = "FINGER"
    biometric_sub_type: Position
    impression_type: Impression
    quality: int | None = None
    warnings: list[str] = Field(default=[])
    minutiae_count: int | None = None
    algorithm: str | None = None
    created: str | None = None
    capture_date: date | None = None
    has_image: bool | None = None

    @classmethod
    def received(cls, made: EnrolledPrint) -> PrintOut:
        return cls(
            print_id=made.print_id,
            biometric_sub_type=made.position,
            impression_type=made.impression,
            quality=made.quality,
            warnings=list(made.warnings),
            minutiae_count=made.minutiae,
        )

    @classmethod
    def stored(cls, stored: StoredPrint) -> PrintOut:
        return cls(
            print_id=stored.print_id,
            biometric_sub_type=stored.position,
            impression_type=stored.impression,
            quality=stored.quality,
            algorithm=stored.extractor,
            created=stored.created,
            capture_date=stored.captured,
            has_image=stored.has_image,
        )


class EncounterOut(Model):
    encounter_id: str
    status: Status
    galleries: list[str]
    biographic_data: BiographicData | None = None
    biometric_data: list[PrintOut]

    @classmethod
    def of(cls, encounter: str, prints: tuple[StoredPrint, ...]) -> EncounterOut:
        return cls(
            encounter_id=encounter,
            status="ACTIVE" if any(stored.active for stored in prints) else "INACTIVE",
            galleries=sorted({label for stored in prints for label in stored.labels}),
            biographic_data=BiographicData.of(prints[0].biography),
            biometric_data=[PrintOut.stored(stored) for stored in prints],
        )


class TemplateOut(Model):
    print_id: str
    biometric_type: Literal["FINGER"] = "FINGER"
    biometric_sub_type: Position
    template: Base64
    template_format: Literal["ISO_19794_2", "BIOMATCH"]
    algorithm: str


class PrintDetail(PrintOut):
    """A print with its minutiae. `width`, `height`: px at 500 ppi."""

    person_id: str
    encounter_id: str
    width: int
    height: int
    minutiae: list[MinutiaOut]


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
            score=_rounded(evidence.score),
            llr=_rounded(evidence.llr),
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


class CandidateOut(Model):
    """score: -10 log10 of the false match rate; llr: log10 of the likelihood ratio; extrapolated: beyond what was measured."""

    person_id: str
    rank: int
    score: float
    llr: float
    extrapolated: bool
    scores: list[EvidenceOut]

    @classmethod
    def of(cls, candidate: Candidate, prints: Mapping[str, Shown | StoredPrint], with_pairs: bool) -> CandidateOut:
        return cls(
            person_id=candidate.person,
            rank=candidate.rank,
            score=_rounded(candidate.score),
            llr=_rounded(candidate.llr),
            extrapolated=candidate.extrapolated,
            scores=[EvidenceOut.of(evidence, prints, with_pairs) for evidence in candidate.evidence],
        )


class ProbeDetail(Model):
    """A print that was searched with, as it was examined. `name`: of the file, for a transaction with the record's number.

    width, height: px at 500 ppi. picture: PNG at 500 ppi, on which the minutiae lie; absent where a template was sent.
    """

    name: str
    passed: bool
    reasons: list[str]
    width: int
    height: int
    minutiae: list[MinutiaOut]
    picture: Base64 | None = None

    @classmethod
    def of(cls, examined: Examined) -> ProbeDetail:
        template = examined.template
        return cls(
            name=examined.name,
            passed=examined.passed,
            reasons=list(examined.reasons),
            width=template.width,
            height=template.height,
            minutiae=minutiae_of(template),
            picture=examined.picture or None,
        )


class ProbeOut(Model):
    biometric_sub_type: Position
    quality: int | None = None
    minutiae_count: int
    warnings: list[str]
    details: ProbeDetail | None = None

    @classmethod
    def of(cls, probe: Template, details: ProbeDetail | None = None) -> ProbeOut:
        return cls(
            biometric_sub_type=probe.position,
            quality=probe.quality,
            minutiae_count=len(probe.minutiae),
            warnings=list(probe.warnings),
            details=details,
        )


class IdentifyOut(Model):
    """hit: whether the first candidate reaches the threshold, if a targetFPIR was asked for. seconds: by stage.

    searchId names the search when it is repeated, and in the audit tree.
    """

    transaction_id: str | None = None
    search_id: str
    candidates: list[CandidateOut]
    hit: bool | None = None
    threshold: float | None = None
    gallery_size: int
    effort: str
    miss_probability: float
    false_positive_probability: float | None = None
    probes: list[ProbeOut]
    made_by: dict[str, str]
    seconds: dict[str, float]

    @classmethod
    def of(cls, found: Identified, candidates: list[CandidateOut], transaction_id: str | None) -> IdentifyOut:
        search = found.search
        details: list[ProbeDetail | None] = [*map(ProbeDetail.of, found.examined)] or [None] * len(found.probes)
        return cls(
            transaction_id=transaction_id,
            search_id=found.kept,
            candidates=candidates,
            hit=search.hit,
            threshold=search.threshold,
            gallery_size=search.prints,
            effort=search.effort.value,
            miss_probability=search.miss,
            false_positive_probability=search.false_positive,
            probes=list(map(ProbeOut.of, found.probes, details)),
            made_by=search.made_by,
            seconds={stage: round(seconds, 6) for stage, seconds in search.seconds.items()},
        )


class ReceiptOut(Model):
    """The prints are durable and searchable. identified: who else it may be, if that was asked for."""

    transaction_id: str | None = None
    person_id: str
    encounter_id: str
    biometric_data: list[PrintOut]
    identified: IdentifyOut | None = None

    @classmethod
    def of(cls, kept: Sequence[EnrolledPrint], transaction_id: str | None, identified: IdentifyOut | None = None) -> ReceiptOut:
        return cls(
            identified=identified,
            transaction_id=transaction_id,
            person_id=kept[0].person,
            encounter_id=kept[0].encounter,
            biometric_data=[PrintOut.received(made) for made in kept],
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
            verify_score=_rounded(found.score),
            threshold=threshold,
            llr=_rounded(found.llr),
            extrapolated=found.extrapolated,
            scores=scores,
            correspondences=correspondences,
        )


class QualityOut(Model):
    """passed: good enough to keep; else take the print again, for the reasons given. A print that failed has `problem` only."""

    name: str
    quality: int | None = None
    passed: bool = False
    reasons: list[str] = Field(default=[])
    warnings: list[str] = Field(default=[])
    width: int | None = None
    height: int | None = None
    minutiae_count: int = 0
    minutiae: list[MinutiaOut] | None = None
    template: Base64 | None = None
    picture: Base64 | None = None
    problem: Problem | None = None

    @classmethod
    def of(cls, examined: Examined, name: str, details: bool) -> QualityOut:
        template = examined.template
        return cls(
            name=name,
            quality=examined.score,
            passed=examined.passed,
            reasons=list(examined.reasons),
            warnings=list(template.warnings),
            width=template.width,
            height=template.height,
            minutiae_count=len(template.minutiae),
            minutiae=minutiae_of(template) if details else None,
            template=template.to_bytes() if details else None,
            picture=examined.picture if details and examined.picture else None,
        )


class GalleryOut(Model):
    gallery_id: str
    prints: int


class MemberOut(Model):
    person_id: str
    encounter_id: str


class HealthOut(Model):
    status: Literal["ok"] = "ok"
    version: str


class CountsOut(Model):
    persons: int
    encounters: int
    prints: int


def minutiae_of(template: Template) -> list[MinutiaOut]:
    m = template.minutiae
    return [
        MinutiaOut(x=x, y=y, angle=round(angle, 5), type=_KINDS.get(kind, "other"), quality=round(quality, 2))
        for x, y, angle, kind, quality in zip(
            m.x.tolist(), m.y.tolist(), m.angle.tolist(), m.kind.tolist(), m.quality.tolist(), strict=True
        )
    ]


def _rounded(value: float) -> float:
    """A hundredth of a decibel: finer than any calibration is known."""
    return round(float(value), 2)
