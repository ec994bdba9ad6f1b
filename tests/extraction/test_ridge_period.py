import numpy as np
import pytest

from biomatch.extraction import orientation, ridge_period
from biomatch.extraction.params import Params
from biomatch.extraction.waves import Wave
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


def clear_everywhere(side):
    """A wave of strength 1 and the flow of straight ridges."""
    ones = np.ones((side, side), np.float32)
    along = np.stack((ones, 0 * ones), axis=-1)
    return Wave(ones, 0 * ones), orientation.Flow(angle=0 * ones, coherence=ones, double=along)


@pytest.mark.parametrize(("period", "told"), [(4.6, True), (9.0, False), (14.5, True)])
def test_an_implausible_period_is_told_and_nothing_is_rescaled(period, told):
    field = np.full((50, 50), period, np.float32)
    said = ridge_period.warnings(field, *clear_everywhere(50), np.ones((50, 50), bool), P.period)
    assert bool(said) is told
    assert not said or f"{period:.1f} px" in said[0]


def test_broken_ridges_do_not_outvote_clear_ones():
    """Creased skin of coarse ridges: two thirds of the print look farther apart than they are."""
    field = np.full((60, 60), 14.8, np.float32)
    field[:20] = 12.5
    wave, flow = clear_everywhere(60)
    flow.coherence[20:] = 0.4
    everywhere = np.ones((60, 60), bool)
    assert ridge_period.warnings(field, wave, flow, everywhere, P.period) == ()
    assert ridge_period.warnings(field, *clear_everywhere(60), everywhere, P.period)


def test_without_a_finger_nothing_is_said():
    field = np.full((9, 9), 2.0, np.float32)
    assert ridge_period.warnings(field, *clear_everywhere(9), np.zeros((9, 9), bool), P.period) == ()
