"""Many log records into the caches at once: described and encoded by several threads, put into segments of their own size.

What enrolling one by one would seal and merge again and again is written twice: once in a segment of a part of the records,
with which a build that was interrupted goes on, and once in the segment of all, or in those that are full.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from biomatch.descriptors import DIMENSIONS
from biomatch.gallery.caches.caches import Caches
from biomatch.gallery.caches.sequence import Batch, batches
from biomatch.gallery.caches.vectors import described_each
from biomatch.gallery.interface import Appended, Tombstoned
from biomatch.gallery.stopwatch import Stopwatch
from biomatch.index.index import Index
from biomatch.index.segment import Contents, assigned, fitting
from biomatch.observe import Progress


@dataclass(frozen=True)
class BuildParams:
    fewest: int = 5_000  # records behind at which this way is taken: the other one is through them in five seconds
    at_once: int = 512  # records that a thread describes: a third of a second
    part: int = 2_000_000  # vectors of a segment on the way, about 48,000 prints: as much is done again after a kill
    share: float = 0.04  # of the vectors that are there, if that is more: a snapshot of a large gallery is large
    most: int = 8_000_000  # at most: they are held in memory several times over, 2 GB


PARAMS = BuildParams()


@dataclass(frozen=True, eq=False)
class _Described:
    """A batch of records, with its descriptors as the index takes them.

    vectors  of each entry, (n, 64) int8
    chosen   of each entry, which of its minutiae are indexed
    lists    (N,) int32, codes (N, 32) uint8: of those, one entry after the other
    seconds  that it took one thread
    """

    batch: Batch
    vectors: list[np.ndarray]
    chosen: list[np.ndarray]
    lists: np.ndarray
    codes: np.ndarray
    seconds: dict[str, float]


class Builder:
    """Takes records into caches that nobody searches yet."""

    def __init__(self, caches: Caches, expected: int, threads: int, params: BuildParams = PARAMS):
        """Takes `expected`: how many prints are to come."""
        self._caches = caches
        self._describer = caches.indexing.describer
        self._threads = threads
        self._params = params
        index = caches.state.index
        self._size = caches.codebooks.size_for(len(index) + expected * index.params.fewest)
        self._waiting: list[Contents] = []
        self._removed: list[int] = []
        self._watch = Stopwatch(time.thread_time)

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of thread time, by stage."""
        return self._watch.seconds

    def take(self, records: Iterable[Appended | Tombstoned], progress: Progress) -> None:
        """Takes all records; saves from time to time. Raises OSError; the next call goes on from the last save."""
        sequence = self._caches.state.sequence
        with ThreadPoolExecutor(self._threads) as pool:
            for found in _ahead(pool, self._describe, self._timed(batches(records, self._params.at_once)), 2 * self._threads):
                for name, seconds in found.seconds.items():
                    self._watch.add(name, seconds)
                with self._watch.stage("arena"):
                    self._put(found)
                sequence = found.batch.sequence
                if sum(len(part.ids) for part in self._waiting) >= self._part:
                    self._flush(sequence)
                    self._merge(self._caches.state.index.params.full)
                progress.advance(len(found.batch.entries) + len(found.batch.removed))
        self._flush(sequence)
        self._merge(0)

    def _describe(self, batch: Batch) -> _Described:
        start = time.thread_time()
        vectors = described_each([entry.template for entry in batch.entries], self._describer)
        middle = time.thread_time()
        index = self._caches.state.index
        chosen = [index.strongest(e.template.minutiae, v) for e, v in zip(batch.entries, vectors, strict=True)]
        some = np.concatenate([np.zeros((0, DIMENSIONS), np.int8), *(v[w] for v, w in zip(vectors, chosen, strict=True))])
        lists, codes = assigned(some, self._caches.codebooks, self._size)
        seconds = {"describe": middle - start, "assign and encode": time.thread_time() - middle}
        return _Described(batch, vectors, chosen, lists, codes, seconds)

    def _put(self, found: _Described) -> None:
        """Puts a batch into arena and catalogue; what the index is to hold waits."""
        if found.batch.entries:
            addition = self._caches.stage(found.batch.entries, found.vectors)
            prints = self._caches.take(addition)
            ids = Index.ids_of(prints, found.chosen)
            units = np.repeat([one.unit for one in prints], [len(which) for which in found.chosen])
            for unit in np.unique(units).tolist():
                self._waiting.append(Contents(ids, found.codes, found.lists, self._size, unit)[units == unit])
        self._removed += self._caches.forget(found.batch.removed)

    def _flush(self, sequence: int) -> None:
        if sequence == self._caches.state.sequence:
            return
        with self._watch.stage("segments"):
            self._caches.put_segments(self._segments(), self._removed, sequence)
            self._waiting, self._removed = [], []
            self._caches.save()

    def _segments(self) -> list[Contents]:
        """Joins what waits, by unit. Prints of one unit alone take the lists that suit all that are to come; where there are
        several, each takes those that suit what it holds: few are merged with further ones."""
        units = dict.fromkeys(part.unit for part in self._waiting)
        joined = [_joined([part for part in self._waiting if part.unit == unit]) for unit in units]
        if len(units) < 2:
            return joined
        return [fitting(one, self._caches.codebooks) for one in joined]

    @property
    def _part(self) -> int:
        """Vectors after which a segment is written."""
        share = round(self._params.share * len(self._caches.state.index))
        return min(max(self._params.part, share), self._params.most)

    def _merge(self, least: int) -> None:
        """Merges the segments that are due, if they hold at least so many vectors."""
        due = self._caches.state.index.due()
        if not due or sum(map(len, due)) < least:
            return
        with self._watch.stage("merge"):
            self._caches.put_merged(due, self._caches.merge(due))
            self._caches.save()

    def _timed(self, found: Iterator[Batch]) -> Iterator[Batch]:
        """Yields the same batches, and times the reading of the log as a stage."""
        while True:
            with self._watch.stage("log"):
                batch = next(found, None)
            if batch is None:
                return
            yield batch


def _joined(parts: Sequence[Contents]) -> Contents:
    ids, codes, lists = (np.concatenate([getattr(part, name) for part in parts]) for name in ("ids", "codes", "lists"))
    return Contents(ids, codes, lists, parts[0].size, parts[0].unit)


def _ahead(
    pool: ThreadPoolExecutor, work: Callable[[Batch], _Described], items: Iterator[Batch], most: int
) -> Iterator[_Described]:
    """Calls work(item) on each item, in order; the pool works on so many at a time."""
    waiting: deque[Future[_Described]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
