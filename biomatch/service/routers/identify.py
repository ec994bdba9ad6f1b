"""One against all: who left these prints?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.bureau import Actor, Bureau, Identified, SearchRequest
from biomatch.gallery.interface import Effort
from biomatch.service import documents
from biomatch.service.dependencies import (
    BureauDep,
    EncounterId,
    GalleryId,
    MetricsDep,
    PersonId,
    SearcherDep,
    SettingsDep,
    TransactionId,
    gathered,
    label_of,
    search_request,
)
from biomatch.service.intake import bodies
from biomatch.service.problems import UPLOAD_ERRORS, documented
from biomatch.service.routing import resource
from biomatch.service.schemas.biographies import FilterIn
from biomatch.service.schemas.searches import CandidateOut, IdentifyIn, IdentifyOut

router = resource("/v1/identify", "identify")

Probes = Annotated[bodies.Prints, Depends(bodies.probes)]


@dataclass(frozen=True)
class SearchQuery:
    """The parameters of any search."""

    settings: SettingsDep
    metrics: MetricsDep
    gallery: GalleryId
    transaction_id: TransactionId = None
    max_candidates: Annotated[int, Query(alias="maxNbCand", ge=1, description="length of the list")] = 20
    threshold: Annotated[float | None, Query(allow_inf_nan=False, description="least score listed, -10 log10(FMR)")] = None
    effort: Annotated[Effort, Query(alias="accuracyLevel", description="effort of the search")] = Effort.NORMAL
    target_fpir: Annotated[
        float | None,
        Query(alias="targetFPIR", ge=1, le=300, description="-10 log10(FPIR): 30 calls a hit what 1 in 1,000 would wrongly be"),
    ] = None
    correspondences: Annotated[bool, Query(description="adds the pairs of corresponding minutiae")] = False

    def request(self, where: FilterIn) -> SearchRequest:
        """Returns the search that is asked for."""
        limits = where.over(label_of(self.gallery))
        return search_request(limits, self.max_candidates, self.settings, target_fpir=self.target_fpir, effort=self.effort)

    def answer(self, found: Identified) -> IdentifyOut:
        """Makes the caller's answer."""
        self.metrics.searched(found.search.seconds)
        candidates = [
            CandidateOut.of(candidate, found.prints, self.correspondences)
            for candidate in found.search.candidates
            if self.threshold is None or candidate.score >= self.threshold
        ]
        return IdentifyOut.of(found, candidates, self.transaction_id)


QueryDep = Annotated[SearchQuery, gathered(SearchQuery)]

_REFUSED = documented(errors.PurposeMissing, errors.LabelNotFound)
_FILTER = documents.json_body(
    documents.reference(FilterIn), {"biometricSubType": ["RIGHT_INDEX"], "ageMin": 18}, required=False
)
Where = Annotated[FilterIn, Depends(bodies.search_filter)]


@router.post(
    "/{galleryId}",
    operation_id="identify",
    openapi_extra=documents.body(
        IdentifyIn,
        {"biometricData": documents.prints(), "filter": {"biometricSubType": ["RIGHT_INDEX"], "ageMin": 18}},
        files={"image": "up to ten prints of one person: images, or templates"},
        texts={
            "filter": "a finger position that the search is limited to; may be repeated",
            "gender": "M, F or X: the search is limited to them; may be repeated",
            **dict.fromkeys(("dateOfBirthMin", "dateOfBirthMax"), "a day: the search is limited to who was born then"),
            **dict.fromkeys(("ageMin", "ageMax"), "whole years: the search is limited to who is so old today"),
            **dict.fromkeys(("captureDateMin", "captureDateMax"), "a day: the search is limited to prints of then"),
        },
    ),
    responses=documented(*UPLOAD_ERRORS, errors.PurposeMissing, errors.LabelNotFound),
)
async def identify(
    actor: SearcherDep,
    prints: Probes,
    bureau: BureauDep,
    query: QueryDep,
    details: Annotated[
        bool, Query(description="adds the prints that were searched with: minutiae, quality, and PNG at 500 ppi")
    ] = False,
) -> IdentifyOut:
    """Search for one person by their prints; the answer is a ranked list of candidates. `ALL` searches every gallery."""
    return await run_in_threadpool(_identified, bureau, prints, actor, query, details)


@router.post(
    "/{galleryId}/{personId}",
    operation_id="identifyFromId",
    openapi_extra=_FILTER,
    responses=_REFUSED | documented(errors.PersonNotFound, errors.LabelNotFound),
)
async def identify_person(
    person: PersonId, actor: SearcherDep, where: Where, bureau: BureauDep, query: QueryDep
) -> IdentifyOut:
    """Search for other persons with this person's prints. The person is no candidate.

    The body, if there is one, is the filter.
    """
    return await run_in_threadpool(_identified_person, bureau, person, None, actor, query, where)


@router.post(
    "/{galleryId}/{personId}/encounters/{encounterId}",
    operation_id="identifyFromEncounterId",
    openapi_extra=_FILTER,
    responses=_REFUSED | documented(errors.PersonNotFound, errors.EncounterNotFound, errors.LabelNotFound),
)
async def identify_encounter(
    person: PersonId,
    encounter: EncounterId,
    actor: SearcherDep,
    where: Where,
    bureau: BureauDep,
    query: QueryDep,
) -> IdentifyOut:
    """Search for other persons with the prints of one encounter."""
    return await run_in_threadpool(_identified_person, bureau, person, encounter, actor, query, where)


def _identified(bureau: Bureau, prints: bodies.Prints, actor: Actor, query: SearchQuery, details: bool) -> IdentifyOut:
    return query.answer(bureau.searches.identify(prints.uploads, actor, query.request(prints.where), details=details))


def _identified_person(
    bureau: Bureau, person: str, encounter: str | None, actor: Actor, query: SearchQuery, where: FilterIn
) -> IdentifyOut:
    return query.answer(bureau.searches.identify_person(person, actor, query.request(where), encounter=encounter))
