"""What a score means among many prints."""

import math

import pytest

from biomatch.calibration import GalleryRates

RATES = GalleryRates()


def test_threshold_and_false_positive_rate_are_inverse():
    for prints in (100, 1_000_000):
        assert RATES.false_positive(RATES.threshold(0.01, prints), prints) == pytest.approx(0.01)


def test_a_larger_gallery_needs_a_higher_score():
    assert RATES.threshold(0.01, 10_000) == pytest.approx(RATES.threshold(0.01, 1_000) + 10)


def test_nobody_gives_no_false_positive():
    assert RATES.false_positive(30, 0) == 0


def test_misses_grow_with_the_gallery_and_fall_with_the_minutiae():
    assert RATES.miss(12, 1_000) > RATES.miss(30, 1_000) > RATES.miss(30, 100)
    assert RATES.miss(50, 1_000) == RATES.miss(90, 1_000)


def test_two_fingers_tell_more_than_one_and_less_than_their_sum():
    assert 3 < RATES.fuse([3, 2]) < 5
    assert RATES.fuse([3]) == 3
    assert RATES.fuse([]) == 0


def test_a_finger_that_speaks_against_lowers_the_rest():
    assert RATES.fuse([3, -1]) < 3


def test_fused_scores_are_fishers():
    """Two unit exponentials whose sum is x: the tail is (1 + x) exp(-x)."""
    both = GalleryRates(shrink=1.0).fuse_scores([20, 20])
    x = 40 * math.log(10) / 10
    assert both == pytest.approx((x - math.log(1 + x)) * 10 / math.log(10))
    assert RATES.fuse_scores([20]) == 20
    assert RATES.fuse_scores([]) == 0
