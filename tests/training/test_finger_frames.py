import numpy as np
import pytest

from biomatch.synthesis.fingers import LEFT_PX, STEP_PX, TOP_PX
from biomatch.training.finger_frames import find_cores, framed, opening


def flow_of(cores, turn=0.0, size=(96, 80)):
    """Doubled angle of the gradient of a flow with these cores (x, y px), (h, w, 2), on every fourth pixel; ridges of a single
    core open downwards before the turn."""
    y, x = np.mgrid[: size[0], : size[1]] * 4 + 1.5
    ridge = np.full(size, np.pi / 4)
    for cx, cy in cores:
        ridge = ridge + 0.5 * (np.arctan2(y - cy, x - cx) - turn)
    ridge = ridge + turn
    return np.stack([np.cos(2 * ridge + np.pi), np.sin(2 * ridge + np.pi)], axis=-1).astype(np.float32)


ALL, SURE = np.ones((96, 80), bool), np.ones((96, 80), np.float32)


def test_a_core_is_found_where_it_is():
    (found,) = find_cores(flow_of([(150, 190)]), SURE, ALL)
    assert found == pytest.approx((150, 190), abs=5)


def test_noise_has_no_core():
    assert find_cores(flow_of([(150, 190)]), 0.2 * SURE, ALL) == []


def test_a_core_opens_where_its_ridges_run_away():
    for turn in (-0.5, 0.0, 0.4):
        assert opening(flow_of([(150, 190)], turn), np.array([150.0, 190.0])) == pytest.approx(np.pi / 2 + turn, abs=0.1)


def test_a_turned_print_lies_in_the_same_frame():
    """A minutia 30 px inside the core, pointing into it, whichever way the finger was laid down."""
    for turn in (-0.5, 0.0, 0.4):
        core, down = np.array([150.0, 190.0]), np.pi / 2 + turn
        at = core + 30 * np.array([np.cos(down), np.sin(down)])
        place = np.array([[at[0]], [at[1]], [-down], [0.9]])
        print_ = framed("made", "f1", flow_of([core], turn), ALL, [core], place)
        assert print_.cores == 1
        assert (print_.x[0], print_.y[0]) == pytest.approx((0, 30), abs=4)
        assert np.cos(print_.angle[0] + np.pi / 2) == pytest.approx(1, abs=0.02)
        row, column = round((40 - TOP_PX) / STEP_PX), round(-LEFT_PX / STEP_PX)
        assert print_.double[row, column] == pytest.approx((1, 0), abs=0.2)


def test_whorls_stand_with_their_cores_above_each_other():
    cores = [np.array([150.0, 150.0]), np.array([190.0, 230.0])]
    print_ = framed("made", "f1", flow_of(cores), ALL, cores, np.zeros((4, 0)))
    assert (print_.cores, print_.gap) == (2, pytest.approx(np.hypot(40, 80)))


def test_depth_is_positive_inside_and_negative_outside():
    mask = np.zeros((96, 80), bool)
    mask[20:76, 20:60] = True
    print_ = framed("made", "f1", flow_of([(160, 192)]), mask, [np.array([160.0, 192.0])], np.zeros((4, 0)))
    middle = print_.inside[round(-TOP_PX / STEP_PX), round(-LEFT_PX / STEP_PX)]
    assert middle == pytest.approx(60, abs=1)
    assert print_.inside[0, 0] == -60
