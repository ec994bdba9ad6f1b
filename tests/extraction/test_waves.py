import numpy as np
import pytest

from biomatch.extraction import waves
from biomatch.extraction.waves import MARGIN, WaveParams
from biomatch.observe import NO_TRACE

P = WaveParams()


@pytest.fixture
def scene(rng):
    """A random picture, directions, periods and mask."""
    shape = (24, 31)
    picture = rng.normal(size=shape).astype(np.float32)
    turn = rng.integers(0, P.directions + 1, shape).astype(np.uint8)
    return picture, turn, rng.random(shape) < 0.8


def test_doubling_agrees_with_its_twin(scene, plain):
    np.testing.assert_allclose(waves.doubled(scene[0], MARGIN), plain.doubled(scene[0], MARGIN), atol=1e-6)


def test_offsets_lead_to_the_nearest_place_of_half_a_px():
    shape = (24, 31)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    middle = 12 * (shape[1] + 2 * MARGIN) + 15
    at = waves.offsets(P, 3, 1.5, 0.3, shape) + middle
    angle = np.arange(P.directions + 1)[:, None] * (np.pi / P.directions) + 0.3
    for places, sign in ((at[:, 0], 1), (at[:, 1], -1)):
        reach = sign * 1.5 * np.arange(4)
        assert np.abs(waves.doubled(x, MARGIN)[places] - 15 - reach * np.cos(angle)).max() <= 0.2501
        assert np.abs(waves.doubled(y, MARGIN)[places] - 12 - reach * np.sin(angle)).max() <= 0.2501


def test_smoothing_along_agrees_with_its_twin(scene, plain):
    picture, turn, mask = scene
    weight = waves.along_weights(P)
    along = waves.offsets(P, P.along_taps, P.along_step_px, 0.0, picture.shape)
    twice = waves.doubled(picture, MARGIN)
    fast = waves.smooth_along(picture, twice, turn, mask, along, weight, MARGIN)
    np.testing.assert_allclose(fast, plain.smooth_along(picture, twice, turn, mask, along, weight, MARGIN), atol=1e-5)


def test_the_response_across_agrees_with_its_twin(scene, plain, rng):
    picture, turn, mask = scene
    table, reach = waves.filters(P)
    which = rng.integers(0, len(table), picture.shape).astype(np.uint8)
    normal = waves.offsets(P, table.shape[2] - 1, 1.0, np.pi / 2, picture.shape)
    twice = waves.doubled(picture, MARGIN)
    fast = waves.across(picture, twice, turn, which, mask, normal, table, reach, MARGIN)
    slow = plain.across(picture, twice, turn, which, mask, normal, table, MARGIN)
    np.testing.assert_allclose(fast[0], slow[0], atol=1e-5)
    np.testing.assert_allclose(fast[1], slow[1], atol=1e-5)


def test_filters_do_not_see_a_flat_picture_and_have_weights_of_one():
    even = waves.filters(P)[0][:, 0]
    np.testing.assert_allclose(even[:, 0] + 2 * even[:, 1:].sum(1), 0, atol=1e-6)
    weight = waves.along_weights(P)
    assert weight[0] + 2 * sum(weight[1:]) == pytest.approx(1)


@pytest.mark.parametrize("turned", [0.0, 0.4, 1.2, 2.3, 3.0])
def test_phase_is_pi_on_a_ridge_and_0_in_a_valley(patterns, turned):
    picture = (patterns.stripes(120, 9.0, turned).astype(np.float32) - 128) / 57
    everywhere = np.ones(picture.shape, bool)
    angle = np.full(picture.shape, (-turned) % np.pi, np.float32)
    period = np.full(picture.shape, 9.0, np.float32)
    for wave in waves.measure(picture, angle, period, everywhere, P, NO_TRACE):
        inner = (slice(30, -30), slice(30, -30))
        cosine = wave.even[inner] / np.hypot(wave.even[inner], wave.odd[inner])
        assert np.abs(cosine - picture[inner] / 1.4).max() < 0.03  # seen: at most 0.024
    assert np.abs(waves.cosine([wave])).max() <= 1
