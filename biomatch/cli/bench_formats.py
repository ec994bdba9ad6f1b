"""bench formats, slaps, finger-order, fuzz, transactions: what comes from outside is read rightly, and hurts nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import options
from biomatch.cli.bench_results import Result
from biomatch.cli.console import progress


def add_to(group: typer.Typer) -> None:
    """Puts them beside the other benchmarks."""
    group.command()(formats)
    group.command()(slaps)
    group.command("finger-order")(finger_order)
    group.command()(fuzz)
    group.command()(transactions)


def formats(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Folder of real data: its WSQ files, transactions and records are read, too.",
        ),
    ] = None,
    repeats: Annotated[int, typer.Option("--repeats", metavar="N", min=1, help="Repeats of each timed step.")] = 40,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure the time of WSQ and of the sandboxed worker; compare with NBIS where it is installed, and write others' files
    back."""
    from biomatch.bench.formats import records as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(data, repeats, bar)
    result.finish(run)


def slaps(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Made by `synth slaps` or `synth card`, or with boxes drawn by hand.")
    ],
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Check whether a slap's fingers are found where they lie, and its hand is told."""
    from biomatch.bench.formats import slaps as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(folders, bar)
    result.finish(run)


def finger_order(
    cards: Annotated[Path, typer.Argument(metavar="DIR", help="Cards that `synth card` made.")],
    drawn: Annotated[
        int, typer.Option("--drawn", metavar="N", min=0, help="Persons besides, who are drawn as minutiae only.")
    ] = 500,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the fingers that are swapped.")] = 1,
    models: options.Models = None,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Check whether swapped fingers and hands of ten-print cards are found, and honest cards are not suspected."""
    from biomatch.bench.formats import finger_order as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(cards, drawn, seed, models, bar)
    result.finish(run)


def fuzz(
    inputs: Annotated[int, typer.Option("--inputs", metavar="N", min=1, help="Damaged files.")] = 100_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the damage.")] = 1,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Check whether a damaged file hurts a reader of templates, transactions or images; exit code 1 says that one did."""
    from biomatch.bench.formats import fuzz as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(inputs, seed=seed, progress=bar)
    result.finish(run, run.figures["reasons"])


def transactions(
    largest_mb: Annotated[
        int,
        typer.Option(
            "--largest-mb", metavar="MB", min=1, help="Largest of each kind of transaction, by doubling from 1 MB on."
        ),
    ] = 16,
    unlimited_mb: Annotated[
        int, typer.Option("--unlimited-mb", metavar="MB", min=1, help="Up to this size they are read without limits, too.")
    ] = 4,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Check whether time and memory grow with a hostile transaction's bytes, and no faster; exit code 1 says that they do
    not."""
    from biomatch.bench.formats import transactions as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(largest_mb, unlimited_mb, bar)
    result.finish(run, run.figures["violations"])
