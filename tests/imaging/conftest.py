from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def loop_print() -> np.ndarray:
    """(300, 260) uint8: dark ridges of 9 px around a centre, on a white ground that is seen at the border."""
    y, x = np.mgrid[:300, :260].astype(float)
    radius = np.hypot(x - 130, (y - 160) * 0.8)
    skin = np.clip((110 - radius) / 20, 0, 1)
    return (255 - skin * (110 + 90 * np.cos(2 * np.pi * radius / 9))).astype(np.uint8)
