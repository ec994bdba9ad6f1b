"""Passkeys at the page's door: a user signs in by one, and keeps their own."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool

from biomatch.bureau import Site
from biomatch.bureau.access.sessions import SESSION_SECONDS
from biomatch.errors import NoPasskeys, PasskeysElsewhere, UsersOnly
from biomatch.service import welcome
from biomatch.service.dependencies import BureauDep, CallerDep, SettingsDep, only_declared
from biomatch.service.intake import json_bodies
from biomatch.service.routers.session import address_of, body_of, with_cookie
from biomatch.service.routing import Route
from biomatch.service.schemas.fields import In
from biomatch.service.settings import Settings
from biomatch.store import StoredPasskey

MAX_BYTES = 16 * 1024  # of a body: an answer with an authenticator's certificates takes some 6 kB

router = APIRouter(prefix="/session", include_in_schema=False, route_class=Route, dependencies=[Depends(only_declared)])


class NewPasskeyIn(In):
    """name: that its user gives it; credential: the browser's answer."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    credential: dict[str, Any]


class PasskeyOut(BaseModel):
    """id: to delete it; times: ISO 8601, UTC."""

    id: str
    name: str
    created: str
    used: str | None


class PasskeysOut(BaseModel):
    """user: whether who is here can have any."""

    user: bool
    passkeys: list[PasskeyOut]


_ANSWER, _NEW = TypeAdapter(dict[str, Any]), TypeAdapter(NewPasskeyIn)


@router.post("/passkey/options")
async def ask_for_passkey(request: Request, bureau: BureauDep, settings: SettingsDep) -> dict[str, Any]:
    """Say what a browser is asked for somebody who signs in."""
    return bureau.access.ask_for_passkey(_site(request, settings), address_of(request))


@router.post("/passkey", status_code=204)
async def enter(request: Request, bureau: BureauDep, settings: SettingsDep) -> Response:
    """Open a session, for a passkey."""
    answer = json_bodies.parse(await body_of(request, MAX_BYTES), _ANSWER)
    asked = answer, _site(request, settings), address_of(request)
    secret = await run_in_threadpool(bureau.access.enter_with_passkey, *asked)
    return with_cookie(request, settings, secret, SESSION_SECONDS)


@router.get("/passkeys")
async def own(bureau: BureauDep, actor: CallerDep) -> PasskeysOut:
    try:
        found = bureau.access.passkeys(actor)
    except UsersOnly:
        return PasskeysOut(user=False, passkeys=[])
    return PasskeysOut(user=True, passkeys=list(map(_out, found)))


@router.post("/passkeys/options")
async def ask_for_new(request: Request, bureau: BureauDep, settings: SettingsDep, actor: CallerDep) -> dict[str, Any]:
    """Say what a browser is asked for a new passkey of who is here."""
    return bureau.access.ask_for_new_passkey(actor, _site(request, settings), address_of(request))


@router.post("/passkeys", status_code=201)
async def register(request: Request, bureau: BureauDep, settings: SettingsDep, actor: CallerDep) -> PasskeyOut:
    new = json_bodies.parse(await body_of(request, MAX_BYTES), _NEW)
    asked = new.name, new.credential, actor, _site(request, settings)
    return _out(await run_in_threadpool(bureau.access.register_passkey, *asked))


@router.delete("/passkeys/{passkey}", status_code=204)
async def delete(passkey: str, bureau: BureauDep, actor: CallerDep) -> Response:
    await run_in_threadpool(bureau.access.delete_passkey, passkey, actor)
    return Response(status_code=204)


def _site(request: Request, settings: Settings) -> Site:
    """Returns the pages' address. What a request says of it is believed nowhere: it only gets told where passkeys work.

    Raises NoPasskeys, PasskeysElsewhere.
    """
    origin = welcome.origin(settings)
    if origin is None:
        raise NoPasskeys
    if request.headers.get("origin", origin) != origin:
        raise PasskeysElsewhere(origin)
    return Site(origin)


def _out(one: StoredPasskey) -> PasskeyOut:
    return PasskeyOut(id=one.credential, name=one.name, created=one.created, used=one.used)
