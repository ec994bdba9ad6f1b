"""bench identification, index-kinds: searches in galleries of growing size."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biomatch.cli import inputs, options
from biomatch.cli.bench_results import Result, sizes_of
from biomatch.cli.console import err, progress, say_renamed

if TYPE_CHECKING:
    from biomatch.evaluation.galleries.population import Population

MaybeManifests = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="PATH",
        help="Real prints: a folder with a manifest.csv, or a manifest; may be repeated. Default: synthetic ones.",
    ),
]
Mated = Annotated[int, typer.Option("--mated", metavar="N", min=1, help="Synthetic mated searches, without DATA.")]


def add_to(group: typer.Typer) -> None:
    """Puts them beside the other benchmarks."""
    group.command()(identification)
    group.command("index-kinds")(index_kinds)


def identification(
    sizes: options.Sizes = "1000,10000,100000",
    data: MaybeManifests = None,
    only: options.OnlySets = None,
    minutiae: Annotated[
        list[str] | None,
        typer.Option(
            "--minutiae",
            metavar="NAME",
            help="Extractor for DATA: biomatch, classical, learned, mindtct, leader; leader:SET+SET: on these; repeat.",
        ),
    ] = None,
    planted: Annotated[
        int, typer.Option("--planted", metavar="N", min=1, help="Impressions of each finger of DATA that are enrolled.")
    ] = 3,
    mated: Mated = 3_000,
    non_mated: Annotated[
        int, typer.Option("--non-mated", metavar="N", min=0, help="Synthetic non-mated searches, without DATA.")
    ] = 1_000,
    strangers: Annotated[int | None, typer.Option("--strangers", metavar="N", min=0, hidden=True)] = None,
    effort: Annotated[
        list[str] | None,
        typer.Option("--effort", help="Effort of a search: fast, normal, exhaustive; may be repeated. Default: normal."),
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
    held_out: options.Folds = None,
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
    seed: options.PrintsSeed = 41,
    processes: options.UntimedProcesses = 2,
    models: options.Models = None,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Search galleries of growing size: time, memory, disk, misses, and error rates of one among many.

    With --work, a run that was broken off goes on where it was when it is repeated.
    """
    from biomatch.bench.engine import gather
    from biomatch.bench.engine import identification as benchmark

    if strangers is not None:
        say_renamed("--strangers", "--non-mated")
        non_mated = strangers
    plan = benchmark.Plan(
        sizes_of(sizes), tuple(inputs.effort_of(one) for one in effort or ["normal"]), exhaustive=exhaustive, reached=reached,
        memory_mb=memory_mb, seed=seed, models=models, processes=processes, sets_only=sets_only,
    )  # fmt: skip
    result = Result(benchmark.FOLDS if held_out else benchmark.name_of(plan), folder, against, replace, as_json)
    with tempfile.TemporaryDirectory(prefix="biomatch-bench-") as passing, progress() as bar:
        place = work or Path(passing)
        given = _Given(data or [], only or [], minutiae or ["biomatch"], planted, mated, non_mated, min(plan.sizes))
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
    sizes: options.Sizes = "10000,100000",
    data: MaybeManifests = None,
    only: options.OnlySets = None,
    mated: Mated = 300,
    probes: Annotated[int, typer.Option("--probes", metavar="N", min=1, help="Searches in each index.")] = 300,
    work: options.KeptTemplates = None,
    seed: options.PrintsSeed = 41,
    processes: options.UntimedProcesses = 2,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Compare kinds of FAISS index: mates found, time, bytes."""
    from biomatch.bench.engine import index_kinds as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with tempfile.TemporaryDirectory() as place, progress() as bar:
        given = _Given(data or [], only or [], ["biomatch"], 1, mated, 0, min(sizes_of(sizes)))
        population, _ = given.population(work or Path(place), seed, None, processes, bar)
        run = benchmark.measure(population, sizes_of(sizes), probes=probes, seed=seed, progress=bar)
    result.finish(run)


class _Given:
    """The prints that an identification benchmark plants and searches. At most half of the smallest gallery is synthetic
    fingers that are searched for."""

    def __init__(
        self,
        data: Sequence[Path],
        only: Sequence[str],
        minutiae: Sequence[str],
        planted: int,
        mated: int,
        non_mated: int,
        smallest: int,
    ):
        self._data, self._only, self._minutiae, self._planted = data, only, minutiae, planted
        self._mated, self._non_mated, self._fingers = mated, non_mated, min(mated, max(1, smallest // 2))

    def population(
        self, work: Path, seed: int, models: Path | None, processes: int, bar: Any
    ) -> tuple[Population, dict[str, Any]]:
        from biomatch.bench.engine import gather
        from biomatch.evaluation.galleries import population

        if not self._data:
            some = population.synthetic(self._mated, self._non_mated, seed, self._fingers)
            told = {"mated": self._mated, "fingers": self._fingers, "strangers": self._non_mated}
            return some, {"prints": "synthetic"} | told
        found = gather.real(
            self._data, work, only=self._only, kinds=self._minutiae, planted=self._planted,
            models=models, processes=processes, progress=bar,
        )  # fmt: skip
        sets = list(self._only) or "all"
        return found, {"prints": "real", "minutiae": list(self._minutiae), "sets": sets, "planted": self._planted}


def _say(text: str) -> None:
    err.print(text, soft_wrap=True)
