"""Vectors of synthetic non-mated prints, whose templates carry no picture: what a picture would add to them on average is
added.

A gallery of synthetic templates is to crowd as one of real prints, whose vectors hold what ridges look like. That is alike
where neighbours are alike: what a picture adds is told from what the neighbours say, by a linear map and, for each of some
hundred kinds of neighbourhood, the mean of what the map leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress

import numpy as np
from numba import njit

from biomatch.descriptors.describer import TOGETHER, Describer, best, placed, told_by_neighbours
from biomatch.descriptors.projection import add_products
from biomatch.learned import Models, shipped
from biomatch.template import Template

MODEL = "strangers"
MADE_UP = ("synthetic/", "recombined/")  # beginnings of the names of what makes minutiae of nobody


class StrangerDescriber(Describer):
    """A describer of prints that were made up as minutiae: what pictures would add to their vectors is estimated."""

    def __init__(self, models: Models | None = None):
        """Raises ModelMissing, ModelDamaged."""
        models = models or shipped()
        super().__init__(models)
        arrays = models.arrays(MODEL)
        self.version += f"-{models.version(MODEL)}"
        self._own_mean, self._own_matrix = arrays["mean"], arrays["matrix"].astype(np.float32)
        self._kinds = by_kind(arrays["centres"])
        self._means = arrays["means"].astype(np.float32)

    def describe_each(self, templates: Sequence[Template], most: Sequence[int | None]) -> list[np.ndarray]:
        told = [not t.ridges and t.extractor.startswith(MADE_UP) for t in templates]
        prints = [t.minutiae for t in compress(templates, told)]
        rows = [best(m, own) for m, own in zip(prints, compress(most, told), strict=True)]
        start = np.repeat(-self._own_mean[None], sum(map(len, rows)), axis=0)
        vectors = told_by_neighbours(prints, rows, start, self._own_matrix)
        _add_means(vectors, *self._kinds, self._means)
        made_up = iter(placed(prints, rows, vectors))
        others = [not one for one in told]
        real = iter(super().describe_each(list(compress(templates, others)), list(compress(most, others))))
        return [next(made_up if one else real) for one in told]


def by_kind(centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns for centres (c, k) a matrix (k, c) and offsets (c,) float32: the centre nearest to v has the largest v @ matrix +
    offsets."""
    whole = centres.astype(np.float32)
    return np.ascontiguousarray(whole.T), -(whole**2).sum(axis=1) / 2


@njit(nogil=True, cache=True)
def nearest(vectors: np.ndarray, matrix: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Finds the kind of each of the vectors (n, k) float32, k a multiple of 8, (n,) int64; matrix and offsets of `by_kind`."""
    kinds = np.empty(len(vectors), np.int64)
    near = np.empty((TOGETHER, len(offsets)), np.float32)
    for first in range(0, len(vectors), TOGETHER):
        some = vectors[first : first + TOGETHER]
        for i in range(len(some)):
            near[i] = offsets
        add_products(some, matrix, near[: len(some)])
        for i in range(len(some)):
            kinds[first + i] = near[i].argmax()
    return kinds


@njit(nogil=True, cache=True)
def _add_means(vectors, matrix, offsets, means):  # type: ignore[no-untyped-def]
    """Adds to each vector but zeros what belongs to its kind."""
    kinds = nearest(vectors, matrix, offsets)
    for i in range(len(vectors)):
        if vectors[i].any():
            for j in range(vectors.shape[1]):
                vectors[i, j] += means[kinds[i], j]


def describer_among(prints: Iterable[Template], models: Models | None = None) -> Describer:
    """Describes prints and the synthetic ones that stand among them: with what pictures add, where a print has one.
    Raises ModelMissing, ModelDamaged."""
    return StrangerDescriber(models) if any(one.ridges for one in prints) else Describer(models)
