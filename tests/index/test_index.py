"""The index as a value: what sealing keeps, what it leaves out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from biomatch.descriptors.grid import packed
from biomatch.index import Codebooks, Index, Print, layout

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
