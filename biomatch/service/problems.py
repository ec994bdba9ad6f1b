"""Turns errors into HTTP: one table, one shape (RFC 9457, application/problem+json). Nothing internal leaves the house."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from biomatch import errors
from biomatch.errors import BiomatchError

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[BiomatchError], int] = {
    errors.BadInput: 400,
    errors.BadImage: 422,
    errors.FileTooLarge: 413,
    errors.ImageTooLarge: 413,
    errors.BodyTooLarge: 413,
    errors.HeadTooLarge: 431,
    errors.BadTemplate: 422,
    errors.BadTransaction: 422,
    errors.UnknownFormat: 422,
    errors.UnsupportedBody: 415,
    errors.ForeignOrigin: 403,
    errors.BadCheckpoint: 422,
    errors.BadProof: 422,
    errors.TokenRefused: 401,
    errors.NotAllowed: 403,
    errors.UsersOnly: 403,
    errors.OwnRights: 403,
    errors.FourEyes: 403,
    errors.SignInTooOld: 403,
    errors.BodyTooSlow: 408,
    errors.TooBusy: 429,
    errors.QuotaSpent: 429,
    errors.TooManyTries: 429,
    errors.DeadlinePassed: 504,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.KeyReused: 422,
    errors.Unavailable: 503,
    errors.BadInstallation: 500,
    BiomatchError: 500,
}
"""The status of an error is that of its nearest ancestor here."""

ACCESS_ERRORS = (
    errors.TokenMissing,
    errors.TokenUnknown,
    errors.TokenExpired,
    errors.TokenRevoked,
    errors.SessionEnded,
    errors.NotAllowed,
    errors.QuotaSpent,
)
"""What any route may answer that asks who is there."""

FRESH_ERRORS = (errors.NotAllowed, errors.SignInTooOld)
"""Refuse a user, on a route that asks for a fresh sign-in."""

UPLOAD_ERRORS = (
    errors.BadRequest,
    errors.NothingGiven,
    errors.TooManyPrints,
    errors.UnreadableImage,
    errors.BadResolution,
    errors.CorruptTemplate,
    errors.TooManyMinutiae,
    errors.ImageTooLarge,
    errors.BodyTooLarge,
    errors.UnsupportedBody,
    errors.WorkerLost,
)
"""What any route may answer that takes prints."""


def status_of(error: type[BiomatchError]) -> int:
    return next(STATUS[kind] for kind in error.__mro__ if kind in STATUS)


def problem(error: BiomatchError) -> dict[str, Any]:
    """Makes the problem document of an error: code, what was wrong and what to do, and the values."""
    values = {key: value for key, value in error.values.items() if isinstance(value, str | int | float | bool) or value is None}
    return document(error.code, status_of(type(error)), error.message) | ({"values": values} if values else {})


def document(code: str, status: int, detail: str) -> dict[str, Any]:
    """Makes a problem document: what every one of them has."""
    return {
        "type": f"urn:biomatch:error:{code}",
        "title": code.replace("-", " "),
        "status": status,
        "detail": detail,
        "code": code,
    }


def response(error: BiomatchError) -> JSONResponse:
    status = status_of(type(error))
    headers = _HEADERS.get(status, {})
    if isinstance(error, errors.QuotaSpent | errors.TooManyTries):
        headers = {"Retry-After": str(error.values["retry_after"])}
    return JSONResponse(problem(error), status, headers=headers, media_type=MEDIA_TYPE)


_LATER = {"Retry-After": "5"}
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "1"}, 503: _LATER, 504: _LATER}


def install(app: FastAPI) -> None:
    """Gives every failure of a request the one shape."""
    app.add_exception_handler(BiomatchError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def documented(*kinds: type[BiomatchError]) -> dict[int | str, dict[str, Any]]:
    """Makes `responses=` of a route: which errors it gives, for the API document."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        entry = found.setdefault(
            status_of(kind),
            {"description": "", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}},
        )
        entry["description"] = ", ".join(filter(None, (entry["description"], f"`{kind.code}`")))
    return found


def with_error(responses: dict[int | str, dict[str, Any]], kind: type[BiomatchError]) -> dict[int | str, dict[str, Any]]:
    """Adds one more error to `responses=` of a route, beside those of the same status."""
    ((status, own),) = documented(kind).items()
    there = responses.get(status, own)
    words = ", ".join(dict.fromkeys(filter(None, (there["description"], own["description"]))))
    return responses | {status: there | {"description": words}}


_MEANINGS = {"targetFPIR": "; it is -10 log10 of the rate: 20 stands for 1 in 100, 30 for 1 in 1,000"}


def validation(fields: list[dict[str, Any]]) -> errors.BadRequest:
    """Makes one error of pydantic's findings, which names the fields."""
    found = [(".".join(str(part) for part in field["loc"]), str(field["msg"])) for field in fields]
    told = [": ".join(filter(None, one)) + _MEANINGS.get(one[0].removeprefix("query."), "") for one in found[:5]]
    return errors.BadRequest("; ".join(told))


@contextmanager
def named_faults() -> Iterator[None]:
    """Turns what pydantic finds into one BadRequest that names the fields."""
    try:
        yield
    except ValidationError as error:
        raise validation(list(error.errors(include_url=False, include_input=False))) from None  # type: ignore[arg-type]


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, BiomatchError)
    return response(error)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return response(validation(list(error.errors())))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "no-such-path", 405: "no-such-method"}.get(error.status_code, "bad-request")
    found = document(code, error.status_code, f"{error.detail}; /docs lists what there is")
    return JSONResponse(found, error.status_code, headers=error.headers, media_type=MEDIA_TYPE)


def defect(request: str) -> JSONResponse:
    """Makes the answer where biomatch itself failed: nothing of how. request: its id in the log."""
    detail = f"biomatch failed at this request; the service's log says where, under {request}. Please report it"
    return JSONResponse(document("defect", 500, detail), 500, media_type=MEDIA_TYPE)
