"""The log in batches of one kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from biomatch.gallery.caches.sequence import Batch, batches
from biomatch.gallery.interface import Appended, Entry, Tombstoned

Entries = Callable[..., Entry]


@pytest.mark.parametrize("most", [1, 2, 100])
def test_batches_joined_are_the_log(entry: Entries, most: int) -> None:
    records: list[Appended | Tombstoned] = []
    for number in range(1, 20):
        removed = number % 5 in (0, 1) and number > 4
        records.append(Tombstoned(number, f"p{number - 4}") if removed else Appended(number, entry(number)))
    found = list(batches(records, most))
    again: list[str] = []
    for batch in found:
        assert bool(batch.entries) != bool(batch.removed)
        assert len(batch.entries) + len(batch.removed) <= most
        again += [e.print_id for e in batch.entries] + [f"-{name}" for name in batch.removed]
    assert again == [r.entry.print_id if isinstance(r, Appended) else f"-{r.print_id}" for r in records]
    assert found[-1].sequence == 19
    assert [b.sequence for b in found] == sorted(b.sequence for b in found)


def test_an_empty_log_has_no_batches() -> None:
    assert list(batches([])) == []


def test_a_batch_ends_where_the_kind_changes(entry: Entries) -> None:
    one = entry(1)
    assert list(batches([Appended(4, one), Tombstoned(7, "p1"), Tombstoned(8, "p0")])) == [
        Batch(4, entries=(one,)),
        Batch(8, removed=("p1", "p0")),
    ]
