"""Sheets of made-up ridges. Training needs torch: without it these tests are skipped, unless BIOMATCH_REQUIRE names train."""

import os

import numpy as np
import pytest

if "train" not in os.environ.get("BIOMATCH_REQUIRE", "").split(","):
    pytest.importorskip("torch", reason="training needs torch; pip install 'biomatch[train]'")
    pytest.importorskip("onnx", reason="training needs onnx; pip install 'biomatch[train]'")


def waves(height, width, period, turn):
    y, x = np.mgrid[0:height, 0:width]
    return np.cos((x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period).astype(np.float32)


@pytest.fixture(scope="session")
def sheets():
    """sheets(noise): one of each kind of sensor, dark on crests, with that much noise."""
    from biomatch.training.texture.prints import Sheet

    def make(noise):
        rng = np.random.default_rng(3)
        out = []
        for kind in range(5):
            ridges = waves(90, 80, 8 + kind, 0.4 * kind)
            image = np.clip(150 - 60 * ridges + noise * rng.standard_normal(ridges.shape), 0, 255).astype(np.uint8)
            out.append(Sheet.of(image, ridges, np.ones_like(ridges), kind))
        return out

    return make
