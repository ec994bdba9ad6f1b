"""token: the programs and persons who may come in over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import err, out, table, write_json

if TYPE_CHECKING:
    from biomatch.store import StoredToken

token = typer.Typer(
    name="token",
    help="Tokens of the HTTP service: every request needs one.",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(token, rich_help_panel=options.BUREAU)


@token.command()
def create(
    gallery: options.Gallery,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the person or program that will carry it; the audit tree says so.")
    ],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="SCOPE", help="A right that it gives; may be repeated. Default: all there are."),
    ] = None,
    days: Annotated[float, typer.Option("--days", metavar="N", help="Days that it is good for: more than 0.")] = 90,
    per_minute: Annotated[
        int | None, typer.Option("--per-minute", metavar="N", min=1, help="Requests a minute. Default: any number.")
    ] = None,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Make a token and print it, this once: the gallery keeps only its hash.

    As JSON, `token` is the token and `id` the name that it is listed and revoked by.

    Scopes: abis.encounter.read, abis.encounter.write, abis.identify, abis.verify, abis.gallery.read, abis.task.read,
    abis.task.update, quality.read, audit.read, metrics.read.
    """
    from biomatch.bureau import GRANTED

    with inputs.opened(gallery, models, create=False) as bureau:
        made, text = bureau.access.create_token(name, inputs.actor(), scopes=scope or GRANTED, days=days, per_minute=per_minute)
    if as_json:
        write_json({**_row(made), "token": text, "secret": text})  # secret: what token was called; goes with version 0.2
    else:
        out.print(text, soft_wrap=True, markup=False)
        err.print(f"token {made.token} of {name}, good until {made.expires}: keep it, it is not shown again", soft_wrap=True)


@token.command("list")
def list_(gallery: options.Gallery, models: options.Models = None, as_json: options.Json = False) -> None:
    """List all tokens that were ever made: their ids, not the tokens themselves."""
    with inputs.opened(gallery, models, create=False) as bureau:
        found = bureau.access.tokens(inputs.actor())
    if as_json:
        write_json([_row(one) for one in found])
        return
    shown = table("id", "name", "scopes", "a minute", "expires", "revoked", right=("a minute",))
    for one in found:
        shown.add_row(
            *(one.token, one.name, " ".join(one.scopes)),
            *("" if one.per_minute is None else f"{one.per_minute:,}", one.expires, one.revoked or ""),
        )
    out.print(shown)


@token.command()
def revoke(
    gallery: options.Gallery,
    name: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `token list` shows it.")],
    models: options.Models = None,
) -> None:
    """Take a token back: the next request with it is refused."""
    with inputs.opened(gallery, models, create=False) as bureau:
        bureau.access.revoke_token(name, inputs.actor())
    out.print(f"token {name} is revoked")


def _row(one: StoredToken) -> dict[str, object]:
    return {
        "id": one.token,
        "name": one.name,
        "scopes": sorted(one.scopes),
        "perMinute": one.per_minute,
        "created": one.created,
        "expires": one.expires,
        "revoked": one.revoked,
    }
