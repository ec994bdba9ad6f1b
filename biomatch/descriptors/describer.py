"""Turns minutiae into vectors: what the index holds, and what the comparison's first step reads.

A minutia's vector says where its neighbours lie and point, and, where the template has a picture of the ridges, what these look
like about it. Minutiae that come without a picture are described by their neighbours alone, and both kinds can be compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numba import njit

from biomatch.descriptors import cylinder, grid, patch, projection
from biomatch.descriptors.cylinder import CylinderParams
from biomatch.descriptors.grid import DIMENSIONS
from biomatch.descriptors.patch import Patches
from biomatch.extraction import ridge_picture
from biomatch.learned import Models, shipped
from biomatch.template import MOST_READ, Minutiae, Template

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
        """Makes a describer with a projection that no folder holds; patches: None where it learned from cylinders alone."""
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
        """Describes a print: (n, 64) int8, unit vectors as `grid.on_grid` has them; zeros for a minutia without neighbours.

        most  only so many minutiae, the best by quality, of equal ones the first, get a vector; the others zeros. None: all

        Of a print with more than MOST_READ minutiae those alone take part: each looks at all others, so time grows with the
        square of their number.

        The dot product of two, divided by GRID squared, is their similarity, about -1..1. Raises CorruptTemplate.
        """
        return self.describe_each([template], [most])[0]

    def describe_each(self, templates: Sequence[Template], most: Sequence[int | None]) -> list[np.ndarray]:
        """Describes many prints at once, as `describe` does: other threads need not wait meanwhile. Raises CorruptTemplate."""
        prints = [template.minutiae for template in templates]
        rows = [best(m, own) for m, own in zip(prints, most, strict=True)]
        start = np.repeat(-self._mean[None], sum(map(len, rows)), axis=0)
        if self._patches is not None:
            for template, some, own in zip(templates, rows, _of_each(start, rows), strict=True):
                if template.ridges:
                    features = self._patches.features(template.minutiae, ridge_picture.decode(template.ridges), some)
                    projection.add_products(features, self._patch_matrix, own)
        return placed(prints, rows, told_by_neighbours(prints, rows, start, self._matrix))


def best(m: Minutiae, most: int | None) -> np.ndarray:
    """Returns the numbers of so many minutiae, at most MOST_READ: the best by quality, of equals the first; None: all, in their
    order."""
    if most is None and len(m) <= MOST_READ:
        return np.arange(len(m))
    ranked = np.argsort(-m.quality, kind="stable")
    return np.sort(ranked[:MOST_READ]) if most is None else ranked[: min(most, MOST_READ)]


def told_by_neighbours(
    prints: Sequence[Minutiae], rows: Sequence[np.ndarray], start: np.ndarray, matrix: np.ndarray
) -> np.ndarray:
    """Maps the neighbours of minutiae `rows[i]` of `prints[i]`, one print after the other: (r, 64) float32.

    start, matrix  as `projection.mapped`
    """
    if not prints:
        return start
    prints, rows = zip(*map(_bounded, prints, rows), strict=True)
    x, y, turns = (np.concatenate([getattr(m, name) for m in prints]) for name in ("x", "y", "turns"))
    weights = np.concatenate([neighbour_weights(m.quality) for m in prints])
    counts = np.array([(len(m), len(some)) for m, some in zip(prints, rows, strict=True)])
    return np.asarray(_told(x, y, turns, weights, counts, _LARGE, _SMALL, WIDTH, np.concatenate(rows), start, matrix))


def _bounded(m: Minutiae, rows: np.ndarray) -> tuple[Minutiae, np.ndarray]:
    """Returns a print's minutiae that count as neighbours, and which of these are `rows`, as `best` gives them."""
    if len(m) <= MOST_READ:
        return m, rows
    kept = best(m, None)
    return m[kept], np.searchsorted(kept, rows)


