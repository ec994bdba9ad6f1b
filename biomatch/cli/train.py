"""train: every model, from prints whose fingers are known."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import options
from biomatch.cli.console import out, progress, write_json

EACH = "each"  # of --leave-out: the folds


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.MEASURE)(train)


class What(StrEnum):
    MODELS = "models"
    EXTRACTOR = "extractor"
    ALL = "all"


def train(
    data: options.Manifests,
    output: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of models to write.")],
    leave_out: Annotated[
        str | None,
        typer.Option("--leave-out", metavar="GROUP", help="Train without these groups (A+B); each: as --folds."),
    ] = None,
    folds: Annotated[
        bool,
        typer.Option("--folds", help="Train, for each group of sensors, models that never saw it, each in a folder OUT/GROUP."),
    ] = False,
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
            help="Extractor to learn from; repeat. Default: classical, and learned where OUT holds its network.",
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="N", min=1, help="Steps of the network's training on synthetic prints.")
    ] = None,
    real_steps: Annotated[
        int | None,
        typer.Option(
            "--real-steps", metavar="N", min=1, help="Steps of the training on real and synthetic prints, which follows."
        ),
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

    Sets of one kind of sensor, or with the same fingers, are one group. Each fold's network begins with the synthetic one (of
    START, or of the package). A fold keeps the models that it has, so the same command goes on with the next one.
    """
    from biomatch import training

    folder = output / "cache" if cache is None else cache
    params = training.NetworkParams(steps, real_steps, fingers)
    with progress() as bar:
        if folds or leave_out == EACH:
            made = training.train_folds(
                data, output, folder, network=None if what is What.MODELS else params, models=what is not What.EXTRACTOR,
                only=only, start=go_on, seed=seed, extractors=extractor or (), progress=bar,
            )  # fmt: skip
            _tell([output / group for group in made], as_json)
            return
        if what is not What.MODELS:
            training.train_network(
                data, output, folder, leave_out=leave_out, seed=seed, start=go_on, params=params, progress=bar
            )
        if what is not What.EXTRACTOR:
            training.train(
                data, output, leave_out=leave_out, only=only, cache=cache, seed=seed, extractors=extractor or (), progress=bar
            )
    _tell([output], as_json)


def _tell(folders: list[Path], as_json: bool) -> None:
    if as_json:
        write_json({"folder": folders[0]} if len(folders) == 1 else {"folders": folders})
        return
    for folder in folders:
        out.print(f"wrote models to {folder}", soft_wrap=True)
