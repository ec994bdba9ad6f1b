import numpy as np
import pytest

from biomatch.imaging import GreyImage
from biomatch.training import copies

STRIPES = np.tile((127 + 100 * np.sin(np.arange(300) * 2 * np.pi / 9)).astype(np.uint8), (320, 1))


@pytest.mark.parametrize("copy", [copies.careless, copies.left_behind])
def test_a_copy_is_another_print_and_the_same_for_the_same_seed(copy):
    image = GreyImage.of(STRIPES)
    one, again, other = (copy(image, np.random.default_rng(seed)).pixels for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert one.shape != other.shape or (one != other).any()
    assert one.shape != STRIPES.shape or (one != STRIPES).any()


def test_some_latents_are_photographed_with_their_surroundings():
    sides = {copies.left_behind(GreyImage.of(STRIPES), np.random.default_rng(seed)).width for seed in range(12)}
    assert min(sides) == 300
    assert max(sides) > 400