def placed(prints: Sequence[Minutiae], rows: Sequence[np.ndarray], vectors: np.ndarray) -> list[np.ndarray]:
    """Returns (n, 64) int8 of each print: vectors (r, 64) float32 of minutiae `rows`, as the index holds them; zeros of the
    others."""
    out = [np.zeros((len(m), vectors.shape[1]), np.int8) for m in prints]
    for whole, some, own in zip(out, rows, _of_each(grid.on_grid(vectors), rows), strict=True):
        whole[some] = own
    return out


def _of_each(values: np.ndarray, rows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Splits values (r, k) that lie one print after the other into those of each print."""
    ends = np.cumsum([0, *map(len, rows)])
    return [values[first:end] for first, end in pairwise(ends)]


def cylinder_sums(minutiae: Minutiae) -> np.ndarray:
    """Computes the sums of all cylinders side by side, not yet projected, (n, d) float32."""
    m, out = minutiae, np.empty((len(minutiae), WIDTH), np.float32)
    _fill(m.x, m.y, m.turns, neighbour_weights(m.quality), _LARGE, _SMALL, np.arange(len(m)), out)
    return out


@njit(nogil=True, cache=True)
def _fill(x, y, turn, weight, large, small, rows, out):  # type: ignore[no-untyped-def]
    """Fills both cylinders of minutiae `rows` (m,), side by side, into `out` (m, WIDTH) float32."""
    middle = (large[0].max() + 1) * cylinder.SECTIONS
    numbers, shares, bell, radius, sigma = large
    cylinder.fill(x, y, turn, weight, numbers, shares, bell, radius, sigma, rows, out[:, :middle])
    numbers, shares, bell, radius, sigma = small
    cylinder.fill(x, y, turn, weight, numbers, shares, bell, radius, sigma, rows, out[:, middle:])


@njit(nogil=True, cache=True)
def _told(x, y, turn, weight, counts, large, small, width, rows, start, matrix):  # type: ignore[no-untyped-def]
    """Describes some minutiae at a time: their sums stay in the cache, and memory is not asked for anew.

    counts  (p, 2) int64: minutiae of each print, and how many of them are in `rows`
    """
    vectors = np.empty_like(start)
    sums = np.empty((TOGETHER, width), np.float32)
    first = at = 0
    for p in range(len(counts)):
        own = slice(first, first + counts[p, 0])
        end = at + counts[p, 1]
        while at < end:
            some = slice(at, min(at + TOGETHER, end))
            few = sums[: some.stop - some.start]
            _fill(x[own], y[own], turn[own], weight[own], large, small, rows[some], few)
            made = projection.mapped(few, start[some], matrix)
            for i in range(len(made)):
                for k in range(made.shape[1]):  # `vectors[some] = made` takes three seconds more to compile
                    vectors[at + i, k] = made[i, k]
            at = some.stop
        first = own.stop
    return vectors


def neighbour_weights(quality: np.ndarray) -> np.ndarray:
    """Returns how much each minutia counts as a neighbour, (n,) float32. 1 for all where no quality is known (all are 0)."""
    if not quality.any():
        return np.ones(len(quality), np.float32)
    return (WEIGHT_OF_DOUBTFUL + (1 - WEIGHT_OF_DOUBTFUL) * quality).astype(np.float32)


def _digest() -> str:
    told_by = (CYLINDERS, cylinder.BELL_STEPS, WEIGHT_OF_DOUBTFUL, grid.STEP, grid.MOST)
    return hashlib.sha256(repr(told_by).encode()).hexdigest()[:8]


def _tables(params: CylinderParams) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Returns the tables that `cylinder.fill` takes, in its order."""
    shares, bell = cylinder.angular_shares(params), cylinder.bell(params)
    return cylinder.cell_numbers(params), shares, bell, params.radius, params.sigma_space


_LARGE, _SMALL = (_tables(params) for params in CYLINDERS)
WIDTH = cylinder.SECTIONS * sum(int(numbers.max()) + 1 for numbers in (_LARGE[0], _SMALL[0]))  # of a minutia's sums
