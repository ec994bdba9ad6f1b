"""A TemplateLog that lives as long as its process: for tests, measurements and galleries that need not last."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from biomatch.errors import PrintExists, PrintNotFound
from biomatch.gallery.interface import Appended, Entry, Tombstoned


class MemoryLog:
    """Records in a list. Safe from many threads."""

    def __init__(self) -> None:
        self._records: list[Appended | Tombstoned] = []
        self._alive: set[str] = set()
        self._lock = threading.Lock()

    @property
    def head(self) -> int:
        return len(self._records)

    def append(self, entries: Sequence[Entry]) -> int:
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

    def tombstone(self, print_ids: Sequence[str]) -> int:
        with self._lock:
            for print_id in print_ids:
                if print_id not in self._alive:
                    raise PrintNotFound(print_id)
            for print_id in dict.fromkeys(print_ids):
                self._records.append(Tombstoned(self.head + 1, print_id))
                self._alive.discard(print_id)
            return self.head

    def replay(self, after: int = 0) -> Iterator[Appended | Tombstoned]:
        yield from self._records[after : self.head]
