"""Bulk enrolment: a list with its prints, or one that lies on the server's own disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Field, TypeAdapter
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.bureau import MAX_PRINTS, Bureau, StoredJob
from biomatch.service.dependencies import BureauDep, ListerDep, SettingsDep
from biomatch.service.intake import forms, json_bodies
from biomatch.service.problems import documented
from biomatch.service.routers.tasks import begun
from biomatch.service.routing import resource
from biomatch.service.schemas.fields import In
from biomatch.service.schemas.tasks import TaskOut
from biomatch.service.settings import Settings

router = resource("/v1/enrolments", "persons")

MANIFEST = "manifest"  # the form's part that the list comes in
MAX_FILES = 10_000  # of one form: the size of a body ends it before

_FILE = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object",
    "required": [MANIFEST],
    "properties": {
        MANIFEST: {**_FILE, "description": "CSV with a line of column names: path, person, and where known position, ..."},
        "image": {"type": "array", "items": _FILE, "description": "prints, under the file names that the list has"},
    },
}


class ListIn(In):
    """manifest: path of a list, in the folder that the service may read lists from."""

    manifest: str = Field(min_length=1, max_length=1_000)


_LIST = TypeAdapter(ListIn)
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "application/json": {"schema": ListIn.model_json_schema(by_alias=True)},
        },
    }
}


@router.post(
    "",
    operation_id="enrolList",
    status_code=202,
    openapi_extra=_BODY,
    responses=documented(
        errors.BadRequest,
        errors.BadManifest,
        errors.BadName,
        errors.ImportRefused,
        errors.PurposeMissing,
        errors.UnsupportedBody,
        errors.BodyTooLarge,
        errors.KeyReused,
        errors.DiskFull,
    ),
)
async def enrol_list(
    actor: ListerDep,
    request: Request,
    bureau: BureauDep,
    settings: SettingsDep,
    answer: Response,
    gallery: Annotated[list[str], Query(max_length=MAX_PRINTS, description="a gallery that all of them belong to")] = [],  # noqa: B006
    target_fpir: Annotated[
        float | None,
        Query(
            alias="targetFPIR",
            ge=1,
            le=300,
            description="-10 log10(FPIR): with it, who looks like another person is told, wrongly of 1 in 1,000 at 30; "
            "this needs `abis.identify`, too",
        ),
    ] = None,
) -> TaskOut:
    """Enrol the prints of a list, thousands of them. A task: what failed, and who was here before, is its result."""
    fpir = None if target_fpir is None else 10 ** (-target_fpir / 10)
    begin = await _read(request, bureau, settings)
    return begun(await run_in_threadpool(begin, actor, labels=frozenset(gallery), fpir=fpir), answer)


async def _read(request: Request, bureau: Bureau, settings: Settings) -> Callable[..., StoredJob]:
    """Returns the use case that the body asks for."""
    if json_bodies.kind_of(request) == "multipart/form-data":
        return await _sent(request, bureau)
    body = await json_bodies.read(request, _LIST)
    folder = settings.import_folder
    if folder is None:
        raise errors.ImportRefused("this service reads none from its own disk")
    return partial(bureau.tasks.enrol_list, folder / body.manifest, inside=folder)


async def _sent(request: Request, bureau: Bureau) -> Callable[..., StoredJob]:
    form = await forms.read(request, max_files=MAX_FILES, max_texts=0)
    manifests = [one.data for one in form.files if one.name == MANIFEST]
    if not manifests:
        raise errors.BadRequest(f"the form has no part '{MANIFEST}' with the list of its prints")
    if len(manifests) > 1:
        raise errors.BadRequest(f"{MANIFEST}: {len(manifests)} lists where one is taken")
    prints = {one.filename: one.data for one in form.files if one.name != MANIFEST and one.filename}
    return partial(bureau.tasks.enrol_sent, manifests[0], prints)
