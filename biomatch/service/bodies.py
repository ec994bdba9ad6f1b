"""Bodies of requests -> uploads: multipart/form-data, application/json, or the print itself as the body.

A form's file parts are prints, in their order. Its text parts `position`, `impression` and `ppi` stand for all of them, or are
repeated once a print; `gallery` may be repeated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from biomatch.bureau import MAX_PRINTS, Upload
from biomatch.errors import BadRequest, UnsupportedBody
from biomatch.service.problems import validation
from biomatch.service.schemas import BiometricData, ComparisonIn, EncounterIn, IdentifyIn, QualityIn, VerifyIn
from biomatch.vocabulary import FingerPosition, ImpressionType

Body = TypeVar("Body", bound=BaseModel)

MAX_TEXTS = 4 * MAX_PRINTS  # position, impression, ppi and a gallery for each print


@dataclass(frozen=True)
class Prints:
    """What a request hands over. `second`: the other side of a comparison. `positions`: those that a search is limited to."""

    uploads: list[Upload]
    second: list[Upload] = field(default_factory=list)
    galleries: frozenset[str] = frozenset()
    positions: frozenset[FingerPosition] | None = None


async def encounter(request: Request) -> Prints:
    return await _read(request, EncounterIn)


async def probes(request: Request) -> Prints:
    return await _read(request, IdentifyIn)


async def claim(request: Request) -> Prints:
    return await _read(request, VerifyIn)


async def comparison(request: Request) -> Prints:
    return await _read(request, ComparisonIn)


async def quality(request: Request) -> Prints:
    return await _read(request, QualityIn)


async def _read(request: Request, model: type[BaseModel]) -> Prints:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _from_form(request)
    data = await request.body()
    if kind == "application/json":
        return await run_in_threadpool(_from_json, data, model)
    if kind.startswith("image/") or kind == "application/octet-stream":
        return Prints([Upload(data, "body")])
    raise UnsupportedBody(kind or "none")


def _from_json(data: bytes, model: type[BaseModel]) -> Prints:
    try:
        body: Any = model.model_validate_json(data)
    except ValidationError as error:
        raise validation(list(error.errors(include_url=False, include_input=False))) from None  # type: ignore[arg-type]
    if isinstance(body, ComparisonIn):
        return Prints(_uploads(body.biometric_data1), _uploads(body.biometric_data2))
    galleries = frozenset(getattr(body, "galleries", ()))
    wanted = body.filter.biometric_sub_type if isinstance(body, IdentifyIn) else None
    return Prints(_uploads(body.biometric_data), galleries=galleries, positions=frozenset(wanted) if wanted else None)


def _uploads(data: Sequence[BiometricData]) -> list[Upload]:
    return [each.upload(f"biometricData[{number}]") for number, each in enumerate(data)]


async def _from_form(request: Request) -> Prints:
    try:
        form = await request.form(max_files=MAX_PRINTS, max_fields=MAX_TEXTS, max_part_size=1_024)
    except HTTPException as error:
        raise BadRequest(str(error.detail)) from None
    files: list[tuple[str, str, bytes]] = []
    texts: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files.append((name, value.filename or name, await value.read()))
        else:
            texts.setdefault(name, []).append(value)
    await form.close()
    uploads = _labelled([(filename, data) for _, filename, data in files], texts)
    first = [upload for upload, (name, _, _) in zip(uploads, files, strict=True) if name != SECOND]
    second = [upload for upload, (name, _, _) in zip(uploads, files, strict=True) if name == SECOND]
    wanted = frozenset(_position(text) for text in texts.get("filter", []))
    return Prints(first, second, frozenset(texts.get("gallery", [])), wanted or None)


SECOND = "second"  # the file part that a comparison's other side comes in


def _labelled(files: list[tuple[str, bytes]], texts: dict[str, list[str]]) -> list[Upload]:
    positions = [_position(text) for text in _spread(texts, "position", len(files))]
    impressions = [_impression(text) for text in _spread(texts, "impression", len(files))]
    resolutions = [_ppi(text) for text in _spread(texts, "ppi", len(files))]
    return [
        Upload(data, name, position, impression, ppi)
        for (name, data), position, impression, ppi in zip(files, positions, impressions, resolutions, strict=True)
    ]


def _spread(texts: dict[str, list[str]], name: str, count: int) -> list[str]:
    """One value a print: as they came, the only one for all, or empty."""
    given = texts.get(name, [""])
    if len(given) == 1:
        return given * count
    if len(given) != count:
        raise BadRequest(f"{name}: {len(given)} values for {count} prints")
    return given


def _position(text: str) -> FingerPosition:
    try:
        return FingerPosition[text.upper()] if text else FingerPosition.UNKNOWN
    except KeyError:
        raise BadRequest(f"position: {text[:40]!r} is none of {', '.join(FingerPosition.__members__)}") from None


def _impression(text: str) -> ImpressionType:
    try:
        return ImpressionType[text.upper()] if text else ImpressionType.UNKNOWN
    except KeyError:
        raise BadRequest(f"impression: {text[:40]!r} is none of {', '.join(ImpressionType.__members__)}") from None


def _ppi(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadRequest(f"ppi: {text[:40]!r} is not a number")
    return value
