from dataclasses import replace

import numpy as np
import pytest

from biomatch.synthesis.sensor import CHIP, GLASS, INK, SENSORS, SOFT, develop

SHAPE = (90, 100)


def developed(height, sensor, seed=1, moist=0.7):
    touch = np.full(SHAPE, height, np.float32)
    return develop(touch, np.full(SHAPE, moist, np.float32), sensor, np.random.default_rng(seed))


@pytest.mark.parametrize("sensor", [*SENSORS, INK], ids=lambda s: s.name)
def test_skin_that_touches_is_dark_and_nothing_is_bright(sensor):
    calm = replace(sensor, dirt=0.0)
    assert np.median(developed(1.0, calm)) < calm.dark + calm.pale + 75
    assert np.median(developed(-5.0, calm, moist=0.0)) > calm.empty - 40


def test_dirt_darkens_what_is_empty():
    clean, dirty = (np.mean(developed(-5.0, replace(CHIP, dirt=dirt), moist=0.1)) for dirt in (0.0, 20.0))
    assert dirty < clean - 3


def test_a_sensor_may_tell_few_levels_apart():
    assert len(np.unique(developed(0.1, replace(CHIP, levels=16)))) <= 16


def test_a_light_touch_is_paler():
    firm, light = (np.mean([developed(1.0, GLASS, seed, moist) for seed in range(12)]) for moist in (0.9, 0.3))
    assert light > firm + 10


def test_a_finger_without_sweat_is_hardly_seen_on_a_chip():
    parched, usual = (np.median(developed(1.0, CHIP, moist=moist)) for moist in (0.15, 0.6))
    assert usual < parched - 50 < CHIP.empty - 50


def test_what_an_earlier_touch_left_darkens_the_window():
    nothing, left = np.full(SHAPE, -5, np.float32), np.zeros(SHAPE, np.float32)
    left[:, 50:] = 1
    clean, marked = (develop(nothing, left * 0, SOFT, np.random.default_rng(3), earlier) for earlier in (None, left))
    assert np.array_equal(clean[:, :40], marked[:, :40])
    assert marked[:, 60:].mean() < clean[:, 60:].mean() - 8


def test_the_same_seed_gives_the_same_noise():
    assert np.array_equal(developed(0.2, GLASS), developed(0.2, GLASS))
    assert not np.array_equal(developed(0.2, GLASS), developed(0.2, GLASS, seed=2))
