"""key: the master key that locks a gallery's data keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import out, write_json
from biomatch.words import counted

key = typer.Typer(
    name="key",
    help="The master key. It wraps a key for each person, under which originals, templates and vectors are encrypted.",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(key, rich_help_panel=options.BUREAU)


@key.command()
def rotate(
    gallery: options.Gallery,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="File of the new key; made if it is not there. Default: in the folder."),
    ] = None,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Lock a gallery with a new master key; the old one opens it no more, nor any backup of keys that is made from now on.

    Nothing is encrypted anew but the persons' keys: a million take seconds. With `--to` the key leaves the folder: say from
    then on with BIOMATCH_MASTER_KEY_FILE where it is. Backups of keys that were made before need the old key.
    """
    with inputs.opened(gallery, models, create=False) as bureau:
        made = bureau.upkeep.rotate_key(inputs.actor(), to)
    if as_json:
        write_json(made)
    else:
        out.print(
            f"{gallery} is locked by the key {made.id} in {made.place}, of {counted(made.persons, 'person')}", soft_wrap=True
        )
