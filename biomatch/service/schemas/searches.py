"""A search: the prints that it was made with, and its candidates."""

from __future__ import annotations

from collections.abc import Mapping

from biomatch.bureau import Examined, Identified
from biomatch.gallery.interface import Candidate
from biomatch.service.schemas.biographies import FilterIn
from biomatch.service.schemas.comparisons import EvidenceOut, rounded
from biomatch.service.schemas.fields import Base64, In, Model, Position
from biomatch.service.schemas.prints import (
    Handed,
    MinutiaOut,
    minutiae_of,
)
from biomatch.store import Shown, StoredPrint
from biomatch.template import Template


class IdentifyIn(In):
    biometric_data: Handed
    filter: FilterIn = FilterIn()


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
            score=rounded(candidate.score),
            llr=rounded(candidate.llr),
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
