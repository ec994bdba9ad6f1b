"""The page's own door: its visitor comes in with a one-time code or a token, and gets a cookie that no script can read."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool

from biomatch.bureau.access.sessions import SESSION_SECONDS
from biomatch.errors import BadRequest, BodyTooLarge
from biomatch.service.credentials import caller, check_page, cookie_name, is_secure, session_of
from biomatch.service.dependencies import BureauDep, SettingsDep, only_declared
from biomatch.service.intake import json_bodies
from biomatch.service.routing import Route
from biomatch.service.schemas.fields import In
from biomatch.service.settings import Settings
from biomatch.service.traffic.connections import peer_of

MAX_BYTES = 1_024  # of the body: nobody is known yet who sends it

_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Code = Annotated[str, Field(pattern="^[0-9]{6}$")]

Body = TypeVar("Body")

router = APIRouter(prefix="/session", include_in_schema=False, route_class=Route, dependencies=[Depends(only_declared)])


class EntryIn(In):
    """One of three: a code; a token; or user, password and oneTimeCode."""

    code: _Text | None = None
    token: _Text | None = None
    user: _Text | None = None
    password: _Text | None = None
    one_time_code: _Code | None = None


class AgainIn(In):
    """Password and one-time code of a user whose name is known."""

    password: _Text
    one_time_code: _Code


_ENTRY, _AGAIN = TypeAdapter(EntryIn), TypeAdapter(AgainIn)


class SessionOut(BaseModel):
    """The visitor of the page, and what they may do."""

    name: str
    scopes: list[str]


@router.post("", status_code=204)
async def enter(request: Request, bureau: BureauDep, settings: SettingsDep) -> Response:
    """Open a session, for a code, a token, or a user's password and one-time code."""
    entry, peer = await _body(request, _ENTRY), address_of(request)
    if entry.code is not None:
        secret = bureau.access.enter_with_code(entry.code, peer)
    elif entry.token is not None:
        secret = bureau.access.enter_with_token(entry.token, peer)
    elif entry.user is not None and entry.password is not None and entry.one_time_code is not None:
        asked = entry.user, entry.password, entry.one_time_code, peer
        secret = await run_in_threadpool(bureau.access.enter_with_password, *asked)
    else:
        raise BadRequest("code, token, or user with password and oneTimeCode: one of the three is needed")
    return with_cookie(request, settings, secret, SESSION_SECONDS)


@router.post("/fresh", status_code=204)
async def sign_in_again(request: Request, bureau: BureauDep, settings: SettingsDep) -> Response:
    """Say once more who you are, in the session that you have: what cannot be taken back asks for that."""
    actor = caller(bureau, settings, request.headers, request.method, secure=is_secure(request))
    again = await _body(request, _AGAIN)
    secret = session_of(request.headers, settings, secure=is_secure(request)) or ""
    asked = actor, secret, again.password, again.one_time_code, address_of(request)
    await run_in_threadpool(bureau.access.sign_in_again, *asked)
    return Response(status_code=204)


@router.get("")
async def who(request: Request, bureau: BureauDep, settings: SettingsDep) -> SessionOut:
    actor = caller(bureau, settings, request.headers, request.method, secure=is_secure(request))
    return SessionOut(name=actor.name, scopes=sorted(actor.scopes))


@router.delete("", status_code=204)
async def leave(request: Request, bureau: BureauDep, settings: SettingsDep) -> Response:
    """End the session; the browser forgets its cookie. One that has ended already is forgotten, too."""
    if (secret := session_of(request.headers, settings, secure=is_secure(request))) is not None:
        check_page(request.headers)
        bureau.access.leave(secret)
    answer = with_cookie(request, settings, "", 0)
    if is_secure(request):  # a browser may have one by the name of http, which counts here no more
        answer.delete_cookie(cookie_name(settings), path="/", httponly=True, samesite="strict", secure=True)
    return answer


def address_of(request: Request) -> str:
    """Returns the address that a request came from."""
    return peer_of(request.client.host if request.client else "")


async def _body(request: Request, kind: TypeAdapter[Body]) -> Body:
    return json_bodies.parse(await body_of(request, MAX_BYTES), kind)


async def body_of(request: Request, most: int) -> bytes:
    """Reads a body of somebody who may be nobody that is known. Raises BodyTooLarge."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise BodyTooLarge(most)
    return body


def with_cookie(request: Request, settings: Settings, secret: str, seconds: int) -> Response:
    """Makes the answer that gives a browser its session's cookie."""
    answer, secure = Response(status_code=204), is_secure(request)
    name = cookie_name(settings, secure=secure)
    answer.set_cookie(name, secret, max_age=seconds, path="/", httponly=True, samesite="strict", secure=secure)
    return answer
