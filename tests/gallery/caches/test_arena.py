"""The arena gives back what was put in, to each reader what was there when it looked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomatch.comparison import Block
from biomatch.descriptors.grid import on_grid, packed
from biomatch.errors import CacheDamaged
from biomatch.gallery.caches.arena import GONE, Arena
from biomatch.gallery.interface import Entry
from biomatch.sealing import CLEAR, Sealing
from biomatch.store import KeyPlace, Keyring
from biomatch.store.keys.master_key import open_keyring
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType


def put(arena: Arena, prints: list[tuple[Entry, np.ndarray]]) -> None:
    arena.commit(arena.stage(blocks(arena, prints)))


def blocks(arena: Arena, prints: list[tuple[Entry, np.ndarray]]) -> list[bytes]:
    return arena.blocks_of([entry for entry, _ in prints], [vectors for _, vectors in prints])


def filled(n: int, path: Path | None = None, sealing: Sealing = CLEAR) -> tuple[Arena, list[tuple[Entry, np.ndarray]]]:
    rng = np.random.default_rng(n)
    prints = []
    for number in range(n):
        count = int(rng.integers(0, 40))
        minutiae = Minutiae.of(
            rng.uniform(0, 500, count), rng.uniform(0, 500, count), rng.uniform(0, 6.2, count), rng.integers(0, 3, count),
            rng.random(count),
        )  # fmt: skip
        template = Template(
            minutiae,
            512,
            600,
            FingerPosition.LEFT_RING if number % 2 else FingerPosition.UNKNOWN,
            ImpressionType.LATENT_LIFT,
            None if number % 3 else 70,
            "made/1",
            bytes(rng.integers(0, 256, number, np.uint8)),
            ("dry", "ppi assumed")[: number % 3],
        )
        labels = frozenset(("WANTED", "CIVIL")[: number % 3])
        vectors = on_grid(rng.normal(size=(count, 64)))
        prints.append((Entry(f"Jos\u00e9 {number}", f"e{number}", f"p{number}", template, labels), vectors))
    arena = Arena(path, sealing)
    for at in range(0, n, 7):
        put(arena, prints[at : at + 7])
    return arena, prints


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "arena-1" if request.param == "file" else None


@pytest.fixture(params=["clear", "sealed"])
def sealing(request: pytest.FixtureRequest, tmp_path: Path) -> Sealing:
    return CLEAR if request.param == "clear" else open_keyring(tmp_path / "gallery", KeyPlace(), None)


def test_a_print_comes_back_as_it_went_in(place: Path | None, sealing: Sealing) -> None:
    arena, prints = filled(20, place, sealing)
    view = arena.view()
    for number, (entry, vectors) in enumerate(prints):
        got = view.prepared(number)
        assert got.template.to_bytes() == entry.template.to_bytes()
        assert np.array_equal(got.vectors, vectors)
        names = view.names(number)
        assert (names.print_id, names.person, names.encounter) == (entry.print_id, entry.person, entry.encounter)
        assert names.labels == entry.labels


def test_minutiae_without_a_descriptor_come_back_and_the_last_ones_take_seven_bytes(sealing: Sealing) -> None:
    arena, prints = filled(20, sealing=sealing)
    entry, vectors = max(prints, key=lambda one: len(one[1]))
    few = vectors.copy()
    few[[0, *range(12, len(few))]] = 0
    none = np.zeros_like(few)
    put(arena, [(entry, own) for own in (vectors, few, none)])
    view = arena.view()
    for number, own in ((20, vectors), (21, few), (22, none)):
        got = view.prepared(number)
        assert np.array_equal(got.vectors, own)
        assert got.template.minutiae == entry.template.minutiae
    assert_equal(view.block(np.array([21, 20, 22])), Block.of([view.prepared(n) for n in (21, 20, 22)]))
    saved = len(view.raw(20)) - len(view.raw(21))
    assert abs(saved - 32 * (len(few) - 12)) <= 8


def assert_equal(found: Block, expected: Block) -> None:
    for name in ("x", "y", "angle", "quality", "vectors", "starts"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype


@pytest.mark.parametrize("byte", [0, 4])
def test_a_print_whose_counts_are_damaged_counts_as_empty_in_a_block(byte: int, tmp_path: Path) -> None:
    """Files above 268 MB are not checked when they are opened; its own checksum tells when it is read."""
    arena, prints = filled(8, tmp_path / "arena-1")
    damaged, last = arena.view(), max(n for n, (_, vectors) in enumerate(prints) if len(vectors))
    with (tmp_path / "arena-1").open("r+b") as file:
        file.seek(damaged.starts[last] + 16 + byte)
        file.write(bytes([255] * 3))
    found = damaged.block(np.array([last, 0]))
    assert found.starts.tolist() == [0, 0, len(prints[0][1])]
    assert np.array_equal(found.vectors, prints[0][1])
    with pytest.raises(CacheDamaged):
        damaged.prepared(last)


def test_a_block_of_many_is_what_they_are_one_by_one(sealing: Sealing) -> None:
    arena, _ = filled(30, sealing=sealing)
    numbers = np.array([4, 29, 0, 11, 4])
    assert_equal(arena.view().block(numbers), Block.of([arena.view().prepared(n) for n in numbers.tolist()]))
    assert len(arena.view().block(np.zeros(0, np.int64))) == 0


def test_what_a_block_unsealed_is_read_without_unsealing_it_again(keys: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    arena, prints = filled(5, sealing=keys)
    view, opened, unsealed = arena.view(), {}, []
    view.block(np.array([1, 3]), opened)
    once = keys.open
    monkeypatch.setattr(keys, "open", lambda place, sealed: unsealed.append(place) or once(place, sealed))
    got, names = view.read(3, opened)
    assert (got.template.to_bytes(), names.print_id) == (prints[3][0].template.to_bytes(), "p3")
    assert np.array_equal(got.vectors, prints[3][1])
    assert len(unsealed) == 1  # the far part
    view.read(2, opened)
    assert len(unsealed) == 3


def test_a_print_removed_after_its_block_was_unsealed_is_not_read(keys: Keyring) -> None:
    arena, _ = filled(5, sealing=keys)
    view, opened = arena.view(), {}
    view.block(np.array([1, 3]), opened)
    arena.overwrite(3)
    got, names = view.read(3, opened)
    assert (len(got.vectors), names) == (0, None)


def test_what_is_staged_is_not_seen_and_is_overwritten_by_the_next(place: Path | None, sealing: Sealing) -> None:
    arena, prints = filled(5, place, sealing)
    arena.stage(blocks(arena, prints[:1]))
    assert (len(arena), arena.view().length) == (5, 5)
    put(arena, prints[3:4])
    assert arena.view().names(5).print_id == "p3"


def test_an_older_view_stays_readable_while_the_arena_grows(place: Path | None, sealing: Sealing) -> None:
    arena, prints = filled(5, place, sealing)
    old = arena.view()
    large = Template(prints[0][0].template.minutiae, 512, 600, ridges=bytes(60_000))
    for _ in range(2_000):
        put(arena, [(Entry("P", "E", "large", large), prints[0][1])])
    assert (old.length, arena.view().length) == (5, 2_005)
    assert old.names(4).print_id == "p4"
    assert arena.view().names(2_004).print_id == "large"
    arena.close()
    assert old.prepared(3).template.to_bytes() == prints[3][0].template.to_bytes()


def test_numbers_of_prints_that_are_gone_stay_taken(place: Path | None, sealing: Sealing) -> None:
    arena, prints = filled(2, place, sealing)
    arena.commit(arena.stage([None]))
    put(arena, prints[1:])
    view = arena.view()
    assert (view.length, view.starts[2], view.names(3).print_id) == (4, GONE, "p1")
    assert [view.holds(number) for number in range(4)] == [True, True, False, True]


@pytest.fixture
def keys(tmp_path: Path) -> Keyring:
    return open_keyring(tmp_path / "gallery", KeyPlace(), None)


def test_a_sealed_file_shows_nothing_of_a_print(keys: Keyring, tmp_path: Path) -> None:
    path, clear = tmp_path / "arena-1", tmp_path / "arena-2"
    _, prints = filled(20, path, keys)
    filled(20, clear)
    for entry, vectors in prints:
        names = f"{entry.print_id}\x1f{entry.person}".encode()
        for planted in (names, entry.person.encode(), packed(vectors).tobytes(), entry.template.minutiae.packed()):
            assert planted in clear.read_bytes()
            assert len(planted) < 7 or planted not in path.read_bytes()  # shorter ones also come up by chance


def test_a_block_opens_in_no_other_place_and_no_other_arena(keys: Keyring) -> None:
    arena, prints = filled(5, sealing=keys)
    view = arena.view()
    for lineage in (arena.lineage, None):
        other = Arena(sealing=keys, lineage=lineage)
        other.commit(other.stage([view.raw(0), view.raw(2), view.raw(1)]))
        right = [other.view().names(0)] if lineage else []
        assert [names.print_id for names in right if names] == (["p0"] if lineage else [])
        for number in range(len(right), 3):
            with pytest.raises(CacheDamaged, match=f"print number {number}"):
                other.view().prepared(number)
            with pytest.raises(CacheDamaged, match=f"print number {number}"):
                other.view().block(np.array([number]))
    assert len(prints) == 5


def test_a_print_whose_key_is_lost_is_no_print_that_was_removed(keys: Keyring) -> None:
    arena, prints = filled(5, sealing=keys)
    keys.destroy([f"person/{prints[2][0].person}"])
    view = arena.view()
    assert len(view.prepared(2).vectors) == 0  # nobody is found by it, and a search goes on
    assert view.names(2) is None
    assert view.holds(2)
    arena.overwrite(2)
    assert not view.holds(2)
    assert len(view.prepared(2).vectors) == 0
    assert view.names(2) is None
    assert len(view.block(np.arange(5)).starts) == 6


def test_blocks_of_an_arena_are_taken_over_as_they_lie(keys: Keyring) -> None:
    arena, prints = filled(5, sealing=keys)
    other = Arena(sealing=keys, lineage=arena.lineage)
    other.commit(other.stage([arena.view().raw(number) for number in range(5)]))
    assert [other.view().prepared(n).template for n in range(5)] == [entry.template for entry, _ in prints]
