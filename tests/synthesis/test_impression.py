from dataclasses import replace

import numpy as np
import pytest

from biomatch.extraction import ClassicalExtractor
from biomatch.imaging import GreyImage
from biomatch.synthesis.impression import impression
from biomatch.synthesis.master import master
from biomatch.synthesis.pattern import PatternClass
from biomatch.synthesis.sensor import CHIP, GLASS, LARGE, SENSORS
from biomatch.synthesis.skin import Touch, draw_touch
from biomatch.vocabulary import FingerPosition


@pytest.fixture(scope="module")
def finger():
    return master(3, FingerPosition.RIGHT_INDEX, PatternClass.WHORL)


def test_a_finger_has_as_many_minutiae_as_real_ones(finger):
    """Real: 3.1 to 6.7 on 100 x 100 px. Seen: 4.8."""
    per_area = len(finger.minutiae) / finger.ridges.size * 1e4
    assert 2.8 < per_area < 7


def test_both_kinds_of_minutiae_occur(finger):
    share = (finger.minutiae.kind == 1).mean()
    assert 0.25 < share < 0.75


def test_pores_lie_on_crests(finger):
    x, y = np.rint(finger.pores).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < finger.ridges.shape[1]) & (y < finger.ridges.shape[0])
    assert (finger.ridges[y[inside], x[inside]] > 0.3).mean() > 0.9


def test_the_same_seed_makes_the_same_finger_and_image(finger):
    again = master(3, FingerPosition.RIGHT_INDEX, PatternClass.WHORL)
    assert np.array_equal(finger.ridges, again.ridges)
    one, two = (impression(finger, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one.image, two.image)
    assert one.minutiae == two.minutiae


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda s: s.name)
def test_every_sensor_shows_dark_ridges_on_a_bright_ground(finger, sensor):
    made = impression(finger, np.random.default_rng(5), Touch(), sensor)
    assert made.image.shape == (sensor.height, sensor.width)
    inside, outside = made.image[made.contact > 0.9], made.image[made.contact == 0]
    assert inside.mean() < outside.mean() - 15


def test_only_what_touches_has_truth(finger):
    whole = impression(finger, np.random.default_rng(6), Touch())
    part = impression(finger, np.random.default_rng(6), Touch(), contact_size=0.5)
    assert 5 <= len(part.minutiae) < 0.6 * len(whole.minutiae)
    x, y = np.rint(part.minutiae.x).astype(int), np.rint(part.minutiae.y).astype(int)
    assert (part.contact[y, x] > 0).all()


def test_minutiae_of_the_finger_are_found_where_the_truth_says(finger):
    """Turned, shifted and distorted: what the extractor finds lies at the truth. Seen: 0.88 of it."""
    touch = Touch(turn=0.35, shift=(14, -10), skin=1.2)
    made = impression(finger, np.random.default_rng(9), touch, GLASS)
    height, width = made.image.shape
    found = ClassicalExtractor().extract(GreyImage(made.image, 500, width, height, ())).minutiae
    true = made.minutiae
    away = np.hypot(true.x[:, None] - found.x, true.y[:, None] - found.y)
    turned = np.abs((true.angle[:, None] - found.angle + np.pi) % (2 * np.pi) - np.pi)
    assert ((away < 8) & (turned < 0.5)).any(axis=1).mean() > 0.79


def test_singular_points_come_along(finger):
    """In a touch that is only turned and shifted, distances between cores and deltas stay what they are."""
    made = impression(finger, np.random.default_rng(10), Touch(turn=0.2, shift=(5, 5)), GLASS)
    assert len(made.cores) == len(finger.pattern.cores) == 2
    apart = np.linalg.norm(np.subtract(*finger.pattern.cores))
    assert np.linalg.norm(np.subtract(*made.cores)) == pytest.approx(apart, abs=0.01)


def test_the_truth_lies_on_the_ridges_of_the_image(finger):
    """Forks of ridges are dark and those of valleys bright, in a touch that is turned and distorted as usual, without wear."""
    made = impression(finger, np.random.default_rng(7), Touch(turn=0.3, skin=1.0), GLASS)
    deep = made.contact[np.rint(made.minutiae.y).astype(int), np.rint(made.minutiae.x).astype(int)] >= 1
    grey = made.image[np.rint(made.minutiae.y).astype(int), np.rint(made.minutiae.x).astype(int)].astype(float)
    forks, endings = deep & (made.minutiae.kind == 2), deep & (made.minutiae.kind == 1)
    assert grey[forks].mean() < grey[endings].mean() - 60


def test_pressing_harder_and_wetter_makes_a_darker_print(finger):
    def darkness(**touch):
        made = impression(finger, np.random.default_rng(8), Touch(**touch), CHIP)
        return 255 - made.image[made.contact > 0.9].mean()

    assert darkness(pressure=0.7) > darkness() > darkness(pressure=-0.7)
    assert darkness(moisture=0.7) > darkness() > darkness(moisture=-0.7)


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda s: s.name)
def test_a_finger_is_put_down_where_the_sensor_s_rest_is(finger, sensor):
    made = impression(finger, np.random.default_rng(11), Touch(), sensor)
    upper = made.cores[made.cores[:, 1].argmin()]
    assert upper == pytest.approx((sensor.width / 2, sensor.core_y * sensor.height), abs=1.0)


def test_creases_are_white_lines_across_the_ridges(finger):
    """Where the skin is folded deepest hardly anything touches."""
    lined = replace(finger, creases=np.zeros_like(finger.creases))
    lined.creases[260:264] = 1
    plain, folded = (impression(one, np.random.default_rng(12), Touch(), GLASS) for one in (finger, lined))
    at = (np.abs(folded.reading[..., 1] - 261.5) < 1) & (folded.contact >= 1)
    assert folded.image[at].mean() > plain.image[at].mean() + 60


def test_difficulty_zero_is_a_perfect_touch():
    assert draw_touch(np.random.default_rng(1), 0.0) == Touch()


def test_a_sensor_may_show_all_of_it_larger(finger):
    """Truth and ridges alike: what stands 1.25 times as far from the middle in the picture is the same place of the finger."""
    touch = Touch(turn=0.1)
    one, large = (impression(finger, np.random.default_rng(14), touch, replace(LARGE, scale=scale)) for scale in (1.0, 1.25))
    assert large.image.shape == one.image.shape
    away = [np.linalg.norm(np.subtract(*made.cores)) for made in (one, large)]
    assert away[1] == pytest.approx(1.25 * away[0], rel=0.01)
    for made in (one, large):
        x, y = np.rint(made.minutiae.x).astype(int), np.rint(made.minutiae.y).astype(int)
        there = made.reading[y, x]
        near = np.hypot(*(there[:, None] - np.stack([finger.minutiae.x, finger.minutiae.y], axis=1)[None]).transpose(2, 0, 1))
        assert np.median(near.min(axis=1)) < 0.45  # seen: 0.31 and 0.4 px
