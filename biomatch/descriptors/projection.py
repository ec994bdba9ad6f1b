"""The learned projection: cylinder sums, and features of patches, to vectors of 64 dimensions."""

from __future__ import annotations

import numpy as np
from numba import njit

_ROWS = 8  # of the matrix, added at once: vectors then pass through registers an eighth as often


@njit(nogil=True, cache=True)
def mapped(sums: np.ndarray, start: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Maps sums: square root, then a linear map.

    sums     (n, d) float32   cylinder sums, not negative; d a multiple of 8
    start    (n, k) float32   what the map's answers are added to: minus the projected mean square root, and what patches add
    matrix   (d, k) float32   the projection
    returns  (n, k) float32   zeros where all sums are zero

    The same bit for bit whatever n is and on every machine. Twin: tests/descriptors/plain.py
    """
    vectors = start.copy()
    add_products(np.sqrt(sums), matrix, vectors)
    for i in range(len(sums)):
        if not sums[i].any():
            vectors[i] = 0
    return vectors


@njit(nogil=True, cache=True)
def add_products(rows: np.ndarray, matrix: np.ndarray, out: np.ndarray) -> None:
    """Adds to out (n, k) float32 the product of rows (n, d) and matrix (d, k) float32, d a multiple of 8, in a fixed order."""
    n, d = rows.shape
    for c in range(0, d, _ROWS):
        for i in range(n):
            a0, a1, a2, a3 = rows[i, c], rows[i, c + 1], rows[i, c + 2], rows[i, c + 3]
            a4, a5, a6, a7 = rows[i, c + 4], rows[i, c + 5], rows[i, c + 6], rows[i, c + 7]
            for j in range(out.shape[1]):
                s = out[i, j]
                s += a0 * matrix[c, j]
                s += a1 * matrix[c + 1, j]
                s += a2 * matrix[c + 2, j]
                s += a3 * matrix[c + 3, j]
                s += a4 * matrix[c + 4, j]
                s += a5 * matrix[c + 5, j]
                s += a6 * matrix[c + 6, j]
                s += a7 * matrix[c + 7, j]
                out[i, j] = s
