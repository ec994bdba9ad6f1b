import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch.extraction import sampling


def test_between_pixels_it_is_bilinear_and_beyond_the_border_the_nearest():
    picture = np.array([[0, 10], [20, 50]], np.float32)
    x, y = np.array([0, 1, 0.5, 0.5, -3, 7]), np.array([0, 1, 0, 0.5, 1, -2])
    assert sampling.at(picture, x, y).tolist() == [0, 50, 5, 20, 20, 10]


@given(st.floats(0, 39), st.floats(0, 29))
def test_a_slope_is_read_as_it_is(x, y):
    """To one part in 32 of a px, the step in which places are read."""
    across = np.arange(40, dtype=np.float32) + 3 * np.arange(30, dtype=np.float32)[:, None]
    assert sampling.at(across, np.array([x]), np.array([y]))[0] == pytest.approx(x + 3 * y, abs=4 / 32)


def test_no_places_give_no_values():
    nothing = np.zeros(0)
    assert sampling.at(np.ones((3, 3), np.float32), nothing, nothing).shape == (0,)
    assert sampling.at_small(np.ones((3, 3), np.float32), (6, 6), nothing, nothing).shape == (0,)


def test_places_of_the_large_picture_are_those_of_the_small_one():
    """The middle of each px of the small picture lies between four of the large one."""
    small = np.random.default_rng(1).normal(size=(5, 7)).astype(np.float32)
    y, x = np.mgrid[:5, :7]
    found = sampling.at_small(small, (20, 28), 4 * x.ravel() + 1.5, 4 * y.ravel() + 1.5)
    np.testing.assert_allclose(found, small.ravel(), atol=1e-6)
