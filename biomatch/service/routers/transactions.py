"""ANSI/NIST-ITL transactions: one in, its answer out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from biomatch.bureau import Actor, Bureau, SearchRequest, Upload
from biomatch.bureau.transactions import ENROLMENTS, SEARCHES, error_of, expected_in, receipt_of, result_of
from biomatch.errors import BadRequest, BiomatchError
from biomatch.formats import nist
from biomatch.formats.nist import Summary
from biomatch.gallery.filters import Filter
from biomatch.service.dependencies import BureauDep, SearcherDep, SettingsDep, label_of
from biomatch.service.problems import status_of
from biomatch.service.routing import resource

router = resource("/v1/transactions", "transactions")

MEDIA_TYPE = "application/octet-stream"
ORIGIN = "BIOMATCH"
_BYTES = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "",
    operation_id="exchangeTransaction",
    openapi_extra={"requestBody": {"required": True, "content": _BYTES}},
    responses={
        200: {"description": "SRE: the candidates, or what was enrolled", "content": _BYTES},
        **{status: {"description": "ERR: why not", "content": _BYTES} for status in (400, 404, 409, 422, 503)},
    },
)
async def exchange(
    actor: SearcherDep,
    request: Request,
    bureau: BureauDep,
    settings: SettingsDep,
    gallery: Annotated[str, Query(description="label that is searched, or given to what is enrolled; ALL: none")] = "ALL",
    person: Annotated[str, Query(max_length=200, description="person of the prints; without it, what 2.009 says")] = "",
) -> Response:
    """Answer a transaction: a CPS, NPS or MPS searches, an ATP enrols (which needs `abis.encounter.write`, too); the answer is
    an SRE or ERR."""
    data = await request.body()
    answer, status = await run_in_threadpool(_answered, bureau, actor, data, gallery, person, settings.max_candidates)
    return Response(answer, status, media_type=MEDIA_TYPE)


def _answered(bureau: Bureau, actor: Actor, data: bytes, gallery: str, person: str, most: int) -> tuple[bytes, int]:
    request: Summary | None = None
    try:
        request = bureau.searches.read_transaction(data, actor)
        return _answer(bureau, actor, data, request, gallery, person, most).to_bytes(), 200
    except BiomatchError as error:
        return error_of(error, request, ORIGIN).to_bytes(), status_of(type(error))


def _answer(
    bureau: Bureau, actor: Actor, data: bytes, request: Summary, gallery: str, person: str, most: int
) -> nist.Transaction:
    uploads, label = [Upload(data, "transaction", summary=request)], label_of(gallery)
    if request.kind in SEARCHES:
        found = bureau.searches.identify(
            uploads, actor, SearchRequest(top=min(expected_in(request), most), where=Filter(label=label))
        )
        return result_of(found, request, ORIGIN)
    if request.kind in ENROLMENTS:
        named = person or request.person
        if not named:
            raise BadRequest("field 2.009 does not say whose prints these are; say it with ?person=")
        made = bureau.encounters.enrol(named, uploads, actor, labels=frozenset((label,) if label else ()))
        return receipt_of(named, made, request, ORIGIN)
    known = ", ".join(sorted(SEARCHES | ENROLMENTS))
    raise BadRequest(f"transactions of type {request.kind[:20]!r} are not answered, but {known}")
