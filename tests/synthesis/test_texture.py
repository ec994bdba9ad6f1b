"""What the network that paints prints is told, and what becomes of its answer."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.synthesis import orders
from biomatch.synthesis.impression import impression
from biomatch.synthesis.person import finger_of
from biomatch.synthesis.sensor import SENSORS
from biomatch.synthesis.skin import Touch
from biomatch.synthesis.texture import KINDS, NOISES, PLANES, given, greys, noises, tone
from biomatch.vocabulary import FingerPosition


class Listener:
    """Takes down what a texture is told, and paints in black."""

    def __init__(self):
        self.told = []

    def of(self, image, ridges, contact, kind, rng):
        self.told.append((image, ridges, contact, kind))
        return np.zeros_like(image)


@pytest.fixture(scope="module")
def finger():
    return finger_of(3, 1, FingerPosition.RIGHT_INDEX)


def test_it_knows_every_sensor_by_its_name():
    assert tuple(sensor.name for sensor in SENSORS) == KINDS


@pytest.mark.parametrize("scale", [1.0, 1.3])
def test_a_print_is_painted_from_its_ridges(finger, scale):
    listener, sensor = Listener(), replace(SENSORS[1], scale=scale)
    plain = impression(finger, np.random.default_rng(1), Touch(), sensor)
    made = impression(finger, np.random.default_rng(1), Touch(), sensor, texture=listener)
    ((bare, ridges, contact, kind),) = listener.told
    assert kind == "soft optical"
    assert not made.image.any()
    np.testing.assert_array_equal(made.contact, plain.contact)
    np.testing.assert_array_equal(made.minutiae.x, plain.minutiae.x)
    assert ridges.shape == contact.shape == bare.shape == plain.image.shape
    assert np.abs(ridges).max() <= 1
    inside = contact > 0.9
    assert np.corrcoef(ridges[inside], bare[inside])[0, 1] < -0.5  # crests are dark


def test_mean_and_deviation_are_those_of_what_lies_in_contact():
    image = np.full((80, 120), 250, np.uint8)
    image[:, :60:2], image[:, 1:60:2] = 80, 120
    contact = np.zeros((80, 120), np.float32)
    contact[:, :60] = 1
    mean, deviation = tone(image, contact)
    assert mean[40, 30] == pytest.approx(100, abs=1)
    assert deviation[40, 30] == pytest.approx(20, abs=1)
    assert mean[40, 56] == pytest.approx(100, abs=8)  # the window beside it counts for little


def test_what_is_told_of_a_place_without_a_finger_is_its_place_and_sensor():
    told = given(*(np.zeros((10, 21), np.float32) for _ in range(4)), kind=2)
    assert told.shape == (PLANES, 10, 21)
    assert not told[:4].any()
    assert (told[4, 3, 0], told[4, 3, 10], told[4, 3, 20], told[5, 0, 4], told[5, 9, 4]) == (-1, 0, 1, -1, 1)
    assert told[6:, 5, 5].tolist() == [0, 0, 1, 0, 0]


def test_noise_comes_in_grains_and_from_its_seed_alone():
    first = noises(np.random.default_rng(4), 90, 70)
    assert first.shape == (len(NOISES), 90, 70)
    np.testing.assert_array_equal(first, noises(np.random.default_rng(4), 90, 70))
    alike = [np.corrcoef(one[:, 1:].ravel(), one[:, :-1].ravel())[0, 1] for one in first]
    assert abs(alike[0]) < 0.1
    assert 0.7 < alike[1] < alike[2]
    assert all(0.5 < one.std() < 1.5 for one in first)


def test_answers_become_greys():
    assert greys(np.array([[-2, -1, 0, 1, 3]], np.float32)).tolist() == [[0, 0, 128, 255, 255]]


def test_painted_prints_have_a_version_of_their_own():
    painted = orders.generator_version(painted=True)
    assert painted.startswith(orders.generator_version() + "+texture/1-")


def test_a_painted_print_has_the_truth_of_the_drawn_one():
    drawn, painted = (orders.prints(5, 1, [FingerPosition.LEFT_RING], 1, ["chip"], painted=one)[0] for one in (False, True))
    (one,), (other,) = orders.make(None, drawn), orders.make(None, painted)
    assert one.truth == other.truth
    assert one.row == other.row
    assert one.data != other.data
    assert orders.make(None, painted)[0].data == other.data
