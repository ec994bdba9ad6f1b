"""The arena gives back what was put in, to each reader what was there when it looked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomatch.comparison import Block
from biomatch.gallery.arena import GONE, Arena, block_of
from biomatch.gallery.interface import Entry
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType


def filled(n: int, path: Path | None = None) -> tuple[Arena, list[tuple[Entry, np.ndarray]]]:
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
        vectors = rng.integers(-127, 128, (count, 64)).astype(np.int8)
        prints.append((Entry(f"Jos\u00e9 {number}", f"e{number}", f"p{number}", template, labels), vectors))
    arena = Arena(path)
    for at in range(0, n, 7):
        arena.commit(arena.stage([block_of(*one) for one in prints[at : at + 7]]))
    return arena, prints


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "arena-1" if request.param == "file" else None


def test_a_print_comes_back_as_it_went_in(place: Path | None) -> None:
    arena, prints = filled(20, place)
    view = arena.view()
    for number, (entry, vectors) in enumerate(prints):
        got = view.prepared(number)
        assert got.template.to_bytes() == entry.template.to_bytes()
        assert np.array_equal(got.vectors, vectors)
        names = view.names(number)
        assert (names.print_id, names.person, names.encounter) == (entry.print_id, entry.person, entry.encounter)
        assert names.labels == entry.labels
        assert view.position(number) == entry.template.position


def test_a_block_of_many_is_what_they_are_one_by_one() -> None:
    arena, _ = filled(30)
    numbers = np.array([4, 29, 0, 11, 4])
    found, expected = arena.view().block(numbers), Block.of([arena.view().prepared(n) for n in numbers.tolist()])
    for name in ("x", "y", "angle", "quality", "vectors", "starts"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype
    assert len(arena.view().block(np.zeros(0, np.int64))) == 0


def test_what_is_staged_is_not_seen_and_is_overwritten_by_the_next(place: Path | None) -> None:
    arena, prints = filled(5, place)
    arena.stage([block_of(*prints[0])])
    assert (len(arena), arena.view().length) == (5, 5)
    arena.commit(arena.stage([block_of(*prints[3])]))
    assert arena.view().names(5).print_id == "p3"


def test_an_older_view_stays_readable_while_the_arena_grows(place: Path | None) -> None:
    arena, prints = filled(5, place)
    old = arena.view()
    large = Template(prints[0][0].template.minutiae, 512, 600, ridges=bytes(60_000))
    block = block_of(Entry("P", "E", "large", large), prints[0][1])
    for _ in range(2_000):
        arena.commit(arena.stage([block]))
    assert (old.length, arena.view().length) == (5, 2_005)
    assert old.names(4).print_id == "p4"
    assert arena.view().names(2_004).print_id == "large"
    arena.close()
    assert old.prepared(3).template.to_bytes() == prints[3][0].template.to_bytes()


def test_numbers_of_prints_that_are_gone_stay_taken(place: Path | None) -> None:
    arena, prints = filled(2, place)
    arena.commit(arena.stage([None, block_of(*prints[1])]))
    view = arena.view()
    assert (view.length, view.starts[2], view.names(3).print_id) == (4, GONE, "p1")
