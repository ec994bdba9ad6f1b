"""Partial prints."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.synthesis import part, synthesise_templates
from biomatch.template import CLEAR


@pytest.fixture(scope="module")
def minutiae():
    return synthesise_templates(1, 5)[0].minutiae


def test_a_part_is_what_lies_nearer_to_a_place_than_the_rest(minutiae):
    rng = np.random.default_rng(3)
    for _ in range(20):
        shown = part(minutiae, 12, rng)
        x, y = minutiae.x[shown].mean(), minutiae.y[shown].mean()
        apart = np.hypot(minutiae.x - x, minutiae.y - y)
        assert np.count_nonzero(minutiae.quality[shown] >= CLEAR) == 12
        assert np.median(apart[shown]) < np.median(np.delete(apart, shown))
        assert list(shown) == sorted(set(shown.tolist()))


def test_where_qualities_are_unknown_all_are_clear(minutiae):
    rng = np.random.default_rng(3)
    assert len(part(replace(minutiae, quality=np.zeros_like(minutiae.quality)), 12, rng)) == 12


def test_a_print_that_shows_less_is_shown_whole(minutiae):
    rng = np.random.default_rng(3)
    assert len(part(minutiae[:5], 12, rng)) >= np.count_nonzero(minutiae[:5].quality >= CLEAR)
    doubtful = replace(minutiae, quality=np.full_like(minutiae.quality, 0.1))
    assert len(part(doubtful, 12, rng)) == len(minutiae)
