import numpy as np
import pytest

from biomatch.extraction import orientation, ridge_period
from biomatch.extraction.params import Params
from biomatch.observe import NO_TRACE

P = Params()


def measured(picture):
    flat = (picture.astype(np.float32) - 128) / 57
    everywhere = np.ones(flat.shape, bool)
    flow = orientation.estimate(flat, everywhere, P.orientation, NO_TRACE)
    return ridge_period.estimate(flat, flow, everywhere, P.period, P.waves, NO_TRACE)


@pytest.mark.parametrize("period", [6.0, 7.5, 9.0, 11.0, 13.0])
@pytest.mark.parametrize("turned", [0.0, 0.7, 1.9])
def test_the_period_of_stripes_is_measured_within_four_percent(patterns, period, turned):
    inner = measured(patterns.stripes(160, period, turned))[40:-40, 40:-40]
    assert np.median(inner) == pytest.approx(period, rel=0.04)


def test_noise_changes_the_period_little(patterns, rng):
    noisy = patterns.stripes(200, 9.0, 0.6).astype(float) + rng.normal(0, 60, (200, 200))
    assert np.median(measured(np.clip(noisy, 0, 255))[40:-40, 40:-40]) == pytest.approx(9.0, rel=0.06)
