"""Extracts every print, compares every pair, searches every probe. Spread over processes; the results do not depend on how many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

import numpy as np

from biomatch.errors import BiomatchError
from biomatch.evaluation import protocol
from biomatch.evaluation.engine import Engine, Setup
from biomatch.evaluation.intervals import Pairs
from biomatch.evaluation.protocol import Sample
from biomatch.observe import NO_PROGRESS, Progress

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
    """What extraction made of the samples: one value each, None where it failed.

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
    with _Workers(processes, setup) as workers:
        for (at, key), (value, failure) in zip(
            wanted, workers.map(_extract, [(key, samples[at]) for at, key in wanted], chunk=8), strict=True
        ):
            ready[at, key] = value
            if failure is not None:
                failures[at] = failure
            progress.advance()
    progress.done()
    return Prints(samples, ready, tuple(failures[at] for at in sorted(failures)))


def compare_all(setup: Setup, prints: Prints, *, processes: int, progress: Progress = NO_PROGRESS) -> dict[str, SetScores]:
    """Every pair inside each set. A pair with a failed print has the score -inf and the lowest likelihood ratio seen."""
    fingers = protocol.finger_numbers(prints.samples)
    places = protocol.sets_of(prints.samples)
    tasks = [(name, rows) for name, members in places.items() for rows in _row_blocks(len(members))]
    progress.start("Comparing", sum(len(m) * (len(m) - 1) // 2 for m in places.values()))
    found: dict[str, list[np.ndarray]] = {name: [] for name in places}
    sets = {name: [prints.ready[int(at), setup.key(name)] for at in members] for name, members in places.items()}
    with _Workers(processes, setup, sets) as workers:
        for (name, _), block in zip(tasks, workers.map(_compare, tasks), strict=True):
            found[name].append(block)
            progress.advance(len(block))
    progress.done()
    scores = {}
    for name, members in places.items():
        first, second = (members[side] for side in np.triu_indices(len(members), 1))
        values = np.concatenate([*found[name], np.empty((0, 2))])
        llr = np.where(np.isneginf(values[:, 0]), np.nanmin(values[:, 1], initial=0.0), values[:, 1])
        scores[name] = SetScores(Pairs(values[:, 0], fingers[first], fingers[second]), llr, first, second)
    return scores


def _row_blocks(count: int) -> Iterator[range]:
    """Rows of the upper triangle in order, about CHUNK pairs a block."""
    start = filled = 0
    for row in range(count):
        filled += count - 1 - row
        if filled >= CHUNK or row == count - 1:
            yield range(start, row + 1)
            start, filled = row + 1, 0


class _Workers:
    """A pool of processes (none for one), each with its own engines."""

    def __init__(self, processes: int, setup: Setup, sets: dict[str, list[Any]] | None = None):
        self._pool = None
        if processes > 1:
            self._pool = ProcessPoolExecutor(processes, get_context("spawn"), _start, (setup, sets))
        else:
            _start(setup, sets)

    def map(self, function: Callable[[Any], Any], tasks: Sequence[Any], chunk: int = 1) -> Iterator[Any]:
        return map(function, tasks) if self._pool is None else self._pool.map(function, tasks, chunksize=chunk)

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


_setup: Setup
_sets: dict[str, list[Any]]
_engines: dict[str, Engine]


def _start(setup: Setup, sets: dict[str, list[Any]] | None) -> None:
    global _setup, _sets, _engines
    one_thread()
    _setup, _sets, _engines = setup, sets or {}, {}


def one_thread() -> None:
    """Holds the libraries of this process to one thread each; the processes are what is spread."""
    import cv2
    import faiss

    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)


def _engine(key: str) -> Engine:
    if key not in _engines:
        _engines[key] = _setup.open(key)
    return _engines[key]


def _extract(task: tuple[str, Sample]) -> tuple[Any, Failure | None]:
    key, sample = task
    try:
        return _engine(key).extract(sample), None
    except (BiomatchError, OSError) as error:
        code = error.code if isinstance(error, BiomatchError) else "unreadable-file"
        return None, Failure(str(sample.path), sample.set, code, str(error))


def _compare(task: tuple[str, range]) -> np.ndarray:
    name, rows = task
    engine, prints = _engine(_setup.key(name)), _sets[name]
    blocks = [np.empty((0, 2))]
    for row in rows:
        values = np.full((len(prints) - 1 - row, 2), (-np.inf, np.nan))
        usable = [at for at in range(row + 1, len(prints)) if prints[at] is not None]
        if prints[row] is not None and usable:
            values[np.array(usable) - row - 1] = engine.compare(prints[row], [prints[at] for at in usable])
        blocks.append(values)
    return np.concatenate(blocks)
