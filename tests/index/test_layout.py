"""Ids that carry the geometry of a minutia."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch.index import layout
from biomatch.template import BIFURCATION, Minutiae
from biomatch.vocabulary import FingerPosition

POSITIONS = st.sampled_from(list(FingerPosition))


@given(
    x=st.floats(0, 2047),
    y=st.floats(0, 2047),
    angle=st.floats(0, 6.28),
    kind=st.integers(0, 2),
    quality=st.floats(0, 1),
    position=POSITIONS,
    number=st.integers(0, layout.MAX_PRINTS - 1),
)
def test_what_is_packed_comes_out_within_half_a_step(
    x: float, y: float, angle: float, kind: int, quality: float, position: FingerPosition, number: int
) -> None:
    m = Minutiae.of([x], [y], [angle], [kind], [quality])
    ids = layout.pack(m, position, number)
    found = layout.unpack(ids)
    assert 0 <= ids[0] < 1 << 62
    assert (found.position[0], found.print[0]) == (position, number)
    assert abs(found.x[0] - min(m.x[0], 2044)) <= layout.GRID_PX / 2 + 1
    assert abs(found.y[0] - min(m.y[0], 2044)) <= layout.GRID_PX / 2 + 1
    assert found.turn[0] == m.turns[0]
    assert abs(found.quality[0] - 8 * m.quality[0]) <= 1
    assert found.type[0] == (kind == BIFURCATION)


def test_minutiae_beyond_2047_px_are_indexed_at_the_edge() -> None:
    found = layout.unpack(layout.pack(Minutiae.of([4000], [3000], [0]), FingerPosition.UNKNOWN, 1))
    assert (found.x[0], found.y[0]) == (2044, 2044)


@pytest.mark.parametrize("number", [-1, layout.MAX_PRINTS])
def test_a_print_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="28 bits"):
        layout.pack(Minutiae.of([1], [1], [1]), FingerPosition.UNKNOWN, number)


@given(st.sets(POSITIONS))
def test_ranges_hold_the_ids_of_their_positions_and_no_other(positions: set[FingerPosition]) -> None:
    minutia = Minutiae.of([2047], [2047], [6.2], [BIFURCATION], [1.0])
    ranges = layout.ranges(positions)
    for position in FingerPosition:
        for number in (0, layout.MAX_PRINTS - 1):
            one = layout.pack(minutia, position, number)[0]
            assert any(low <= one < high for low, high in ranges) == (position in positions)


def test_neighbouring_positions_are_one_range() -> None:
    assert len(layout.ranges([FingerPosition.UNKNOWN, FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_LITTLE])) == 2


def test_no_minutiae_give_no_ids() -> None:
    assert layout.pack(Minutiae.none(), FingerPosition.UNKNOWN, 5).shape == (0,)
    assert np.array_equal(layout.prints(np.zeros(0, np.int64)), np.zeros(0, np.int64))
