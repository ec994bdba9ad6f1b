"""bench rates, fusion, crowding, likeness, units: whether stated rates are kept, synthetic prints are as real ones, and a
unit's searches are its own."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biomatch.cli import options
from biomatch.cli.bench_results import Result, sizes_of
from biomatch.cli.console import out, progress, write_json
from biomatch.errors import BadSize, NothingToDo

if TYPE_CHECKING:
    from biomatch.bench.frame import Run
    from biomatch.evaluation.galleries.population import Population
    from biomatch.evaluation.galleries.searcher import Opening


def add_to(group: typer.Typer) -> None:
    """Puts them beside the other benchmarks."""
    for command in (rates, fusion, crowding, likeness, units):
        group.command()(command)


def rates(
    data: options.Manifests,
    sizes: options.Sizes = "10000,100000",
    probes: Annotated[
        int, typer.Option("--probes", metavar="N", min=1, help="Probes of each group of sensors: cropped ones.")
    ] = 200,
    models_out: Annotated[
        Path | None, typer.Option("--models-out", metavar="DIR", help="Write the model search_rates into this folder.")
    ] = None,
    large: Annotated[
        str | None,
        typer.Option(
            "--large",
            metavar="N,N,...",
            help="Also search the galleries of N prints that `bench identification` left in WORK; needs --work, "
            "and the same DATA and --minutiae.",
        ),
    ] = None,
    minutiae: Annotated[
        list[str] | None,
        typer.Option("--minutiae", metavar="NAME", help="Minutiae that they were made with; may be repeated."),
    ] = None,
    held_out: options.Folds = None,
    seed: options.PrintsSeed = 61,
    work: options.KeptTemplates = None,
    folder: options.Results = options.RESULTS,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Fit and check the error rates that every answer states: misses and false positives."""
    from biomatch.bench import frame
    from biomatch.bench.engine import gather
    from biomatch.bench.engine import rates as benchmark

    if held_out is not None and large is not None:
        raise NothingToDo("--large takes galleries of the models that ship; leave it out, or leave out --held-out")
    larger = [] if large is None else sorted(set(sizes_of(large)))
    if larger and work is None:
        raise BadSize("a gallery to search", f"of {larger[0]:,} prints", "name the folder that holds it with --work")
    plan = benchmark.Plan(sizes=sizes_of(sizes), probes=probes, seed=seed, work=work)
    frame.claim(folder, benchmark.NAME, replace)
    with tempfile.TemporaryDirectory() as place, progress() as bar:
        if held_out is not None:
            folds = gather.folds(data, held_out, work or Path(place), planted=1, processes=2, progress=bar)
            _finish(benchmark.measure_folds(folds, plan, models_out, bar), folder, benchmark.draw, as_json)
            return
        if larger and work is not None:
            kinds = minutiae or ["biomatch"]
            plan = dataclasses.replace(plan, large=_large(data, work, larger, kinds, bar), minutiae=kinds)
        run = benchmark.measure(_population(data, work or Path(place), bar), plan, models_out, bar)
    _finish(run, folder, benchmark.draw, as_json)


def crowding(
    data: options.RealPrints,
    probes: Annotated[int, typer.Option("--probes", metavar="N", min=1, help="Fingers that ask.")] = 200,
    seed: options.PrintsSeed = 71,
    work: options.KeptTemplates = None,
    folder: options.Results = options.RESULTS,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Compare synthetic non-mated prints with real ones at equal size: descriptors, scores, and who enters a shortlist."""
    from biomatch.bench import frame
    from biomatch.bench.engine import crowding as benchmark

    frame.claim(folder, benchmark.NAME, replace)
    with tempfile.TemporaryDirectory() as place, progress() as bar:
        found = _population([data], work or Path(place), bar, mated=False)
        run = benchmark.measure((*found.probes, *found.non_mated), seed, None, bar, probes)
    _finish(run, folder, benchmark.draw, as_json)


def fusion(
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", metavar="PATH", help="Manifest or folder of prints of several impressions; may be repeated."),
    ] = None,
    persons: Annotated[
        int, typer.Option("--persons", metavar="N", min=10, help="Mated ones of each case, and ten times as many non-mated.")
    ] = 500,
    gallery: Annotated[
        int, typer.Option("--gallery", metavar="N", min=0, help="Prints among which misses are counted; 0: they are not.")
    ] = 20_000,
    synthetic: Annotated[int, typer.Option("--fingers", metavar="N", min=20, help="Synthetic ones: 20 or more.")] = 100,
    seed: options.PrintsSeed = 97,
    processes: options.Processes = 1,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Check whether scores of several impressions and fingers keep the rates that they state; count what several probes
    miss."""
    from biomatch.bench.engine import fusion as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    plan = benchmark.Plan(persons, 10 * persons, synthetic, gallery=gallery, seed=seed)
    with progress() as bar:
        run = benchmark.measure(data or (), plan, processes=processes, progress=bar)
    result.finish(run)


def units(
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=300, help="Prints of all units.")] = 100_000,
    probes: Annotated[int, typer.Option("--probes", metavar="N", min=1, help="Searched for in each of three units.")] = 300,
    seed: options.PrintsSeed = 19,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure what it costs a search that it is limited to a unit, and whether prints of other units influence it."""
    from biomatch.bench.engine import units as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(prints, probes, seed, bar)
    result.finish(run)


def likeness(
    data: options.RealPrints,
    prints: Annotated[
        int, typer.Option("--prints", metavar="N", min=2, help="Prints of each real set, and as many synthetic ones.")
    ] = 40,
    seed: options.PrintsSeed = 83,
    folder: options.Results = options.RESULTS,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Compare synthetic images with real ones: minutiae, their distances and directions, ridge period."""
    from biomatch.bench import frame
    from biomatch.bench.engine import likeness as benchmark

    frame.claim(folder, benchmark.NAME, replace)
    with progress() as bar:
        run = benchmark.measure(data, prints, seed, bar)
    _finish(run, folder, benchmark.draw, as_json)


def _large(data: Sequence[Path], work: Path, sizes: Sequence[int], minutiae: Sequence[str], bar: Any) -> list[Opening]:
    """Opens galleries of `bench identification`. Raises BadSize where one is not there as a whole."""
    from biomatch.bench.engine import gather, identification

    people = gather.real(data, work, kinds=minutiae, processes=2, progress=bar)
    found = [identification.opening(people, identification.Plan((n,), memory_mb=None), n, work) for n in sizes]
    for size, one in zip(sizes, found, strict=True):
        if (there := identification.prints_in(one.folder)) != size:
            asked = f"bench identification --sizes {size} --work {work}, with the same --data and --minutiae"
            raise BadSize(
                "a gallery to search", f"of {size:,} prints", f"{there:,} of them are in {one.folder}; first run {asked}"
            )
    return [dataclasses.replace(one, cold=False) for one in found]


def _population(data: Sequence[Path], work: Path, bar: Any, mated: bool = True) -> Population:
    from biomatch.bench.engine import gather

    return gather.real(data, work, planted=1, mated=mated, processes=2, progress=bar)


def _finish(run: Run, folder: Path, draw: Callable[[dict[str, Any]], Any], as_json: bool) -> None:
    from biomatch.bench.report import plots

    path = run.save(folder)
    document = json.loads(path.read_text(encoding="utf-8"))
    picture = path.with_suffix(".svg")
    with picture.open("w", encoding="utf-8") as file:
        plots.save(draw(document["figures"]), file)
    if as_json:
        write_json(document)
        return
    out.print_json(json.dumps(document["figures"]))
    out.print(f"wrote {path}, {picture}", soft_wrap=True)
