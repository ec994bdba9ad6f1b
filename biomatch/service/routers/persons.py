"""Persons and their encounters: enrol, read, delete."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Response
from starlette.concurrency import run_in_threadpool

from biomatch import errors, formats
from biomatch.bureau import Actor, Bureau
from biomatch.bureau.entries import new_id
from biomatch.service import bodies, documents
from biomatch.service.dependencies import BureauDep, EncounterId, PersonId, ReaderDep, TransactionId, WriterDep
from biomatch.service.problems import UPLOAD_ERRORS, documented
from biomatch.service.routing import resource
from biomatch.service.schemas import EncounterIn, EncounterOut, PrintOut, ReceiptOut, TemplateOut

router = resource("/v1/persons", "persons")

Encounter = Annotated[bodies.Prints, Depends(bodies.encounter)]

_BODY = documents.body(
    EncounterIn,
    {"biometricData": documents.prints(), "galleries": ["VISITORS"]},
    files={"image": "prints: images, or templates"},
    texts={"gallery": "a gallery that the encounter belongs to; may be repeated"},
)
_REFUSED = documented(*UPLOAD_ERRORS, errors.BadName, errors.DiskFull)
_NO_PERSON = documented(errors.PersonNotFound)
_NO_ENCOUNTER = documented(errors.PersonNotFound, errors.EncounterNotFound)

_ENCOUNTERS = "/{personId}/encounters"
_ENCOUNTER = _ENCOUNTERS + "/{encounterId}"


@router.post("", operation_id="createEncounterNoIds", openapi_extra=_BODY, responses=_REFUSED)
async def create_person(
    actor: WriterDep, prints: Encounter, bureau: BureauDep, transaction_id: TransactionId = None
) -> ReceiptOut:
    """Enrol a new person; the ids are made."""
    return await _enrol(bureau, actor, new_id(), None, prints, transaction_id)


@router.post(_ENCOUNTERS, operation_id="createEncounterNoId", openapi_extra=_BODY, responses=_REFUSED)
async def create_encounter(
    person: PersonId, actor: WriterDep, prints: Encounter, bureau: BureauDep, transaction_id: TransactionId = None
) -> ReceiptOut:
    """Enrol prints of a person, new or known; the encounter's id is made."""
    return await _enrol(bureau, actor, person, None, prints, transaction_id)


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
    transaction_id: TransactionId = None,
) -> ReceiptOut:
    """Enrol prints of a person under an encounter id of yours."""
    return await _enrol(bureau, actor, person, encounter, prints, transaction_id)


@router.get(_ENCOUNTERS, operation_id="readAllEncounters", responses=_NO_PERSON)
async def read_person(person: PersonId, bureau: BureauDep, actor: ReaderDep) -> list[EncounterOut]:
    """Every encounter of a person."""
    found = await run_in_threadpool(bureau.read, person, actor)
    return [EncounterOut.of(encounter, prints) for encounter, prints in found.encounters.items()]


@router.get(_ENCOUNTER, operation_id="readEncounter", responses=_NO_ENCOUNTER)
async def read_encounter(person: PersonId, encounter: EncounterId, bureau: BureauDep, actor: ReaderDep) -> EncounterOut:
    """One encounter of a person."""
    found = await run_in_threadpool(bureau.read, person, actor, encounter=encounter)
    return EncounterOut.of(encounter, found.prints)


@router.get(_ENCOUNTER + "/templates", operation_id="readTemplate", responses=_NO_ENCOUNTER)
async def read_templates(
    person: PersonId,
    encounter: EncounterId,
    bureau: BureauDep,
    actor: ReaderDep,
    template_format: Annotated[Literal["ISO_19794_2", "BIOMATCH"], Query(alias="templateFormat")] = "ISO_19794_2",
) -> list[TemplateOut]:
    """The templates of an encounter, as ISO/IEC 19794-2:2005 records or in biomatch's own layout."""
    return await run_in_threadpool(_templates, bureau, actor, person, encounter, template_format)


@router.delete("/{personId}", operation_id="deleteAll", status_code=204, responses=_NO_PERSON)
async def delete_person(person: PersonId, bureau: BureauDep, actor: WriterDep) -> Response:
    """Take a person away: never a candidate again, rows and originals gone."""
    await run_in_threadpool(bureau.remove, actor, person=person)
    return Response(status_code=204)


@router.delete(_ENCOUNTER, operation_id="deleteEncounter", status_code=204, responses=_NO_ENCOUNTER)
async def delete_encounter(person: PersonId, encounter: EncounterId, bureau: BureauDep, actor: WriterDep) -> Response:
    """Take one encounter of a person away."""
    await run_in_threadpool(bureau.remove, actor, person=person, encounter=encounter)
    return Response(status_code=204)


async def _enrol(
    bureau: Bureau, actor: Actor, person: str, encounter: str | None, prints: bodies.Prints, transaction_id: str | None
) -> ReceiptOut:
    kept = await run_in_threadpool(bureau.enrol, person, prints.uploads, actor, encounter=encounter, labels=prints.galleries)
    return ReceiptOut(
        transaction_id=transaction_id,
        person_id=person,
        encounter_id=kept[0].encounter,
        biometric_data=[PrintOut.received(made) for made in kept],
    )


def _templates(
    bureau: Bureau, actor: Actor, person: str, encounter: str, wanted: Literal["ISO_19794_2", "BIOMATCH"]
) -> list[TemplateOut]:
    found = []
    for stored in bureau.read(person, actor, encounter=encounter).prints:
        template = bureau.template(stored.print_id, actor)
        found.append(
            TemplateOut(
                print_id=stored.print_id,
                biometric_sub_type=stored.position,
                template=template.to_bytes() if wanted == "BIOMATCH" else formats.write_iso2005([template]),
                template_format=wanted,
                algorithm=stored.extractor,
            )
        )
    return found
