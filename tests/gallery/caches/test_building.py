"""Many records at once give the gallery that they give one by one, and a build that was interrupted goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from biomatch.gallery import GeneratedLog, LocalGallery, MemoryLog
from biomatch.gallery.caches import building
from biomatch.gallery.caches.caches import Caches
from biomatch.gallery.interface import Entry
from biomatch.index import GrowthParams, Index
from biomatch.index.segment import Contents

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]


@pytest.fixture
def bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything beyond 20 records is built, 8 prints at a time, in segments of 30 prints."""
    monkeypatch.setattr(building, "PARAMS", building.BuildParams(fewest=20, at_once=8, part=30 * 24))
    monkeypatch.setattr(building.Builder.__init__, "__defaults__", (building.PARAMS,))


@pytest.fixture
def log(entry: Entries) -> MemoryLog:
    """100 prints of 50 persons with labels; some removed in between and at the end."""
    log = MemoryLog()
    for first in range(0, 100, 10):
        log.append([replace(entry(n, labels=frozenset("AB"[: n % 3])), person=f"P{n % 50}") for n in range(first, first + 10)])
        log.tombstone([f"p{first + 3}"])
    log.tombstone(["p99", "p1"])
    return log


def answers(gallery: LocalGallery, entry: Entries) -> list[list[tuple[str, float]]]:
    return [[(c.person, c.score) for c in gallery.identify([entry(n).template]).candidates[:3]] for n in (0, 1, 42, 53, 98)]


def test_what_is_built_at_once_answers_as_what_came_one_by_one(
    open_gallery: Opened, entry: Entries, log: MemoryLog, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    slow = open_gallery(log)
    request.getfixturevalue("bulk")
    built = open_gallery(log, tmp_path)
    assert "describe" in built.info()["build_seconds"]  # type: ignore[operator]
    assert len(built) == len(slow) == 88
    assert built.info()["persons"] == slow.info()["persons"]
    assert answers(built, entry) == answers(slow, entry)
    assert len(built.state.index.segments) == 1
    built.close()
    assert answers(open_gallery(log, tmp_path), entry) == answers(slow, entry)


def test_a_large_build_leaves_segments_that_are_full(
    open_gallery: Opened, entry: Entries, bulk: None, log: MemoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = answers(open_gallery(log), entry)
    monkeypatch.setattr(Index.empty.__func__, "__defaults__", (GrowthParams(full=50 * 24),))
    built = open_gallery(log, tmp_path)
    assert [len(segment) >= 50 * 24 for segment in built.state.index.segments] == [True, False]
    assert len(built) == 88
    assert answers(built, entry) == one
    built.compact()
    full, rest = built.state.index.segments
    assert answers(built, entry) == one
    built.remove(["p97"])
    built.compact()
    assert built.state.index.segments[0] is full  # nobody of it was removed
    assert len(built.state.index.segments[1]) == len(rest) - 24
    built.close()
    assert [len(segment) for segment in open_gallery(log, tmp_path).state.index.segments] == [len(full), len(rest) - 24]


def test_parts_grow_with_what_is_there(
    open_gallery: Opened, entry: Entries, bulk: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot is written with each, and holds the whole catalogue."""
    params = replace(building.PARAMS, part=20 * 24, share=1.0, most=40 * 24)
    monkeypatch.setattr(building.Builder.__init__, "__defaults__", (params,))
    sizes: list[int] = []
    put = Caches.put_segments

    def noted(self: Caches, contents: Sequence[Contents], removed: Sequence[int], sequence: int) -> None:
        sizes.extend(len(one.ids) for one in contents)
        put(self, contents, removed, sequence)

    monkeypatch.setattr(Caches, "put_segments", noted)
    log = GeneratedLog(lambda first, count: [entry(n) for n in range(first, first + count)], 100, at_once=8)
    assert len(open_gallery(log, tmp_path)) == 100
    assert sizes == [24 * 24, 24 * 24, 40 * 24, 12 * 24]


def test_an_interrupted_build_goes_on_where_it_was_saved(
    open_gallery: Opened, entry: Entries, bulk: None, tmp_path: Path
) -> None:
    made: list[int] = []

    def make(first: int, count: int) -> Sequence[Entry]:
        made.append(first)
        if len(made) == 9:
            raise KeyboardInterrupt
        return [entry(n) for n in range(first, first + count)]

    log = GeneratedLog(make, 100, at_once=8)
    with pytest.raises(KeyboardInterrupt):
        open_gallery(log, tmp_path)
    gallery = open_gallery(log, tmp_path)
    assert made[9] > 0
    assert len(gallery) == 100
    assert [gallery.identify([entry(n).template]).candidates[0].person for n in (0, 50, 99)] == ["P0", "P50", "P99"]


def test_prints_that_come_after_generated_ones_are_kept(open_gallery: Opened, entry: Entries, tmp_path: Path) -> None:
    log = GeneratedLog(lambda first, count: [entry(n) for n in range(first, first + count)], 10)
    gallery = open_gallery(log, tmp_path)
    gallery.enrol([entry(70)])
    gallery.remove(["p4"])
    assert [r.sequence for r in log.replay(9)] == [10, 11, 12]
    again = open_gallery(log, tmp_path)
    assert len(again) == 10
    assert again.identify([entry(70).template]).candidates[0].person == "P70"
