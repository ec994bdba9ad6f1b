"""What is going to be read of a file larger than the memory is asked for first, and nothing else is."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.caches import mapped
from biomatch.gallery.caches.arena import GONE
from biomatch.gallery.caches.mapped import Mapped
from biomatch.gallery.interface import Entry
from biomatch.synthesis import synthesise_templates
from tests.gallery.caches.test_arena import assert_equal, filled, put

PAGE = mmap.PAGESIZE
PAGES = 200


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """What the system is told of mapped files."""
    told: list[tuple[int, ...]] = []

    class Recorded(mmap.mmap):
        def madvise(self, *words: int) -> None:
            told.append(words)
            super().madvise(*words)

    monkeypatch.setattr(mmap, "mmap", Recorded)
    return told


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(bytes(PAGES * PAGE))
    return path


def opened(path: Path, monkeypatch: pytest.MonkeyPatch, memory: int) -> Mapped:
    monkeypatch.setattr(mapped, "memory", lambda: memory)
    with path.open("rb") as some:
        return Mapped(some.fileno(), PAGES * PAGE)


def pages(asked: list[tuple[int, ...]]) -> list[int]:
    return [n for word, *at in asked if word == mmap.MADV_WILLNEED for n in range(at[0] // PAGE, (at[0] + at[1]) // PAGE)]


def test_each_page_of_what_is_expected_is_asked_for_once(
    file: Path, asked: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    large = opened(file, monkeypatch, PAGES * PAGE)
    starts = PAGE * np.array([150, 3, 4, 40, 41]) + np.array([0, 100, 0, PAGE - 1, 5])
    large.expect(starts, starts + np.array([1, 50, PAGE, 2, 60 * PAGE]))
    assert asked[0] == (mmap.MADV_RANDOM,)
    assert pages(asked) == [3, 4, *range(40, 102), 150]
    assert max(size for _, _, size in asked[1:]) <= 1 << 17


def test_nothing_expected_is_nothing_asked(file: Path, asked: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    opened(file, monkeypatch, PAGES * PAGE).expect(np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert asked == [(mmap.MADV_RANDOM,)]


def test_a_file_that_memory_holds_is_left_to_the_system(
    file: Path, asked: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not opened(file, monkeypatch, 3 * PAGES * PAGE).large
    assert asked == []


@pytest.mark.parametrize(("written", "least"), [("5000000\n", 5_000_000), ("max\n", None), (None, None)])
def test_a_container_has_the_memory_that_it_may_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str | None, least: int | None
) -> None:
    whole = mapped.memory()
    if written is not None:
        (tmp_path / "memory.max").write_text(written)
    monkeypatch.setattr(mapped, "_LIMITS", (tmp_path / "memory.max",))
    assert mapped.memory() == (least or whole)


def test_prints_of_an_arena_larger_than_the_memory_are_asked_for_and_come_back(
    tmp_path: Path, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    arena, _ = filled(60, tmp_path / "arena-1")
    numbers = np.array([59, 0, 30, 31])
    expected = arena.view().block(numbers)
    assert asked == []
    monkeypatch.setattr(mapped, "memory", lambda: 0)
    again = arena.open(tmp_path / "arena-1", arena.used, arena.view().starts[:60], arena.view().sealing, arena.lineage)
    assert_equal(again.view().block(numbers), expected)
    starts = arena.view().starts[numbers]
    assert set(pages(asked)) == {(int(at) + more) // PAGE for at in starts for more in (0, 4095)}
    asked.clear()
    again.view().expect(numbers)
    ends = np.append(arena.used, arena.view().starts[numbers[1:] + 1])
    read = {n for start, end in zip(starts, ends, strict=True) for n in range(start // PAGE, (end - 1) // PAGE + 1)}
    assert read <= set(pages(asked)) <= read | {n + 1 for n in read}


def test_prints_that_are_gone_are_not_asked_for(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "memory", lambda: 0)
    arena, _ = filled(7)
    arena.commit(arena.stage([None, None]))
    arena.view().expect([6, 7, 8])
    assert arena.view().starts[7] == GONE
    assert pages(asked)
    assert max(pages(asked)) <= arena.used // PAGE + 1


def test_an_arena_that_outgrows_the_memory_is_read_as_a_large_one_from_then_on(
    tmp_path: Path, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    arena, prints = filled(10, tmp_path / "arena-1")
    memory = 2 * arena.used
    monkeypatch.setattr(mapped, "memory", lambda: memory)
    before = arena.view()
    assert not before.mapped.large
    assert arena.view().mapped is before.mapped
    put(arena, prints[:1])
    assert len(arena.view().data) == len(before.data)
    assert arena.view().mapped.large
    assert asked == [(mmap.MADV_RANDOM,)]


def test_a_search_and_a_check_ask_for_what_they_compare(
    tmp_path: Path, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "memory", lambda: 0)
    gallery = LocalGallery(MemoryLog(), tmp_path / "caches")
    gallery.enrol([Entry(f"P{n}", "e", f"p{n}", one) for n, one in enumerate(synthesise_templates(12, 5))])
    asked.clear()
    found = gallery.identify([synthesise_templates(12, 5)[3]])
    assert found.candidates[0].person == "P3"
    assert pages(asked)
    asked.clear()
    assert list(gallery.check()) == []
    assert pages(asked)
