import numpy as np
import pytest

from biomatch.synthesis.sensor import INK, SENSORS
from biomatch.synthesis.window import faded, frame, ground


@pytest.mark.parametrize("sensor", [*SENSORS, INK], ids=lambda one: one.name)
def test_an_empty_window_is_bright_and_finite(sensor):
    grey = ground(np.random.default_rng(1), 200, 220, sensor.empty, sensor.window)
    assert np.isfinite(grey).all()
    assert np.median(grey) > 150


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda one: one.name)
def test_a_device_has_the_same_frame_in_all_its_images(sensor):
    image = np.full((sensor.height, sensor.width), 50, np.float32)
    assert np.array_equal(frame(image, sensor.window), frame(image.copy(), sensor.window))
    assert np.array_equal(faded(40, 30, sensor.window), faded(40, 30, sensor.window))


def test_a_keystone_s_corners_lie_outside():
    (compact,) = (one for one in SENSORS if one.window.kind == "keystone")
    framed = frame(np.zeros((compact.height, compact.width), np.float32), compact.window)
    assert framed[0, 0] == framed[0, -1] == 254
    assert framed[-1, compact.width // 2] == 0
