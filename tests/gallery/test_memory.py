"""The log in memory keeps a TemplateLog's promises."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from biomatch.errors import PrintExists, PrintNotFound
from biomatch.gallery import MemoryLog
from biomatch.gallery.interface import Appended, Entry, Tombstoned


def test_records_are_numbered_by_one_and_replayed_in_order(entry: Callable[..., Entry]) -> None:
    log = MemoryLog()
    assert log.head == 0
    assert log.append([entry(1), entry(2)]) == 2
    assert log.tombstone(["p1", "p1"]) == 3
    assert [r.sequence for r in log.replay()] == [1, 2, 3]
    assert list(log.replay(2)) == [Tombstoned(3, "p1")]
    assert isinstance(next(log.replay(1)), Appended)


def test_all_or_none(entry: Callable[..., Entry]) -> None:
    log = MemoryLog()
    log.append([entry(1)])
    with pytest.raises(PrintExists):
        log.append([entry(2), entry(1)])
    with pytest.raises(PrintNotFound):
        log.tombstone(["p1", "p2"])
    assert log.head == 1
