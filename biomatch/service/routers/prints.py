"""Single prints: minutiae and picture of one, and its removal."""

from __future__ import annotations

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.bureau import Actor, Bureau
from biomatch.service.dependencies import BureauDep, DeleterDep, ExporterDep, PrintId, ReaderDep
from biomatch.service.problems import FRESH_ERRORS, documented
from biomatch.service.routing import resource
from biomatch.service.schemas.prints import PrintDetail, PrintOut, minutiae_of

router = resource("/v1/prints", "prints")

_NO_PRINT = documented(errors.PrintNotFound)
_NO_IMAGE = documented(errors.PrintNotFound, errors.OriginalNotKept)


@router.get("/{printId}", operation_id="readPrint", responses=_NO_PRINT)
async def read_print(print_id: PrintId, bureau: BureauDep, actor: ReaderDep) -> PrintDetail:
    """Read a print with its minutiae."""
    return await run_in_threadpool(_detail, bureau, actor, print_id)


@router.get(
    "/{printId}/picture",
    operation_id="readPicture",
    response_class=Response,
    responses=_NO_IMAGE | {200: {"content": {"image/png": {}}}},
)
async def read_picture(print_id: PrintId, bureau: BureauDep, actor: ReaderDep) -> Response:
    """Read the print as PNG, 8-bit grey at 500 ppi; its minutiae lie on it."""
    return Response(await run_in_threadpool(bureau.encounters.picture, print_id, actor), media_type="image/png")


@router.get(
    "/{printId}/original",
    operation_id="readOriginal",
    response_class=Response,
    responses=_NO_IMAGE | documented(*FRESH_ERRORS) | {200: {"content": {"application/octet-stream": {}}}},
)
async def read_original(print_id: PrintId, bureau: BureauDep, actor: ExporterDep) -> Response:
    """Read the bytes that the print was enrolled from, unchanged."""
    data, media_type = await run_in_threadpool(bureau.encounters.original, print_id, actor)
    return Response(data, media_type=media_type, headers={"Content-Disposition": "attachment"})


@router.delete("/{printId}", operation_id="deletePrint", status_code=204, responses=_NO_PRINT | documented(*FRESH_ERRORS))
async def delete_print(print_id: PrintId, bureau: BureauDep, actor: DeleterDep) -> Response:
    """Delete one print."""
    await run_in_threadpool(bureau.encounters.remove, actor, print_id=print_id)
    return Response(status_code=204)


def _detail(bureau: Bureau, actor: Actor, print_id: str) -> PrintDetail:
    stored = bureau.encounters.stored(print_id, actor)
    template = bureau.encounters.template(print_id, actor)
    return PrintDetail(
        **(PrintOut.stored(stored).model_dump() | {"warnings": list(template.warnings)}),
        person_id=stored.person,
        encounter_id=stored.encounter,
        width=template.width,
        height=template.height,
        minutiae=minutiae_of(template),
    )
