"""Crops show what their labels say."""

import numpy as np
import pytest

from biomatch.extraction import ClassicalExtractor
from biomatch.imaging import GreyImage
from biomatch.training.extractor.crops import CropParams, cut, spoil

CLEAN = CropParams(spoilt=0, spoilt_synthetic=0, stray=0, bend_px=0, inverted=0)


def test_a_generator_in_the_same_state_cuts_the_same_crop(labelled):
    one, two = (cut(labelled[0], np.random.default_rng(3)) for _ in range(2))
    for name in ("planes", "heat", "places", "ridges"):
        assert np.array_equal(getattr(one, name), getattr(two, name))


def test_shapes_and_ranges(labelled):
    for seed, one in enumerate(labelled):
        crop = cut(one, np.random.default_rng(seed))
        assert crop.planes.shape == (2, 192, 192)
        assert crop.heat.shape == (2, 48, 48)
        assert crop.places.shape == (6, 48, 48)
        assert crop.ridges.shape == (5, 24, 24)
        assert np.isfinite(crop.planes).all()
        assert 0 <= crop.heat.min() <= crop.heat.max() <= 1


def test_labels_lie_on_the_minutiae_of_the_crop(labelled):
    """A crop that is only turned, scaled and mirrored is a print: an extractor finds its minutiae where the labels are."""
    extractor = ClassicalExtractor()
    hits = total = 0
    for seed in range(6):
        crop = cut(labelled[0], np.random.default_rng(seed), CLEAN)
        row, column = np.nonzero(crop.heat[0] > 0.999)
        dx, dy, cosine, sine = crop.places[:4, row, column]
        x, y = 4 * (column + dx) + 1.5, 4 * (row + dy) + 1.5
        found = extractor.extract(GreyImage.of(np.clip(128 + 60 * crop.planes[0], 0, 255).astype(np.uint8))).minutiae
        found = found[found.quality > 0.4]
        inside = (np.minimum(x, y) > 30) & (np.maximum(x, y) < 162)
        apart = np.hypot(x[inside, None] - found.x, y[inside, None] - found.y)
        along = cosine[inside, None] * np.cos(found.angle) - sine[inside, None] * np.sin(found.angle)
        hits += int(((apart < 7) & (along > 0.85)).any(1).sum())
        total += int(inside.sum())
    assert total > 20
    assert hits / total > 0.6


def test_direction_and_period_are_those_of_the_crop(labelled):
    from biomatch.extraction import Params
    from biomatch.extraction.pipeline import look
    from biomatch.observe import NO_TRACE

    crop = cut(labelled[0], np.random.default_rng(11), CLEAN)
    seen = look(GreyImage.of(np.clip(128 + 60 * crop.planes[0], 0, 255).astype(np.uint8)), Params(), NO_TRACE)
    angle = 0.5 * np.arctan2(crop.ridges[2], crop.ridges[1])
    every = (slice(4, None, 8), slice(4, None, 8))
    clear = (crop.ridges[4] > 0) & seen.mask[every] & (seen.flow.coherence[every] > 0.6)
    away = np.abs(np.angle(np.exp(2j * (angle - seen.flow.angle[every])))) / 2
    assert clear.sum() > 50
    assert np.degrees(np.median(away[clear])) < 6
    assert np.median(np.abs(crop.ridges[3] - np.log(seen.period[every] / 9))[clear]) < 0.1


def test_what_nobody_is_sure_of_has_no_weight(labelled):
    from dataclasses import replace

    unsure = replace(labelled[0], minutiae=labelled[0].minutiae * np.float32([1, 1, 1, 1, 0]))
    crop = cut(unsure, np.random.default_rng(3), CLEAN)
    assert crop.heat[0].max() == 0
    assert crop.places[5].max() == 0
    assert 0 < (crop.heat[1] == 0).mean() < 0.3


@pytest.mark.parametrize("seed", range(8))
def test_spoiling_keeps_size_and_kind(labelled, seed):
    spoilt = spoil(labelled[0].pixels, np.random.default_rng(seed))
    assert spoilt.dtype == np.uint8
    assert spoilt.shape == labelled[0].pixels.shape


def test_an_inverted_crop_has_the_same_minutiae_of_the_other_kind(labelled):
    from dataclasses import replace

    straight, inverted = (cut(labelled[0], np.random.default_rng(4), replace(CLEAN, inverted=share)) for share in (0, 1))
    assert np.array_equal(straight.heat, inverted.heat)
    assert np.array_equal(straight.places[:4], inverted.places[:4])
    near = straight.places[5] > 0
    assert near.any()
    assert np.array_equal(straight.places[4][near], 1 - inverted.places[4][near])
    assert np.corrcoef(straight.planes[0].ravel(), inverted.planes[0].ravel())[0, 1] < -0.95
