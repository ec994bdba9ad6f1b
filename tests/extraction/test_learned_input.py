import numpy as np
import pytest

from biomatch.extraction import learned_input, normalisation
from biomatch.observe import NO_TRACE


def test_a_picture_is_normalised_and_stands_beside_its_contrast(finger):
    planes = learned_input.planes(finger.pixels)
    flat, contrast = normalisation.flatten(finger.pixels, normalisation.NormalisationParams(), NO_TRACE)
    assert planes.shape == (2, *finger.pixels.shape)
    assert planes.dtype == np.float32
    np.testing.assert_array_equal(planes[0], flat)
    np.testing.assert_allclose(planes[1], np.log2(np.maximum(contrast, 1) / 32) / 2, atol=1e-5)


@pytest.mark.parametrize(("contrast", "strength"), [(32, 0), (128, 1), (8, -1), (1, -2.5), (0, -2.5)])
def test_a_contrast_counts_by_its_logarithm_from_one_grey_level_on(contrast, strength):
    planes = learned_input.of_stages(np.zeros((1, 1), np.float32), np.full((1, 1), contrast, np.float32))
    assert planes[1, 0, 0] == pytest.approx(strength, abs=1e-6)
