"""Persons and their encounters: enrol, read, change, delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response
from starlette.concurrency import run_in_threadpool

from biomatch import errors, formats
from biomatch.bureau import Actor, Bureau
from biomatch.gallery.filters import Biography, Filter
from biomatch.service import documents
from biomatch.service.dependencies import (
    BureauDep,
    DeleterDep,
    EncounterId,
    ExporterDep,
    LegalBasis,
    MetricsDep,
    PersonId,
    Purpose,
    ReaderDep,
    SettingsDep,
    SourceId,
    TransactionId,
    WriterDep,
    gathered,
    label_of,
    search_request,
)
from biomatch.service.intake import bodies
from biomatch.service.problems import FRESH_ERRORS, UPLOAD_ERRORS, documented
from biomatch.service.routing import resource
from biomatch.service.schemas.biographies import BiographicData
from biomatch.service.schemas.encounters import EncounterIn, EncounterOut, ReceiptOut
from biomatch.service.schemas.prints import TemplateFormat, TemplateOut
from biomatch.service.schemas.searches import CandidateOut, IdentifyOut
from biomatch.template import Template

router = resource("/v1/persons", "persons")

Encounter = Annotated[bodies.Prints, Depends(bodies.encounter)]

_BODY = documents.body(
    EncounterIn,
    {
        "biometricData": documents.prints(),
        "galleries": ["VISITORS"],
        "biographicData": {"gender": "F", "dateOfBirth": "1985-11-30"},
    },
    files={"image": "prints: images, or templates"},
    texts={
        "gallery": "a gallery that the encounter belongs to; may be repeated",
        "status": "INACTIVE: kept, and no search finds it; ACTIVE where nothing is said",
        "captureDate": "the day on which a print was taken; once for all prints, or once a print",
        "gender": "M, F or X",
        "dateOfBirth": "the person's, as YYYY-MM-DD",
    },
)
_REFUSED = documented(*UPLOAD_ERRORS, errors.BadName, errors.DiskFull, errors.PurposeMissing, errors.LabelNotFound)
_FRESH = documented(*FRESH_ERRORS)
_NO_PERSON = documented(errors.PersonNotFound)
_NO_ENCOUNTER = documented(errors.PersonNotFound, errors.EncounterNotFound)

_ENCOUNTERS = "/{personId}/encounters"
_ENCOUNTER = _ENCOUNTERS + "/{encounterId}"


@dataclass(frozen=True)
class EnrolmentQuery:
    """The further parameters of an enrolment: a search for a person who may be the same."""

    settings: SettingsDep
    metrics: MetricsDep
    transaction_id: TransactionId = None
    identify: Annotated[
        str | None,
        Query(max_length=200, description="gallery that is searched for who else this may be; needs `abis.identify`, too"),
    ] = None
    max_candidates: Annotated[int, Query(alias="maxNbCand", ge=1, description="length of that search's list")] = 20
    target_fpir: Annotated[
        float | None, Query(alias="targetFPIR", ge=1, le=300, description="rate of that search, -10 log10(FPIR)")
    ] = None
    purpose: Purpose = ""
    legal_basis: LegalBasis = ""

    def enrol(
        self, bureau: Bureau, actor: Actor, prints: bodies.Prints, person: str | None = None, encounter: str | None = None
    ) -> ReceiptOut:
        """Enrols prints, and if wanted searches for persons who may be the same."""
        options: dict[str, Any] = {"encounter": encounter, "labels": prints.galleries, "biography": prints.biography}
        options["active"] = prints.active is not False
        if self.identify is None:
            return ReceiptOut.of(bureau.encounters.enrol(person, prints.uploads, actor, **options), self.transaction_id)
        where = Filter(label=label_of(self.identify))
        kept, found = bureau.encounters.enrol_and_identify(
            person,
            prints.uploads,
            actor.searching_for(self.purpose, self.legal_basis),
            request=search_request(where, self.max_candidates, self.settings, target_fpir=self.target_fpir),
            **options,
        )
        self.metrics.searched(found.search.seconds)
        candidates = [CandidateOut.of(candidate, found.prints, False) for candidate in found.search.candidates]
        return ReceiptOut.of(kept, self.transaction_id, IdentifyOut.of(found, candidates, None))


QueryDep = Annotated[EnrolmentQuery, gathered(EnrolmentQuery)]


@router.post("", operation_id="createEncounterNoIds", openapi_extra=_BODY, responses=_REFUSED)
async def create_person(actor: WriterDep, prints: Encounter, bureau: BureauDep, query: QueryDep) -> ReceiptOut:
    """Enrol a new person; the ids are made. With `identify` the answer tells who it may be already."""
    return await run_in_threadpool(query.enrol, bureau, actor, prints)


@router.post(_ENCOUNTERS, operation_id="createEncounterNoId", openapi_extra=_BODY, responses=_REFUSED)
async def create_encounter(
    person: PersonId, actor: WriterDep, prints: Encounter, bureau: BureauDep, query: QueryDep
) -> ReceiptOut:
    """Enrol prints of a person, new or known; the encounter's id is made."""
    return await run_in_threadpool(query.enrol, bureau, actor, prints, person)


