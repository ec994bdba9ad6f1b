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


def test_pictures_without_a_finger_are_writing_or_grounds():
    pictures = [copies.no_finger(np.random.default_rng(seed), 200, 260).pixels for seed in range(12)]
    assert min(p.shape for p in pictures) == (200, 260)  # some grounds are seen farther than a finger would reach
    np.testing.assert_array_equal(copies.no_finger(np.random.default_rng(3), 200, 260).pixels, pictures[3])
    dark = [(p < p.max() - 60).mean() for p in pictures]  # ink
    assert 0 < sum(share > 0.02 for share in dark) < len(pictures)
