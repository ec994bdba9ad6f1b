"""Patches are cut where minutiae lie and turned as they point; features say what is there, and nothing where nothing is."""

import cv2
import numpy as np
import pytest

from biomatch.descriptors import patch
from biomatch.descriptors.patch import EMPTY, FEATURES, LEVEL, MODEL, SIDE, STEP_PX, Patches, cut
from biomatch.errors import ModelDamaged
from biomatch.extraction.ridge_picture import RidgePicture
from biomatch.learned import shipped
from biomatch.template import TURN_STEPS, Minutiae


@pytest.fixture
def ridges():
    """Of 240 x 260 px of a print; unseen at the left."""
    smooth = cv2.GaussianBlur(np.random.default_rng(3).standard_normal((120, 130)), (0, 0), 2.0)
    picture = np.where(smooth > 0, 3, -3).astype(np.int8)
    picture[:, :10] = 0
    return RidgePicture(picture, 2)


def plain_cut(grey, scale, x, y, angle):
    """Twin of `cut` for one minutia, px by px, in double precision."""
    out = np.full((SIDE, SIDE), EMPTY, np.float64)
    for j in range(SIDE):
        for i in range(SIDE):
            along, left = (i - (SIDE - 1) / 2) * STEP_PX, (j - (SIDE - 1) / 2) * STEP_PX
            u = (x + along * np.cos(angle) + left * np.cos(angle + np.pi / 2)) / scale
            v = (y - along * np.sin(angle) - left * np.sin(angle + np.pi / 2)) / scale
            if 0 <= u < grey.shape[1] - 1 and 0 <= v < grey.shape[0] - 1:
                a, b = int(u), int(v)
                u, v = u - a, v - b
                upper = (1 - u) * grey[b, a] + u * grey[b, a + 1]
                lower = (1 - u) * grey[b + 1, a] + u * grey[b + 1, a + 1]
                out[j, i] = (1 - v) * upper + v * lower
    return out


def test_the_kernel_agrees_with_its_plain_twin(ridges):
    m = Minutiae.of([100, 40, 250, 130.5], [110, 60, 230, 90.25], [0.3, 2.0, 4.0, np.pi / 2])
    grey = cv2.GaussianBlur((EMPTY + LEVEL * ridges.picture.astype(int)).astype(np.uint8), (0, 0), patch.BLUR_PX / 2)
    found = cut(m, ridges, np.arange(4))
    for k in range(4):
        expected = plain_cut(grey.astype(float), 2, m.x[k], m.y[k], 2 * np.pi * m.turns[k] / TURN_STEPS)
        assert np.abs(found[k] - expected).max() <= 1


def test_what_lies_along_the_direction_lies_to_the_right():
    """y down, angles turn from x against the clock: a minutia that points up has to its right what lies above it."""
    picture = np.full((150, 150), -3, np.int8)
    picture[:75] = 3  # valley above
    found = cut(Minutiae.of([150], [150], [np.pi / 2]), RidgePicture(picture, 2), np.array([0]))[0]
    assert (found[:, SIDE // 2 + 2 :] > EMPTY).all()
    assert (found[:, : SIDE // 2 - 2] < EMPTY).all()


def test_only_the_rows_asked_for_are_cut(ridges):
    m = Minutiae.of([100, 40, 200], [110, 60, 130], [0.3, 2.0, 4.0])
    np.testing.assert_array_equal(cut(m, ridges, np.array([2, 0])), cut(m, ridges, np.arange(3))[[2, 0]])


def test_beyond_the_picture_all_is_empty(ridges):
    assert (cut(Minutiae.of([900], [900], [1.0]), ridges, np.array([0])) == EMPTY).all()


def test_features_are_of_each_patch_alone(ridges):
    m = Minutiae.of([100, 40, 200, 900], [110, 60, 130, 900], [0.3, 2.0, 4.0, 1.0])
    patches = Patches(shipped().read(MODEL))
    found = patches.features(m, ridges, np.arange(4))
    assert found.shape == (4, FEATURES)
    assert (found[:3] != 0).all(axis=1).all()
    assert not found[3].any()  # no ridges there
    np.testing.assert_allclose(patches.features(m, ridges, np.array([1])), found[1:2], atol=1e-5)
    np.testing.assert_array_equal(patches.features(m, ridges, np.arange(4)), found)
    assert patches.features(m, ridges, np.zeros(0, np.int64)).shape == (0, FEATURES)


def test_a_broken_network_is_named():
    with pytest.raises(ModelDamaged, match="cannot read it"):
        Patches(b"no network")
