"""The impressions of a finger correct the teacher."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.training.extractor.labels import Taught, agreed


@pytest.fixture
def taught():
    """Five impressions of one finger, moved and turned a little, as a perfect teacher sees them."""
    rng = np.random.default_rng(2)
    finger = np.column_stack([rng.uniform(60, 240, (40, 2)), rng.uniform(0, 2 * np.pi, 40)])
    prints = []
    for turn, dx, dy in [(0, 0, 0), (0.1, 5, -8), (-0.2, 12, 3), (0.15, -9, 6), (0.05, 4, 10)]:
        c, s = np.cos(turn), np.sin(turn)
        moved = (finger[:, :2] - 150) @ np.array([[c, -s], [s, c]]) + 150 + (dx, dy) + rng.normal(0, 1, (40, 2))
        found = np.column_stack([moved, np.mod(finger[:, 2] + turn, 2 * np.pi), np.ones(40), np.full(40, 0.8)])
        flat = np.ones((75, 75), np.uint8)
        prints.append(Taught("f", np.zeros((300, 300), np.uint8), found.astype(np.float32), 255 * flat, flat, flat, flat))
    return prints


def test_what_all_show_is_sure(taught):
    for one in agreed(taught):
        assert (one.minutiae[:, 4] == 1).mean() > 0.9
        assert one.real


def test_what_one_shows_alone_is_false(taught):
    alone = np.array([[150, 20, 1.0, 1, 0.8]], np.float32)
    first = replace(taught[0], found=np.concatenate([taught[0].found, alone]))
    labelled = agreed([first, *taught[1:]])[0]
    assert not (np.hypot(*(labelled.minutiae[:, :2] - alone[0, :2]).T) < 1).any()
    assert (np.hypot(*(agreed([first])[0].minutiae[:, :2] - alone[0, :2]).T) < 1).any()  # nobody speaks against it


def test_what_one_misses_is_unsure_there(taught):
    lost = taught[0].found[5, :2]
    first = replace(taught[0], found=np.delete(taught[0].found, 5, axis=0))
    near = np.hypot(*(agreed([first, *taught[1:]])[0].minutiae[:, :2] - lost).T) < 8
    assert near.any()
    assert (agreed([first, *taught[1:]])[0].minutiae[near, 4] == 0).all()


def test_a_weak_guess_that_others_confirm_is_sure(taught):
    weak = taught[0].found.copy()
    weak[3, 4] = 0.15
    place = weak[3, :2]
    sure = agreed([replace(taught[0], found=weak), *taught[1:]])[0].minutiae
    assert (sure[np.hypot(*(sure[:, :2] - place).T) < 1, 4] == 1).all()
    alone = agreed([replace(taught[0], found=weak)])[0].minutiae
    assert not (np.hypot(*(alone[:, :2] - place).T) < 1).any()


def test_a_synthetic_minutia_is_labelled_where_extractors_mark_it():
    """The classical extractor's minutiae lie on the labels; on the truth they would lie 3 px before it."""
    from biomatch.extraction import ClassicalExtractor
    from biomatch.imaging import GreyImage
    from biomatch.synthesis import draw_touch, impression, master
    from biomatch.synthesis.sensor import SENSORS
    from biomatch.training.extractor.labels import of_synthetic

    finger, rng = master((31, 2)), np.random.default_rng(31)
    made = impression(finger, rng, draw_touch(rng, 0.5), SENSORS[0])
    labels = of_synthetic(finger, made).minutiae
    found = ClassicalExtractor().extract(GreyImage.of(made.image)).minutiae
    found = found[found.quality > 0.5]
    dx, dy = found.x[:, None] - labels[:, 0], found.y[:, None] - labels[:, 1]
    along = dx * np.cos(labels[:, 2]) - dy * np.sin(labels[:, 2])
    near = (np.hypot(dx, dy) < 8) & (np.cos(found.angle[:, None] - labels[:, 2]) > 0.9)
    assert near.any(1).mean() > 0.7
    assert abs(np.median(along[near])) < 1
