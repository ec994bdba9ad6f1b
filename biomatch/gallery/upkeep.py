"""Upkeep of a gallery's caches: they follow the log, segments are merged, and what was removed is rewritten away."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import takewhile
from pathlib import Path

import numpy as np

from biomatch.errors import BiomatchError, DiskFull, PrintExists, StoreFailed
from biomatch.gallery.caches import building, kept_models
from biomatch.gallery.caches.building import Builder
from biomatch.gallery.caches.caches import NOTHING, Addition, Caches, State
from biomatch.gallery.caches.checking import differences
from biomatch.gallery.caches.files import Files
from biomatch.gallery.caches.indexing import Indexing
from biomatch.gallery.caches.sequence import batches
from biomatch.gallery.caches.snapshot import NEXT
from biomatch.gallery.caches.vectors import described_each
from biomatch.gallery.engine import Former
from biomatch.gallery.erasure import SETTLED_S, Settler
from biomatch.gallery.interface import Appended, Entry, TemplateLog, Tombstoned
from biomatch.index import Segment
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.sealing import CLEAR, Sealing
from biomatch.words import counted

_log = logging.getLogger(__name__)


class Upkeep:
    """The caches of one gallery, and all that happens to them beside searches.

    log        the truth
    folder     of the caches; None: they live as long as the process
    indexing   how caches are made
    former     what made those in the folder, if they are to serve until others are built: in the background, by half of the
               threads
    threads    that build caches which lack much of the log; None: one a core
    sealing    how caches are written
    settled_s  within which nothing of a removed print is left on the disk, where caches are sealed

    `writing` is held by whoever changes the caches; it is taken after the lock of what merges and rewrites them.
    """

    def __init__(
        self,
        log: TemplateLog,
        folder: Path | None,
        indexing: Indexing,
        former: Former | None = None,
        *,
        threads: int | None = None,
        sealing: Sealing = CLEAR,
        settled_s: float = SETTLED_S,
    ):
        self._log, self._indexing, self._sealing = log, indexing, sealing
        self._files = None if folder is None else Files(folder, sealing)
        self._threads = threads or os.cpu_count() or 1
        self.caches = self._open_former(former) if former else self._open_caches()
        if self._files is not None and not self.are_former and self._files.has(NEXT):  # nobody goes on with it
            self._files.forget(NEXT)
        self.writing = threading.Lock()
        self.build_seconds: dict[str, float] = {}
        self._maintaining = threading.Lock()
        self._settler = Settler(self.settle, settled_s)
        self._merger: threading.Thread | None = None
        self._successor: Caches | None = None  # that is being built
        self._builder: threading.Thread | None = None
        self._stopping = threading.Event()  # of what builds it
        self._closed = False

    @property
    def state(self) -> State:
        """The gallery at this moment, as a search reads it."""
        return self.caches.state

    @property
    def are_former(self) -> bool:
        """True where another engine than the present one made the caches that serve."""
        return self.caches.indexing is not self._indexing

    @property
    def built(self) -> int | None:
        """The record of the log up to which their successors are built and saved; None: none are being built."""
        successor = self._successor
        return None if successor is None else successor.state.sequence

    def keep_models(self, folder: Path, models: Models) -> None:
        """Keeps the models beside the caches: without them a process with other models would build new caches before it
        serves."""
        try:
            name = kept_models.keep(folder, models)
        except OSError as error:
            self.caches.fault = f"the models could not be kept beside the caches: {error}"
            return
        if not self.are_former:
            kept_models.tidy(folder, name)

    def catch_up(self, progress: Progress = NO_PROGRESS) -> None:
        """Takes in what the log has and the caches lack. The caller holds `writing`, or is alone."""
        self._catch_up(self.caches, progress)

    def replay(self) -> None:
        """Takes the log's new records print by print: what was just written is found on return. The caller holds `writing`."""
        if self._replay(self.caches, self._log.replay(self.state.sequence), NO_PROGRESS):
            self.merge_soon()

    def refuse_taken(self, entries: Sequence[Entry]) -> None:
        """Refuses an id that a print has, or that comes twice. Raises PrintExists."""
        seen: set[str] = set()
        for entry in entries:
            if entry.print_id in seen or entry.print_id in self.state.catalogue:
                raise PrintExists(entry.print_id)
            seen.add(entry.print_id)

    def stage(self, entries: Sequence[Entry], vectors: Sequence[np.ndarray]) -> Addition:
        """Writes what `Caches.add` makes visible. Raises DiskFull, StoreFailed."""
        with _writing_caches():
            return self.caches.stage(entries, vectors)

    def grow(self) -> None:
        """Seals a full delta, and merges segments in the background where there are many. The caller holds `writing`."""
        if self._grow(self.caches):
            self.merge_soon()

    def succeed_soon(self) -> None:
        """Builds the successors of former caches in the background, which then serve in their place."""
        if self.are_former:
            self._builder = threading.Thread(target=self._succeed, name="biomatch-build", daemon=True)
            self._builder.start()

    def settle_soon(self) -> None:
        """Wakes the settler: something was removed."""
        if self._sealing.seals:
            self._settler.wake()

    def merge_soon(self) -> None:
        """Merges segments in the background, when they are many."""
        if self.state.index.due() and not (self._merger and self._merger.is_alive()):
            self._merger = threading.Thread(target=self._merge, name="biomatch-merge", daemon=True)
            self._merger.start()

    def settle(self) -> bool:
        """Rewrites what on the disk still holds something of a removed print; searches and writes go on.

        Of the caches, the segments that hold its vectors, and the snapshot. What successors that are being built hold of it
        goes when they serve. False: somebody reads the log as it was, and it is to be tried again.

        Raises DiskFull, StoreFailed.
        """
        with self._maintaining, _writing_caches():
            for segment in self.state.index.segments:
                self._rewrite((segment,))
            with self.writing:
                self.caches.save()
        return self._log.settle()

    def compact(self) -> None:
        """Merges the index's segments and rewrites the caches without removed prints. Searches and writes go on.

        Then the log, where writes may have to wait.
        """
        with self._maintaining, _writing_caches():
            with self.writing:
                self.caches.seal()
            for some in self.state.index.groups():
                self._rewrite(some)
            arena = self.caches.begin_compaction()
            with self.writing:
                self.caches.end_compaction(arena)
                self.caches.save()
        self._log.settle(thoroughly=True)

    def check(self) -> list[str]:
        """Lists in words where the caches differ from the log; searches and, but for the end, writes go on.

        A first look may see a print come or go. What it finds is looked at again while writes wait.
        """
        found = []
        for lock in (nullcontext(), self.writing):
            with lock:
                caches = self.caches
                state = caches.state
                behind = self._log.head - state.sequence
                records = (record for record in self._log.replay() if record.sequence <= state.sequence)
                found = [
                    f"print {name} {words}" if name else words
                    for name, words in differences(state, records, caches.indexing.describer)
                ]
            if not found and not behind:
                return []
        return found + ([f"the caches lack {counted(behind, 'record')} of the log"] if behind else [])

    @contextmanager
    def renewing(self, progress: Progress = NO_PROGRESS) -> Iterator[None]:
        """Makes the caches anew from the log, which is changed within. Where that raises, nothing has changed.

        Searches go on in the old ones until the new ones are there; writes wait.
        """
        self._stop_building()
        with self._maintaining, self.writing:
            yield
            if self._files is not None:
                self._files.forget(NEXT)
            fresh = self._open_caches(trusted=False)
            self._catch_up(fresh, progress)
            fresh.save()
            old, self.caches = self.caches, fresh
            old.close()
        self.merge_soon()

    def info(self) -> dict[str, object]:
        """Returns the sizes of log and caches, and how far the successor is."""
        state = self.state
        return {
            "prints": state.prints,
            "persons": state.catalogue.persons,
            "sequence": state.sequence,
            "segments": [len(segment) for segment in state.index.segments],
            "delta": state.index.delta_vectors,
            "removed_not_compacted": state.removed,
            "arena_bytes": self.caches.bytes_used,
            "cache_fault": self.caches.fault,
            "build_seconds": {name: round(seconds, 2) for name, seconds in self.build_seconds.items()},
            "successor": None if self.built is None else {"built": self.built, "of": self._log.head},
        }

    def close(self) -> None:
        """Saves the caches, without what was removed."""
        self._settler.close()
        self._stop_building()
        with self._maintaining, self.writing:
            if not self._closed:
                self._closed = True
                self.caches.save()
                self.caches.close()

    def _open_caches(self, *, trusted: bool = True) -> Caches:
        """Opens the folder's caches where they are trusted; else makes empty ones in their place."""
        return Caches(self._files, self._indexing, self._log.head if trusted else NOTHING, self._sealing)

    def _open_former(self, former: Former) -> Caches:
        """Opens the folder's former caches; where they are damaged, makes empty ones of the present engine."""
        caches = Caches(self._files, former.engine.indexing, self._log.head, self._sealing, versions=former.versions)
        if caches.fault is None:
            return caches
        caches.close()
        return self._open_caches()

    def _succeed(self) -> None:
        """Builds the successors. A kill, or the end of the process, leaves what was built so far to the next opening."""
        try:
            fresh = Caches(self._files, self._indexing, self._log.head, self._sealing, place=NEXT)
            self._successor = fresh
            _log.info("a new index is being built; the one before serves meanwhile")
            while self._log.head - fresh.state.sequence >= building.PARAMS.fewest and not self._stopping.is_set():
                self._catch_up(fresh, NO_PROGRESS, max(1, self._threads // 2))
            with self._maintaining, self.writing:
                if self._stopping.is_set():
                    fresh.close()
                    return
                self._catch_up(fresh, NO_PROGRESS)
                fresh.save()
                if fresh.fault:
                    raise OSError(fresh.fault)
                fresh.take_over()
                old, self.caches = self.caches, fresh
                old.close()
            _log.info("the new index serves")
        except (OSError, BiomatchError) as error:
            self.caches.fault = f"the new index could not be built, and the one before serves: {error}"
            if self._successor not in (None, self.caches):
                self._successor.close()
            code = error.code if isinstance(error, BiomatchError) else "store-failed"
            _log.warning("the new index could not be built, and the one before serves", extra={"code": code})
            return
        finally:
            self._successor = None
        self.merge_soon()
        if self.state.index.dead.any():  # who was removed meanwhile
            self.settle_soon()

    def _stop_building(self) -> None:
        """Stops the building. What was built so far stays in the folder."""
        if self._builder is not None:
            self._stopping.set()
            self._builder.join()
            self._stopping.clear()

    def _catch_up(self, caches: Caches, progress: Progress, threads: int | None = None) -> None:
        behind = self._log.head - caches.state.sequence
        if behind == 0:
            return
        progress.start("Building the index", behind)
        records = self._log.replay(caches.state.sequence)
        if behind >= building.PARAMS.fewest:
            self._build(caches, records, behind, progress, threads or self._threads)
        else:
            self._replay(caches, records, progress)
        caches.save()
        progress.done()

    def _build(
        self, caches: Caches, records: Iterable[Appended | Tombstoned], count: int, progress: Progress, threads: int
    ) -> None:
        builder = Builder(caches, count, threads)
        with _writing_caches():
            builder.take(takewhile(lambda _: not self._stopping.is_set(), records), progress)
        self.build_seconds = builder.seconds

    def _replay(self, caches: Caches, records: Iterable[Appended | Tombstoned], progress: Progress) -> bool:
        """Puts records into the caches; tells whether a delta was sealed."""
        grown = False
        for batch in batches(records):
            if batch.entries:
                vectors = described_each([entry.template for entry in batch.entries], caches.indexing.describer)
                with _writing_caches():
                    caches.add(caches.stage(batch.entries, vectors), batch.sequence)
                grown |= self._grow(caches)
            else:
                caches.remove(batch.removed, batch.sequence)
            progress.advance(len(batch.entries) + len(batch.removed))
        return grown

    def _grow(self, caches: Caches) -> bool:
        """Seals a full delta; whether it did."""
        if not caches.state.index.wants_sealing:
            return False
        caches.seal(caches.state.index.params.seal_vectors)
        caches.save_some()
        return True

    def _rewrite(self, segments: Sequence[Segment]) -> None:
        """Rewrites segments as one, without removed prints; does nothing where one segment has none of them."""
        if len(segments) == 1 and segments[0].alive(self.state.index.dead).all():
            return
        merged = self.caches.merge(segments)
        with self.writing:
            self.caches.put_merged(segments, merged)

    def _merge(self) -> None:
        with self._maintaining:
            while not self._closed and (due := self.state.index.due()):
                try:
                    merged = self.caches.merge(due)
                except OSError as error:
                    self.caches.fault = f"the index could not be merged: {error}"
                    return
                with self.writing:
                    self.caches.put_merged(due, merged)
                    self.caches.save_some()


@contextmanager
def _writing_caches() -> Iterator[None]:
    """Turns failures of the disk under the caches into errors that say what to do. Raises DiskFull, StoreFailed."""
    try:
        yield
    except OSError as error:
        place = str(error.filename or "the caches")
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(place) from error
        raise StoreFailed(place, error.strerror or str(error)) from error
