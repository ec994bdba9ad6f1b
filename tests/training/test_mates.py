import dataclasses

import numpy as np
import pytest

from biomatch.training import mates


def finger(rng, n=45, size=260):
    """(n, 4): x, y, dx, dy of minutiae at least 9 px apart."""
    places = []
    while len(places) < n:
        p = rng.uniform(20, size, 2)
        if all(np.hypot(*(p - q)) > 9 for q in places):
            places.append(p)
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.column_stack((places, np.cos(angle), np.sin(angle)))


def moved(minutiae, turn, shift, rng, noise_px=1.0):
    c, s = np.cos(turn), np.sin(turn)
    rotation = np.array([[c, s], [-s, c]])
    out = minutiae.copy()
    out[:, :2] = (minutiae[:, :2] - 140) @ rotation + 140 + shift + rng.normal(0, noise_px, (len(out), 2))
    out[:, 2:] = minutiae[:, 2:] @ rotation
    return out


@pytest.mark.parametrize("turn", [0.0, 0.3, -0.8])
def test_a_known_motion_is_found(turn):
    rng = np.random.default_rng(3)
    a = finger(rng)
    b = moved(a, turn, (25, -14), rng)
    keep = rng.random(len(b)) < 0.8
    quality = np.full(len(a), 0.9)
    laid = mates.lay(a, quality, b[keep], quality[keep])
    assert laid is not None
    assert np.median(np.hypot(*(laid[:, :2] - b[:, :2]).T)) < 2
    assert (laid[:, 2:] * b[:, 2:]).sum(1).min() > 0.98
    assert mates.found_again(laid, b[keep], 9.0)[keep].mean() > 0.95


def test_stretched_skin_is_followed():
    rng = np.random.default_rng(5)
    a = finger(rng, 60)
    b = a.copy()
    b[:, :2] += 9 * np.sin(a[:, 1::-1] / 70)
    laid = mates.lay(a, np.full(60, 0.9), b, np.full(60, 0.9))
    assert laid is not None
    assert np.median(np.hypot(*(laid[:, :2] - b[:, :2]).T)) < 4


def test_strangers_are_refused():
    rng = np.random.default_rng(7)
    fitted = [mates.lay(finger(rng), np.full(45, 0.9), finger(rng), np.full(45, 0.9)) is not None for _ in range(30)]
    assert np.mean(fitted) <= 0.1


def test_hardly_any_minutiae_do_not_fit():
    few = np.array([[10.0, 10, 1, 0]] * 3)
    assert mates.lay(few, np.ones(3), few, np.ones(3)) is None
    assert not mates.found_again(few, few[:0], 9.0).any()


def test_minutiae_of_two_prints_find_their_mates(pressed):
    a, b, stranger = (p.template.minutiae for p in (*pressed(2, 2)[:2], pressed(2, 2)[3]))
    i, j = mates.of_minutiae(a, b, 10.0)
    assert len(i) > 0.5 * min(len(a), len(b))
    assert len(set(i.tolist())) == len(set(j.tolist())) == len(i)
    unknown = dataclasses.replace(a, quality=np.zeros_like(a.quality))
    assert len(mates.of_minutiae(unknown, b, 10.0)[0]) > 0.8 * len(i)
    assert not len(mates.of_minutiae(a, stranger, 10.0)[0])
