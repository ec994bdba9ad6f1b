"""bench: how fast, how large, how accurate, on this machine; each command one question, one JSON file, its plots."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biomatch.cli import bench_formats, bench_rates, bench_service, inputs, options
from biomatch.cli.bench_results import RESULTS, Against, Out, Replace, Result, several, sizes_of
from biomatch.cli.console import err, out, progress, write_json

if TYPE_CHECKING:
    from biomatch.evaluation.galleries.population import Population

Manifests = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="PATH",
        help="Real prints: a folder with a manifest.csv, or a manifest; may be repeated. Default: synthetic ones.",
    ),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder of real prints with a manifest.csv. Default: synthetic ones."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the synthetic prints.")]
Extractors = Annotated[
    list[str] | None,
    typer.Option(
        "--extractor",
        metavar="NAME",
        help="classical, learned, learned-synthetic, mindtct or leader; repeat. Default: all that are there.",
    ),
]
Processes = Annotated[int, typer.Option("--processes", metavar="N", min=1, help="For work that is not timed.")]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="SET", help="Only this set of DATA; may be repeated.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True, no_args_is_help=False)
    group.callback()(bench)
    for command in (
        extraction, extractors, repeatability, minutiae, latents, comparison, identification, concurrent, accuracy, http,
        encryption, page,
    ):  # fmt: skip
        group.command()(command)
    group.command()(bench_rates.rates)
    group.command()(bench_rates.fusion)
    group.command()(bench_rates.crowding)
    group.command()(bench_rates.likeness)
    bench_formats.add_to(group)
    bench_service.add_to(group)
    group.command("index-kinds")(index_kinds)
    group.command("import")(import_time)
    app.add_typer(group, name="bench", rich_help_panel=options.MEASURE)


def bench(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help="Everything small, in two minutes, as one page to read.")] = False,
    report: Annotated[Path, typer.Option("--report", metavar="HTML", help="The page of --quick.")] = Path(
        "biomatch-bench.html"
    ),
    replace: Replace = False,
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
    data: Data = None,
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=1, help="Of each size.")] = 60,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """Time from an image to its template, by size and stage; beside mindtct and LEADER where they are installed."""
    from biomatch.bench.engine import extraction as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(data, prints, bar)
    result.finish(run)


def extractors(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of real prints with a manifest.csv.")],
    extractor: Extractors = None,
    only: Only = None,
    processes: Processes = 2,
    models: options.Models = None,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """What each extractor is worth to the comparison, on FVC2000 and on prints made hard; and whether templates mix."""
    from biomatch.bench.engine import extractors as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    plan = benchmark.Plan(only or benchmark.SETS, processes=processes)
    with progress() as bar:
        run = benchmark.measure(data, extractor or (), plan, models=models, progress=bar)
    result.finish(run)


def repeatability(
    data: Data = None,
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=2, help="Spread over all.")] = 60,
    models: options.Models = None,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """Whether the same pixels give the same template again, on a narrower processor, and on another engine."""
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
    seed: Seed = 41,
    models: options.Models = None,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """How many of a print's true minutiae an extractor finds, and how many of those it finds are true."""
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
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """Where the mates of latents stand among the prints of other fingers, by extractor; beside NBIS."""
    from biomatch.bench.engine import latents as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(data, extractor or (), models=models, progress=bar)
    result.finish(run)


