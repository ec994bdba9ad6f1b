"""What a picture costs grows with its foreground."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from biomatch.extraction import NAMES, open_extractor, ridge_picture
from biomatch.imaging import GreyImage

SIDE = 4_000
PLACES = [(0, 0), (1_210, 2_333), (SIDE - 500, SIDE - 500)]  # of a small print's left top corner


@pytest.fixture(scope="module", params=[name for name in NAMES if name != "learned-synthetic"])
def extractor(request):
    return open_extractor(request.param)


def read_px(extractor, image):
    """The template, and how many px the stages behind the foreground were given."""
    seen = {}
    template = extractor.extract(image, trace=lambda name, value: seen.setdefault(name, value))
    return template, seen["normalised"].size


def blank(kind):
    rng = np.random.default_rng(4)
    return {
        "white": np.full((SIDE, SIDE), 255, np.uint8),
        "black": np.zeros((SIDE, SIDE), np.uint8),
        "gradient": np.tile(np.linspace(0, 255, SIDE).astype(np.uint8), (SIDE, 1)),
        "grain": rng.integers(200, 203, (SIDE, SIDE)).astype(np.uint8),
    }[kind]


@pytest.mark.parametrize("kind", ["white", "black", "gradient", "grain"])
def test_a_blank_picture_costs_next_to_nothing_and_has_quality_0(extractor, kind):
    """Sixteen million px kept a worker busy for 4 to 15 s."""
    template, px = read_px(extractor, GreyImage.of(blank(kind)))
    assert px <= 200 * 200
    assert (len(template.minutiae), template.quality, template.ridges) == (0, 0, b"")
    assert (template.width, template.height) == (SIDE, SIDE)
    assert template.warnings == ("no fingerprint was found",)


def test_ridges_all_over_are_no_print(extractor, patterns):
    """Twice the ridges of a large hand: the network alone took 8 s."""
    noise = np.random.default_rng(5).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
    for picture in (noise, patterns.stripes(SIDE, 9.0, 0.3)):
        template, px = read_px(extractor, GreyImage.of(picture))
        assert px <= 200 * 200
        assert (len(template.minutiae), template.quality) == (0, 0)
        assert template.warnings == (
            "ridges seem to cover more than a hand; check the image's resolution", "no fingerprint was found",
        )  # fmt: skip


def on_white(finger, left, top, side=SIDE):
    ground = int(np.median(finger.pixels[:8]))
    pixels = np.full((side, side), ground, np.uint8)
    part = finger.pixels[: side - top, : side - left]
    pixels[top : top + part.shape[0], left : left + part.shape[1]] = part
    return GreyImage.of(pixels)


@pytest.mark.parametrize(("left", "top"), PLACES)
def test_a_small_print_on_a_large_picture_costs_what_it_is_large(extractor, finger, left, top):
    template, px = read_px(extractor, on_white(finger, left, top))
    assert px <= 4 * finger.pixels.size + 1_000_000
    assert len(template.minutiae) > 5
    assert (template.width, template.height) == (SIDE, SIDE)


@pytest.mark.parametrize(("left", "top"), PLACES)
def test_a_print_has_the_same_minutiae_and_ridges_wherever_it_lies(extractor, finger, left, top):
    """On a picture that is read whole, and on one of which a part is: within a px, since grids lie otherwise."""
    small = extractor.extract(on_white(finger, 192, 192, side=1_000))
    large = extractor.extract(on_white(finger, left, top))
    first, second = small.minutiae[small.minutiae.quality > 0.5], large.minutiae[large.minutiae.quality > 0.5]
    dx, dy = left - 192, top - 192
    apart = np.hypot(first.x[:, None] + dx - second.x, first.y[:, None] + dy - second.y)
    assert len(first) > 5
    assert abs(len(first) - len(second)) <= 2
    assert np.sort(apart.min(axis=1))[:-1].max() < 1
    ours, theirs = ridge_picture.decode(small.ridges), ridge_picture.decode(large.ridges)
    assert ours.scale == theirs.scale
    shift = np.float32([[1, 0, dx / ours.scale], [0, 1, dy / ours.scale]])
    laid = cv2.warpAffine(ours.picture.astype(np.float32), shift, theirs.picture.shape[::-1])
    both = (laid != 0) & theirs.mask
    assert both.sum() > 0.9 * ours.mask.sum()
    assert np.corrcoef(laid[both], theirs.picture[both])[0, 1] > 0.9
