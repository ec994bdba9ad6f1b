import numpy as np
import pytest

from biomatch.synthesis.impression import impression
from biomatch.synthesis.latent import latent
from biomatch.synthesis.master import master
from biomatch.synthesis.skin import Touch


@pytest.fixture(scope="module")
def finger():
    return master(5)


def test_a_latent_shows_part_of_the_finger(finger):
    whole = impression(finger, np.random.default_rng(1), Touch())
    part = latent(finger, np.random.default_rng(1))
    assert 0.15 < part.contact.sum() / whole.contact.sum() < 0.75
    assert 4 <= len(part.minutiae) < len(whole.minutiae)


def test_a_latent_stands_out_little_from_its_ground(finger):
    """Seen: a difference of 32 grey levels; a live scan has 80 and more."""
    part = latent(finger, np.random.default_rng(2))
    inside, outside = part.image[part.contact > 0.9], part.image[part.contact == 0]
    assert 5 < outside.mean() - inside.mean() < 60
    assert outside.std() > 5


def test_the_same_seed_leaves_the_same_latent(finger):
    one, two = (latent(finger, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one.image, two.image)
    assert one.minutiae == two.minutiae
