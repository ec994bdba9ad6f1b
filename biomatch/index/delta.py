"""The prints that no segment holds yet: searched exactly, by one matrix product.

Append-only. A reader holds a `Delta` of fixed length; whoever appends hands out a new one that shares the arrays, and writes
only beyond the length of those before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.descriptors import DIMENSIONS, GRID

_FIRST_CAPACITY = 4_096  # vectors: about a hundred prints


@dataclass(frozen=True, eq=False)
class Delta:
    """Vectors that are searched exactly.

    ids      (capacity,) int64         as `layout` packs them
    vectors  (capacity, 64) float32    descriptors in 1/256; float32, because that product is the fast one
    norms    (capacity,) float32       their squared lengths
    length   how many are filled
    """

    ids: np.ndarray
    vectors: np.ndarray
    norms: np.ndarray
    length: int

    @classmethod
    def empty(cls) -> Delta:
        return cls(*_room(_FIRST_CAPACITY), 0)

    def __len__(self) -> int:
        return self.length

    def extended(self, ids: np.ndarray, vectors: np.ndarray) -> Delta:
        """Returns a delta with ids (n,) int64 and descriptors (n, 64) int8 after the others. Only the newest Delta may be
        extended."""
        length = self.length + len(ids)
        held = (self.ids, self.vectors, self.norms)
        if length > len(self.ids):
            held = _room(max(length, 2 * len(self.ids)))
            for new, old in zip(held, (self.ids, self.vectors, self.norms), strict=True):
                new[: self.length] = old[: self.length]
        added = vectors.astype(np.float32)
        for new, values in zip(held, (ids, added, (added**2).sum(1)), strict=True):
            new[self.length : length] = values
        return Delta(*held, length)

    def search(self, vectors: np.ndarray, k: int, takes_part: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Finds the k nearest of each vector.

        vectors     (n, 64) int8
        takes_part  (length,) bool; None: all
        returns     squared distances (n, k) float32, ascending, ties by id; ids (n, k) int64, -1 where fewer were found
        """
        queries = vectors.astype(np.float32)
        dots = queries @ self.vectors[: self.length].T  # exact: integers below 2^24
        allowed = np.ones(self.length, np.bool_) if takes_part is None else takes_part
        return nearest(dots, (queries**2).sum(1), self.norms[: self.length], self.ids[: self.length], allowed, k)


def _room(capacity: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.empty(capacity, np.int64), np.empty((capacity, DIMENSIONS), np.float32), np.empty(capacity, np.float32)


@njit(nogil=True, cache=True)
def nearest(dots, norms, stored_norms, ids, allowed, k):  # type: ignore[no-untyped-def]
    """Finds the k smallest distances of each row.

    dots          (n, m) float32  products of queries and stored vectors, in 1/256 squared
    norms         (n,) float32    squared lengths of the queries
    stored_norms  (m,) float32    squared lengths of what is stored
    ids           (m,) int64
    allowed       (m,) bool       which take part
    k             int
    returns       (n, k) float32 squared distances in units, ascending, ties by id; (n, k) int64, -1: none

    Twin: tests/index/test_delta.py
    """
    n, m = dots.shape
    distances = np.full((n, k), np.float32(np.inf), np.float32)
    found = np.full((n, k), -1, np.int64)
    for q in range(n):
        filled = 0
        furthest = np.float32(np.inf)
        for i in range(m):
            d = norms[q] + stored_norms[i] - np.float32(2) * dots[q, i]  # |a - b|^2, exact
            if d > furthest or not allowed[i] or (d == furthest and ids[i] > found[q, k - 1]):
                continue
            at = filled if filled < k else k - 1
            while at > 0 and (d < distances[q, at - 1] or (d == distances[q, at - 1] and ids[i] < found[q, at - 1])):
                distances[q, at], found[q, at] = distances[q, at - 1], found[q, at - 1]
                at -= 1
            distances[q, at], found[q, at] = d, ids[i]
            filled = min(filled + 1, k)
            if filled == k:
                furthest = distances[q, k - 1]
    return distances / np.float32(GRID * GRID), found
