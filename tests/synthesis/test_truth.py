import numpy as np
import pytest

from biomatch.synthesis import truth
from biomatch.template import BIFURCATION, ENDING


def ridges_with_one_minutia(x, y, turn, sign, shape=(120, 130), period=9.0):
    """A spiral phase on parallel ridges: exactly one more ridge on one side of (x, y)."""
    row, column = np.mgrid[0 : shape[0], 0 : shape[1]].astype(float)
    across = column * np.sin(turn) + row * np.cos(turn)
    around = np.arctan2(-(row - y), column - x)
    return np.cos(2 * np.pi * (across - x * np.sin(turn) - y * np.cos(turn)) / period + around + sign).astype(np.float32)


def peel_plainly(binary):
    """Zhang and Suen's rules on whole arrays."""
    lines = np.pad(binary.astype(int), 1)
    while True:
        before = lines.copy()
        for step in range(2):
            n, ne, e, se, s, sw, w, nw = (
                np.roll(lines, shift, (0, 1))
                for shift in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            )
            ring = [n, ne, e, se, s, sw, w, nw]
            total = sum(ring)
            rises = sum((ring[i] == 0) & (ring[(i + 1) % 8] == 1) for i in range(8))
            first, second = ((n * e * s, e * s * w), (n * e * w, n * s * w))[step]
            lines[(lines == 1) & (total >= 2) & (total <= 6) & (rises == 1) & (first == 0) & (second == 0)] = 0
        if np.array_equal(before, lines):
            return lines[1:-1, 1:-1] > 0


def test_thinning_agrees_with_its_plain_twin():
    rng = np.random.default_rng(1)
    blobs = rng.random((60, 70)) < 0.55
    ridges = ridges_with_one_minutia(60, 55, 0.4, 0.0) > 0
    for binary in (blobs, ridges):
        assert np.array_equal(truth.thin(binary), peel_plainly(binary))


@pytest.mark.parametrize("turn", np.deg2rad([0, 35, 90, 140]))
@pytest.mark.parametrize("phase", [0.0, np.pi])
def test_a_dislocation_is_found_once_where_it_is(turn, phase):
    """The phase singularity lies between the fork of the ridges and that of the valleys, about half a period from either."""
    found = truth.find(ridges_with_one_minutia(64.0, 58.0, turn, phase))
    assert len(found) == 1
    assert np.hypot(found.x[0] - 64, found.y[0] - 58) < 5
    off = (found.angle[0] - turn) % np.pi
    assert min(off, np.pi - off) < 0.2


def test_the_opposite_phase_turns_an_ending_into_a_bifurcation():
    kinds = {int(truth.find(ridges_with_one_minutia(64, 58, 0.0, phase)).kind[0]) for phase in (0.0, np.pi)}
    assert kinds == {ENDING, BIFURCATION}


def test_an_ending_points_into_its_ridge():
    """Straight ridges along x; the one at y = 60 begins at x = 65 and goes on to the right."""
    row = np.arange(120)[:, None]
    ridges = np.repeat(np.cos(2 * np.pi * (row - 60) / 9), 130, axis=1)
    ridges[56:65, :65] = -1
    found = truth.find(ridges.astype(np.float32))
    assert len(found) == 1
    assert found.kind[0] == ENDING
    assert np.hypot(found.x[0] - 65, found.y[0] - 60) < 8
    assert abs((found.angle[0] + np.pi) % (2 * np.pi) - np.pi) < 0.15


def test_parallel_ridges_have_no_minutiae():
    row = np.arange(90, dtype=np.float32)[:, None]
    assert len(truth.find(np.repeat(np.cos(2 * np.pi * row / 9), 80, axis=1))) == 0
