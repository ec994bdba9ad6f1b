"""serve: a gallery over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from biomatch.cli import inputs, options


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.GALLERIES)(serve)


def serve(
    gallery: options.Gallery,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on. Default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65_535, help="Port. Default: 8000.")] = None,
    extractor: Annotated[
        str | None, typer.Option("--extractor", metavar="NAME", help="The extractor of minutiae. Default: learned.")
    ] = None,
    to_all: Annotated[
        bool,
        typer.Option(
            "--open", help="Ask nobody for a token, if there never was one: every user of this machine may do everything."
        ),
    ] = False,
    models: options.Models = None,
) -> None:
    """Serve a gallery over HTTP, with a page at `/` and the API's description at `/docs`.

    Prints an address that opens the page, once, within a quarter of an hour; `biomatch page` prints another. A gallery without
    tokens gets its first one, which allows everything for 90 days and is printed this once.
    """
    from biomatch import service
    from biomatch.service.settings import Settings

    given = {
        name: value
        for name, value in (("host", host), ("port", port), ("extractor", extractor), ("open", to_all or None))
        if value is not None
    }
    service.serve(gallery, inputs.actor(), settings=Settings().model_copy(update=given), models=inputs.models_of(models))
