"""train: every model, from prints whose fingers are known."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import options
from biomatch.cli.console import out, progress, write_json


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.MEASURE)(train)


class What(StrEnum):
    MODELS = "models"
    EXTRACTOR = "extractor"
    ALL = "all"


def train(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with manifest.csv and the prints it names.")],
    output: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of models to write.")],
    leave_out: Annotated[
        str | None,
        typer.Option("--leave-out", metavar="GROUP", help="Train without these groups (A+B); each: one folder a group."),
    ] = None,
    what: Annotated[
        What,
        typer.Argument(metavar="[WHAT]", help="models: all but the extractor; extractor: its network; all: first that."),
    ] = What.MODELS,
    only: Annotated[str | None, typer.Option("--only", metavar="NAME", help="Train only this model.")] = None,
    extractor: Annotated[
        list[str] | None,
        typer.Option(
            "--extractor",
            metavar="NAME",
            help="Whose minutiae the models learn from; repeat. Default: classical, and learned where OUT holds its network.",
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="N", min=1, help="Of the network's training on synthetic prints.")
    ] = None,
    real_steps: Annotated[
        int | None, typer.Option("--real-steps", metavar="N", min=1, help="Of that on real and synthetic ones, which follows.")
    ] = None,
    fingers: Annotated[
        int | None, typer.Option("--fingers", metavar="N", min=1, help="Synthetic ones that the network learns from.")
    ] = None,
    go_on: Annotated[
        Path | None, typer.Option("--start", metavar="DIR", help="Models whose network the training begins with.")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", metavar="DIR", help="Keep templates, labels and unfinished runs here, for the next time."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")] = 1,
    as_json: options.Json = False,
) -> None:
    """Rebuild the models from prints, each with a card that says from what and how.

    The extractor's network takes hours and needs the extras train and bench; that of patches, one of the models, most of an
    hour and train. Runs are kept in the cache, the long one every ten minutes, and the same command goes on from there.
    """
    from biomatch import training

    with progress() as bar:
        if what is not What.MODELS:
            folder = output / "cache" if cache is None else cache
            training.train_network(
                data, output, folder, leave_out=leave_out, seed=seed, start=go_on, steps=steps, real_steps=real_steps,
                fingers=fingers, progress=bar,
            )  # fmt: skip
        if what is not What.EXTRACTOR:
            training.train(
                data, output, leave_out=leave_out, only=only, cache=cache, seed=seed, extractors=extractor or (), progress=bar
            )
    if as_json:
        write_json({"folder": output})
    else:
        out.print(f"wrote models to {output}", soft_wrap=True)
