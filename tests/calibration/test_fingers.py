"""What several fingers say together."""

import math

import numpy as np
import pytest

from biomatch.calibration import FingerFusion

RATES = FingerFusion()


def test_two_fingers_tell_more_than_one_and_less_than_their_sum():
    assert 3 < RATES.fuse([3, 2]) < 5
    assert RATES.fuse([3]) == 3
    assert RATES.fuse([]) == 0


def test_a_finger_that_speaks_against_lowers_the_rest():
    assert RATES.fuse([3, -1]) < 3


TWICE = 10 * math.log10(2)  # what a score loses that was chosen of two


def test_fused_scores_are_fishers():
    """Two unit exponentials whose sum is x: the tail is (1 + x) exp(-x). That both count was one choice of two."""
    both = FingerFusion(shrink=1.0).fuse_scores([20, 20])
    x = 40 * math.log(10) / 10
    assert both == pytest.approx((x - math.log(1 + x)) * 10 / math.log(10) - TWICE)
    assert RATES.fuse_scores([20]) == 20


def test_a_person_may_have_only_some_of_the_fingers():
    """The one that agrees counts: one of four sets of one, half of the rate for sets of one."""
    assert RATES.fuse_scores([60, 0, 0, 0]) == pytest.approx(60 - 2 * TWICE - TWICE)
    assert RATES.fuse_scores([60], asked=4) == pytest.approx(60 - 2 * TWICE)


@pytest.mark.parametrize("fingers", [2, 4, 10])
def test_scores_of_chance_keep_their_rate_when_the_best_fingers_are_chosen(fingers):
    """Scores of independent non-mated pairs, exactly as rare as they state."""
    drawn = 10 / math.log(10) * np.random.default_rng(3).exponential(size=(20_000, fingers))
    fused = np.array([RATES.fuse_scores(row.tolist()) for row in drawn])
    for score in (10, 20):
        assert (fused >= score).mean() <= 10 ** (-score / 10)
