"""One against one: are these a person's prints; are these two prints of one finger?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.bureau import ACCEPT
from biomatch.service import documents
from biomatch.service.dependencies import BureauDep, GalleryId, PersonId, TransactionId, VerifierDep, gathered, label_of
from biomatch.service.intake import bodies
from biomatch.service.problems import UPLOAD_ERRORS, documented
from biomatch.service.routing import resource
from biomatch.service.schemas.comparisons import ComparisonIn, EvidenceOut, PairOut, VerifyIn, VerifyOut

router = resource("/v1/verify", "verify")

Claim = Annotated[bodies.Prints, Depends(bodies.claim)]
Comparison = Annotated[bodies.Prints, Depends(bodies.comparison)]


@dataclass(frozen=True)
class ComparisonQuery:
    """The parameters of both comparisons."""

    transaction_id: TransactionId = None
    threshold: Annotated[float, Query(allow_inf_nan=False, description="least score that is accepted, -10 log10(FMR)")] = ACCEPT
    correspondences: Annotated[bool, Query(description="adds the pairs of corresponding minutiae")] = False


QueryDep = Annotated[ComparisonQuery, gathered(ComparisonQuery)]

_REFUSED = documented(*UPLOAD_ERRORS)


@router.post(
    "/{galleryId}/{personId}",
    operation_id="verifyFromId",
    openapi_extra=documents.body(
        VerifyIn, {"biometricData": documents.prints()}, files={"image": "prints of one person: images, or templates"}
    ),
    responses=_REFUSED | documented(errors.PersonNotFound, errors.LabelNotFound),
)
async def verify_person(
    gallery: GalleryId, person: PersonId, actor: VerifierDep, prints: Claim, bureau: BureauDep, query: QueryDep
) -> VerifyOut:
    """Compare prints with those of this person."""
    label = label_of(gallery)
    found = await run_in_threadpool(
        bureau.searches.verify, person, prints.uploads, actor, label=label, threshold=query.threshold
    )
    return VerifyOut.of(
        found.candidate,
        found.accepted,
        query.threshold,
        query.transaction_id,
        scores=[EvidenceOut.of(evidence, found.prints, query.correspondences) for evidence in found.candidate.evidence],
    )


@router.post(
    "",
    operation_id="verifyFromBio",
    openapi_extra=documents.body(
        ComparisonIn,
        {"biometricData1": documents.prints(), "biometricData2": documents.prints()},
        files={"first": "one print: image, or template", bodies.SECOND: "the other print: image, or template"},
    ),
    responses=_REFUSED,
)
async def verify_pair(actor: VerifierDep, prints: Comparison, bureau: BureauDep, query: QueryDep) -> VerifyOut:
    """Compare two prints: are they of one finger?"""
    found = await run_in_threadpool(bureau.searches.compare, prints.uploads, prints.second, actor, threshold=query.threshold)
    pairs = zip(*(part.tolist() for part in found.comparison.pairs), strict=True)
    return VerifyOut.of(
        found.comparison,
        found.accepted,
        query.threshold,
        query.transaction_id,
        correspondences=[PairOut.of(*pair) for pair in pairs] if query.correspondences else None,
    )
