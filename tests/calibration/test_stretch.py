"""Another sensor's non-mated pairs come less far or farther; few of them change little."""

import numpy as np
import pytest

from biomatch.calibration import Calibration, llr, stretch
from biomatch.calibration.stretch import KNEE, NONE, Stretch
from biomatch.learned import Models, save


def non_mated(count, times=1.0, seed=5):
    """Scores whose rates are those that they state, times so many: of a sensor that has fewer or more."""
    return np.maximum(0, -10 * np.log10(np.random.default_rng(seed).random(count)) * times)


def test_a_sensor_like_those_that_shipped_changes_little():
    found = stretch.fit(non_mated(40_000), 300)
    assert found.below == pytest.approx(1, abs=0.03)
    assert found.beyond == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("times", [0.7, 1.4])
def test_on_another_sensor_a_stated_rate_is_the_rate_again(times):
    found = stretch.fit(non_mated(40_000, times), 2_000)
    fresh = non_mated(400_000, times, seed=6)
    before, after = (float((score >= 30).mean()) for score in (fresh, found(fresh)))
    assert max(before / 1e-3, 1e-3 / before) > 5
    assert max(after / 1e-3, 1e-3 / after) < 1.8  # held near no change by 50 non-mated pairs, so not all of the way


def test_the_fewer_fingers_the_less_is_changed():
    score = non_mated(10_000, 1.4)
    found = [stretch.fit(score, fingers).beyond for fingers in (0, 10, 100, 1_000)]
    assert found[0] == 1
    assert found == sorted(found, reverse=True)
    assert found[1] > 0.9


def test_nothing_seen_changes_nothing_and_nothing_is_stretched_without_end():
    assert stretch.fit(np.zeros(0), 0) == NONE
    far = stretch.fit(np.full(10_000, 200.0), 10_000)
    assert (far.below, far.beyond) == (stretch.LEAST, stretch.LEAST)
    assert stretch.fit(np.zeros(100_000), 10_000).below <= stretch.MOST


def test_order_stays():
    score = np.linspace(0, 90, 500)
    assert (np.diff(Stretch(0.6, 1.7)(score)) > 0).all()
    assert Stretch(2.0, 0.5)(np.array([0.0, KNEE, KNEE + 10])).tolist() == pytest.approx([0, 2 * KNEE, 2 * KNEE + 5])


def test_an_adapted_calibration_comes_back_from_its_arrays(tmp_path):
    own = Calibration.of().adapted({("ridges", 0): Stretch(0.9, 0.8)}, {("ridges", 0): (-0.5, 0.7)})
    save(tmp_path, "calibration", own.arrays(), {})
    raw, fewer = np.linspace(-5, 8, 50), np.full(50, 40)
    again, shipped = Calibration.of(Models(tmp_path)), Calibration.of()
    np.testing.assert_array_equal(again("ridges", raw, fewer, 0).score, own("ridges", raw, fewer, 0).score)
    np.testing.assert_array_equal(again("ridges", raw, fewer, 0).llr, own("ridges", raw, fewer, 0).llr)
    np.testing.assert_array_equal(again("minutiae", raw, fewer, 0).score, shipped("minutiae", raw, fewer, 0).score)
    assert (again("ridges", raw, fewer, 0).score < shipped("ridges", raw, fewer, 0).score).any()
    assert "ridges_plain_stretch" not in shipped.arrays()


def test_likelihood_ratios_that_claim_too_much_claim_less_where_fingers_are_many():
    """Log odds of two normal laws, twice what they should be."""
    rng = np.random.default_rng(7)
    mates, others = (rng.normal(mean, 2, 20_000) for mean in (2.0, -2.0))  # natural log odds are the values themselves
    told = [2 * one / np.log(10) for one in (mates, others)]
    offset, slope = llr.turn(*told, fingers=5_000)
    assert offset == pytest.approx(0, abs=0.05)
    assert slope == pytest.approx(0.5, abs=0.05)
    assert llr.turn(*told, fingers=5)[1] > 0.75
