"""The direction and period that a synthetic print is labelled with are those that its picture shows."""

import numpy as np
import pytest

from biomatch.extraction import Params
from biomatch.extraction.pipeline import look
from biomatch.imaging import GreyImage
from biomatch.observe import NO_TRACE
from biomatch.synthesis import Touch, impression, master
from biomatch.synthesis.ridge_map import ridge_map


@pytest.fixture(scope="module")
def turned():
    finger = master(77)
    made = impression(finger, np.random.default_rng(5), Touch(0.7, (9.0, -14.0), 1.5, 0.1, 0.0, 0.0))
    seen = look(GreyImage.of(made.image), Params(), NO_TRACE)
    return *ridge_map(finger, made), seen, seen.mask & (seen.flow.coherence > 0.6)


def test_direction_is_the_pictures(turned):
    angle, _, seen, clear = turned
    away = np.abs(np.angle(np.exp(2j * (angle - seen.flow.angle)))) / 2
    assert clear.mean() > 0.1
    assert np.degrees(np.median(away[clear])) < 4
    assert np.degrees(np.percentile(away[clear], 90)) < 12
    assert angle.min() >= 0
    assert angle.max() < np.pi + 1e-6


def test_period_is_the_pictures(turned):
    _, period, seen, clear = turned
    assert np.median(np.abs(np.log(period / seen.period))[clear]) < 0.08
