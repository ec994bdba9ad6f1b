"""page: an address that opens the page of a gallery that is being served."""

from __future__ import annotations

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import out, write_json


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.GALLERIES)(page)


def page(gallery: options.Gallery, models: options.Models = None, as_json: options.Json = False) -> None:
    """Print an address that opens the page of a gallery that is being served: once, in one browser, within 15 minutes.

    Whoever opens it may search, read and compare in your name, and change nothing, for 12 hours or until the service is
    started anew. Who has a token needs no such address: the page takes the token.
    """
    with inputs.opened(gallery, models, create=False) as bureau:
        address = bureau.access.page_address(inputs.actor())
    if as_json:
        write_json({"address": address})
    else:
        out.print(address, soft_wrap=True, markup=False)
