"""The index as a value: what sealing keeps, what it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from biomatch.descriptors.grid import packed
from biomatch.index import Codebooks, Index, Print, layout, shortlist

Prints = Callable[..., list[Print]]


def test_no_vector_of_a_removed_print_goes_into_the_segment(codebooks: Codebooks, make_prints: Prints) -> None:
    prints = make_prints(5)
    index = Index.empty(codebooks).with_prints(prints).without([1, 4])
    (segment,) = index.sealed().segments
    contents = segment.contents()
    assert set(layout.prints(contents.ids).tolist()) == {0, 2, 3}
    assert len(index.sealed()) == len(contents.codes) == 3 * 25
    kept = np.concatenate([packed(prints[number].vectors) for number in (0, 2, 3)])
    assert sorted(map(bytes, contents.codes)) == sorted(map(bytes, kept))


def test_a_delta_of_removed_prints_leaves_no_segment(codebooks: Codebooks, make_prints: Prints) -> None:
    sealed = Index.empty(codebooks).with_prints(make_prints(2)).without([0, 1]).sealed()
    assert (len(sealed), sealed.segments) == (0, ())


def test_who_was_removed_stays_removed_after_sealing_and_merging(codebooks: Codebooks, make_prints: Prints) -> None:
    index = Index.empty(codebooks).with_prints(make_prints(3)).sealed().without([1])
    index = index.with_prints(make_prints(3, first=3)).without([4]).sealed()
    merged = index.with_merged(index.segments, index.merge(index.segments))
    (segment,) = merged.segments
    assert set(layout.prints(segment.contents().ids).tolist()) == {0, 2, 3, 5}
    assert merged.dead[:6].tolist() == [False, True, False, False, True, False]


def of_units(prints: list[Print], *units: int) -> list[Print]:
    """The prints, which belong to these units in turn."""
    return [replace(one, unit=units[number % len(units)]) for number, one in enumerate(prints)]


def test_units_share_no_segment_and_no_delta(codebooks: Codebooks, make_prints: Prints) -> None:
    index = Index.empty(codebooks)
    for first in (0, 6, 12):
        index = index.with_prints(of_units(make_prints(6, first=first), 1, 2)).sealed()
    index = index.with_prints(of_units(make_prints(6, first=18), 1, 2, 3))
    assert [segment.unit for segment in index.segments] == [1, 2] * 3
    due = index.due()
    assert [segment.unit for segment in due] == [1, 1, 1]
    merged = index.with_merged(due, index.merge(due))
    assert [segment.unit for segment in merged.segments] == [1, 2, 2, 2]
    assert {segment.unit for segment in merged.due()} == {2}
    assert sorted([segment.unit for segment in some] for some in merged.groups()) == [[1], [2, 2, 2]]
    assert {unit: len(delta) for unit, delta in merged.deltas.items()} == {1: 50, 2: 50, 3: 50}


def test_only_full_deltas_are_sealed(codebooks: Codebooks, make_prints: Prints) -> None:
    index = Index.empty(codebooks).with_prints(of_units(make_prints(9), 1, 1, 2)).sealed(100)
    assert [(segment.unit, len(segment)) for segment in index.segments] == [(1, 150)]
    assert {unit: len(delta) for unit, delta in index.deltas.items()} == {2: 75}


def test_a_part_of_an_index_reads_nothing_of_the_others(codebooks: Codebooks, make_prints: Prints) -> None:
    prints = of_units(make_prints(24), 1, 2, 3)
    index = Index.empty(codebooks).with_prints(prints[:15]).sealed().with_prints(prints[15:]).without([3])
    shown = np.array([one.unit == 1 for one in prints])
    part = index.within({1}, shown)
    assert {segment.unit for segment in part.segments} | set(part.deltas) == {1}
    assert np.nonzero(part.alive)[0].tolist() == [0, 6, 9, 12, 15, 18, 21]
    for number in (6, 7, 21, 22):
        found = shortlist(part, prints[number].minutiae, prints[number].vectors, length=24).numbers.tolist()
        assert (found[0] == number) is (number in (6, 21))
        assert set(found) <= {0, 6, 9, 12, 15, 18, 21}
