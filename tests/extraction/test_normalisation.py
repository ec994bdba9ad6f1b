import numpy as np

from biomatch.extraction.normalisation import NormalisationParams, flatten
from biomatch.observe import NO_TRACE


def plain(pixels, params):
    """Means over a window, pixel by pixel, on the picture reflected about its border."""
    half = params.window_px // 2
    grey = np.pad(pixels.astype(float), half, mode="symmetric")
    flat, contrast = np.zeros(pixels.shape), np.zeros(pixels.shape)
    for y, x in np.ndindex(*pixels.shape):
        window = grey[y : y + params.window_px, x : x + params.window_px]
        contrast[y, x] = window.std()
        flat[y, x] = (pixels[y, x] - window.mean()) / max(window.std(), params.deviation_min)
    return np.clip(flat, -params.clip, params.clip), contrast


def test_it_agrees_with_its_plain_twin(rng):
    pixels = rng.integers(0, 256, (40, 50)).astype(np.uint8)
    pixels[:, 25:] //= 8
    flat, contrast = flatten(pixels, NormalisationParams(), NO_TRACE)
    expected, spread = plain(pixels, NormalisationParams())
    np.testing.assert_allclose(flat, expected, atol=2e-3)
    np.testing.assert_allclose(contrast, spread, atol=2e-2)


def test_brightness_and_contrast_of_the_whole_do_not_matter(patterns):
    dark = patterns.print_like().astype(float)
    bright = (60 + dark * 0.5).round().astype(np.uint8)
    one, _ = flatten(dark.round().astype(np.uint8), NormalisationParams(), NO_TRACE)
    two, _ = flatten(bright, NormalisationParams(), NO_TRACE)
    assert np.abs(one - two).mean() < 0.05


def test_an_empty_background_stays_flat():
    """Noise of one grey level is not blown up to ridges."""
    pixels = (200 + np.indices((60, 60)).sum(axis=0) % 2).astype(np.uint8)
    flat, _ = flatten(pixels, NormalisationParams(), NO_TRACE)
    assert np.abs(flat).max() < 0.2


def test_a_speck_does_not_outweigh_ridges(patterns):
    pixels = np.full((80, 80), 200, np.uint8)
    pixels[40, 40] = 0
    flat, _ = flatten(pixels, NormalisationParams(), NO_TRACE)
    assert flat.min() == -NormalisationParams().clip
