"""doctor: what this installation is made of, and what holds the processes that read files from outside."""

from __future__ import annotations

import platform
from typing import Any

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import out, table, write_json

WORDS = {
    "limits": "memory, CPU time, open files; no file is written",
    "privileges": "nothing gains privileges; root's own are given up",
    "landlock": "files are read where code lies only; no TCP",
    "seccomp": "no process, no socket, no change to a file",
}


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.BUREAU)(doctor)


def doctor(models: options.Models = None, as_json: options.Json = False) -> None:
    """Say what this installation is made of, check its models, and say what holds the processes that decode images."""
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
    if as_json:
        write_json(found)
        return
    for name, values in found.items():
        shown = table(name, "", "")
        for key, value in values.items():
            if isinstance(value, bool):
                shown.add_row(key, "[green]yes[/]" if value else "[yellow]not on this system[/]", WORDS[key])
            else:
                shown.add_row(key, value, "")
        out.print(shown)
        out.print()
