"""The learned projection: cylinder sums, and features of patches, to unit vectors of 64 dimensions on an 8-bit grid."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

GRID = 256  # steps a unit: a dot product of two vectors on it is a whole number below 2^24, exact in float32
_ROWS = 8  # of the matrix, added at once: vectors then pass through registers an eighth as often


@njit(nogil=True, cache=True)
def mapped(sums: np.ndarray, start: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Square root and linear map.

    sums     (n, d) float32   cylinder sums, not negative; d a multiple of 8
    start    (n, k) float32   what the map's answers are added to: minus the projected mean square root, and what patches add
    matrix   (d, k) float32   the projection
    returns  (n, k) float32   zeros where all sums are zero

    Adds in a fixed order, so that the result is the same bit for bit whatever n is and on every machine. Twin:
    tests/descriptors/plain.py
    """
    n, d = sums.shape
    k = matrix.shape[1]
    vectors = start.copy()
    roots = np.sqrt(sums)
    for c in range(0, d, _ROWS):
        for i in range(n):
            a0, a1, a2, a3 = roots[i, c], roots[i, c + 1], roots[i, c + 2], roots[i, c + 3]
            a4, a5, a6, a7 = roots[i, c + 4], roots[i, c + 5], roots[i, c + 6], roots[i, c + 7]
            for j in range(k):
                s = vectors[i, j]
                s += a0 * matrix[c, j]
                s += a1 * matrix[c + 1, j]
                s += a2 * matrix[c + 2, j]
                s += a3 * matrix[c + 3, j]
                s += a4 * matrix[c + 4, j]
                s += a5 * matrix[c + 5, j]
                s += a6 * matrix[c + 6, j]
                s += a7 * matrix[c + 7, j]
                vectors[i, j] = s
    for i in range(n):
        if not sums[i].any():
            vectors[i] = 0
    return vectors


@njit(nogil=True, cache=True)
def on_grid(vectors: np.ndarray) -> np.ndarray:
    """Unit length, 8-bit grid: of v (n, k) float32, round(256 v / |v|) clipped to +-127, (n, k) int8; zeros stay zeros."""
    n, k = vectors.shape
    out = np.zeros((n, k), np.int8)
    for i in range(n):
        square = 0.0
        for j in range(k):
            square += vectors[i, j] * vectors[i, j]
        if square == 0.0:
            continue
        scale = 256.0 / math.sqrt(square)
        for j in range(k):
            out[i, j] = np.int8(min(127.0, max(-127.0, np.rint(vectors[i, j] * scale))))
    return out


@njit(nogil=True, cache=True)
def add(features: np.ndarray, matrix: np.ndarray, out: np.ndarray) -> None:
    """Adds to out (n, k) float32 what a map (f, k) float32 makes of features (n, f) float32, in a fixed order."""
    for i in range(len(features)):
        for f in range(features.shape[1]):
            for j in range(out.shape[1]):
                out[i, j] += features[i, f] * matrix[f, j]
