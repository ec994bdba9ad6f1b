"""Raw scores to likelihood ratios."""

import numpy as np
import pytest

from biomatch.calibration import llr


def test_scores_that_are_log_likelihood_ratios_are_left_alone():
    """Normal scores of mean +-m and variance 2m are their own log likelihood ratios."""
    rng = np.random.default_rng(1)
    line = llr.fit(rng.normal(2, 2, 20_000), rng.normal(-2, 2, 20_000))
    assert line.slope * np.log(10) == pytest.approx(1, abs=0.05)
    assert line.offset == pytest.approx(0, abs=0.05)


def test_limits_grow_with_the_data():
    rng = np.random.default_rng(2)
    few = llr.fit(rng.normal(4, 2, 50), rng.normal(-4, 2, 200))
    many = llr.fit(rng.normal(4, 2, 2_000), rng.normal(-4, 2, 50_000))
    assert few.upper < 2.5 < many.upper < 5
    assert -4 < many.lower < few.lower < 0


def test_nothing_is_claimed_beyond_the_limits():
    rng = np.random.default_rng(3)
    line = llr.fit(rng.normal(4, 2, 500), rng.normal(-4, 2, 5_000))
    assert line(np.array([-1e6, 1e6])).tolist() == [line.lower, line.upper]
