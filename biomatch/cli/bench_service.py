"""bench service and its neighbours: a bureau and its engine at work, over HTTP, and what they can answer for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.bench_results import Result
from biomatch.cli.console import progress

Work = Annotated[
    Path | None, typer.Option("--work", metavar="DIR", help="Keep the gallery here, and take the one that is there.")
]
InGallery = Annotated[int, typer.Option("--prints", metavar="N", min=1, help="Prints in the gallery.")]


def add_to(group: typer.Typer) -> None:
    group.command()(concurrent)
    group.command()(http)
    group.command()(encryption)
    group.command("import")(import_time)
    group.command()(service)
    group.command()(soak)
    group.command()(kills)
    group.command()(power)
    group.command()(replays)
    group.command()(tamperings)
    group.command()(attack)


def concurrent(
    prints: InGallery = 10_000,
    seconds: Annotated[float, typer.Option("--seconds", metavar="X", min=0.1, help="Seconds for each kind of change.")] = 20.0,
    threads: Annotated[int, typer.Option("--threads", metavar="N", min=1, help="Threads that search.")] = 2,
    seed: options.PrintsSeed = 41,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
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


def http(
    prints: InGallery = 1_000,
    rounds: Annotated[int, typer.Option("--rounds", metavar="N", min=1, help="Rounds of twenty probes each.")] = 5,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure the time that HTTP adds to the engine's own."""
    from biomatch.bench.service import http_overhead as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(prints, rounds, bar)
    result.finish(run)


def encryption(
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=1, help="Prints in each of the two galleries.")] = 5_000,
    probes: Annotated[int, typer.Option("--probes", metavar="N", min=1, help="Searched for in both.")] = 200,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure what it costs a search that index and templates are encrypted on the disk."""
    from biomatch.bench.service import encryption as benchmark
    from biomatch.store.keys.master_key import KeyPlace, open_keyring

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar, tempfile.TemporaryDirectory() as place:
        keys = open_keyring(Path(place), KeyPlace(), None)
        run = benchmark.measure(keys, prints, probes, progress=bar)
        keys.close()
    result.finish(run)


def import_time(
    folder: options.Results = options.RESULTS,
    repeats: Annotated[int, typer.Option("--repeats", metavar="N", min=1, help="Repeats of each command.")] = 7,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure the time until a new process answers."""
    from biomatch.bench.service import import_time as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with progress() as bar:
        run = benchmark.measure(repeats, bar)
    result.finish(run)


