"""What is going to be read of a file larger than the memory is asked for first, and nothing else is."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biomatch.gallery import mapped
from biomatch.gallery.mapped import Mapped
from tests.gallery.test_arena import assert_equal, filled

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
    opened(file, monkeypatch, 3 * PAGES * PAGE).expect(np.array([0]), np.array([PAGE]))
    assert asked == []


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
    lasts = np.append(arena.view().starts[numbers[1:] + 1], arena.used) - 1
    read = {int(at) // PAGE for at in (*starts, *lasts)}
    assert read <= set(pages(asked)) <= {n + more for n in read for more in (0, 1)}
