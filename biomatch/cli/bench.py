"""bench: how fast, how large, how accurate, on this machine; each command one question, one JSON file, its plots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import bench_formats, bench_identification, bench_rates, bench_service, options
from biomatch.cli.bench_results import Result, several
from biomatch.cli.console import out, progress, write_json

Extractors = Annotated[
    list[str] | None,
    typer.Option(
        "--extractor",
        metavar="NAME",
        help="classical, learned, learned-synthetic, mindtct or leader; repeat. Default: all that are there.",
    ),
]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True, no_args_is_help=False)
    group.callback()(bench)
    for command in (extraction, extractors, repeatability, minutiae, latents, comparison, accuracy, page):
        group.command()(command)
    for others in (bench_identification, bench_rates, bench_formats, bench_service):
        others.add_to(group)
    app.add_typer(group, name="bench", rich_help_panel=options.MEASURE)


def bench(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help="Everything small, in two minutes, as one page to read.")] = False,
    report: Annotated[Path, typer.Option("--report", metavar="HTML", help="The page of --quick.")] = Path(
        "biomatch-bench.html"
    ),
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure speed, size and accuracy on this machine. `bench --quick` is what to run before buying hardware."""
    if context.invoked_subcommand is not None:
        return
    if not quick:
        typer.echo(context.get_help())
        raise typer.Exit
    from biomatch.bench.engine import quick as quickly

    quickly.claim(report, replace)
    with progress() as bar:
        document = quickly.measure(progress=bar)
    quickly.write(report, document)
    if as_json:
        write_json(document)
    else:
        for sentence in document["verdict"]:
            out.print(f"- {sentence}", soft_wrap=True)
        out.print(f"wrote {report}", soft_wrap=True)


def extraction(
    data: options.MaybeRealPrints = None,
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=1, help="Prints of each size.")] = 60,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure the time from an image to its template, by size and stage; beside mindtct and LEADER where they are installed."""
    from biomatch.bench.engine import extraction as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(data, prints, bar)
    result.finish(run)


def extractors(
    data: options.RealPrints,
    extractor: Extractors = None,
    only: options.OnlySets = None,
    processes: options.UntimedProcesses = 2,
    models: options.Models = None,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure what each extractor is worth to the comparison, on FVC2000 and on prints made hard; and whether templates mix."""
    from biomatch.bench.engine import extractors as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    plan = benchmark.Plan(only or benchmark.SETS, processes=processes)
    with progress() as bar:
        run = benchmark.measure(data, extractor or (), plan, models=models, progress=bar)
    result.finish(run)


def repeatability(
    data: options.MaybeRealPrints = None,
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=2, help="Spread over all.")] = 60,
    models: options.Models = None,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Check whether the same pixels give the same template again, on a narrower processor, and on another engine."""
    from biomatch.bench.engine import repeatability as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(data, prints, models=models, progress=bar)
    result.finish(run)


def minutiae(
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Folder of real data: its latents with marked minutiae, too.")
    ] = None,
    fingers: Annotated[int, typer.Option("--fingers", metavar="N", min=1, help="Synthetic ones.")] = 20,
    extractor: Extractors = None,
    seed: options.PrintsSeed = 41,
    models: options.Models = None,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Count how many of a print's true minutiae an extractor finds, and how many of those it finds are true."""
    from biomatch.bench.engine import minutiae as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(data, fingers, extractor or (), seed=seed, models=models, progress=bar)
    result.finish(run)


def latents(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of real data, with latents and fillers.")],
    extractor: Annotated[
        list[str] | None,
        typer.Option(
            "--extractor",
            metavar="NAME",
            help="classical, learned, learned-synthetic, mindtct, leader, or nbis; repeat. Default: all that are there.",
        ),
    ] = None,
    models: options.Models = None,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Find the rank of latents' mates among the prints of other fingers, by extractor; beside NBIS."""
    from biomatch.bench.engine import latents as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(data, extractor or (), models=models, progress=bar)
    result.finish(run)


def comparison(
    data: options.MaybeRealPrints = None,
    probes: Annotated[int, typer.Option("--probes", metavar="N", min=1, help="Prints that are compared with 1,000.")] = 30,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure the time of each step of a comparison; beside Bozorth3 where nbis-python is installed."""
    from biomatch.bench.engine import comparison as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(data, probes, bar)
    result.finish(run)


def accuracy(
    data: options.RealPrints,
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part",
            metavar="NAME",
            help="ours, pairs, templates, nbis, mindtct, leader, harder, nbis_harder, sensors or vendor; repeat. Default: all",
        ),
    ] = None,
    held_out: options.HeldOut = None,
    extractor: options.Extractor = options.EXTRACTOR,
    only: options.OnlySets = None,
    processes: options.Processes = 2,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure the error rates of biomatch and of others, on the same prints and pairs.

    --held-out says nothing to the parts nbis, nbis_harder and vendor, which use no models.
    With --json, one document that holds those of the parts by their names. --against is compared with the part that it is of.
    """
    from biomatch.bench.engine import accuracy as benchmark

    parts = part or [name for name in benchmark.PARTS if name != "pairs"]
    benchmark.check(parts, data, only or (), held_out)
    results = several([benchmark.name(name, held_out) for name in parts], folder, against, replace, as_json)
    documents = {}
    with progress() as bar:
        measured = benchmark.Accuracy(data, held_out, processes, only or (), folder, extractor, bar)
        for name, result in zip(parts, results, strict=True):
            run = measured.measure(name)
            bar.done()
            if as_json:
                documents[name] = result.write(run)
                continue
            out.print(f"[bold]{name}[/] {benchmark.line(run.figures)}", soft_wrap=True)
            result.finish(run, quiet=True)
    if as_json:
        write_json(documents)


def page(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="Folder of results.")],
    pages: Annotated[list[Path], typer.Argument(metavar="PAGE...", help="Markdown pages whose marked parts are renewed.")],
) -> None:
    """Renew the tables of Markdown pages from results: what stands between their marks."""
    from biomatch.bench.report import page as paging

    for path in pages:
        paging.renew(path, results)
        out.print(f"renewed {path}", soft_wrap=True)
