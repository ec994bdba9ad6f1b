"""What several fingers say together."""

import math

import pytest

from biomatch.calibration import FingerFusion

RATES = FingerFusion()


def test_two_fingers_tell_more_than_one_and_less_than_their_sum():
    assert 3 < RATES.fuse([3, 2]) < 5
    assert RATES.fuse([3]) == 3
    assert RATES.fuse([]) == 0


def test_a_finger_that_speaks_against_lowers_the_rest():
    assert RATES.fuse([3, -1]) < 3


def test_fused_scores_are_fishers():
    """Two unit exponentials whose sum is x: the tail is (1 + x) exp(-x)."""
    both = FingerFusion(shrink=1.0).fuse_scores([20, 20])
    x = 40 * math.log(10) / 10
    assert both == pytest.approx((x - math.log(1 + x)) * 10 / math.log(10))
    assert RATES.fuse_scores([20]) == 20
    assert RATES.fuse_scores([]) == 0
