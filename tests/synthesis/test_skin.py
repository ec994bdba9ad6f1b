import numpy as np
import pytest

from biomatch.synthesis import skin
from biomatch.synthesis.skin import PLAIN, ROLLED, Touch, draw_touch


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


def lying(touch, inside=80.0, low=0.0, seeds=range(3), side=200):
    """Height and moisture of ridges that run down, everywhere `inside` px within the contact area."""
    crest = np.cos(2 * np.pi * np.arange(side) / 9)[None, :].repeat(side, axis=0).astype(np.float32)
    flat = [np.full((side, side), value, np.float32) for value in (0, inside, low, 8)]
    made = [skin.lie(crest, flat[0], flat[1], flat[2], np.random.default_rng(seed), touch, flat[3]) for seed in seeds]
    height, moist = (np.mean(values, axis=0) for values in zip(*made, strict=True))
    return crest, made[0][0], height, moist


@pytest.mark.parametrize("more", [Touch(pressure=0.8), Touch(moisture=0.8)])
def test_hard_and_wet_touches_thicken_ridges(more):
    usual, thick = ((lying(touch)[2] > 0).mean() for touch in (Touch(), more))
    assert thick > usual + 0.05


def test_skin_outside_the_contact_area_does_not_touch():
    assert lying(Touch(pressure=1, moisture=1), inside=-24)[2].max() < 0


def test_dry_ridges_are_granules_along_the_whole_of_their_course():
    """Of nine px along a crest, some touch nearly everywhere; single ones often do not."""
    crest, one, _, moist = lying(Touch(moisture=-1, pressure=-0.5))
    on_crest = one[:, crest[0] > 0.9] > 0
    pieces = on_crest[: len(on_crest) // 9 * 9].reshape(-1, 9, on_crest.shape[1])
    assert pieces.any(axis=1).mean() > 0.9
    assert pieces.mean() < 0.985
    _, wet, _, more_moist = lying(Touch(moisture=0.8))
    assert (wet[:, crest[0] > 0.9] > 0).mean() > pieces.mean() + 0.02
    assert more_moist.mean() > moist.mean() + 0.3


def test_ridges_are_driest_towards_the_joint():
    assert lying(Touch(), low=220.0)[3].mean() < lying(Touch(), low=-50.0)[3].mean() - 0.05


def test_incipient_ridges_lie_in_valleys():
    crest = np.cos(2 * np.pi * np.arange(90) / 9)[None, :].repeat(80, axis=0).astype(np.float32)
    found = skin.incipient(crest, np.random.default_rng(5), 0.8)
    assert found[crest < -0.9].mean() > 0.2
    assert found[crest > -0.5].max() < 0.01
    assert not skin.incipient(crest, np.random.default_rng(5), 0.0).any()


def test_fingers_are_put_down_upright_and_stray_little():
    """As on research sets: turned by 4 degrees in the mean square, seldom by more than 10."""
    touches = [draw_touch(np.random.default_rng(seed), 1.6) for seed in range(400)]
    turns = np.degrees([one.turn for one in touches])
    assert 3 < turns.std() < 6
    assert np.mean(np.abs(turns) > 10) < 0.05
    assert 12 < np.std([one.shift[0] for one in touches]) < 30
