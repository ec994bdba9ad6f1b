"""Vectors of made-up strangers, whose templates carry no picture: what a picture would add to them on average is added.

A gallery of synthetic templates is to crowd as one of real prints, whose vectors hold what ridges look like. That is alike where
neighbours are alike: what a picture adds is told from what the neighbours say, by a linear map and, for each of some hundred kinds
of neighbourhood, the mean of what the map leaves.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from biomatch.descriptors.describer import Describer, best, mapped
from biomatch.learned import Models, shipped
from biomatch.template import Template

MODEL = "strangers"
MADE_UP = ("synthetic/", "recombined/")  # beginnings of the names of what makes minutiae of nobody


class StrangerDescriber(Describer):
    """As `Describer`, but for prints that were made up as minutiae: what pictures would add to their vectors is told."""

    def __init__(self, models: Models | None = None):
        """Raises ModelMissing, ModelDamaged."""
        models = models or shipped()
        super().__init__(models)
        arrays = models.arrays(MODEL)
        self.version += f"-{models.version(MODEL)}"
        self._own_mean, self._own_matrix = arrays["mean"], arrays["matrix"].astype(np.float32)
        self._centres, self._means = arrays["centres"].astype(np.float32), arrays["means"].astype(np.float32)

    def describe(self, template: Template, most: int | None = None) -> np.ndarray:
        if template.ridges or not template.extractor.startswith(MADE_UP):
            return super().describe(template, most)
        m = template.minutiae
        rows = best(m, most)
        vectors = mapped(m, rows, np.repeat(-self._own_mean[None], len(rows), axis=0), self._own_matrix)
        there = vectors.any(axis=1, keepdims=True)
        return self._placed(m, rows, vectors + there * self._means[nearest(vectors, self._centres)])


def nearest(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(n,) int64: the nearest of the centres (c, k) to each of the vectors (n, k)."""
    return np.asarray(np.argmax(vectors @ centres.T - (centres**2).sum(axis=1) / 2, axis=1))


def describer_among(prints: Iterable[Template], models: Models | None = None) -> Describer:
    """Describes prints and the strangers that are made up to stand among them: with what pictures add, where a print has one.
    Raises ModelMissing, ModelDamaged."""
    return StrangerDescriber(models) if any(one.ridges for one in prints) else Describer(models)
