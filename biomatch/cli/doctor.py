"""doctor: what this installation is made of, what holds the processes that read files from outside, how a folder is kept."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import Exit, out, table, write_json

if TYPE_CHECKING:
    from biomatch.bureau.upkeep.condition import Condition

WORDS = {
    "limits": "memory, CPU time, open files; no file is written",
    "privileges": "nothing gains privileges; root's own are given up",
    "landlock": "files are read where code lies only; no TCP",
    "seccomp": "no process, no socket, no change to a file",
}


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.BUREAU)(doctor)


def doctor(gallery: options.MaybeGallery = None, models: options.Models = None, as_json: options.Json = False) -> None:
    """Say what this installation is made of, check its models, and say what holds the processes that decode images.

    Of a gallery also how its folder is kept: who can read it, room on the disk, database, index, tokens. Exit code 1 says that
    something should be done, and the lines say what.
    """
    import cv2
    import faiss
    import numba
    import numpy as np

    import biomatch
    from biomatch.imaging import Decoder
    from biomatch.learned import Models
    from biomatch.sandbox import Layer

    learned = inputs.models_of(models) or Models()
    for name in learned.names():
        learned.read(name)
    with Decoder() as decoder:
        held = decoder.layers()
    found: dict[str, Any] = {
        "versions": {
            "biomatch": biomatch.__version__,
            "Python": platform.python_version(),
            **{module.__name__: module.__version__ for module in (np, cv2, numba, faiss)},
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        },
        "models": {name: learned.version(name) for name in learned.names()},
        "workers": {layer.value: layer in held for layer in Layer},
    }
    conditions = _conditions(gallery, models) if gallery is not None else ()
    if conditions:
        found["gallery"] = {one.what: {"well": one.well, "words": one.words} for one in conditions}
    if as_json:
        write_json(found)
    else:
        _print(found)
    if not all(one.well for one in conditions):
        raise typer.Exit(Exit.NO)


def _conditions(gallery: Path, models: Path | None) -> tuple[Condition, ...]:
    with inputs.opened(gallery, models, create=False) as bureau:
        return bureau.upkeep.condition(inputs.actor())


def _print(found: dict[str, Any]) -> None:
    for name, values in found.items():
        shown = table(name, "", "")
        for key, value in values.items():
            if isinstance(value, dict):
                shown.add_row(key, "[green]well[/]" if value["well"] else "[bold red]not well[/]", value["words"])
            elif isinstance(value, bool):
                shown.add_row(key, "[green]yes[/]" if value else "[yellow]not on this system[/]", WORDS[key])
            else:
                shown.add_row(key, value, "")
        out.print(shown)
        out.print()
