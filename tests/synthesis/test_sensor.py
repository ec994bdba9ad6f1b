from dataclasses import replace

import numpy as np
import pytest

from biomatch.synthesis.sensor import CHIP, GLASS, INK, SENSORS, develop

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


def test_the_same_seed_gives_the_same_noise():
    assert np.array_equal(developed(0.2, GLASS), developed(0.2, GLASS))
    assert not np.array_equal(developed(0.2, GLASS), developed(0.2, GLASS, seed=2))
