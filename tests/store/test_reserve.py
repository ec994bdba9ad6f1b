"""Blocks that are kept for when the disk is full, and are given back a piece at a time."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from sqlalchemy import insert

from biomatch.errors import DiskFull
from biomatch.store import Store, open_store
from biomatch.store.reserve import FOR_LEAVES, FOR_REMOVALS, PIECE_BYTES, RESERVE, RESERVE_BYTES, Reserve
from biomatch.store.rows import tables


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("allocates", [True, False])
def test_its_blocks_are_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allocates: bool) -> None:
    if not allocates:
        monkeypatch.delattr("os.posix_fallocate")
    assert Reserve(tmp_path).fill()
    found = (tmp_path / RESERVE).stat()
    assert found.st_size == RESERVE_BYTES
    assert found.st_blocks * 512 >= RESERVE_BYTES
    assert found.st_mode & 0o077 == 0


def test_it_is_given_back_a_piece_at_a_time_down_to_what_is_left_for_others(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path)
    assert not reserve.let_go(FOR_REMOVALS)  # there is none
    reserve.fill()
    pieces = 0
    while reserve.let_go(FOR_LEAVES):
        pieces += 1
        assert not reserve.whole
    assert (tmp_path / RESERVE).stat().st_size == FOR_LEAVES
    while reserve.let_go(FOR_REMOVALS):
        pieces += 1
    assert pieces == RESERVE_BYTES // PIECE_BYTES
    assert (tmp_path / RESERVE).stat().st_size == 0
    assert reserve.fill()
    assert reserve.whole


def test_what_is_left_of_it_stays_where_there_is_no_room_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = Reserve(tmp_path)
    reserve.fill()
    reserve.let_go(FOR_REMOVALS)
    with monkeypatch.context() as patch:
        patch.setattr("os.posix_fallocate", full)
        assert not reserve.fill()
        assert not reserve.whole
    assert (tmp_path / RESERVE).stat().st_size == RESERVE_BYTES - PIECE_BYTES


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "gallery")


def put(store: Store, name: str, least: int | None) -> None:
    store.commits.run(
        lambda connection: connection.execute(insert(tables.meta).values(key=name, value="x" * 100_000)), least=least
    )


def limit(store: Store, pages: int | None) -> None:
    """How large the database may be; None: as it is."""
    with store.engine.connect() as connection:
        now = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {now if pages is None else pages}")


def test_a_write_that_may_takes_what_it_needs_and_is_written_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(store, None)
    let_go, pieces = store.reserve.let_go, []

    def counted(least: int) -> bool:
        pieces.append(least)
        if len(pieces) == 3:
            limit(store, 1_000_000)
        return let_go(least)

    monkeypatch.setattr(store.reserve, "let_go", counted)
    with pytest.raises(DiskFull):
        put(store, "enrolment", None)
    assert pieces == []
    put(store, "removal", FOR_REMOVALS)
    assert pieces == [FOR_REMOVALS] * 3
    assert store.written("removal") is not None
    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(DiskFull):  # there is room in the database, but the removals' has been taken from
        put(store, "enrolment", None)
    monkeypatch.undo()
    put(store, "enrolment", None)
    assert store.reserve.whole
    store.close()


def test_a_write_that_never_fits_ends_when_the_reserve_does(store: Store) -> None:
    limit(store, None)
    with pytest.raises(DiskFull):
        put(store, "leaf", FOR_LEAVES)
    assert (store.folder / RESERVE).stat().st_size == FOR_LEAVES
    with pytest.raises(DiskFull):
        put(store, "removal", FOR_REMOVALS)
    assert (store.folder / RESERVE).stat().st_size == 0
    assert store.written("leaf") is None
    store.close()


def test_a_folder_opens_though_there_is_no_room_for_a_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("os.posix_fallocate", full)
        store = open_store(tmp_path / "gallery")
        assert not store.reserve.whole
        store.close()
    store = open_store(tmp_path / "gallery")
    assert store.reserve.whole
    assert os.path.getsize(tmp_path / "gallery" / RESERVE) == RESERVE_BYTES
    store.close()
