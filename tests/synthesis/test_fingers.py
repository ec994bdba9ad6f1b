"""What is drawn for each synthetic finger before its minutiae: flow, fanning, and which cells neighbours lie in."""

import numpy as np
import pytest

from biomatch.synthesis import fingers


def test_fanning_is_how_the_direction_grows_to_the_left():
    """A flow whose directions are known: rays from a point far below, and the same upside down."""
    j, i = np.mgrid[:9, :9]
    angle = np.arctan2(12.0 - j, i - 4.0)  # up along the rays
    double = -np.stack([np.cos(2 * angle), -np.sin(2 * angle)], axis=-1)
    grown = fingers.fan(double[None].astype(np.float32))[0]
    along = fingers.direction(double)
    expected = np.where(np.cos(along - angle) > 0, 1, -1) / (fingers.STEP_PX * np.hypot(12.0 - j, i - 4.0))
    assert grown[1:-1, 1:-1] == pytest.approx(expected[1:-1, 1:-1], rel=0.05)
    assert not grown[0].any()
