"""Partial prints."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.extraction import ridge_picture
from biomatch.extraction.ridge_picture import PictureParams
from biomatch.synthesis import part, partial, synthesise_templates
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


def test_of_a_print_without_minutiae_nothing_is_shown(minutiae):
    shown = part(minutiae[:0], 12, np.random.default_rng(3))
    assert (len(shown), len(minutiae[shown])) == (0, 0)


def test_a_partial_print_shows_the_ridges_between_its_minutiae():
    template = synthesise_templates(1, 5)[0]
    shown = part(template.minutiae, 12, np.random.default_rng(3))
    bare = partial(template, shown)
    assert len(bare.minutiae) == len(shown)
    assert not bare.ridges
    everywhere: np.ndarray = np.ones((template.height, template.width), bool)
    stripes = np.cos(np.arange(template.width) * 0.7)[None].repeat(template.height, 0).astype(np.float32)
    pictured = partial(replace(template, ridges=ridge_picture.encode(stripes, everywhere, PictureParams())), shown)
    mask = ridge_picture.decode(pictured.ridges).mask
    assert 0 < mask.mean() < 0.7
    scale = ridge_picture.decode(pictured.ridges).scale
    assert mask[(bare.minutiae.y // scale).astype(int), (bare.minutiae.x // scale).astype(int)].all()