@router.post(
    _ENCOUNTER,
    operation_id="createEncounter",
    openapi_extra=_BODY,
    responses=_REFUSED | documented(errors.EncounterExists),
)
async def create_named_encounter(
    person: PersonId,
    encounter: EncounterId,
    actor: WriterDep,
    prints: Encounter,
    bureau: BureauDep,
    query: QueryDep,
) -> ReceiptOut:
    """Enrol prints of a person under an encounter id of yours."""
    return await run_in_threadpool(query.enrol, bureau, actor, prints, person, encounter)


@router.get(_ENCOUNTERS, operation_id="readAllEncounters", responses=_NO_PERSON)
async def read_person(person: PersonId, bureau: BureauDep, actor: ReaderDep) -> list[EncounterOut]:
    """Read every encounter of a person."""
    found = await run_in_threadpool(bureau.encounters.read, person, actor)
    return [EncounterOut.of(encounter, prints) for encounter, prints in found.encounters.items()]


@router.get(_ENCOUNTER, operation_id="readEncounter", responses=_NO_ENCOUNTER)
async def read_encounter(person: PersonId, encounter: EncounterId, bureau: BureauDep, actor: ReaderDep) -> EncounterOut:
    """Read one encounter of a person."""
    found = await run_in_threadpool(bureau.encounters.read, person, actor, encounter=encounter)
    return EncounterOut.of(encounter, found.prints)


@router.put(
    _ENCOUNTER,
    operation_id="updateEncounter",
    openapi_extra=_BODY,
    responses=_REFUSED | documented(errors.PersonNotFound, errors.EncounterNotFound),
)
async def update_encounter(
    person: PersonId,
    encounter: EncounterId,
    actor: WriterDep,
    prints: Encounter,
    bureau: BureauDep,
    transaction_id: TransactionId = None,
) -> ReceiptOut:
    """Put other prints in the place of an encounter's. Status, galleries and biographic data stay if they are not given."""
    kept = await run_in_threadpool(
        bureau.encounters.update,
        person,
        encounter,
        prints.uploads,
        actor,
        labels=prints.galleries,
        biography=prints.biography,
        active=prints.active,
    )
    return ReceiptOut.of(kept, transaction_id)


@router.put(_ENCOUNTER + "/status", operation_id="updateEncounterStatus", status_code=204, responses=_NO_ENCOUNTER)
async def update_status(
    person: PersonId,
    encounter: EncounterId,
    bureau: BureauDep,
    actor: WriterDep,
    status: Annotated[Literal["ACTIVE", "INACTIVE"], Query(description="INACTIVE: kept, and no search finds it")],
) -> Response:
    """Set whether searches find an encounter."""
    await run_in_threadpool(bureau.encounters.set_status, person, encounter, status == "ACTIVE", actor)
    return Response(status_code=204)


@router.put(
    _ENCOUNTER + "/galleries",
    operation_id="updateEncounterGalleries",
    status_code=204,
    openapi_extra=documents.json_body(bodies.GALLERIES.json_schema(), ["VISITORS"]),
    responses=_NO_ENCOUNTER | documented(errors.BadName),
)
async def update_galleries(
    person: PersonId,
    encounter: EncounterId,
    actor: WriterDep,
    galleries: Annotated[frozenset[str], Depends(bodies.galleries)],
    bureau: BureauDep,
) -> Response:
    """Put an encounter into these galleries and no others."""
    await run_in_threadpool(bureau.encounters.set_galleries, person, encounter, galleries, actor)
    return Response(status_code=204)


