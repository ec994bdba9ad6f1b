"""Rigid motions, pairs, hulls."""

import math

import numpy as np
import pytest

from biomatch.comparison import alignment

STEPS = np.arange(256) * (2 * math.pi / 256)
ROTATION = np.stack([np.cos(STEPS), np.sin(STEPS)], axis=1).astype(np.float32)


def cloud(n=20, seed=2):
    rng = np.random.default_rng(seed)
    return rng.uniform(50, 250, n), rng.uniform(50, 250, n), rng.integers(0, 256, n)


@pytest.mark.parametrize("steps", [0, 17, 64, 200])
def test_a_known_motion_is_found_again(steps):
    """The turn is counter-clockwise as seen, y down: a point to the right of the centre rises."""
    x, y, turns = cloud()
    t = steps * 2 * math.pi / 256
    u, v = math.cos(t) * x + math.sin(t) * y + 30, math.cos(t) * y - math.sin(t) * x - 12
    every = np.arange(len(x))
    dx, dy, turn = alignment.fit(x, y, turns, u, v, (turns + steps) % 256, every, every, np.ones(len(x)), ROTATION, 4.0, 0.15)
    assert (dx, dy) == pytest.approx((30, -12), abs=1e-6)
    assert math.cos(turn - t) == pytest.approx(1)
    moved = alignment.move(x, y, dx, dy, turn)
    np.testing.assert_allclose(moved, (u, v), atol=1e-6)


def test_directions_alone_turn_a_single_pair():
    one = np.array([0])
    _, _, turn = alignment.fit(
        np.array([10.0]), np.array([20.0]), np.array([0]), np.array([50.0]), np.array([60.0]), np.array([64]), one, one,
        np.ones(1), ROTATION, 4.0, 0.15,
    )  # fmt: skip
    assert turn == pytest.approx(math.pi / 2)


def test_pairs_are_one_to_one_nearest_first():
    u, v = np.array([0.0, 3.0]), np.array([0.0, 0.0])
    rx, ry = np.array([2.0, 100.0]), np.array([0.0, 0.0])
    still = np.zeros(2, np.int64)
    a, b, near = alignment.pair_up(u, v, still, rx, ry, still, 0.0, 10.0, 0.3)
    assert (a.tolist(), b.tolist()) == ([1], [0])
    assert near[0] == pytest.approx(0.01)


def test_opposite_directions_never_pair():
    here = np.array([5.0])
    a, _, _ = alignment.pair_up(here, here, np.array([0]), here, here, np.array([128]), 0.0, 10.0, 0.5)
    assert len(a) == 0


def test_the_hull_of_a_square_is_its_corners():
    x, y = np.array([0.0, 10, 10, 0, 5, 3]), np.array([0.0, 0, 10, 10, 5, 7])
    corners = alignment.hull(x, y)
    assert sorted(map(tuple, corners)) == [(0, 0), (0, 10), (10, 0), (10, 10)]
    sides = alignment.edges(corners)
    assert alignment.within(sides, 5, 5, 0)
    assert not alignment.within(sides, 12, 5, 0)
    assert alignment.within(sides, 12, 5, 3)


def test_nothing_lies_within_a_hull_without_area():
    assert not alignment.within(alignment.edges(np.array([[0.0, 0], [10, 0]])), 5, 0, 3)


def test_numbers_of_rising_values_keep_the_order_of_equal_ones():
    values = np.random.default_rng(5).integers(0, 8, 40).astype(np.float64)
    np.testing.assert_array_equal(alignment.rising(values), np.argsort(values, kind="stable"))


def test_the_common_area_of_two_squares():
    square = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    assert alignment.clip_area(square, square + 4) == pytest.approx(36)
    assert alignment.clip_area(square, square + 40) == 0
    assert alignment.clip_area(square, square[:2]) == 0


def test_following_agrees_with_its_plain_twin(plain):
    u, v, _ = cloud()
    rng = np.random.default_rng(6)
    rx, ry, weight = u + rng.normal(0, 5, len(u)), v + rng.normal(0, 5, len(v)), rng.uniform(0, 9, 12)
    probe_of, reference_of = rng.permutation(len(u))[:12], rng.permutation(len(u))[:12]
    slid = alignment.follow(u, v, rx, ry, probe_of, reference_of, weight, 110.0, 1.0)
    twin = plain.follow(u, v, rx, ry, list(zip(probe_of, reference_of, strict=True)), weight, 110.0, 1.0)
    np.testing.assert_allclose(slid, twin, atol=1e-9)


def test_no_minutia_follows_its_own_pair():
    u = v = np.array([100.0])
    slid, _ = alignment.follow(u, v, u + 9, v, np.array([0]), np.array([0]), np.ones(1), 110.0, 1.0)
    assert slid[0] == 100
