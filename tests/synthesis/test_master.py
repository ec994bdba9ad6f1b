import numpy as np
import pytest

from biomatch.synthesis.master import MASTER, beads, master, wavered
from biomatch.vocabulary import FingerPosition


def test_a_crease_bends_the_ridges_that_it_crosses_and_no_others():
    ridges = np.cos(2 * np.pi * np.arange(200) / 9)[None, :].repeat(200, axis=0).astype(np.float32)
    lined = np.zeros_like(ridges)
    np.fill_diagonal(lined, 1)
    plain, bent = (wavered(np.random.default_rng(2), ridges, folds, MASTER) for folds in (0 * ridges, lined))
    y, x = np.mgrid[0:200, 0:200]
    moved = np.abs(plain - bent)
    assert moved[np.abs(x - y) > 40].max() < 1e-3
    assert moved[np.abs(x - y) < 8].mean() > 0.02


@pytest.mark.parametrize("seed", range(3))
def test_ridges_lie_across_the_finger_towards_the_joint(seed):
    flow = master(seed, FingerPosition.RIGHT_MIDDLE).flow
    row = flow[round(MASTER.origin[1]) + 230, 118:299]
    steep = np.abs(np.mod(row + np.pi / 2, np.pi) - np.pi / 2)
    assert steep.mean() < np.radians(45)


def test_ridges_are_beads_each_by_itself():
    """Along a ridge a bead follows every 8 to 9 px; the next ridge's beads lie anyhow."""
    wave = beads(np.random.default_rng(3), np.zeros((200, 300), np.float32))
    along = np.array([(wave[:, shift:] * wave[:, : 300 - shift]).mean() for shift in range(14)])
    assert along[4] < -0.3 * along[0]
    assert 7 <= 6 + along[6:12].argmax() <= 10
    assert along[8:10].max() > 0.2 * along[0]
    assert abs((wave[9:] * wave[:-9]).mean()) < 0.05 * along[0]


def test_pores_lie_in_rows_where_ridges_swell():
    finger = master(5, FingerPosition.RIGHT_INDEX)
    x, y = np.rint(finger.pores).astype(int).clip(0, np.array(finger.ridges.shape[::-1]) - 1).T
    assert finger.beads[y, x].mean() > 0.4
    apart = np.hypot(*(finger.pores[:, None] - finger.pores[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    assert 5.5 < np.median(apart.min(axis=1)) < 9.5
