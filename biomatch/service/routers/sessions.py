"""A user's own sessions: which there are, and the end of those that should not be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from biomatch.bureau.access.sessions import OwnSession
from biomatch.service.credentials import is_secure, session_of
from biomatch.service.dependencies import BureauDep, CallerDep, SettingsDep
from biomatch.service.routing import Route
from biomatch.service.schemas.fields import Model

router = APIRouter(prefix="/sessions", include_in_schema=False, route_class=Route)


class OwnSessionOut(Model):
    """session: its name, to end it by; peer: the address that it was begun from; this: it is the one that asks."""

    session: str
    begun: datetime
    used: datetime
    peer: str
    this: bool

    @classmethod
    def of(cls, one: OwnSession) -> OwnSessionOut:
        return cls(session=one.session, begun=one.begun, used=one.used, peer=one.peer, this=one.this)


@router.get("")
async def read_sessions(request: Request, bureau: BureauDep, settings: SettingsDep, actor: CallerDep) -> list[OwnSessionOut]:
    """List your sessions, the last one begun first."""
    return [OwnSessionOut.of(one) for one in bureau.access.own_sessions(actor, _secret(request, settings))]


@router.delete("", status_code=204)
async def end_other_sessions(request: Request, bureau: BureauDep, settings: SettingsDep, actor: CallerDep) -> Response:
    """End all of your sessions but the one that asks."""
    bureau.access.end_other_sessions(actor, _secret(request, settings))
    return Response(status_code=204)


@router.delete("/{sessionId}", status_code=204)
async def end_session(
    session: Annotated[str, Path(alias="sessionId", max_length=200)], bureau: BureauDep, actor: CallerDep
) -> Response:
    """End one of your sessions."""
    bureau.access.end_own_session(session, actor)
    return Response(status_code=204)


def _secret(request: Request, settings: SettingsDep) -> str:
    return session_of(request.headers, settings, secure=is_secure(request)) or ""
