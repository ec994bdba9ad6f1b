"""One against all: who left these prints?"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.bureau import Actor, Bureau
from biomatch.gallery.interface import Effort, Filter
from biomatch.service import bodies, documents
from biomatch.service.dependencies import BureauDep, GalleryId, SearcherDep, SettingsDep, TransactionId, label_of
from biomatch.service.problems import UPLOAD_ERRORS, documented
from biomatch.service.routing import resource
from biomatch.service.schemas import CandidateOut, IdentifyIn, IdentifyOut, ProbeOut

router = resource("/v1/identify", "identify")

Probes = Annotated[bodies.Prints, Depends(bodies.probes)]


@router.post(
    "/{galleryId}",
    operation_id="identify",
    openapi_extra=documents.body(
        IdentifyIn,
        {"biometricData": documents.prints(), "filter": {"biometricSubType": ["RIGHT_INDEX"]}},
        files={"image": "up to ten prints of one person: images, or templates"},
        texts={"filter": "a finger position that the search is limited to; may be repeated"},
    ),
    responses=documented(*UPLOAD_ERRORS, errors.PurposeMissing, errors.LabelNotFound),
)
async def identify(
    gallery: GalleryId,
    actor: SearcherDep,
    prints: Probes,
    bureau: BureauDep,
    settings: SettingsDep,
    transaction_id: TransactionId = None,
    max_candidates: Annotated[int, Query(alias="maxNbCand", ge=1, description="length of the list")] = 20,
    threshold: Annotated[float | None, Query(description="least score of a candidate, -10 log10(FMR)")] = None,
    effort: Annotated[Effort, Query(alias="accuracyLevel", description="how hard the search tries")] = Effort.NORMAL,
    target_fpir: Annotated[
        float | None,
        Query(alias="targetFPIR", gt=0, description="-10 log10(FPIR): 30 calls a hit what 1 search in 1,000 would wrongly"),
    ] = None,
    correspondences: Annotated[bool, Query(description="with the pairs of corresponding minutiae")] = False,
) -> IdentifyOut:
    """Ranked candidates for one person's prints. `ALL` searches every gallery."""
    where = Filter(prints.positions, label_of(gallery))
    return await run_in_threadpool(
        _identify,
        bureau,
        actor,
        prints,
        top=min(max_candidates, settings.max_candidates),
        threshold=threshold,
        effort=effort,
        where=where,
        fpir=None if target_fpir is None else 10 ** (-target_fpir / 10),
        with_pairs=correspondences,
        transaction_id=transaction_id,
    )


def _identify(
    bureau: Bureau,
    actor: Actor,
    prints: bodies.Prints,
    *,
    top: int,
    threshold: float | None,
    effort: Effort,
    where: Filter,
    fpir: float | None,
    with_pairs: bool,
    transaction_id: str | None,
) -> IdentifyOut:
    found = bureau.identify(prints.uploads, actor, top=top, effort=effort, where=where, fpir=fpir)
    candidates = [
        CandidateOut.of(candidate, found.prints, with_pairs)
        for candidate in found.search.candidates
        if threshold is None or candidate.score >= threshold
    ]
    return IdentifyOut.of(found.search, candidates, [ProbeOut.of(probe) for probe in found.probes], transaction_id)
