"""Reads bodies of requests into uploads: multipart/form-data, application/json, or the print itself as the body.

A form's file parts are prints, in their order. Its text parts `position`, `impression`, `ppi` and `captureDate` stand for all
of them, or are repeated once a print; `gallery` may be repeated. An encounter's status, what is known of the person, and the
filter of a search are text parts named as in JSON; the filter's finger positions are called `filter`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any, get_args

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError

from biomatch.bureau import MAX_PRINTS, Side, Upload, check_count
from biomatch.errors import BadRequest, NothingGiven, UnsupportedBody
from biomatch.gallery.filters import NOT_KNOWN, Biography
from biomatch.service import names
from biomatch.service.intake import forms, json_bodies
from biomatch.service.intake.forms import Texts
from biomatch.service.problems import named_faults
from biomatch.service.schemas.biographies import UNFILTERED, BiographicData, FilterIn, PastDay
from biomatch.service.schemas.comparisons import ComparisonIn, VerifyIn
from biomatch.service.schemas.encounters import EncounterIn, Labels, Status
from biomatch.service.schemas.explanations import ExplainIn
from biomatch.service.schemas.prints import BiometricData
from biomatch.service.schemas.quality import QualityIn
from biomatch.service.schemas.searches import IdentifyIn
from biomatch.vocabulary import FingerPosition, ImpressionType
from biomatch.words import counted

GALLERIES: TypeAdapter[list[str]] = TypeAdapter(Labels)
_adapter = cache(TypeAdapter)

STATUSES = get_args(Status)
MAX_TEXTS = 5 * MAX_PRINTS  # position, impression, ppi, day and a gallery for each print


@dataclass(frozen=True)
class Prints:
    """The prints of a request, with what it says of them.

    second  the other side of a comparison
    active  whether searches shall find the encounter; None: nothing was said
    where   whom a search is limited to
    """

    uploads: list[Upload]
    second: list[Upload] = field(default_factory=list)
    galleries: frozenset[str] = frozenset()
    active: bool | None = None
    biography: Biography = NOT_KNOWN
    where: FilterIn = UNFILTERED


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


async def sides(request: Request) -> tuple[Side, Side]:
    """Reads two prints, of which JSON may name enrolled ones."""
    if json_bodies.kind_of(request) == json_bodies.MEDIA_TYPE:
        body = await json_bodies.read(request, _adapter(ExplainIn))
        return body.first.side("first"), body.second.side("second")
    prints = await _read(request, ComparisonIn)
    return _only(prints.uploads), _only(prints.second)


async def galleries(request: Request) -> frozenset[str]:
    """Reads the galleries of an encounter."""
    labels: list[str] = await json_bodies.read(request, GALLERIES)
    return frozenset(labels)


async def biography(request: Request) -> Biography:
    """Reads what is known of a person."""
    return (await json_bodies.read(request, _adapter(BiographicData))).known()


async def search_filter(request: Request) -> FilterIn:
    """Reads to whom a search with an enrolled person's prints is limited: everybody where there is no body."""
    return await json_bodies.read(request, _adapter(FilterIn), empty=UNFILTERED)


def _only(uploads: Sequence[Upload]) -> Upload:
    check_count(uploads, 1)
    return uploads[0]


async def _read(request: Request, model: type[BaseModel]) -> Prints:
    kind = json_bodies.kind_of(request)
    if kind == "multipart/form-data":
        return await _from_form(request, model)
    if kind == json_bodies.MEDIA_TYPE:
        return _prints_of(await json_bodies.read(request, _adapter(model)))
    if kind.startswith("image/") or kind == "application/octet-stream":
        return Prints([Upload(await request.body(), "body")])
    raise UnsupportedBody(kind or "none")


def _prints_of(body: Any) -> Prints:
    if isinstance(body, ComparisonIn):
        sides = {"biometricData1": body.biometric_data1, "biometricData2": body.biometric_data2}
        return _both({name: _uploads(data, name) for name, data in sides.items()}, "field")
    found = Prints(_uploads(body.biometric_data, "biometricData"))
    if isinstance(body, EncounterIn):
        about = body.biographic_data.known()
        return replace(found, galleries=frozenset(body.galleries), active=_is_active(body.status), biography=about)
    return replace(found, where=body.filter) if isinstance(body, IdentifyIn) else found


def _uploads(data: Sequence[BiometricData], field: str) -> list[Upload]:
    return [each.upload(f"{field}[{number}]") for number, each in enumerate(data)]


