import numpy as np
import pytest

from biomatch.extraction import orientation
from biomatch.extraction.params import Params
from biomatch.observe import NO_TRACE


def away(a, b):
    """Radians between two directions of period pi."""
    return np.abs((a - b + np.pi / 2) % np.pi - np.pi / 2)


def estimated(picture):
    flat = (picture.astype(np.float32) - 128) / 57
    return orientation.estimate(flat, np.ones(flat.shape, bool), Params().orientation, NO_TRACE)


@pytest.mark.parametrize("turned", np.linspace(0, np.pi, 9)[:-1])
def test_the_direction_of_stripes_is_within_a_degree(patterns, turned):
    flow = estimated(patterns.stripes(120, 9.0, turned))
    inner = (slice(25, -25), slice(25, -25))
    assert np.degrees(away(flow.angle[inner], -turned)).max() < 1
    assert flow.coherence[inner].min() > 0.9
    np.testing.assert_allclose(np.linalg.norm(flow.tangent, axis=-1), 1, atol=1e-5)


def test_the_coherence_alone_is_that_of_the_whole_estimate(finger):
    flat = (finger.pixels.astype(np.float32) - 128) / 57
    mask = np.ones(flat.shape, bool)
    alone = orientation.coherence(flat, mask, Params().orientation, NO_TRACE)
    assert np.array_equal(alone, estimated(finger.pixels).coherence)


def test_rings_turn_as_rings_do():
    y, x = np.mgrid[-80:80, -80:80] + 0.5
    flow = estimated(128 + 80 * np.cos(2 * np.pi * np.hypot(x, y) / 9))
    ring = (np.hypot(x, y) > 30) & (np.hypot(x, y) < 65)
    assert np.degrees(away(flow.angle, np.arctan2(y, x) + np.pi / 2))[ring].max() < 4


def test_angles_lie_in_half_a_turn(finger):
    flow = estimated(finger.pixels)
    assert flow.angle.min() >= 0
    assert flow.angle.max() <= np.pi + 1e-5


def test_inverted_ridges_run_the_same_way(finger):
    a, b = estimated(finger.pixels), estimated(255 - finger.pixels)
    assert np.degrees(away(a.angle, b.angle)).max() < 0.5
