"""Upkeep of a gallery's caches: they follow the log, segments are merged, and what was removed is rewritten away."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from biomatch.descriptors import Describer
from biomatch.errors import DiskFull, StoreFailed
from biomatch.gallery.caches import building
from biomatch.gallery.caches.building import Builder
from biomatch.gallery.caches.caches import NOTHING, Addition, Caches, State
from biomatch.gallery.caches.checking import differences
from biomatch.gallery.caches.sequence import batches
from biomatch.gallery.caches.vectors import described_each
from biomatch.gallery.erasure import SETTLED_S, Settler
from biomatch.gallery.interface import Appended, Entry, TemplateLog, Tombstoned
from biomatch.index import Codebooks, Segment
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.sealing import CLEAR, Sealing
from biomatch.words import counted


class Upkeep:
    """The caches of one gallery, and all that happens to them beside searches.

    log        the truth
    folder     of the caches; None: they live as long as the process
    threads    that build caches which lack much of the log; None: one a core
    sealing    how caches are written
    settled_s  within which nothing of a removed print is left on the disk, where caches are sealed

    `writing` is held by whoever changes the caches; it is taken after the lock of what merges and rewrites them.
    """

    def __init__(
        self,
        log: TemplateLog,
        folder: Path | None,
        codebooks: Codebooks,
        describer: Describer,
        *,
        threads: int | None = None,
        sealing: Sealing = CLEAR,
        settled_s: float = SETTLED_S,
    ):
        self._log, self._folder, self._codebooks, self._describer = log, folder, codebooks, describer
        self._sealing = sealing
        self._threads = threads or os.cpu_count() or 1
        self.caches = self._open_caches()
        self.writing = threading.Lock()
        self.build_seconds: dict[str, float] = {}
        self._maintaining = threading.Lock()
        self._settler = Settler(self.settle, settled_s)
        self._merger: threading.Thread | None = None
        self._closed = False

    @property
    def state(self) -> State:
        """What a search reads: the gallery at this moment."""
        return self.caches.state

    def catch_up(self, progress: Progress = NO_PROGRESS) -> None:
        """Takes in what the log has and the caches lack. The caller holds `writing`, or is alone."""
        self._catch_up(self.caches, progress)

    def replay(self) -> None:
        """The same print by print: what was just written is found on return. The caller holds `writing`."""
        if self._replay(self.caches, self._log.replay(self.state.sequence), NO_PROGRESS):
            self.merge_soon()

    def stage(self, entries: Sequence[Entry], vectors: Sequence[np.ndarray]) -> Addition:
        """Writes what `Caches.add` makes visible. Raises DiskFull, StoreFailed."""
        with _writing_caches():
            return self.caches.stage(entries, vectors)

    def grow(self) -> None:
        """Seals a full delta, and merges segments in the background where there are many. The caller holds `writing`."""
        if self._grow(self.caches):
            self.merge_soon()

    def settle_soon(self) -> None:
        """Something was removed."""
        if self._sealing.seals:
            self._settler.wake()

    def merge_soon(self) -> None:
        """In the background, when segments are many."""
        if self.state.index.due() and not (self._merger and self._merger.is_alive()):
            self._merger = threading.Thread(target=self._merge, name="biomatch-merge", daemon=True)
            self._merger.start()

    def settle(self) -> bool:
        """Rewrites what on the disk still holds something of a removed print; searches and writes go on.

        Of the caches, the segments that hold its vectors, and the snapshot. False: somebody reads the log as it was, and it is
        to be tried again. Raises DiskFull, StoreFailed.
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
        """What the caches hold otherwise than the log says, in words; searches and, but for the end, writes go on.

        A first look may see a print come or go. What it finds is looked at again while writes wait.
        """
        found = []
        for lock in (nullcontext(), self.writing):
            with lock:
                state = self.state
                behind = self._log.head - state.sequence
                records = (record for record in self._log.replay() if record.sequence <= state.sequence)
                found = [
                    f"print {name} {words}" if name else words for name, words in differences(state, records, self._describer)
                ]
            if not found and not behind:
                return []
        return found + ([f"the caches lack {counted(behind, 'record')} of the log"] if behind else [])

    @contextmanager
    def renewing(self, progress: Progress = NO_PROGRESS) -> Iterator[None]:
        """Makes the caches anew from the log, which is changed within. Where that raises, nothing has changed.

        Searches go on in the old ones until the new ones are there; writes wait.
        """
        with self._maintaining, self.writing:
            yield
            fresh = self._open_caches(trusted=False)
            self._catch_up(fresh, progress)
            fresh.save()
            old, self.caches = self.caches, fresh
            old.close()
        self.merge_soon()

    def close(self) -> None:
        """Saves the caches, without what was removed."""
        self._settler.close()
        with self._maintaining, self.writing:
            if not self._closed:
                self._closed = True
                self.caches.save()
                self.caches.close()

    def _open_caches(self, *, trusted: bool = True) -> Caches:
        """Those of the folder, where they are trusted; else empty ones in their place."""
        versions = {"describer": self._describer.version}
        return Caches(self._folder, self._codebooks, versions, self._log.head if trusted else NOTHING, self._sealing)

    def _catch_up(self, caches: Caches, progress: Progress) -> None:
        behind = self._log.head - caches.state.sequence
        if behind == 0:
            return
        progress.start("Building the index", behind)
        records = self._log.replay(caches.state.sequence)
        if behind >= building.PARAMS.fewest:
            self._build(caches, records, behind, progress)
        else:
            self._replay(caches, records, progress)
        caches.save()
        progress.done()

    def _build(self, caches: Caches, records: Iterable[Appended | Tombstoned], count: int, progress: Progress) -> None:
        builder = Builder(caches, self._describer, count, self._threads)
        with _writing_caches():
            builder.take(records, progress)
        self.build_seconds = builder.seconds

    def _replay(self, caches: Caches, records: Iterable[Appended | Tombstoned], progress: Progress) -> bool:
        """Whether a delta was sealed."""
        grown = False
        for batch in batches(records):
            if batch.entries:
                vectors = described_each([entry.template for entry in batch.entries], self._describer)
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
        caches.seal()
        caches.save_some()
        return True

    def _rewrite(self, segments: Sequence[Segment]) -> None:
        """One segment in the place of several, without removed prints; nothing where one has none of them."""
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
    """Failures of the disk under the caches, as errors that say what to do. Raises DiskFull, StoreFailed."""
    try:
        yield
    except OSError as error:
        place = str(error.filename or "the caches")
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(place) from error
        raise StoreFailed(place, error.strerror or str(error)) from error
