"""Extracts every print and compares every pair, spread over processes; results do not depend on how many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from biomatch.errors import BiomatchError, FileUnreadable
from biomatch.evaluation import protocol
from biomatch.evaluation.engine import Engine, Setup
from biomatch.evaluation.intervals import Pairs
from biomatch.evaluation.protocol import Sample
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.spare_cores import one_thread_each
from biomatch.workers import TRUSTED, Pool

Sets = dict[str, list[Any]]

CHUNK = 2_000  # comparisons a task: a second or so, so that both cores end together


@dataclass(frozen=True)
class Failure:
    """A print that could not be used, and why."""

    path: str
    set: str
    code: str
    reason: str


@dataclass(frozen=True, eq=False)
class Prints:
    """The templates of the samples: one value each, None where extraction failed.

    ready  by (position of the sample, key of the engine)
    """

    samples: Sequence[Sample]
    ready: dict[tuple[int, str], Any]
    failures: tuple[Failure, ...] = field(default=())


@dataclass(frozen=True, eq=False)
class SetScores:
    """All pairs of one set: scores, log10 likelihood ratios, fingers and positions of both samples, all (n,)."""

    pairs: Pairs
    llr: np.ndarray
    first: np.ndarray
    second: np.ndarray


def extract_all(
    setup: Setup,
    samples: Sequence[Sample],
    wanted: Sequence[tuple[int, str]],
    *,
    processes: int,
    progress: Progress = NO_PROGRESS,
) -> Prints:
    """Extracts the wanted (position, engine key) pairs."""
    progress.start("Extracting", len(wanted))
    ready: dict[tuple[int, str], Any] = {}
    failures: dict[int, Failure] = {}
    with _workers(setup, processes) as workers:
        made = workers.map(("extract", key, samples[at]) for at, key in wanted)
        for (at, key), (value, failure) in zip(wanted, map(_raised, made), strict=True):
            ready[at, key] = value
            if failure is not None:
                failures[at] = failure
            progress.advance()
    progress.done()
    return Prints(samples, ready, tuple(failures[at] for at in sorted(failures)))


def compare_all(setup: Setup, prints: Prints, *, processes: int, progress: Progress = NO_PROGRESS) -> dict[str, SetScores]:
    """Compares every pair inside each set. A pair with a failed print has the score -inf and the lowest likelihood ratio
    seen."""
    fingers = protocol.finger_numbers(prints.samples)
    places = protocol.sets_of(prints.samples)
    tasks = [(name, rows) for name, members in places.items() for rows in _row_blocks(len(members))]
    progress.start("Comparing", sum(len(m) * (len(m) - 1) // 2 for m in places.values()))
    found: dict[str, list[np.ndarray]] = {name: [] for name in places}
    sets = {name: [prints.ready[int(at), setup.key(name)] for at in members] for name, members in places.items()}
    with _workers(setup, processes, sets) as workers:
        made = workers.map(("compare", name, rows.start, rows.stop) for name, rows in tasks)
        for (name, _), block in zip(tasks, map(_raised, made), strict=True):
            found[name].append(block)
            progress.advance(len(block))
    progress.done()
    scores = {}
    for name, members in places.items():
        first, second = (members[side] for side in np.triu_indices(len(members), 1))
        scores[name] = _set_scores(np.concatenate([*found[name], np.empty((0, 2))]), fingers, first, second)
    return scores


def compare_across(
    setup: Setup, prints: Prints, a: str, b: str, *, processes: int, progress: Progress = NO_PROGRESS
) -> SetScores:
    """Compares every print of set `a` with every print of set `b`, which one engine must have made: mates across sensors."""
    fingers = protocol.finger_numbers(prints.samples)
    places = protocol.sets_of(prints.samples)
    sets = {name: [prints.ready[int(at), setup.key(name)] for at in places[name]] for name in (a, b)}
    progress.start(f"Comparing {a} with {b}", len(places[a]) * len(places[b]))
    blocks = [np.empty((0, 2))]
    with _workers(setup, processes, sets) as workers:
        for block in map(_raised, workers.map(("across", a, b, row) for row in range(len(places[a])))):
            blocks.append(block)
            progress.advance(len(block))
    progress.done()
    first, second = np.repeat(places[a], len(places[b])), np.tile(places[b], len(places[a]))
    return _set_scores(np.concatenate(blocks), fingers, first, second)


def _set_scores(values: np.ndarray, fingers: np.ndarray, first: np.ndarray, second: np.ndarray) -> SetScores:
    """Makes scores of values (n, 2): score and log10 likelihood ratio; failed pairs get the lowest ratio seen."""
    llr = np.where(np.isneginf(values[:, 0]), np.nanmin(values[:, 1], initial=0.0), values[:, 1])
    return SetScores(Pairs(values[:, 0], fingers[first], fingers[second]), llr, first, second)


def _raised(reply: Any) -> Any:
    """Returns a reply; raises an error that a job did not expect."""
    if isinstance(reply, BiomatchError):
        raise reply
    return reply


def _row_blocks(count: int) -> Iterator[range]:
    """Yields rows of the upper triangle in order, about CHUNK pairs a block."""
    start = filled = 0
    for row in range(count):
        filled += count - 1 - row
        if filled >= CHUNK or row == count - 1:
            yield range(start, row + 1)
            start, filled = row + 1, 0


class _Here:
    """One process: this one."""

    def __init__(self, setup: Setup, sets: Sets):
        self._bench = _Bench(setup, sets)

    def map(self, jobs: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        return (_work(self._bench, *job) for job in jobs)

    def __enter__(self) -> _Here:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def _workers(setup: Setup, processes: int, sets: Sets | None = None) -> _Here | Pool[Any]:
    if processes == 1:
        return _Here(setup, sets or {})
    return Pool(partial(_Bench, setup, sets or {}), _work, processes=processes, caps=TRUSTED)


class _Bench:
    """The tools of a process: the prints by set, and engines, opened when they are first needed."""

    def __init__(self, setup: Setup, sets: Sets):
        one_thread()
        self.setup, self.sets = setup, sets
        self._engines: dict[str, Engine] = {}

    def engine(self, key: str) -> Engine:
        if key not in self._engines:
            self._engines[key] = self.setup.open(key)
        return self._engines[key]


def _work(bench: _Bench, function: Any, *arguments: Any) -> Any:
    """Does one job; found by its name, since what crosses to a process must be data."""
    jobs: dict[str, Callable[..., Any]] = {"extract": _extract, "compare": _compare, "across": _across}
    return jobs[function](bench, *arguments)


def one_thread() -> None:
    """Holds the libraries of this process to one thread each; the processes are what is spread."""
    import cv2
    import faiss

    one_thread_each()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)


def _extract(bench: _Bench, key: str, sample: Sample) -> tuple[Any, Failure | None]:
    try:
        return bench.engine(key).extract(sample), None
    except OSError as error:
        failed: BiomatchError = FileUnreadable(str(sample.path), error.strerror or "it cannot be read")
    except BiomatchError as error:
        failed = error.about(str(sample.path))
    return None, Failure(str(sample.path), sample.set, failed.code, failed.message)


def _compare(bench: _Bench, name: str, start: int, stop: int) -> np.ndarray:
    """Compares rows start..stop of the upper triangle of one set, each with all after it; (pairs, 2) float64."""
    engine, prints = bench.engine(bench.setup.key(name)), bench.sets[name]
    rows = [_row(engine, prints[row], prints[row + 1 :]) for row in range(start, stop)]
    return np.concatenate([np.empty((0, 2)), *rows])


def _across(bench: _Bench, a: str, b: str, row: int) -> np.ndarray:
    """Compares one print of set `a` with all of set `b`; (pairs, 2) float64."""
    return _row(bench.engine(bench.setup.key(a)), bench.sets[a][row], bench.sets[b])


def _row(engine: Engine, probe: Any, references: Sequence[Any]) -> np.ndarray:
    """Scores of one probe, those of failed prints -inf."""
    values = np.full((len(references), 2), (-np.inf, np.nan))
    usable = [at for at, one in enumerate(references) if one is not None]
    if probe is not None and usable:
        values[usable] = engine.compare(probe, [references[at] for at in usable])
    return values