async def _from_form(request: Request, model: type[BaseModel]) -> Prints:
    form = await forms.read(request, max_files=MAX_PRINTS, max_texts=MAX_TEXTS)
    files, texts = form.files, form.texts
    _refuse_texts(texts)
    by_part = model is ComparisonIn  # which of the two an error is about: their files may have one name
    uploads = _labelled([(one.name if by_part else one.filename or one.name, one.data) for one in files], texts)
    found = Prints(uploads)
    with named_faults():
        if model is ComparisonIn:
            found = _two_sides(uploads, [one.name for one in files])
        elif model is IdentifyIn:
            found = replace(found, where=FilterIn.model_validate(_filter(texts)))
        elif model is EncounterIn:
            found = replace(found, **_of_encounter(texts))
    texts.check_all_read()
    return found


def _two_sides(uploads: Sequence[Upload], parts: Sequence[str]) -> Prints:
    """Returns a comparison's prints, by the names of their parts. Raises UnknownField, NothingGiven."""
    names.check("part", parts, (FIRST, SECOND))
    sides = {side: [upload for upload, name in zip(uploads, parts, strict=True) if name == side] for side in (FIRST, SECOND)}
    return _both(sides, "part")


def _both(sides: Mapping[str, list[Upload]], what: str) -> Prints:
    """Raises NothingGiven, which names the side that is missing."""
    for name, uploads in sides.items():
        if not uploads:
            raise NothingGiven(f"print in the {what} '{name}'")
    first, second = sides.values()
    return Prints(first, second)


def _refuse_texts(texts: Texts) -> None:
    """Raises BadRequest where a print came as the text of a file's name."""
    for name in (IMAGE, FIRST, SECOND):
        if texts.values(name):
            raise BadRequest(f"the part '{name}' is a text where a file is needed; did you forget @, as in -F {name}=@FILE?")


def _of_encounter(texts: Texts) -> dict[str, Any]:
    """Reads galleries, status, and what is known of the person."""
    galleries = frozenset(texts.values("gallery"))
    if len(galleries) > MAX_PRINTS:
        raise BadRequest(f"gallery: {len(galleries)} values where {MAX_PRINTS} are taken")
    status = _single(texts, "status")
    if status is not None and status not in STATUSES:
        raise BadRequest(f"status: {status[:40]!r} is none of {', '.join(STATUSES)}")
    known = BiographicData.model_validate(_singles(texts, BiographicData)).known()
    return {"galleries": galleries, "active": _is_active(status), "biography": known}


def _is_active(status: str | None) -> bool | None:
    return None if status is None else status == "ACTIVE"


def _filter(texts: Texts) -> dict[str, Any]:
    """Reads the filter's parts of a form, as JSON would have them."""
    positions = [_position(text) for text in texts.values("filter") if text]
    lists = {"biometricSubType": positions, "gender": texts.values("gender")}
    return {name: value for name, value in lists.items() if value} | _singles(texts, FilterIn, but=lists)


def _single(texts: Texts, name: str) -> str | None:
    """Returns what a part holds that stands there once; None: it is not there, or empty."""
    values = [text for text in texts.values(name) if text]
    if len(values) > 1:
        raise BadRequest(f"{name}: {len(values)} values where one is taken")
    return values[0] if values else None


def _singles(texts: Texts, model: type[BaseModel], but: Collection[str] = ()) -> dict[str, str]:
    """Returns the fields of a model that a form has as text parts; each stands there once."""
    aliases = [one.alias or "" for one in model.model_fields.values()]
    found = {name: _single(texts, name) for name in aliases if name not in but}
    return {name: text for name, text in found.items() if text is not None}


IMAGE = "image"  # the file part that prints come in, though any other name is taken, too
FIRST, SECOND = "first", "second"  # those that the sides of a comparison come in


def _labelled(files: list[tuple[str, bytes]], texts: Texts) -> list[Upload]:
    positions = [_position(text) for text in _spread(texts, "position", len(files))]
    impressions = [_impression(text) for text in _spread(texts, "impression", len(files))]
    resolutions = [_ppi(text) for text in _spread(texts, "ppi", len(files))]
    days = [_day(text) for text in _spread(texts, "captureDate", len(files))]
    return [
        Upload(data, name, position, impression, ppi, captured=day)
        for (name, data), position, impression, ppi, day in zip(files, positions, impressions, resolutions, days, strict=True)
    ]


def _spread(texts: Texts, name: str, count: int) -> list[str]:
    """Returns one value a print: as they came, the only one for all, or empty."""
    given = texts.values(name) or [""]
    if len(given) == 1:
        return given * count
    if len(given) != count:
        raise BadRequest(f"{name}: {counted(len(given), 'value')} for {counted(count, 'print')}")
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


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return TypeAdapter(PastDay).validate_python(text)
    except ValidationError:
        raise BadRequest(f"captureDate: {text[:40]!r} is no day of the past, such as 2026-05-21") from None
