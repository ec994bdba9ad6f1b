"""The supervised projection: cylinder sums to unit vectors of 64 dimensions on an 8-bit grid."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

GRID = 256  # steps a unit: a dot product of two vectors on it is a whole number below 2^24, exact in float32


@njit(nogil=True, cache=True)
def project(sums: np.ndarray, mean: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Square root, linear map, unit length, 8-bit grid.

    sums     (n, d) float32   cylinder sums, not negative
    mean     (k,) float32     the projected mean square root
    matrix   (d, k) float32   the projection
    returns  (n, k) int8      round(256 v) of the unit vector v, clipped to +-127; zeros where all sums are zero

    Adds in a fixed order, so that the result is the same bit for bit whatever n is and on every machine. Twin:
    tests/descriptors/plain.py
    """
    n, d = sums.shape
    k = matrix.shape[1]
    out = np.zeros((n, k), np.int8)
    vector = np.empty(k, np.float32)
    for i in range(n):
        for j in range(k):
            vector[j] = -mean[j]
        anything = False
        for c in range(d):
            if sums[i, c] > 0:
                anything = True
                root = np.float32(math.sqrt(sums[i, c]))
                for j in range(k):
                    vector[j] += root * matrix[c, j]
        square = 0.0
        for j in range(k):
            square += vector[j] * vector[j]
        if not anything or square == 0.0:
            continue
        scale = 256.0 / math.sqrt(square)
        for j in range(k):
            out[i, j] = np.int8(min(127.0, max(-127.0, np.rint(vector[j] * scale))))
    return out
