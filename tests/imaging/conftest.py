from __future__ import annotations

from typing import Any

import numpy as np
import pytest


@pytest.fixture
def loop_print() -> np.ndarray:
    """(300, 260) uint8: dark ridges of 9 px around a centre, on a white ground that is seen at the border."""
    y, x = np.mgrid[:300, :260].astype(float)
    radius = np.hypot(x - 130, (y - 160) * 0.8)
    skin = np.clip((110 - radius) / 20, 0, 1)
    return (255 - skin * (110 + 90 * np.cos(2 * np.pi * radius / 9))).astype(np.uint8)


@pytest.fixture(scope="module")
def ridges() -> np.ndarray:
    y, x = np.mgrid[:300, :260].astype(float)
    noise = np.random.default_rng(5).normal(0, 8, x.shape)
    return np.clip(128 + 90 * np.cos(2 * np.pi * np.hypot(x - 120, y - 170) / 9) + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def reference() -> Any:
    """NBIS itself, from the package `wsq`, where it is installed. It is given sound bytes only."""
    return pytest.importorskip("_wsq")