def comparison(
    data: Data = None,
    probes: Annotated[int, typer.Option("--probes", metavar="N", min=1, help="Prints that are compared with 1,000.")] = 30,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """Time of each step of a comparison; beside Bozorth3 where nbis-python is installed."""
    from biomatch.bench.engine import comparison as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(data, probes, bar)
    result.finish(run)


def identification(
    sizes: Annotated[str, typer.Option("--sizes", metavar="N,N,...", help="Prints in the gallery.")] = "1000,10000,100000",
    data: Manifests = None,
    only: Only = None,
    minutiae: Annotated[
        list[str] | None,
        typer.Option(
            "--minutiae",
            metavar="NAME",
            help="Who finds those of DATA: biomatch, classical, learned, mindtct, leader; leader:SET+SET: on these; repeat.",
        ),
    ] = None,
    planted: Annotated[
        int, typer.Option("--planted", metavar="N", min=1, help="Impressions of each finger of DATA that are enrolled.")
    ] = 3,
    mated: Annotated[int, typer.Option("--mated", metavar="N", min=1, help="Synthetic mated searches, without DATA.")] = 3_000,
    strangers: Annotated[
        int, typer.Option("--strangers", metavar="N", min=0, help="Synthetic searches of nobody, without DATA.")
    ] = 1_000,
    effort: Annotated[
        list[str] | None,
        typer.Option("--effort", help="Of a search: fast, normal, exhaustive; may be repeated. Default: normal."),
    ] = None,
    exhaustive: Annotated[
        int,
        typer.Option("--exhaustive", metavar="N", min=0, help="Probes that are compared with every print, up to a million."),
    ] = 200,
    reached: Annotated[
        int, typer.Option("--reached", metavar="N", min=1, help="Probes for the curve of misses against time.")
    ] = 200,
    sets_only: Annotated[
        bool, typer.Option("--sets-only", help="Tell only who is left off the list, set by set: no times, no memory.")
    ] = False,
    held_out: Annotated[
        Path | None,
        typer.Option("--held-out", metavar="DIR", help="Search each group of sets with its fold of `biomatch train --folds`."),
    ] = None,
    memory_mb: Annotated[
        int,
        typer.Option(
            "--memory-mb",
            metavar="N",
            min=1,
            help="Most memory of its own that a search may take; 500 MB more for each further million prints.",
        ),
    ] = 2_560,
    work: Annotated[
        Path | None,
        typer.Option("--work", metavar="DIR", help="Keep galleries and tables here, and take those that are there."),
    ] = None,
    raw: Annotated[
        Path | None, typer.Option("--raw", metavar="DIR", help="Copy every search's row here, as NumPy files.")
    ] = None,
    seed: Seed = 41,
    processes: Processes = 2,
    models: options.Models = None,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """Search galleries of growing size: time, memory, disk, misses, and error rates of one among many.

    With --work, a run that was broken off goes on where it was when it is repeated.
    """
    from biomatch.bench.engine import gather
    from biomatch.bench.engine import identification as benchmark

    plan = benchmark.Plan(
        sizes_of(sizes), tuple(inputs.effort_of(one) for one in effort or ["normal"]), exhaustive=exhaustive, reached=reached,
        memory_mb=memory_mb, seed=seed, models=models, processes=processes, sets_only=sets_only,
    )  # fmt: skip
    result = Result(benchmark.FOLDS if held_out else benchmark.name_of(plan), folder, against, replace, as_json)
    with tempfile.TemporaryDirectory(prefix="biomatch-bench-") as passing, progress() as bar:
        place = work or Path(passing)
        given = _Given(data or [], only or [], minutiae or ["biomatch"], planted, mated, strangers, min(plan.sizes))
        if held_out is not None:
            if models or minutiae or raw:
                raise typer.BadParameter("folds have models and minutiae of their own: leave out those options, and --raw")
            sets = only or ()
            folds = gather.folds(data or [], held_out, place, only=sets, planted=planted, processes=processes, progress=bar)
            run = benchmark.measure_folds(folds, plan, place, facts={"planted": planted}, progress=bar, say=_say)
        else:
            population, facts = given.population(place, seed, models, processes, bar)
            run = benchmark.measure(population, plan, place, facts=facts, raw=raw, progress=bar, say=_say)
    result.finish(run)


def index_kinds(
    sizes: Annotated[str, typer.Option("--sizes", metavar="N,N,...", help="Prints in the gallery.")] = "10000,100000",
    data: Manifests = None,
    only: Only = None,
    mated: Annotated[int, typer.Option("--mated", metavar="N", min=1, help="Synthetic mated searches, without DATA.")] = 300,
    probes: Annotated[int, typer.Option("--probes", metavar="N", min=1, help="Searches in each index.")] = 300,
    work: Annotated[Path | None, typer.Option("--work", metavar="DIR", help="Keep templates here, for the next time.")] = None,
    seed: Seed = 41,
    processes: Processes = 2,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """Kinds of FAISS index side by side: mates found, time, bytes."""
    from biomatch.bench.engine import index_kinds as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with tempfile.TemporaryDirectory() as place, progress() as bar:
        given = _Given(data or [], only or [], ["biomatch"], 1, mated, 0, min(sizes_of(sizes)))
        population, _ = given.population(work or Path(place), seed, None, processes, bar)
        run = benchmark.measure(population, sizes_of(sizes), probes=probes, seed=seed, progress=bar)
    result.finish(run)


def concurrent(
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=1, help="In the gallery.")] = 10_000,
    seconds: Annotated[float, typer.Option("--seconds", metavar="X", min=0.1, help="For each kind of change.")] = 20.0,
    threads: Annotated[int, typer.Option("--threads", metavar="N", min=1, help="That search.")] = 2,
    seed: Seed = 41,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """Search while prints are added, removed and compacted."""
    from biomatch.bench.service import concurrent_use as benchmark
    from biomatch.evaluation.galleries import population

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        some = population.synthetic(max(1, min(200, prints // 5)), 0, seed)
        run = benchmark.measure(some, prints, seconds=seconds, threads=threads, seed=seed, progress=bar)
    result.finish(run)


def accuracy(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of real prints with a manifest.csv.")],
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part",
            metavar="NAME",
            help="ours, pairs, templates, nbis, mindtct, leader, harder, nbis_harder, sensors or vendor; repeat. Default: all",
        ),
    ] = None,
    held_out: Annotated[
        Path | None,
        typer.Option(
            "--held-out",
            metavar="DIR",
            help="Models that never saw the set they score: one folder a group. nbis, nbis_harder and vendor use none.",
        ),
    ] = None,
    extractor: options.Extractor = options.EXTRACTOR,
    only: Only = None,
    processes: Annotated[int, typer.Option("--processes", metavar="N", min=1, help="Processes to spread the work over.")] = 2,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """Error rates of biomatch and of others, on the same prints and pairs.

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


def http(
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=1, help="In the gallery.")] = 1_000,
    rounds: Annotated[int, typer.Option("--rounds", metavar="N", min=1, help="Of twenty probes each.")] = 5,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """What HTTP adds to the engine's own time."""
    from biomatch.bench.service import http_overhead as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(prints, rounds, bar)
    result.finish(run)


def encryption(
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=1, help="In each of the two galleries.")] = 5_000,
    probes: Annotated[int, typer.Option("--probes", metavar="N", min=1, help="Searched for in both.")] = 200,
    folder: Out = RESULTS,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """What it costs a search that index and templates are encrypted on the disk."""
    from biomatch.bench.service import encryption as benchmark
    from biomatch.store.keys.master_key import KeyPlace, open_keyring

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar, tempfile.TemporaryDirectory() as place:
        keys = open_keyring(Path(place), KeyPlace(), None)
        run = benchmark.measure(keys, prints, probes, progress=bar)
        keys.close()
    result.finish(run)


def import_time(
    folder: Out = RESULTS,
    repeats: Annotated[int, typer.Option("--repeats", metavar="N", min=1, help="Of each command.")] = 7,
    against: Against = None,
    replace: Replace = False,
    as_json: options.Json = False,
) -> None:
    """Time until a new process answers."""
    from biomatch.bench.service import import_time as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(repeats, bar)
    result.finish(run)


def page(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="Folder of results.")],
    pages: Annotated[list[Path], typer.Argument(metavar="PAGE...", help="Markdown pages whose marked parts are renewed.")],
) -> None:
    """Renew the tables of Markdown pages from results: what stands between their marks."""
    from biomatch.bench.report import page as paging

    for path in pages:
        paging.renew(path, results)
        out.print(f"renewed {path}", soft_wrap=True)


class _Given:
    """Whose prints an identification benchmark plants and searches. At most half of the smallest gallery is synthetic fingers
    that are searched for."""

    def __init__(
        self,
        data: Sequence[Path],
        only: Sequence[str],
        minutiae: Sequence[str],
        planted: int,
        mated: int,
        strangers: int,
        smallest: int,
    ):
        self._data, self._only, self._minutiae, self._planted = data, only, minutiae, planted
        self._mated, self._strangers, self._fingers = mated, strangers, min(mated, max(1, smallest // 2))

    def population(
        self, work: Path, seed: int, models: Path | None, processes: int, bar: Any
    ) -> tuple[Population, dict[str, Any]]:
        from biomatch.bench.engine import gather
        from biomatch.evaluation.galleries import population

        if not self._data:
            some = population.synthetic(self._mated, self._strangers, seed, self._fingers)
            told = {"mated": self._mated, "fingers": self._fingers, "strangers": self._strangers}
            return some, {"prints": "synthetic"} | told
        found = gather.real(
            self._data, work, only=self._only, kinds=self._minutiae, planted=self._planted,
            models=models, processes=processes, progress=bar,
        )  # fmt: skip
        sets = list(self._only) or "all"
        return found, {"prints": "real", "minutiae": list(self._minutiae), "sets": sets, "planted": self._planted}


def _say(text: str) -> None:
    err.print(text, soft_wrap=True)
