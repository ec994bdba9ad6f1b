"""The index as a whole: what is found, what is filtered, and that growth, removal and merging change no answer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from biomatch.index import FAST, NORMAL, Codebooks, Index, Print, Reach, Shortlist, layout, shortlist, standing
from biomatch.index.index import GrowthParams, strongest
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition

Make = Callable[..., list[Print]]
Press = Callable[..., tuple[Minutiae, np.ndarray]]
EVERYWHERE = Reach(queries=64, nprobe=4_096, k=64)


@pytest.fixture(scope="module")
def grown(codebooks: Codebooks, make_prints: Make) -> Index:
    """300 prints: a large segment, a small one, and a delta."""
    index = Index.empty(codebooks).with_prints(make_prints(220)).sealed()
    index = index.with_prints(make_prints(50, first=220)).sealed()
    return index.with_prints(make_prints(30, first=270))


@pytest.mark.parametrize("reach", [FAST, NORMAL])
@pytest.mark.parametrize("number", [3, 230, 290])
def test_a_turned_and_shifted_probe_finds_its_mate_first(
    grown: Index, make_prints: Make, press_again: Press, reach: Reach, number: int
) -> None:
    probe, vectors = press_again(make_prints(1, first=number)[0], turn=0.7, dx=90, dy=-40)
    found = shortlist(grown, probe, vectors, length=20, reach=reach)
    assert found.numbers[0] == number
    assert found.votes[0] > 2 * found.votes[1]


def test_a_probe_of_few_minutiae_still_finds_its_mate(grown: Index, make_prints: Make, press_again: Press) -> None:
    probe, vectors = press_again(make_prints(1, first=40)[0], turn=-0.4)
    assert shortlist(grown, probe[:6], vectors[:6], length=10).numbers[0] == 40


def test_segments_and_delta_find_what_one_exact_index_finds(
    grown: Index, codebooks: Codebooks, make_prints: Make, press_again: Press
) -> None:
    exact = Index.empty(codebooks).with_prints(make_prints(300))
    for number in (1, 100, 240, 280):
        probe, vectors = press_again(make_prints(1, first=number)[0], noise=0.05, seed=number)
        a, b = (shortlist(i, probe, vectors, length=5, reach=EVERYWHERE) for i in (grown, exact))
        assert a.numbers[0] == b.numbers[0] == number
        assert a.votes[0] == pytest.approx(b.votes[0], rel=0.25)  # codes of 4 bits move distances


@pytest.mark.parametrize("number", [3, 230, 290])
def test_a_removed_print_is_gone_at_once_and_the_index_before_still_has_it(
    grown: Index, make_prints: Make, press_again: Press, number: int
) -> None:
    probe, vectors = press_again(make_prints(1, first=number)[0])
    without = grown.without([number])
    assert number not in shortlist(without, probe, vectors).numbers
    assert shortlist(grown, probe, vectors).numbers[0] == number
    sealed = without.sealed()
    merged = sealed.with_merged(sealed.segments, sealed.merge(sealed.segments))
    assert len(merged) == len(grown) - 25
    assert number not in shortlist(merged, probe, vectors).numbers


def test_positions_filter_inside_the_scan(codebooks: Codebooks, make_prints: Make, press_again: Press) -> None:
    thumb, index_finger, unknown = FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_INDEX, FingerPosition.UNKNOWN
    prints = [
        *make_prints(100, position=thumb),
        *make_prints(100, first=100, position=index_finger),
        *make_prints(20, first=200, position=unknown),
    ]
    segment = Index.empty(codebooks).with_prints(prints).sealed()
    for index in (segment, Index.empty(codebooks).with_prints(prints)):
        probe, vectors = press_again(prints[7])
        assert shortlist(index, probe, vectors, positions=[thumb, unknown]).numbers[0] == 7
        found = shortlist(index, probe, vectors, positions=[index_finger, unknown]).numbers
        assert len(found)
        assert set((found // 100).tolist()) <= {1, 2}
        probe, vectors = press_again(prints[210])
        assert shortlist(index, probe, vectors, positions=[thumb, unknown]).numbers[0] == 210


def test_a_filter_of_few_members_does_not_starve_the_list(grown: Index, make_prints: Make, press_again: Press) -> None:
    members = np.zeros(300, np.bool_)
    members[[5, 60, 99, 150, 201, 240, 275, 280, 291, 299]] = True
    probe, vectors = press_again(make_prints(1, first=60)[0])
    found = shortlist(grown, probe, vectors, members=members)
    assert found.numbers[0] == 60
    assert set(found.numbers.tolist()) <= set(np.nonzero(members)[0].tolist())
    assert len(found.numbers) >= 8


@pytest.mark.parametrize("number", [3, 230, 290])
def test_a_part_of_a_print_speaks_for_its_mate_and_says_what_it_hit(
    grown: Index, make_prints: Make, press_again: Press, number: int
) -> None:
    one = make_prints(1, first=number)[0]
    probe, vectors = press_again(one, turn=0.6)
    found = standing(grown, probe[:8], vectors[:8], prints=40, hits_each=2)
    assert len(found.numbers) == 40
    place = found.numbers.tolist().index(number)
    assert found.votes[place] == found.votes.max()
    assert found.starts[place + 1] - found.starts[place] == 2
    some = slice(found.starts[place], found.starts[place + 1])
    hit = layout.unpack(found.ids[some])
    same = one.minutiae[found.asked[found.rows[some]]]
    assert np.abs(hit.x - same.x).max() <= 4
    assert np.abs(hit.y - same.y).max() <= 4
    assert all(np.diff(found.starts) >= 1)


def test_who_stands_passes_the_filter(grown: Index, make_prints: Make, press_again: Press) -> None:
    members = np.zeros(300, np.bool_)
    members[[5, 60, 99, 150, 275, 280, 291]] = True
    probe, vectors = press_again(make_prints(1, first=60)[0])
    found = standing(grown.without([291]), probe[:8], vectors[:8], prints=1_000, hits_each=2, members=members)
    assert set(found.numbers.tolist()) == {5, 60, 99, 150, 275, 280}


def test_nobody_stands_where_nothing_asks(grown: Index, codebooks: Codebooks, make_prints: Make) -> None:
    one = make_prints(1)[0]
    for index, vectors in ((grown, np.zeros_like(one.vectors)), (Index.empty(codebooks), one.vectors)):
        found = standing(index, one.minutiae, vectors, prints=9, hits_each=2)
        assert len(found.numbers) == len(found.rows) == 0
        assert found.starts.tolist() == [0]


def test_nothing_to_ask_or_nothing_to_find_gives_an_empty_list(grown: Index, codebooks: Codebooks, make_prints: Make) -> None:
    one = make_prints(1)[0]
    assert len(shortlist(grown, Minutiae.none(), np.zeros((0, 64), np.int8)).numbers) == 0
    assert len(shortlist(grown, one.minutiae, np.zeros_like(one.vectors)).numbers) == 0
    assert len(shortlist(Index.empty(codebooks), one.minutiae, one.vectors).numbers) == 0


def test_the_best_minutiae_are_chosen_and_those_without_a_vector_never() -> None:
    minutiae = Minutiae.of([1, 2, 3, 4], [1, 2, 3, 4], [0, 0, 0, 0], quality=[0.2, 0.9, 0.9, 1.0])
    vectors = np.ones((4, 64), np.int8)
    vectors[3] = 0
    assert strongest(minutiae, vectors, 2).tolist() == [1, 2]
    assert strongest(minutiae, vectors, 9).tolist() == [1, 2, 0]


def test_segments_merge_so_that_sizes_grow_geometrically(codebooks: Codebooks, make_prints: Make) -> None:
    index = Index.empty(codebooks, GrowthParams(seal_vectors=250, ratio=3))
    for batch in range(30):
        index = index.with_prints(make_prints(10, first=10 * batch))
        assert index.wants_sealing
        index = index.sealed()
        while due := index.due():
            index = index.with_merged(due, index.merge(due))
    assert len(index) == 300 * 25
    assert len(index.segments) <= 4


def test_full_segments_are_not_merged_again(codebooks: Codebooks, make_prints: Make) -> None:
    index = Index.empty(codebooks, GrowthParams(seal_vectors=250, ratio=3, full=2_000))
    for batch in range(30):
        index = index.with_prints(make_prints(10, first=10 * batch)).sealed()
        full = [segment for segment in index.segments if len(segment) >= 2_000]
        while due := index.due():
            index = index.with_merged(due, index.merge(due))
        assert list(index.segments[: len(full)]) == full
    assert len(index) == 300 * 25
    assert len(full) >= 2
    assert max(len(segment) for segment in index.segments) < 4_000


def test_neighbours_are_grouped_up_to_a_full_segment(codebooks: Codebooks, make_prints: Make) -> None:
    index = Index.empty(codebooks, GrowthParams(full=1_000))
    first = 0
    for prints in (45, 10, 20, 5, 8):
        index = index.with_prints(make_prints(prints, first=first)).sealed()
        first += prints
    assert [[len(segment) // 25 for segment in some] for some in index.groups()] == [[45], [10, 20, 5], [8]]


def test_what_was_added_while_segments_were_merged_stays(codebooks: Codebooks, make_prints: Make) -> None:
    before = Index.empty(codebooks).with_prints(make_prints(20)).sealed().with_prints(make_prints(20, first=20)).sealed()
    merged = before.merge(before.segments)
    after = before.with_prints(make_prints(5, first=40)).sealed().with_prints(make_prints(5, first=45)).without([3])
    both = after.with_merged(before.segments, merged)
    assert len(both) == len(after)
    assert [len(s) for s in both.segments] == [40 * 25, 5 * 25]


@pytest.mark.parametrize(("minutiae", "indexed"), [(0, 0), (30, 30), (50, 42), (200, 90)])
def test_weak_minutiae_of_large_prints_are_not_indexed(codebooks: Codebooks, minutiae: int, indexed: int) -> None:
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 300, (2, minutiae))
    quality = np.linspace(1, 0, minutiae)
    one = Print(
        3,
        FingerPosition.UNKNOWN,
        Minutiae.of(*xy, np.zeros(minutiae), quality=quality),
        rng.integers(1, 127, (minutiae, 64)).astype(np.int8),
    )
    index = Index.empty(codebooks).with_prints([one])
    assert len(index) == indexed
    kept = layout.unpack(index.deltas[0].ids[:indexed])
    assert np.array_equal(kept.quality, np.minimum(one.minutiae.quality[:indexed] * 8, 7).astype(int))


@pytest.mark.parametrize(
    ("votes", "stands_out"),
    [([8, 7, 4, 1], True), ([8, 7, 4.1, 1], False), ([8, 4], False), ([], False)],
)
def test_a_print_stands_out_by_its_votes_over_those_further_behind(votes, stands_out):
    found = Shortlist(np.arange(len(votes)), np.array(votes, np.float32))
    assert found.stands_out(2.0, 2) is stands_out
