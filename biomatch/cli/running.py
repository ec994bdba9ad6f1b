"""init: a folder with the rules of a bureau."""

from __future__ import annotations

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import out, write_json


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.BUREAU)(init)


def init(gallery: options.Gallery, models: options.Models = None, as_json: options.Json = False) -> None:
    """Make a gallery with the rules of a bureau: no search without a purpose and a legal basis, no request without a token.

    Prints the public key that the bureau's checkpoints are signed with: give it to whoever shall be able to check them. And
    a first token, good for 90 days, which is not shown again. A gallery that is there already gets the same rules, and keeps
    its prints; one that has tokens gets no other.
    """
    from biomatch.bureau import open_gallery

    with open_gallery(gallery, models=inputs.models_of(models)) as bureau:
        bureau.require_purpose(inputs.actor())
        key = bureau.audit_key(inputs.actor())
        text = None if bureau.tokens(inputs.actor()) else bureau.create_token("first", inputs.actor())[1]
    if as_json:
        write_json({"gallery": gallery, "key": key, "token": text})
        return
    out.print(f"{gallery} is a bureau's gallery; its public key is\n{key}", soft_wrap=True, markup=False)
    if text is not None:
        out.print(f"and its first token, which is not shown again,\n{text}", soft_wrap=True, markup=False)
