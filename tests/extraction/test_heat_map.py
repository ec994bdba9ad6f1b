"""Minutiae are read from the network's answer where it says that they lie."""

import numpy as np
import pytest

from biomatch.extraction.heat_map import HeatParams, read
from biomatch.extraction.minutia_quality import JudgementParams
from biomatch.observe import NO_TRACE
from biomatch.template import BIFURCATION, ENDING

ROWS, COLUMNS = 30, 40


@pytest.fixture
def answer():
    """Nothing anywhere."""
    empty = np.zeros((6, ROWS, COLUMNS), np.float32)
    empty[0] = -9
    return empty


def put(answer, row, column, logit=2.0, dx=0.0, dy=0.0, angle=0.0, ending=3.0):
    answer[:, row, column] = logit, dx, dy, np.cos(angle), -np.sin(angle), ending


def found(answer, left=0, top=0, mask=None, **changes):
    whole = np.ones((4 * ROWS + top, 4 * COLUMNS + left), bool) if mask is None else mask
    return read(answer, left, top, whole, JudgementParams(), HeatParams(**changes), NO_TRACE)


def test_nothing_gives_nothing(answer):
    assert len(found(answer)) == 0


def test_place_direction_kind_and_quality(answer):
    put(answer, 10, 20, logit=0.0, dx=0.5, dy=-0.25, angle=1.2, ending=-1.0)
    one = found(answer, left=8, top=16)
    assert one.x[0] == pytest.approx(8 + 4 * 20.5 + 1.5, abs=0.1)
    assert one.y[0] == pytest.approx(16 + 4 * 9.75 + 1.5, abs=0.1)
    assert one.angle[0] == pytest.approx(1.2, abs=0.02)
    assert one.kind[0] == BIFURCATION
    assert one.quality[0] == pytest.approx(0.5, abs=0.01)


def test_the_best_comes_first_and_weak_ones_are_dropped(answer):
    put(answer, 5, 5, logit=-1.0)
    put(answer, 20, 30, logit=3.0)
    put(answer, 20, 10, logit=-4.0)  # 0.018: below what is kept
    minutiae = found(answer)
    assert len(minutiae) == 2
    assert list(np.diff(minutiae.quality) < 0) == [True]
    assert set(minutiae.kind) == {ENDING}


def test_a_neighbour_of_a_peak_is_none(answer):
    put(answer, 10, 20, logit=3.0)
    put(answer, 10, 21, logit=2.0)
    assert len(found(answer)) == 1


def test_two_peaks_that_mean_one_place_are_one_minutia(answer):
    put(answer, 10, 20, logit=3.0, dx=0.9)
    put(answer, 10, 22, logit=2.0, dx=-0.9)
    assert len(found(answer)) == 1
    put(answer, 10, 22, logit=2.0, dx=-0.9, angle=np.pi)  # the two ends of a short ridge point apart
    assert len(found(answer)) == 2


def test_what_lies_at_the_edge_of_the_finger_is_dropped(answer):
    put(answer, 10, 20)
    put(answer, 10, 30)
    mask = np.zeros((4 * ROWS, 4 * COLUMNS), bool)
    mask[:, :110] = True
    assert len(found(answer, mask=mask)) == 1
    assert len(found(answer, mask=mask, border_px=60)) == 0


def test_no_more_than_a_template_holds(answer):
    answer[:, ::2, ::2] = np.array([2.0, 0, 0, 1, 0, 1], np.float32)[:, None, None]
    assert len(found(answer)) == JudgementParams().most
