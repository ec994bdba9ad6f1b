"""One against one: are these a person's prints; are these two prints of one finger?"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.bureau import ACCEPT, EVERYTHING
from biomatch.service import bodies, documents
from biomatch.service.dependencies import ActorDep, BureauDep, TransactionId
from biomatch.service.problems import UPLOAD_ERRORS, documented
from biomatch.service.routing import resource
from biomatch.service.schemas import ComparisonIn, EvidenceOut, PairOut, VerifyIn, VerifyOut

router = resource("/v1/verify", "verify")

Claim = Annotated[bodies.Prints, Depends(bodies.claim)]
Comparison = Annotated[bodies.Prints, Depends(bodies.comparison)]
Threshold = Annotated[float, Query(description="least score that is accepted, -10 log10(FMR)")]
Correspondences = Annotated[bool, Query(description="with the pairs of corresponding minutiae")]

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
    galleryId: str,  # noqa: N803
    personId: str,  # noqa: N803
    prints: Claim,
    bureau: BureauDep,
    actor: ActorDep,
    transaction_id: TransactionId = None,
    threshold: Threshold = ACCEPT,
    correspondences: Correspondences = False,
) -> VerifyOut:
    """Are these the prints of this person? The gallery names where the person must be; `ALL` is anywhere."""
    label = None if galleryId == EVERYTHING else galleryId
    found = await run_in_threadpool(bureau.verify, personId, prints.uploads, actor, label=label, threshold=threshold)
    candidate = found.candidate
    return VerifyOut(
        transaction_id=transaction_id,
        verify_status=found.accepted,
        verify_score=round(candidate.score, 2),
        threshold=threshold,
        llr=round(candidate.llr, 2),
        extrapolated=candidate.extrapolated,
        scores=[EvidenceOut.of(evidence, found.prints, correspondences) for evidence in candidate.evidence],
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
async def verify_pair(
    prints: Comparison,
    bureau: BureauDep,
    actor: ActorDep,
    transaction_id: TransactionId = None,
    threshold: Threshold = ACCEPT,
    correspondences: Correspondences = False,
) -> VerifyOut:
    """Are these two prints of one finger? Nothing is enrolled or kept."""
    found = await run_in_threadpool(bureau.compare, prints.uploads, prints.second, actor, threshold=threshold)
    comparison = found.comparison
    pairs = zip(*(part.tolist() for part in comparison.pairs), strict=True)
    return VerifyOut(
        transaction_id=transaction_id,
        verify_status=found.accepted,
        verify_score=round(comparison.score, 2),
        threshold=threshold,
        llr=round(comparison.llr, 2),
        extrapolated=comparison.extrapolated,
        correspondences=[PairOut(probe=a, reference=b, weight=round(weight, 4)) for a, b, weight in pairs]
        if correspondences
        else None,
    )
