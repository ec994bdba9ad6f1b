"""Step three: ridge pictures laid on each other."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from biomatch.comparison import Block, evidence, prepare, ridge_check
from biomatch.extraction import ridge_picture
from biomatch.extraction.params import Params
from biomatch.synthesis import synthesise_templates


def test_tile_scores_agree_with_their_plain_twin(plain, waves):
    a, b = 3 * waves(1, 90), 3 * waves(2, 90)
    a[20:42, 36:60] = 0
    b[66:80, 20:44] = 0
    a[b == 0] = 0  # as `lay` leaves it
    fast, ok = ridge_check.tile_scores(a, b, 6, 2, 0.6)
    slow, plain_ok = plain.tile_scores(a, b, 6, 2, 0.6)
    np.testing.assert_array_equal(ok, plain_ok)
    np.testing.assert_allclose(fast, slow, rtol=1e-4, atol=1e-5)


def test_a_slid_tile_finds_its_place(waves):
    picture = waves(3)
    slid = np.roll(picture, (1, -2), (0, 1))
    scores, ok = ridge_check.tile_scores(slid, picture, 6, 2, 0.6)
    best, down, right = ridge_check.best_places(scores, ok, 2)
    assert (down[ok] == 1).mean() > 0.8
    assert (right[ok] == -2).mean() > 0.8
    assert best[ok].mean() > 0.9


@pytest.fixture(scope="module")
def with_ridges(describer, waves):
    """Two prints of different fingers with ridge pictures."""
    out = []
    for seed, template in enumerate(synthesise_templates(2, 4)):
        picture = cv2.resize(waves(seed, 480), (template.width, template.height))
        mask = np.ones(picture.shape, bool)
        ridges = ridge_picture.encode(picture, mask, Params().picture)
        out.append(prepare(replace(template, ridges=ridges), describer))
    return out


def test_a_print_lies_on_itself(with_ridges):
    print_ = with_ridges[0]
    found = evidence.gather(print_, Block.of([print_]))
    told = dict(zip(ridge_check.NAMES, ridge_check.check(print_, print_, found, 0), strict=True))
    tiles = math.exp(told["tiles"])
    known = tiles / (tiles + ridge_check.PARAMS.doubt)
    assert told["ridges fixed"] > 0.95 * known
    assert told["flow"] > 0.95 * known
    assert told["slide spread"] < 0.5 + 3.3 * (1 - known)


def test_strangers_ridges_differ(with_ridges):
    a, b = with_ridges
    found = evidence.gather(a, Block.of([b]))
    checked = ridge_check.check(a, b, found, 0)
    assert checked is None or dict(zip(ridge_check.NAMES, checked, strict=True))["ridges fixed"] < 0.5


def test_prints_without_pictures_are_not_checked(fingers):
    found = evidence.gather(fingers[0], Block.of([fingers[0]]))
    assert ridge_check.check(fingers[0], fingers[0], found, 0) is None
