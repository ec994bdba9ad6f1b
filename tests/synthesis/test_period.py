import numpy as np
import pytest

from biomatch.synthesis.pattern import PatternClass, draw_pattern
from biomatch.synthesis.period import draw_period


def drawn(seed):
    rng = np.random.default_rng(seed)
    return draw_period(rng, draw_pattern(rng, PatternClass.RIGHT_LOOP), 416, 560, (208, 215))


def test_ridges_lie_as_far_apart_as_on_real_fingers():
    """Real live-scan sets: medians 7.6 to 9.7 px at 500 ppi. Seen: 9.0."""
    assert np.median([np.median(drawn(seed)) for seed in range(20)]) == pytest.approx(9.0, abs=0.5)


def test_ridges_lie_farther_apart_at_the_base_than_at_the_core():
    wider = [np.median(period[500:]) / np.median(period[195:235, 188:228]) for period in map(drawn, range(20))]
    assert np.median(wider) > 1.1


def test_ridges_lie_farther_apart_at_the_tip_than_at_the_core():
    wider = [np.median(period[60:90, 188:228]) / np.median(period[195:235, 188:228]) for period in map(drawn, range(20))]
    assert np.median(wider) > 1.1


def test_the_period_changes_slowly():
    period = drawn(1)
    assert np.abs(np.diff(period, axis=0)).max() < 0.2
