from dataclasses import replace

import numpy as np
import pytest

from biomatch.synthesis import window
from biomatch.synthesis.sensor import CHIP, COMPACT, INK, SENSORS, SOFT
from biomatch.synthesis.window import faded, frame, ground


@pytest.mark.parametrize("sensor", [*SENSORS, INK], ids=lambda one: one.name)
def test_an_empty_window_is_bright_and_finite(sensor):
    grey = ground(np.random.default_rng(1), np.zeros((200, 220), np.float32), sensor.empty, sensor.window)
    assert np.isfinite(grey).all()
    assert np.median(grey) > 150


@pytest.mark.parametrize("sensor", [SOFT, COMPACT, CHIP], ids=lambda one: one.name)
def test_a_device_has_the_same_frame_in_all_its_images(sensor):
    """Whatever is seen in the window, and where nothing is known of an earlier image."""
    seen = []
    for grey in (50, 120):
        window._device.cache_clear()
        seen.append(frame(np.full((sensor.height, sensor.width), grey, np.float32), sensor.window))
    outside = seen[0] == seen[1]
    assert 0 < outside.mean() < 0.3
    assert (seen[1] > seen[0])[~outside].all()


def test_ridges_are_paler_only_where_a_keystone_s_light_is_uneven():
    pale = {sensor.window.kind: faded(60, 50, sensor.window) for sensor in SENSORS}
    assert {kind for kind, by in pale.items() if by.any()} == {"keystone"}
    assert pale["keystone"][50:].mean() > pale["keystone"][:20].mean() + 40


@pytest.mark.parametrize("kind", ["octagon", "keystone", "oval"])
def test_devices_of_a_kind_have_marks_of_their_own(kind):
    (sensor,) = (one for one in SENSORS if one.window.kind == kind)
    calm = replace(sensor.window, spread=0.0, specks=0.0)
    nowhere = np.zeros((sensor.height, sensor.width), np.float32)
    one, again, other = (ground(np.random.default_rng(2), nowhere, sensor.empty, calm, device) for device in (1, 1, 2))
    assert np.array_equal(one, again)
    assert np.abs(one - other).mean() > 0.5


def test_a_keystone_s_corners_lie_outside():
    (compact,) = (one for one in SENSORS if one.window.kind == "keystone")
    framed = frame(np.zeros((compact.height, compact.width), np.float32), compact.window)
    assert framed[0, 0] == framed[0, -1] == 254
    assert framed[-1, compact.width // 2] == 0


def test_the_film_on_a_chip_is_torn_around_the_finger():
    """Over 30 days, on some of which there is none."""
    (chip,) = (one for one in SENSORS if one.window.kind == "residue")
    lies = np.zeros((200, 200), np.float32)
    lies[:, :60] = 1
    days = [ground(np.random.default_rng(seed), lies, chip.empty, chip.window) for seed in range(30)]
    assert np.mean([day[20:180, 60:75].mean() - day[20:180, 130:180].mean() for day in days]) > 1