@router.put(
    _ENCOUNTER + "/biographicData",
    operation_id="updateEncounterBiographicData",
    status_code=204,
    openapi_extra=documents.json_body(documents.reference(BiographicData), {"gender": "F", "dateOfBirth": "1985-11-30"}),
    responses=_NO_ENCOUNTER,
)
async def update_biographic_data(
    person: PersonId,
    encounter: EncounterId,
    actor: WriterDep,
    known: Annotated[Biography, Depends(bodies.biography)],
    bureau: BureauDep,
) -> Response:
    """Put what is known of the person in the place of what the encounter says; what is left out is not known any more."""
    await run_in_threadpool(bureau.encounters.set_biography, person, encounter, known, actor)
    return Response(status_code=204)


@router.post(
    "/{personId}/merge/{sourceId}",
    operation_id="mergeEncounter",
    status_code=204,
    responses=_NO_PERSON | documented(errors.EncounterExists, errors.SamePerson),
)
async def merge_persons(person: PersonId, source: SourceId, bureau: BureauDep, actor: WriterDep) -> Response:
    """Make all encounters of the source this person's: they are one. Nothing is changed where both have one of the same id.

    `move` takes it back, encounter by encounter.
    """
    await run_in_threadpool(bureau.encounters.merge, person, source, actor)
    return Response(status_code=204)


@router.post(
    "/{personId}/move/{sourceId}/encounters/{encounterId}",
    operation_id="moveEncounter",
    status_code=204,
    responses=_NO_ENCOUNTER | documented(errors.BadName, errors.EncounterExists, errors.SamePerson),
)
async def move_encounter(
    person: PersonId, source: SourceId, encounter: EncounterId, bureau: BureauDep, actor: WriterDep
) -> Response:
    """Make one encounter of the source this person's, who may be new."""
    await run_in_threadpool(bureau.encounters.move, person, source, encounter, actor)
    return Response(status_code=204)


@router.get(_ENCOUNTER + "/templates", operation_id="readTemplate", responses=_NO_ENCOUNTER | _FRESH)
async def read_templates(
    person: PersonId,
    encounter: EncounterId,
    bureau: BureauDep,
    actor: ExporterDep,
    template_format: Annotated[TemplateFormat, Query(alias="templateFormat")] = "ISO_19794_2",
) -> list[TemplateOut]:
    """Read the templates of an encounter, as ISO/IEC 19794-2:2005 records or in biomatch's own layout."""
    return await run_in_threadpool(_templates, bureau, actor, person, encounter, template_format)


@router.delete("/{personId}", operation_id="deleteAll", status_code=204, responses=_NO_PERSON | _FRESH)
async def delete_person(person: PersonId, bureau: BureauDep, actor: DeleterDep) -> Response:
    """Delete a person: nobody finds them again, and rows and originals are gone."""
    await run_in_threadpool(bureau.encounters.remove, actor, person=person)
    return Response(status_code=204)


@router.delete(_ENCOUNTER, operation_id="deleteEncounter", status_code=204, responses=_NO_ENCOUNTER | _FRESH)
async def delete_encounter(person: PersonId, encounter: EncounterId, bureau: BureauDep, actor: DeleterDep) -> Response:
    """Delete one encounter of a person."""
    await run_in_threadpool(bureau.encounters.remove, actor, person=person, encounter=encounter)
    return Response(status_code=204)


_WRITERS: dict[TemplateFormat, Callable[[Template], bytes]] = {
    "ISO_19794_2": lambda template: formats.write_iso2005([template]),
    "BIOMATCH": Template.to_bytes,
}


def _templates(bureau: Bureau, actor: Actor, person: str, encounter: str, wanted: TemplateFormat) -> list[TemplateOut]:
    found = []
    for stored in bureau.encounters.read(person, actor, encounter=encounter).prints:
        template = bureau.encounters.template(stored.print_id, actor)
        found.append(
            TemplateOut(
                print_id=stored.print_id,
                biometric_sub_type=stored.position,
                template=_WRITERS[wanted](template),
                template_format=wanted,
                algorithm=stored.extractor,
            )
        )
    return found
