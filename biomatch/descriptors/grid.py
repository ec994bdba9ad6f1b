"""The grid of vectors: of about unit length, on few values, so that a number takes four bits wherever vectors are kept.

In memory a number is an int8 on the grid of 1/256: products of vectors are whole numbers, the same on every machine. Kernels of
other modules have these constants compiled in: numba's cache does not see a change of this file.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

DIMENSIONS = 64
GRID = 256  # steps a unit: a dot product of two vectors on it is a whole number below 2^24, exact in float32
STEP = 13  # of the grid, from one value to the next: numbers deviate by 30, and half of all vectors have one that is cut off
MOST = 7  # values to either side of zero: with the bias, a number is 1 to 15
BIAS = 8
BYTES = DIMENSIONS // 2  # of a vector, packed


@njit(nogil=True, cache=True)
def on_grid(vectors: np.ndarray) -> np.ndarray:
    """Puts vectors (n, k) float32 on the grid, (n, k) int8: STEP * round(v / |v| * GRID / STEP), clipped to MOST steps; zeros
    stay zeros."""
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
    """Packs vectors (n, k) int8 on the grid, (n, k / 2) uint8: two numbers a byte, that of the even dimension in the low half.

    Raises ValueError for a number that `on_grid` does not make.
    """
    n, k = vectors.shape
    out = np.empty((n, k // 2), np.uint8)
    for i in range(n):
        for j in range(k // 2):
            low, high = vectors[i, 2 * j] // STEP, vectors[i, 2 * j + 1] // STEP
            exact = low * STEP == vectors[i, 2 * j] and high * STEP == vectors[i, 2 * j + 1]
            if not exact or abs(low) > MOST or abs(high) > MOST:
                raise ValueError("a vector does not lie on the grid")
            out[i, j] = (low + BIAS) | (high + BIAS) << 4
    return out


@njit(nogil=True, cache=True)
def unpack(data: np.ndarray, out: np.ndarray) -> None:
    """Reverses `packed`: fills out (2 m,) int8 with the numbers in data (m,) uint8."""
    for j in range(len(data)):
        out[2 * j] = STEP * (np.int8(data[j] & 15) - BIAS)
        out[2 * j + 1] = STEP * (np.int8(data[j] >> 4) - BIAS)


def unpacked(data: np.ndarray) -> np.ndarray:
    """Unpacks (n, k / 2) uint8, as `packed` makes them, to (n, k) int8."""
    out = np.empty((len(data), 2 * data.shape[1]), np.int8)
    flat = np.ascontiguousarray(data).reshape(-1)
    flat.setflags(write=False)  # one kernel for all, mapped files among them
    unpack(flat, out.reshape(-1))
    return out
