"""Users, as administrators see to them. The first administrator is made on the gallery's own machine."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.service import documents
from biomatch.service.dependencies import BureauDep, UserReaderDep, UserWriterDep
from biomatch.service.intake import json_bodies
from biomatch.service.problems import FRESH_ERRORS, documented
from biomatch.service.routing import resource
from biomatch.service.schemas.users import NewUserOut, ResetIn, UserChangeIn, UserIn, UserOut

router = resource("/v1/users", "users")

UserName = Annotated[str, Path(alias="userName", max_length=200)]

_NEW, _CHANGE, _RESET = TypeAdapter(UserIn), TypeAdapter(UserChangeIn), TypeAdapter(ResetIn)
_REFUSED = documented(*FRESH_ERRORS, errors.BadRequest, errors.UnsupportedBody)
_KNOWN = documented(*FRESH_ERRORS, errors.OwnRights, errors.UserNotFound)


async def _new(request: Request) -> UserIn:
    return await json_bodies.read(request, _NEW)


async def _change(request: Request) -> UserChangeIn:
    return await json_bodies.read(request, _CHANGE)


async def _reset(request: Request) -> ResetIn:
    return await json_bodies.read(request, _RESET)


def _body(model: type[Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": documents.reference(model)}}}}


@router.get("", operation_id="readUsers")
async def read_users(bureau: BureauDep, actor: UserReaderDep) -> list[UserOut]:
    """List all users that were ever made."""
    waiting = bureau.access.resets(actor)
    return [UserOut.of(one, waiting.get(one.name)) for one in bureau.access.users(actor)]


@router.post(
    "",
    operation_id="createUser",
    openapi_extra=_body(UserIn),
    responses=_REFUSED
    | documented(errors.BadName, errors.PasswordTooWeak, errors.UnknownName, errors.NothingGiven, errors.UserExists),
)
async def create_user(actor: UserWriterDep, given: Annotated[UserIn, Depends(_new)], bureau: BureauDep) -> NewUserOut:
    """Make a user. The answer has the address of the one-time codes, this once."""
    made = await run_in_threadpool(
        bureau.access.create_user,
        given.name,
        actor,
        password=given.password,
        roles=given.roles,
        display=given.display or "",
        until=given.until,
    )
    return NewUserOut.of_new(made)


@router.put(
    "/{userName}",
    operation_id="updateUser",
    openapi_extra=_body(UserChangeIn),
    responses=_REFUSED | _KNOWN | documented(errors.UnknownName, errors.NothingGiven, errors.LastAdministrator),
)
async def change_user(
    name: UserName, actor: UserWriterDep, given: Annotated[UserChangeIn, Depends(_change)], bureau: BureauDep
) -> UserOut:
    """Change a user's roles, the name that others see, or the last day. Nobody changes their own."""
    changed = await run_in_threadpool(
        bureau.access.change_user, name, actor, roles=given.roles, display=given.display, until=given.until
    )
    return UserOut.of(changed)


@router.delete("/{userName}", operation_id="endUser", responses=_KNOWN | documented(errors.LastAdministrator))
async def end_user(name: UserName, bureau: BureauDep, actor: UserWriterDep) -> UserOut:
    """End a user: their sessions end with the next request. The name is never given again."""
    return UserOut.of(await run_in_threadpool(bureau.access.end_user, name, actor))


@router.post(
    "/{userName}/reset",
    operation_id="askUserReset",
    status_code=204,
    openapi_extra=_body(ResetIn),
    responses=_REFUSED | _KNOWN | documented(errors.PasswordTooWeak),
)
async def ask_reset(
    name: UserName, actor: UserWriterDep, given: Annotated[ResetIn, Depends(_reset)], bureau: BureauDep
) -> Response:
    """Ask for another password and other one-time codes of a user. Nothing changes until another administrator confirms it,
    within a day."""
    await run_in_threadpool(bureau.access.ask_reset, name, actor, password=given.password)
    return Response(status_code=204)


@router.post(
    "/{userName}/reset/confirmation",
    operation_id="confirmUserReset",
    responses=documented(*FRESH_ERRORS, errors.OwnRights, errors.FourEyes, errors.UserNotFound, errors.ResetNotAsked),
)
async def confirm_reset(name: UserName, bureau: BureauDep, actor: UserWriterDep) -> NewUserOut:
    """Allow a reset that another administrator asked for. The user's sessions end; the answer has the address of the new
    one-time codes, this once."""
    return NewUserOut.of_new(await run_in_threadpool(bureau.access.confirm_reset, name, actor))
