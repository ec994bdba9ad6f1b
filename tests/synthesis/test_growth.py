import numpy as np
import pytest

from biomatch.synthesis import growth
from biomatch.synthesis.growth import GROWTH, convolve_chosen, filter_along, grow

SLANTED, PERIOD = np.deg2rad(30), 9.0


def wave(turn, period, shape=(80, 90)):
    """Ridges that run in a direction, counter-clockwise from the x axis as seen."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    return np.cos(2 * np.pi * (x * np.sin(turn) + y * np.cos(turn)) / period).astype(np.float32)


def choices(turn, period, shape=(80, 90)):
    return growth._choices(np.full(shape, turn, np.float32), np.full(shape, period, np.float32), GROWTH)


def convolve_plainly(padded, turn, size, bank, gain):
    height, width = turn.shape
    out = np.empty((height, width))
    for y in range(height):
        for x in range(width):
            kernel = bank[turn[y, x], size[y, x]].astype(float)
            out[y, x] = (kernel * padded[y : y + kernel.shape[0], x : x + kernel.shape[1]]).sum()
    return np.clip(gain * out, -1, 1)


def test_the_kernel_agrees_with_its_plain_twin():
    rng = np.random.default_rng(1)
    bank = rng.standard_normal((3, 2, 5, 8)).astype(np.float32) / 10
    padded = rng.standard_normal((24, 30)).astype(np.float32)
    turn, size = rng.integers(0, 3, (20, 23)), rng.integers(0, 2, (20, 23))
    quick = convolve_chosen(padded, turn, size, bank, np.float32(1.3))
    assert np.allclose(quick, convolve_plainly(padded, turn, size, bank, 1.3), atol=1e-5)


def test_a_wave_of_its_own_direction_and_period_passes_unchanged():
    ridges = wave(SLANTED, PERIOD)
    passed = filter_along(ridges, *choices(SLANTED, PERIOD), growth._bank(1.0, GROWTH), 1.0)
    assert np.abs(passed - ridges)[15:-15, 15:-15].max() < 0.05


@pytest.mark.parametrize(("turn", "period"), [(SLANTED + np.pi / 2, PERIOD), (SLANTED, 3 * PERIOD)])
def test_other_waves_are_held_back(turn, period):
    passed = filter_along(wave(turn, period), *choices(SLANTED, PERIOD), growth._bank(1.0, GROWTH), 1.0)
    assert np.abs(passed)[15:-15, 15:-15].max() < 0.35


def test_ridges_grow_with_the_wanted_direction_and_period():
    shape = (160, 160)
    ridges = grow(np.random.default_rng(2), np.full(shape, SLANTED, np.float32), np.full(shape, PERIOD, np.float32))
    power = np.abs(np.fft.fftshift(np.fft.fft2(ridges))) ** 2
    y, x = np.unravel_index(power.argmax(), shape)
    fx, fy = (x - 80) / 160, (y - 80) / 160
    assert 1 / np.hypot(fx, fy) == pytest.approx(PERIOD, rel=0.06)
    assert np.arctan2(abs(fx), abs(fy)) == pytest.approx(SLANTED, abs=0.1)


def test_the_same_seed_grows_the_same_ridges():
    flow, period = np.full((60, 60), 0.4, np.float32), np.full((60, 60), 9, np.float32)
    assert np.array_equal(grow(np.random.default_rng(7), flow, period), grow(np.random.default_rng(7), flow, period))
