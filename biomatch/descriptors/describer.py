"""Minutiae to vectors: what the index holds, and what the comparison's first step reads.

A minutia's vector says where its neighbours lie and point, and, where the template has a picture of the ridges, what these look
like about it. Minutiae that come without a picture are described by their neighbours alone, and both kinds can be compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numba import njit

from biomatch.descriptors import cylinder, patch, projection
from biomatch.descriptors.cylinder import CylinderParams
from biomatch.descriptors.patch import Patches
from biomatch.extraction import ridge_picture
from biomatch.learned import Models, shipped
from biomatch.template import Minutiae, Template

DIMENSIONS = 64
CYLINDERS = (
    CylinderParams(radius=90.0),  # whole prints: more neighbours tell more
    CylinderParams(radius=60.0),  # partial prints: few minutiae lack a neighbour within this
)
TOGETHER = 16  # minutiae whose sums are in hand at once: 160 kB
PATCHES = "patches"  # array of the model "projection": what the features of a patch add, (FEATURES, 64)
WEIGHT_OF_DOUBTFUL = 0.3  # what a neighbour of quality 0 counts beside one of quality 1


class Describer:
    """One vector a minutia. The same template gives the same vectors, bit for bit."""

    DIMENSIONS = DIMENSIONS

    def __init__(self, models: Models | None = None):
        """Raises ModelMissing, ModelDamaged."""
        models = models or shipped()
        self._set(models.arrays("projection"), Patches(models.read(patch.MODEL)))
        self.version = f"vectors/{_digest()}-{models.version('projection')}-{models.version(patch.MODEL)}"

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], patches: Patches | None) -> Describer:
        """With a projection that no folder holds; patches: None where it learned from cylinders alone."""
        made = cls.__new__(cls)
        made._set(arrays, patches)
        made.version = "unnamed"
        return made

    def _set(self, arrays: Mapping[str, np.ndarray], patches: Patches | None) -> None:
        self._mean, self._matrix = arrays["mean"], arrays["matrix"].astype(np.float32)
        self._patches = patches
        if patches is not None:
            self._patch_matrix = arrays[PATCHES].astype(np.float32)

    def describe(self, template: Template, most: int | None = None) -> np.ndarray:
        """(n, 64) int8: round(256 v) of unit vectors v; zeros for a minutia without neighbours.

        most  only so many minutiae, the best by quality, of equal ones the first, get a vector; the others zeros. None: all

        The dot product of two, divided by 65536, is their similarity, -1..1. Raises CorruptTemplate.
        """
        m = template.minutiae
        rows = best(m, most)
        start = np.repeat(-self._mean[None], len(rows), axis=0)
        if self._patches is not None and template.ridges:
            features = self._patches.features(m, ridge_picture.decode(template.ridges), rows)
            projection.add_products(features, self._patch_matrix, start)
        return self._placed(m, rows, mapped(m, rows, start, self._matrix))

    @staticmethod
    def _placed(m: Minutiae, rows: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """(n, 64) int8: vectors (r, 64) float32 of minutiae `rows`, as the index holds them; zeros of the others."""
        out = np.zeros((len(m), vectors.shape[1]), np.int8)
        out[rows] = projection.on_grid(vectors)
        return out


def best(m: Minutiae, most: int | None) -> np.ndarray:
    """Numbers of so many minutiae, the best by quality, of equal ones the first; None: of all, in their order."""
    return np.arange(len(m)) if most is None else np.argsort(-m.quality, kind="stable")[:most]


def mapped(m: Minutiae, rows: np.ndarray, start: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """(r, 64) float32: what a map makes of the neighbours of minutiae `rows`; start and matrix as `projection.mapped`."""
    weight = neighbour_weights(m.quality)
    return np.asarray(_mapped(m.x, m.y, m.turns, weight, _LARGE, _SMALL, WIDTH, rows, start, matrix))


def cylinder_sums(minutiae: Minutiae) -> np.ndarray:
    """(n, d) float32: the sums of all cylinders side by side, not yet projected."""
    m, out = minutiae, np.empty((len(minutiae), WIDTH), np.float32)
    _fill(m.x, m.y, m.turns, neighbour_weights(m.quality), _LARGE, _SMALL, np.arange(len(m)), out)
    return out


@njit(nogil=True, cache=True)
def _fill(x, y, turn, weight, large, small, rows, out):  # type: ignore[no-untyped-def]
    """Both cylinders of minutiae `rows` (m,), side by side in `out` (m, WIDTH) float32."""
    middle = (large[0].max() + 1) * cylinder.SECTIONS
    numbers, shares, bell, radius, sigma = large
    cylinder.fill(x, y, turn, weight, numbers, shares, bell, radius, sigma, rows, out[:, :middle])
    numbers, shares, bell, radius, sigma = small
    cylinder.fill(x, y, turn, weight, numbers, shares, bell, radius, sigma, rows, out[:, middle:])


@njit(nogil=True, cache=True)
def _mapped(x, y, turn, weight, large, small, width, rows, start, matrix):  # type: ignore[no-untyped-def]
    """Some minutiae at a time: their sums stay in the cache, and memory is not asked for anew."""
    vectors = np.empty_like(start)
    sums = np.empty((TOGETHER, width), np.float32)
    for first in range(0, len(rows), TOGETHER):
        some = rows[first : first + TOGETHER]
        _fill(x, y, turn, weight, large, small, some, sums[: len(some)])
        vectors[first : first + TOGETHER] = projection.mapped(sums[: len(some)], start[first : first + TOGETHER], matrix)
    return vectors


def neighbour_weights(quality: np.ndarray) -> np.ndarray:
    """(n,) float32: how much each minutia counts as a neighbour. 1 for all where no quality is known (all are 0)."""
    if not quality.any():
        return np.ones(len(quality), np.float32)
    return (WEIGHT_OF_DOUBTFUL + (1 - WEIGHT_OF_DOUBTFUL) * quality).astype(np.float32)


def _digest() -> str:
    return hashlib.sha256(repr((CYLINDERS, cylinder.BELL_STEPS, WEIGHT_OF_DOUBTFUL)).encode()).hexdigest()[:8]


def _tables(params: CylinderParams) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """What `cylinder.fill` wants to know, in its order."""
    shares, bell = cylinder.angular_shares(params), cylinder.bell(params)
    return cylinder.cell_numbers(params), shares, bell, params.radius, params.sigma_space


_LARGE, _SMALL = (_tables(params) for params in CYLINDERS)
WIDTH = cylinder.SECTIONS * sum(int(numbers.max()) + 1 for numbers in (_LARGE[0], _SMALL[0]))  # of a minutia's sums
