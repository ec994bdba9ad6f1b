import numpy as np
import pytest

from biomatch.extraction import residues


def spiral(at, turns, size=40):
    """Phase of horizontal ridges (normal down) with one residue."""
    y, x = np.mgrid[:size, :size].astype(float)
    phase = 2 * np.pi * y / 9 + turns * np.arctan2(y - at[1], x - at[0])
    tangent = np.zeros((size, size, 2), np.float32)
    tangent[..., 0] = 1
    distance = np.hypot(x - at[0], y - at[1])  # the amplitude is 0 in the middle, as in a filtered picture
    return (distance * np.cos(phase)).astype(np.float32), (distance * np.sin(phase)).astype(np.float32), tangent


@pytest.mark.parametrize("turns", [1, -1])
def test_a_residue_is_found_where_it_is_and_points_to_the_side_with_one_ridge_more(turns):
    even, odd, tangent = spiral((20.3, 17.8), turns)
    found = residues.find(even, odd, tangent, np.ones(even.shape, bool))
    assert len(found) == 1
    np.testing.assert_allclose(found[0], (20.3, 17.8, turns, 0), atol=0.35)


def test_directions_of_either_sign_give_the_same_residues(rng):
    even, odd, tangent = spiral((20.3, 17.8), 1)
    flip = np.where(rng.random(even.shape) < 0.5, -1, 1).astype(np.float32)
    found = residues.find(even, odd, tangent, np.ones(even.shape, bool))
    turned = residues.find(even, odd * flip, tangent * flip[..., None], np.ones(even.shape, bool))
    np.testing.assert_allclose(found, turned, atol=1e-4)


def test_residues_agree_with_the_twin(rng, plain):
    shape = (40, 50)
    even, odd = rng.normal(size=(2, *shape)).astype(np.float32)
    angle = rng.uniform(0, np.pi, (1, 1)) + rng.normal(0, 0.3, shape)
    tangent = np.stack((np.cos(angle), np.sin(angle)), -1).astype(np.float32)
    mask = rng.random(shape) < 0.97
    found = residues.find(even, odd, tangent, mask)
    slow = plain.residues(even, odd, tangent, mask)
    assert len(found) == len(slow) > 50
    assert np.abs(found[:, :2] - 0.5 - slow[:, :2]).max() <= 0.5 + 1e-5
    sense = np.sign((found[:, 2:] * tangent[slow[:, 1], slow[:, 0]]).sum(1))
    np.testing.assert_array_equal(sense, slow[:, 2])


def test_a_core_has_no_residue():
    y, x = np.mgrid[-20:20, -20:20] + 0.5
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    half = angle / 2  # the direction turns by half a turn round the middle
    tangent = np.stack((np.cos(half), np.sin(half)), -1).astype(np.float32)
    found = residues.find(radius.astype(np.float32), 0.3 * radius.astype(np.float32), tangent, np.ones(x.shape, bool))
    assert len(found) == 0


def test_partners_agree_with_the_twin(rng, plain):
    a, b = rng.uniform(0, 60, (2, 80, 4)).astype(np.float32)
    for v in (a, b):
        v[:, 2:] -= 30
        v[:, 2:] /= np.linalg.norm(v[:, 2:], axis=1, keepdims=True)
    np.testing.assert_array_equal(residues.partner(a, b, 8.0, 0.5), plain.partner(a, b, 8.0, 0.5))
    assert (residues.partner(a, b[:0], 8.0, 0.5) == -1).all()
