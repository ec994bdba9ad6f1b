import numpy as np
import pytest

from biomatch.synthesis.sensor import CHIP, GLASS, SENSORS, develop

SHAPE = (90, 100)


def developed(height, sensor, seed=1):
    touch = np.full(SHAPE, height, np.float32)
    return develop(touch, np.full(SHAPE, 0.5, np.float32), sensor, np.random.default_rng(seed))


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda s: s.name)
def test_skin_that_touches_is_dark_and_nothing_is_bright(sensor):
    assert developed(1.0, sensor).mean() == pytest.approx(sensor.dark, abs=25)
    assert np.median(developed(-5.0, sensor)) > sensor.empty - 70


def test_a_chip_tells_few_levels_apart():
    assert len(np.unique(developed(0.1, CHIP))) <= 16


def test_the_same_seed_gives_the_same_noise():
    assert np.array_equal(developed(0.2, GLASS), developed(0.2, GLASS))
    assert not np.array_equal(developed(0.2, GLASS), developed(0.2, GLASS, seed=2))
