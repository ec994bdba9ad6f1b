import numpy as np
import pytest

from biomatch.synthesis.distortion import Motion, SkinDistortion, carry, random_distortion, reading_map, warp
from biomatch.template import ENDING, Minutiae

PULLED = SkinDistortion(centre=(100, 120), radii=(60, 80), turn=0.1, shift=(8, -5), give=1.5)


def points_of(minutiae):
    return np.stack([minutiae.x, minutiae.y], axis=1)


def some_minutiae(seed=1, n=40):
    rng = np.random.default_rng(seed)
    return Minutiae.of(rng.uniform(30, 200, n), rng.uniform(30, 200, n), rng.uniform(0, 2 * np.pi, n), np.full(n, ENDING))


def test_skin_under_the_contact_ellipse_stays():
    inside = np.array([[100.0, 120.0], [150.0, 120.0], [100.0, 190.0]])
    assert np.allclose(PULLED.forward(inside), inside)


def test_skin_far_away_moves_with_the_finger():
    far = np.array([[900.0, 120.0]])
    rigid = Motion(PULLED.turn, PULLED.centre, PULLED.shift)
    assert np.allclose(PULLED.forward(far), rigid.forward(far))


@pytest.mark.parametrize("seed", range(20))
def test_the_inverse_undoes_the_forward_map(seed):
    rng = np.random.default_rng(seed)
    skin = random_distortion(rng, 300, 400, strength=2.0)
    points = rng.uniform(0, 400, (200, 2))
    assert np.abs(skin.inverse(skin.forward(points)) - points).max() < 1e-3


@pytest.mark.parametrize("seed", range(20))
def test_skin_never_folds(seed):
    assert random_distortion(np.random.default_rng(seed), 300, 400, strength=3.0).steepness(300, 400) < 0.5


def test_strength_zero_is_the_identity():
    skin = random_distortion(np.random.default_rng(5), 300, 400, strength=0)
    points = np.random.default_rng(6).uniform(0, 400, (50, 2))
    assert np.array_equal(skin.forward(points), points)


def test_a_turn_is_counter_clockwise_as_seen():
    quarter = Motion(np.pi / 2, centre=(100, 100))
    assert np.allclose(quarter.forward(np.array([[150.0, 100.0]])), [[100, 50]])


def test_directions_turn_with_a_rigid_motion():
    before = some_minutiae()
    after = carry(before, [Motion(0.3, (120, 120), (10, 5))], 260, 260)
    inside = len(after) == len(before)
    assert inside
    turned = (after.angle - before.angle + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(turned - 0.3).max() < 2 * np.pi / 256


def test_what_leaves_the_image_is_dropped():
    before = some_minutiae()
    after = carry(before, [Motion(0, (0, 0), (-100, 0))], 260, 260)
    assert len(after) == np.sum(before.x >= 100)


def test_the_image_and_the_truth_move_together():
    """A white spot ends where its minutia does, to half a px."""
    before = some_minutiae(seed=3, n=12)
    maps = [PULLED, Motion(0.2, (130, 130), (6, 9))]
    for i in range(len(before)):
        image = np.zeros((300, 300), np.float32)
        y, x = np.mgrid[0:300, 0:300]
        image += np.exp(-((x - before.x[i]) ** 2 + (y - before.y[i]) ** 2) / 18)
        moved = np.clip(warp(image, maps, 300, 300, 0), 0, None)
        centre = (moved * x).sum() / moved.sum(), (moved * y).sum() / moved.sum()
        truth = points_of(carry(before[i : i + 1], maps, 300, 300))[0]
        assert np.hypot(*(np.array(centre) - truth)) < 0.5


def test_the_reading_map_is_the_exact_inverse_to_a_tenth_px():
    x, y = reading_map([PULLED], 220, 260)
    rows, columns = np.mgrid[0:260:7, 0:220:7]
    exact = PULLED.inverse(np.stack([columns.ravel(), rows.ravel()], 1).astype(float))
    assert np.abs(x[::7, ::7].ravel() - exact[:, 0]).max() < 0.1
    assert np.abs(y[::7, ::7].ravel() - exact[:, 1]).max() < 0.1
