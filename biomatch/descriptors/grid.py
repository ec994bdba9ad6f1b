"""Where vectors lie: of unit length, on few values, so that a number takes four bits wherever vectors are kept.

In memory a number is an int8 on the grid of 1/256: products of vectors are whole numbers, the same on every machine.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

GRID = 256  # steps a unit: a dot product of two vectors on it is a whole number below 2^24, exact in float32
STEP = 13  # of the grid, from one value to the next: finer, and more of the large numbers are cut off
MOST = 7  # values to either side of zero: with the bias, a number is 1 to 15
BIAS = 8


@njit(nogil=True, cache=True)
def on_grid(vectors: np.ndarray) -> np.ndarray:
    """(n, k) int8 of v (n, k) float32: 13 * round(256/13 v / |v|), clipped to +-91; zeros stay zeros."""
    n, k = vectors.shape
    out = np.zeros((n, k), np.int8)
    for i in range(n):
        square = 0.0
        for j in range(k):
            square += vectors[i, j] * vectors[i, j]
        if square == 0.0:
            continue
        scale = GRID / (STEP * math.sqrt(square))
        for j in range(k):
            out[i, j] = np.int8(STEP * min(float(MOST), max(-float(MOST), np.rint(vectors[i, j] * scale))))
    return out


@njit(nogil=True, cache=True)
def packed(vectors: np.ndarray) -> np.ndarray:
    """(n, k / 2) uint8 of vectors (n, k) int8 on the grid: two numbers a byte, that of the even dimension in the low half."""
    n, k = vectors.shape
    out = np.empty((n, k // 2), np.uint8)
    for i in range(n):
        for j in range(k // 2):
            low, high = vectors[i, 2 * j] // STEP + BIAS, vectors[i, 2 * j + 1] // STEP + BIAS
            out[i, j] = low | high << 4
    return out


@njit(nogil=True, cache=True)
def unpack(numbers: np.ndarray, out: np.ndarray) -> None:
    """The reverse: fills out (k,) int8 with what numbers (k / 2,) uint8 hold."""
    for j in range(len(numbers)):
        out[2 * j] = STEP * (np.int8(numbers[j] & 15) - BIAS)
        out[2 * j + 1] = STEP * (np.int8(numbers[j] >> 4) - BIAS)


def unpacked(numbers: np.ndarray) -> np.ndarray:
    """(n, k) int8 of (n, k / 2) uint8 as `packed` makes them."""
    out = np.empty((len(numbers), 2 * numbers.shape[1]), np.int8)
    unpack(np.ascontiguousarray(numbers).reshape(-1), out.reshape(-1))
    return out
