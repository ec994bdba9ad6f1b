"""Template logs that live as long as their process: for tests, measurements and galleries that need not last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence, Set

from biomatch.errors import PrintExists, PrintNotFound
from biomatch.gallery.interface import Appended, Entry, Tombstoned, Work


class MemoryLog:
    """Records in a list. Safe from many threads. There is no transaction: `work` is left out."""

    def __init__(self) -> None:
        self._records: list[Appended | Tombstoned] = []
        self._alive: set[str] = set()
        self._lock = threading.Lock()

    @property
    def head(self) -> int:
        return len(self._records)

    def append(self, entries: Sequence[Entry], work: Work = None) -> int:
        with self._lock:
            seen: set[str] = set()
            for entry in entries:
                if entry.print_id in self._alive or entry.print_id in seen:
                    raise PrintExists(entry.print_id)
                seen.add(entry.print_id)
            for entry in entries:
                self._records.append(Appended(self.head + 1, entry))
            self._alive |= seen
            return self.head

    def tombstone(self, print_ids: Sequence[str], work: Work = None) -> int:
        with self._lock:
            for print_id in print_ids:
                if print_id not in self._alive:
                    raise PrintNotFound(print_id)
            for print_id in dict.fromkeys(print_ids):
                self._records.append(Tombstoned(self.head + 1, print_id))
                self._alive.discard(print_id)
            return self.head

    def change(self, entries: Sequence[Entry], gone: Sequence[str] = (), work: Work = None) -> int:
        with self._lock:
            for print_id in gone:
                if print_id not in self._alive:
                    raise PrintNotFound(print_id)
            self._records += _changed(self.head, entries, gone, self._alive)
            self._alive = (self._alive - set(gone)) | {entry.print_id for entry in entries}
            return self.head

    def replay(self, after: int = 0) -> Iterator[Appended | Tombstoned]:
        yield from self._records[after : self.head]

    def settle(self, *, thoroughly: bool = False) -> bool:
        return True


class GeneratedLog:
    """A log that begins with entries which can be made again at any time, and so need not be kept: a synthetic gallery.

    make   make(first, count): entries number `first` to `first + count - 1`, always the same
    count  of them. What is appended or removed later is kept in memory.
    """

    def __init__(self, make: Callable[[int, int], Sequence[Entry]], count: int, at_once: int = 512):
        self._make = make
        self._count = count
        self._at_once = at_once
        self._later: list[Appended | Tombstoned] = []
        self._lock = threading.Lock()

    @property
    def head(self) -> int:
        return self._count + len(self._later)

    def append(self, entries: Sequence[Entry], work: Work = None) -> int:
        """Appends entries; the gallery has refused ids that are taken."""
        with self._lock:
            for entry in entries:
                self._later.append(Appended(self.head + 1, entry))
            return self.head

    def tombstone(self, print_ids: Sequence[str], work: Work = None) -> int:
        """Marks prints as removed; the gallery has refused ids that it does not hold."""
        with self._lock:
            for print_id in dict.fromkeys(print_ids):
                self._later.append(Tombstoned(self.head + 1, print_id))
            return self.head

    def change(self, entries: Sequence[Entry], gone: Sequence[str] = (), work: Work = None) -> int:
        """Changes prints; all entries are there already."""
        with self._lock:
            self._later += _changed(self.head, entries, gone, {entry.print_id for entry in entries})
            return self.head

    def replay(self, after: int = 0) -> Iterator[Appended | Tombstoned]:
        for first in range(after, self._count, self._at_once):
            made = self._make(first, min(self._at_once, self._count - first))
            yield from (Appended(sequence, entry) for sequence, entry in enumerate(made, first + 1))
        yield from self._later[max(0, after - self._count) : self.head - self._count]

    def settle(self, *, thoroughly: bool = False) -> bool:
        return True


def _changed(head: int, entries: Sequence[Entry], gone: Sequence[str], there: Set[str]) -> list[Appended | Tombstoned]:
    """Makes the records of a change."""
    removed = [*gone, *(entry.print_id for entry in entries if entry.print_id in there or not entry.active)]
    appended = [entry for entry in entries if entry.active]
    return [
        *(Tombstoned(number, print_id) for number, print_id in enumerate(removed, head + 1)),
        *(Appended(number, entry) for number, entry in enumerate(appended, head + len(removed) + 1)),
    ]
