import numpy as np
import pytest

from biomatch.evaluation import intervals
from biomatch.evaluation.intervals import Pairs


def fingers(count, impressions, spread, seed):
    """All pairs of `count` fingers; each finger's mated scores share an offset of the given spread."""
    rng = np.random.default_rng(seed)
    finger = np.repeat(np.arange(count), impressions)
    first, second = np.triu_indices(len(finger), 1)
    a, b = finger[first], finger[second]
    score = np.where(a == b, 3 + rng.normal(0, spread, count)[a], 0) + rng.normal(0, 1, len(a))
    return Pairs(score, a, b)


def apart(pairs, by):
    """The same with mated scores so much higher."""
    return Pairs(pairs.score + by * pairs.mated, pairs.a, pairs.b)


def test_the_interval_holds_the_rate_itself():
    from biomatch.evaluation.metrics import Curve

    pairs = fingers(20, 5, 0.5, seed=1)
    curve = Curve.of(pairs.score[pairs.mated], pairs.score[~pairs.mated])
    found = intervals.error_rates(pairs, draws=200)
    for name, value in (("eer", curve.eer()), ("fmr100", curve.fnmr_at(0.01)), ("fmr1000", curve.fnmr_at(0.001))):
        low, high = found[name]
        assert low <= value <= high


def test_fingers_that_differ_widen_the_interval():
    def width(spread):
        low, high = intervals.error_rates(fingers(20, 5, spread, seed=2), draws=200)["eer"]
        return high - low

    assert width(1.5) > 1.5 * width(0.0)


def test_the_same_seed_gives_the_same_interval():
    pairs = fingers(8, 4, 0.5, seed=3)
    assert intervals.error_rates(pairs, draws=50, seed=7) == intervals.error_rates(pairs, draws=50, seed=7)


def test_no_error_among_n_fingers_may_still_be_three_in_n():
    """However many pairs the fingers have: those of one finger are no independent trials."""
    for rate, interval in intervals.error_rates(apart(fingers(30, 4, 0.0, seed=4), 20), draws=50).items():
        assert interval == (0, pytest.approx(3 / 30)), rate


def test_no_error_among_few_fingers_says_nothing():
    pairs = Pairs(np.array([9.0, 9, 1, 1, 1, 1]), np.array([0, 1, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 0, 0]))
    assert intervals.error_rates(pairs, draws=50)["eer"] == (0, 1)


def test_a_share_of_none_or_all_follows_the_rule_of_three():
    finger = np.repeat(np.arange(45), 3)  # 135 searches
    assert intervals.share(np.zeros(135, bool), finger) == (0, pytest.approx(3 / 45))
    assert intervals.share(np.ones(135, bool), finger) == (pytest.approx(1 - 3 / 45), 1)


def test_nothing_seen_may_still_be_three_times_over_what_was_expected():
    expected = np.full((10, 10), 0.3)
    low, high = intervals.times(np.zeros((10, 10)), expected, np.arange(10), np.arange(10), draws=50)
    assert (low, high) == (0, pytest.approx(3 / 30))


def test_a_share_over_one_finger_a_search_is_the_binomial_one():
    outcome = np.arange(400) % 4 != 0
    low, high = intervals.share(outcome, np.arange(400))
    assert (low, high) == (pytest.approx(0.707, abs=0.02), pytest.approx(0.793, abs=0.02))


def test_pairs_that_are_seen_about_a_few_fingers_widen_the_interval():
    """As many pairs each time: one in fifty, evenly, or all of two fingers' rows."""
    fingers_, rng = np.arange(50), np.random.default_rng(1)
    expected = np.full((50, 50), 0.04)
    evenly = rng.random((50, 50)) < 0.04
    of_two = np.zeros((50, 50), bool)
    of_two[[3, 30]] = True
    (low, high), (least, most) = (intervals.times(seen, expected, fingers_, fingers_, draws=300) for seen in (evenly, of_two))
    assert low < evenly.sum() / expected.sum() < high
    assert most - least > 2 * (high - low)
