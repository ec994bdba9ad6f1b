"""Raw scores to false match rates."""

import numpy as np
import pytest

from biomatch.calibration import score_to_fmr


@pytest.fixture(scope="module")
def curve():
    """Non-mated pairs whose raw scores fall off exponentially: FMR(s) = exp(-s)."""
    return score_to_fmr.fit(np.random.default_rng(1).exponential(1, 20_000))


def test_a_known_distribution_is_told(curve):
    for rate in (0.5, 0.1, 0.01, 0.001):
        assert curve(np.array([-np.log(rate)]))[0] == pytest.approx(-10 * np.log10(rate), abs=0.5)


def test_it_never_falls(curve):
    assert (np.diff(curve(np.linspace(-5, 40, 2_000))) >= 0).all()


def test_what_is_extrapolated_is_marked(curve):
    assert not curve.extrapolated(np.array([-np.log(0.01)]))[0]
    assert curve.extrapolated(np.array([-np.log(1e-6)]))[0]


def test_what_fewer_than_ten_non_mated_reach_is_extrapolated():
    hundred = score_to_fmr.fit(np.arange(100.0))
    assert hundred.seen == 90
    assert hundred.extrapolated(np.array([89.9, 90.0, 90.1])).tolist() == [False, False, True]


def test_beyond_what_was_seen_less_and_less_is_claimed(curve):
    far = curve(np.array([20.0, 40.0, 80.0]))
    assert far[0] < 10 * 20 / np.log(10)
    assert far[2] - far[1] < 40
    assert far[2] > far[1] > far[0]


def test_weights_stand_for_pairs_that_were_left_out():
    rng = np.random.default_rng(2)
    every = rng.exponential(1, 20_000)
    hard = every > 1
    drawn = np.flatnonzero(~hard)[::10]
    kept = np.concatenate([np.flatnonzero(hard), drawn])
    stands = np.where(hard[kept], 1.0, (~hard).sum() / len(drawn))
    at = np.array([0.5, 2.0, 5.0])
    np.testing.assert_allclose(score_to_fmr.fit(every[kept], stands)(at), score_to_fmr.fit(every)(at), atol=0.3)


@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_few_non_mated_still_give_a_curve(count):
    curve = score_to_fmr.fit(np.linspace(-3, 3, count))
    assert np.isfinite(curve(np.linspace(-10, 10, 50))).all()
