import numpy as np
import pytest

from biomatch.synthesis import skin
from biomatch.synthesis.skin import PLAIN, ROLLED, Touch


def lattice(side=420):
    y, x = np.mgrid[0:side, 0:side].astype(float)
    return x - side / 2, y - side / 2


def test_the_contact_area_holds_the_core_and_grows_with_the_finger():
    x, y = lattice()
    small, large = (skin.depth(x, y, np.random.default_rng(1), Touch(), size, 1.0, PLAIN) > 0 for size in (0.8, 1.1))
    assert small[210, 210]
    assert large[210, 210]
    assert large.sum() > 1.3 * small.sum()


def test_a_rolled_contact_area_is_wider_than_a_plain_one():
    x, y = lattice(640)
    plain, rolled = (
        (skin.depth(x, y, np.random.default_rng(2), Touch(), 1.0, 1.0, contact) > 0)[320].sum() for contact in (PLAIN, ROLLED)
    )
    assert 1.4 < rolled / plain < 2


@pytest.mark.parametrize("more", [Touch(pressure=0.8), Touch(moisture=0.8)])
def test_hard_and_wet_touches_thicken_ridges(more):
    firm = np.ones((200, 200), np.float32)
    usual, thick = (skin.thickness(np.random.default_rng(3), touch, firm).mean() for touch in (Touch(), more))
    assert thick > usual + 0.15


def test_skin_outside_the_contact_area_does_not_touch():
    far = skin.thickness(np.random.default_rng(4), Touch(), np.full((100, 100), -3, np.float32))
    assert far.max() + 1 < 0


def test_pores_are_dimples_where_they_are():
    at = np.array([[30.0, 40.0], [70.0, 20.0]])
    holes = sum(skin.pore_holes(at, np.random.default_rng(seed), 100, 60, Touch(pressure=-1), 1.0) for seed in range(10))
    assert holes[40, 30] > 1
    assert holes[20, 70] > 1
    assert holes[5, 5] < 1e-6


def test_incipient_ridges_lie_in_valleys():
    crest = np.cos(2 * np.pi * np.arange(90) / 9)[None, :].repeat(80, axis=0).astype(np.float32)
    found = skin.incipient(crest, np.random.default_rng(5), 0.8)
    assert found[crest < -0.9].mean() > 0.2
    assert found[crest > -0.5].max() < 0.01
    assert not skin.incipient(crest, np.random.default_rng(5), 0.0).any()
