"""user: the persons who sign in to the service's pages."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import err, out, table, write_json
from biomatch.errors import BadInput

if TYPE_CHECKING:
    from biomatch.bureau import NewUser
    from biomatch.store import StoredUser

user = typer.Typer(
    name="user",
    help="Persons who sign in to the service's pages, each with roles. `biomatch user roles` shows what each role may do.",
    no_args_is_help=True,
)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name to sign in with.")]
_Roles = Annotated[list[str] | None, typer.Option("--role", metavar="ROLE", help="A role; may be repeated.")]
_Display = Annotated[str | None, typer.Option("--display", metavar="TEXT", help="Name that others see.")]
_Until = Annotated[
    datetime | None,
    typer.Option("--until", metavar="DAY", formats=["%Y-%m-%d"], help="The last day, in UTC, such as 2027-03-31."),
]
_Password = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="File whose first line is the password. Default: it is asked for."),
]


def add_to(app: typer.Typer) -> None:
    app.add_typer(user, rich_help_panel=options.BUREAU)


@user.command()
def create(
    gallery: options.Gallery,
    name: _Name,
    role: _Roles = None,
    display: _Display = None,
    until: _Until = None,
    password_file: _Password = None,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Make a user, and print the address from which an authenticator program makes one-time codes, this once."""
    with inputs.opened(gallery, models, create=False) as bureau:
        made = bureau.access.create_user(
            name, inputs.actor(), password=_password(password_file), roles=role or (), display=display or "", until=_day(until)
        )
    _tell(made, as_json)


@user.command("list")
def list_(gallery: options.Gallery, models: options.Models = None, as_json: options.Json = False) -> None:
    """List all users that were ever made."""
    with inputs.opened(gallery, models, create=False) as bureau:
        found = bureau.access.users(inputs.actor())
    if as_json:
        write_json([_row(one) for one in found])
        return
    shown = table("name", "display", "roles", "created", "ends")
    for one in found:
        shown.add_row(one.name, one.display, " ".join(one.roles), one.created, one.ends or "")
    out.print(shown)


@user.command()
def change(
    gallery: options.Gallery,
    name: _Name,
    role: _Roles = None,
    display: _Display = None,
    until: _Until = None,
    models: options.Models = None,
) -> None:
    """Give a user other roles, in place of those that they have, another name that others see, or another last day."""
    with inputs.opened(gallery, models, create=False) as bureau:
        changed = bureau.access.change_user(name, inputs.actor(), roles=role, display=display, until=_day(until))
    out.print(f"user {name}, {changed.display}: {' '.join(changed.roles)}", markup=False)


@user.command()
def reset(
    gallery: options.Gallery,
    name: _Name,
    password_file: _Password = None,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Give a user another password and other one-time codes: the old ones, and the passkeys, are good no more."""
    with inputs.opened(gallery, models, create=False) as bureau:
        made = bureau.access.reset_user(name, inputs.actor(), password=_password(password_file))
    _tell(made, as_json)


@user.command()
def end(gallery: options.Gallery, name: _Name, models: options.Models = None) -> None:
    """End a user: nobody signs in by that name any more, and their sessions end with the next request."""
    with inputs.opened(gallery, models, create=False) as bureau:
        ended = bureau.access.end_user(name, inputs.actor())
    out.print(f"user {name} ended at {ended.ends}", markup=False)


@user.command()
def roles(as_json: options.Json = False) -> None:
    """Show the roles, what each is for, and its scopes."""
    from biomatch.bureau import POLICY

    if as_json:
        write_json({role.value: {"does": rule.does, "scopes": sorted(rule.scopes)} for role, rule in POLICY.items()})
        return
    shown = table("role", "what for", "scopes")
    for role, rule in POLICY.items():
        shown.add_row(role.value, rule.does, " ".join(sorted(rule.scopes)))
    out.print(shown)


def _day(until: datetime | None) -> date | None:
    return None if until is None else until.date()


def _password(file: Path | None) -> str:
    """Raises FileUnreadable, FileEmpty, BadInput: it is no text."""
    if file is None:
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return asked
    try:
        return inputs.read_bytes(file).decode().splitlines()[0]
    except UnicodeDecodeError:
        raise BadInput("the password is no text in UTF-8").about(str(file)) from None


def _tell(made: NewUser, as_json: bool) -> None:
    if as_json:
        write_json({**_row(made.user), "address": made.address})
        return
    out.print(made.address, soft_wrap=True, markup=False)
    err.print(
        f"user {made.user.name}: give this address to an authenticator program, as a QR code or by hand; it is not shown again",
        soft_wrap=True,
    )


def _row(one: StoredUser) -> dict[str, object]:
    return {"name": one.name, "display": one.display, "roles": list(one.roles), "created": one.created, "ends": one.ends}
