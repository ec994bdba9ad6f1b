"""Skin that is pulled crowds ridges on one side; sizes and sensors alone change nothing."""

import numpy as np
import pytest

from biomatch.extraction import twist
from biomatch.quality import QualityParams

SIDE = 320
DOWN, RIGHT = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE - 0.5
CLEAR, WHOLE = np.full((SIDE, SIDE), 0.9, np.float32), np.ones((SIDE, SIDE), bool)
LIMIT = QualityParams().twisted


def period(trend=0.0, curvature=0.0, at=9.0):
    return (at * np.exp(trend * DOWN + curvature * (DOWN**2 - 1 / 12))).astype(np.float32)


def test_the_more_ridges_crowd_on_one_side_the_likelier_the_skin_was_twisted():
    told = [twist.log_odds(period(trend), CLEAR, WHOLE) for trend in (0.3, 0.0, -0.3, -0.6)]
    assert told == sorted(told)
    assert told[1] < LIMIT < told[3]


@pytest.mark.parametrize("at", [6.0, 12.0])
def test_the_distance_itself_says_nothing(at):
    assert twist.log_odds(period(-0.3, at=at), CLEAR, WHOLE) == pytest.approx(
        twist.log_odds(period(-0.3), CLEAR, WHOLE), abs=0.01
    )


def test_only_clear_ridges_of_the_finger_count():
    changed = np.where(RIGHT > 0, period(-3.0), period()).astype(np.float32)
    plain = twist.log_odds(period(), CLEAR, RIGHT < -0.05)
    assert twist.log_odds(changed, CLEAR, RIGHT < -0.05) == pytest.approx(plain, abs=0.01)
    assert twist.log_odds(changed, np.where(RIGHT < -0.05, CLEAR, 0.1), WHOLE) == pytest.approx(plain, abs=0.01)


def test_of_a_small_part_nothing_is_told():
    assert twist.log_odds(period(-3.0), CLEAR, np.hypot(DOWN, RIGHT) < 0.1) == -np.inf
