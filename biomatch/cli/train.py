"""train: every model, from prints whose fingers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import options
from biomatch.cli.console import out, progress, write_json


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.MEASURE)(train)


def train(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with manifest.csv and the prints it names.")],
    output: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of models to write.")],
    leave_out: Annotated[
        str | None,
        typer.Option("--leave-out", metavar="GROUP", help="Train without this group of sets; each: one folder a group."),
    ] = None,
    only: Annotated[str | None, typer.Option("--only", metavar="NAME", help="Train only this model.")] = None,
    cache: Annotated[
        Path | None, typer.Option("--cache", metavar="DIR", help="Keep templates here, for the next time.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")] = 1,
    as_json: options.Json = False,
) -> None:
    """Rebuild the models from prints, each with a card that says from what and how."""
    from biomatch import training

    with progress() as bar:
        training.train(data, output, leave_out=leave_out, only=only, cache=cache, seed=seed, progress=bar)
    if as_json:
        write_json({"folder": output})
    else:
        out.print(f"wrote models to {output}", soft_wrap=True)