def service(
    prints: InGallery = 100_000,
    seconds: Annotated[float, typer.Option("--seconds", metavar="X", min=2, help="Seconds for each kind of load.")] = 60.0,
    work: Work = None,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Measure searches and enrolments over HTTP, by one client and by four, in a large gallery; and how long it takes to start.

    Exit code 1 says that an acknowledged enrolment cannot be read.
    """
    from biomatch.bench.service import load as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with _place(work) as place, progress() as bar:
        run = benchmark.measure(place, prints, seconds=seconds, progress=bar)
    result.finish(run, benchmark.findings(run.figures))


def soak(
    prints: Annotated[int, typer.Option("--prints", metavar="N", min=1, help="Prints in the gallery at first.")] = 10_000,
    minutes: Annotated[float, typer.Option("--minutes", metavar="X", min=0.05, help="Minutes of load.")] = 30.0,
    users: Annotated[int, typer.Option("--users", metavar="N", min=1, help="Clients at a time.")] = 4,
    pace: Annotated[
        float, typer.Option("--pace", metavar="X", min=0, help="Seconds from one request of a client to the next, at least.")
    ] = 0.25,
    bound: Annotated[
        int, typer.Option("--bound", metavar="N", min=1, help="Persons that the clients have enrolled at a time, at most.")
    ] = 2_000,
    work: Work = None,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Enrol, search, update and delete for long: errors, memory, and whether everything is there at the end.

    Exit code 1 says that something is not.
    """
    from biomatch.bench.service import soak as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with _place(work) as place, progress() as bar:
        run = benchmark.measure(place, prints, minutes=minutes, users=users, pace=pace, bound=bound, progress=bar)
    result.finish(run, benchmark.findings(run.figures))


def kills(
    kills: Annotated[int, typer.Option("--kills", metavar="N", min=1, help="Number of kills.")] = 200,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="An empty PostgreSQL database for the rows. Default: SQLite."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the moments and the points.")] = 1,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Kill a bureau under load, at named points and at random moments, and compare it with what it acknowledged.

    Exit code 1 says that something contradicts it.
    """
    from biomatch.bench.service import kills as benchmark

    result = Result(benchmark.NAME if database is None else benchmark.ON_POSTGRESQL, folder, against, replace, as_json)
    with _place(None) as place, progress() as bar:
        run = benchmark.measure(place / "bureau", kills, database=database, seed=seed, progress=bar)
    result.finish(run, benchmark.findings(run.figures))


def power(
    cuts: Annotated[int, typer.Option("--cuts", metavar="N", min=1, help="Moments at which the power is cut.")] = 20,
    failures: Annotated[int, typer.Option("--failures", metavar="N", min=0, max=48, help="Failing disks.")] = 30,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the moments.")] = 1,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Cut the power, so that what was not synced is lost, and let the disk fail: what a bureau loses then.

    Exit code 1 says that something that was acknowledged is lost.
    """
    from biomatch.bench.service import power as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with _place(None) as place, progress() as bar:
        run = benchmark.measure(place, cuts, failures, seed=seed, progress=bar)
    result.finish(run, benchmark.findings(run.figures))


def replays(
    replays: Annotated[
        int, typer.Option("--replays", metavar="N", min=1, help="Searches, later enrolments, and deletions.")
    ] = 1_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names who is searched for, and who goes.")] = 1,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Repeat past searches after enrolments, deletions, a compaction and a restart: what differs that was not erased.

    Exit code 1 says that something does.
    """
    from biomatch.bench.service import replays as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with _place(None) as place, progress() as bar:
        run = benchmark.measure(place, replays, seed=seed, progress=bar)
    result.finish(run, benchmark.findings(run.figures))


def tamperings(
    tamperings: Annotated[int, typer.Option("--tamperings", metavar="N", min=1, help="Changes, one at a time.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the changes.")] = 1,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Change what the audit tree commits to, behind the bureau's back: is each change found, and its place named?

    Exit code 1 says that one was not.
    """
    from biomatch.bench.service import tamperings as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with _place(None) as place, progress() as bar:
        run = benchmark.measure(place / "bureau", _verifying, tamperings, seed=seed, progress=bar)
    result.finish(run, run.figures["missed"])


def attack(
    prints: InGallery = 1_000,
    seconds: Annotated[float, typer.Option("--seconds", metavar="X", min=1, max=120, help="Seconds for each attack.")] = 15.0,
    work: Work = None,
    folder: options.Results = options.RESULTS,
    against: options.Against = None,
    replace: options.Replace = False,
    as_json: options.Json = False,
) -> None:
    """Attack a bureau on this machine with all that a caller can size, while others use it: are they answered as usual?

    Exit code 1 says that they were not: a request of theirs failed, took more than three times as long as usual, /healthz took
    more than 1 s, or the server more than 1 GB of memory.
    """
    from biomatch.bench.service import attack as benchmark

    result = Result(benchmark.NAME, folder, against, replace, as_json)
    with _place(work) as place, progress() as bar:
        run = benchmark.measure(place, prints, seconds=seconds, progress=bar)
    result.finish(run, benchmark.findings(run.figures))


@contextmanager
def _verifying(gallery: Path) -> Iterator[Callable[[Sequence[str]], list[str]]]:
    """Opens the gallery once, and yields what `biomatch audit verify` does."""
    with inputs.opened(gallery, None, create=False) as bureau:

        def verify(checkpoints: Sequence[str]) -> list[str]:
            return [one.where for one in bureau.upkeep.verify_audit(inputs.actor(), checkpoints=checkpoints).findings]

        yield verify


@contextmanager
def _place(work: Path | None) -> Iterator[Path]:
    """Yields the place where galleries are made: kept, or deleted afterwards."""
    if work is not None:
        yield work
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)
