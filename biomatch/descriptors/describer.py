"""Minutiae to vectors: what the index holds, and what the comparison's first step reads."""

from __future__ import annotations

import hashlib

import numpy as np

from biomatch.descriptors import cylinder, projection
from biomatch.descriptors.cylinder import CylinderParams
from biomatch.learned import Models, shipped
from biomatch.template import Minutiae

DIMENSIONS = 64
CYLINDERS = (
    CylinderParams(radius=90.0),  # whole prints: more neighbours tell more
    CylinderParams(radius=60.0),  # partial prints: few minutiae lack a neighbour within this
)
WEIGHT_OF_DOUBTFUL = 0.3  # what a neighbour of quality 0 counts beside one of quality 1


class Describer:
    """One vector a minutia, from its neighbours. The same minutiae give the same vectors, bit for bit."""

    DIMENSIONS = DIMENSIONS

    def __init__(self, models: Models | None = None):
        models = models or shipped()
        arrays = models.arrays("projection")
        self._mean, self._matrix = arrays["mean"], arrays["matrix"].astype(np.float32)
        self.version = f"cylinders/{_digest()}-{models.version('projection')}"

    def describe(self, minutiae: Minutiae) -> np.ndarray:
        """(n, 64) int8: round(256 v) of unit vectors v; zeros for a minutia without neighbours.

        The dot product of two, divided by 65536, is their similarity, -1..1.
        """
        return np.asarray(projection.project(cylinder_sums(minutiae), self._mean, self._matrix))


def cylinder_sums(minutiae: Minutiae) -> np.ndarray:
    """(n, d) float32: the sums of all cylinders side by side, not yet projected."""
    weight = neighbour_weights(minutiae.quality)
    parts = [
        cylinder.sums(minutiae.x, minutiae.y, minutiae.turns, weight, numbers, shares, params.radius, params.sigma_space)
        for params, numbers, shares in _TABLES
    ]
    return np.concatenate(parts, axis=1)


def neighbour_weights(quality: np.ndarray) -> np.ndarray:
    """(n,) float32: how much each minutia counts as a neighbour. 1 for all where no quality is known (all are 0)."""
    if not quality.any():
        return np.ones(len(quality), np.float32)
    return (WEIGHT_OF_DOUBTFUL + (1 - WEIGHT_OF_DOUBTFUL) * quality).astype(np.float32)


def _digest() -> str:
    return hashlib.sha256(repr((CYLINDERS, WEIGHT_OF_DOUBTFUL)).encode()).hexdigest()[:8]


_TABLES = [(params, cylinder.cell_numbers(params), cylinder.angular_shares(params)) for params in CYLINDERS]
