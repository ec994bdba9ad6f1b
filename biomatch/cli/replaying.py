"""replay: a past search once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import Exit, out, write_json
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.bureau import Replayed


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.BUREAU)(replay)


def replay(
    search: Annotated[str, typer.Argument(metavar="SEARCH_ID", help="Its id, as the search's answer or its leaf shows it.")],
    gallery: options.Gallery,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Repeat a past search with the prints as they were then: exit code 1 says that something differs, and what.

    The prints that the index brought forward then are compared again, fused and ranked; scores and correspondences must be the
    same to the bit. What came later takes no part; what was removed since is named.
    """
    with inputs.opened(gallery, models, create=False) as bureau:
        found = bureau.searches.replay(search, inputs.actor())
    if as_json:
        write_json(found)
    else:
        _print(found)
    if not found.same:
        raise typer.Exit(Exit.NO)


def _print(found: Replayed) -> None:
    prints = counted(found.prints, "print")
    out.print(
        f"search {found.search} of {found.at}: {prints} after record {found.sequence:,}, leaf {found.leaf}",
        soft_wrap=True,
        highlight=False,
    )
    for words in found.erased:
        out.print(f"erased since: {words}", soft_wrap=True, highlight=False, markup=False)
    for words in found.differences:
        out.print(f"differs: {words}", style="bold red", soft_wrap=True, highlight=False, markup=False)
    for name, (then, now) in found.versions.items():
        out.print(f"{name} was {then}, and is {now or 'not there'}", soft_wrap=True, highlight=False, markup=False)
    if found.same:
        erased = ", but for what was erased" if found.erased else ""
        out.print(f"the same to the bit{erased}: {counted(found.candidates, 'candidate')}")
