"""The place of a gallery in its log, and how it catches up: the log's records in batches of one kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from biomatch.gallery.interface import Appended, Entry, Tombstoned


@dataclass(frozen=True)
class Batch:
    """Records that follow each other in the log and are of one kind.

    sequence  of the last of them
    entries   enrolled
    removed   print ids; empty where entries are not
    """

    sequence: int
    entries: tuple[Entry, ...] = ()
    removed: tuple[str, ...] = ()


def batches(records: Iterable[Appended | Tombstoned], most: int = 256) -> Iterator[Batch]:
    """Joins records, at most so many a batch, in the log's order."""
    entries: list[Entry] = []
    removed: list[str] = []
    sequence = 0
    for record in records:
        wants_entry = isinstance(record, Appended)
        if (removed if wants_entry else entries) or len(entries) + len(removed) >= most:
            yield Batch(sequence, tuple(entries), tuple(removed))
            entries, removed = [], []
        if isinstance(record, Appended):
            entries.append(record.entry)
        else:
            removed.append(record.print_id)
        sequence = record.sequence
    if entries or removed:
        yield Batch(sequence, tuple(entries), tuple(removed))
