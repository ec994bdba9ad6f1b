import cv2
import numpy as np

from biomatch.extraction import foreground, pipeline
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage
from biomatch.observe import NO_TRACE


def mask_of(picture):
    return pipeline.look(GreyImage.of(picture), Params(), NO_TRACE).mask


def test_the_finger_is_found_on_an_empty_sensor(patterns):
    mask = mask_of(patterns.on_paper(patterns.stripes(160), 60))
    truth = np.zeros(mask.shape, bool)
    truth[60:-60, 60:-60] = True
    assert (mask & truth).sum() / (mask | truth).sum() > 0.85


def test_grain_of_the_sensor_is_not_finger(patterns, rng):
    picture = patterns.on_paper(patterns.stripes(160), 80).astype(float)
    picture[picture > 240] = 200
    grain = cv2.GaussianBlur(rng.normal(0, 30, picture.shape), (0, 0), 1.0)
    mask = mask_of(np.clip(picture + grain, 0, 255).astype(np.uint8))
    assert mask[80:-80, 80:-80].mean() > 0.95
    assert mask[:40].mean() < 0.1


def test_blank_pictures_have_none():
    for grey in (0, 128, 255):
        assert not mask_of(np.full((90, 70), grey, np.uint8)).any()


def test_distance_counts_the_border_of_the_image_as_edge():
    inside = foreground.distance_inside(np.ones((41, 61), bool))
    assert inside[0, 30] <= 1.5
    assert abs(inside[20, 30] - 21) < 1.5
