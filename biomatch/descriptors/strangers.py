"""Vectors of made-up strangers, whose templates carry no picture: what a picture would add to them is drawn.

A gallery of synthetic templates is to crowd as one of real prints, whose vectors hold what ridges look like. What that adds to
a minutia's vector is fitted as a linear map of what its neighbours say, and a normal deviation, of which a part is the whole
print's.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np

from biomatch.descriptors.describer import Describer, best, described
from biomatch.learned import Models, shipped
from biomatch.template import Template

MODEL = "strangers"
MADE_UP = ("synthetic/", "recombined/")  # beginnings of the names of what makes minutiae of nobody
_POOL = 1 << 15  # deviations that are drawn once; a print takes its own from a place that its minutiae name
_SEED = 1


class StrangerDescriber(Describer):
    """As `Describer`, but for prints that were made up as minutiae: what pictures would add to their vectors is drawn."""

    def __init__(self, models: Models | None = None):
        """Raises ModelMissing, ModelDamaged."""
        models = models or shipped()
        super().__init__(models)
        arrays = models.arrays(MODEL)
        self.version += f"-{models.version(MODEL)}"
        self._own_mean, self._own_matrix = arrays["mean"], arrays["matrix"].astype(np.float32)
        rng = np.random.default_rng(_SEED)
        self._of_minutiae, self._of_prints = (
            (rng.standard_normal((_POOL, len(root))) @ root).astype(np.float32) for root in (arrays["minutia"], arrays["print"])
        )

    def describe(self, template: Template, most: int | None = None) -> np.ndarray:
        if template.ridges or not template.extractor.startswith(MADE_UP):
            return super().describe(template, most)
        m = template.minutiae
        rows = best(m, most)
        place = zlib.crc32(m.x.tobytes() + m.turns.tobytes())
        start = self._of_minutiae[(place + np.arange(len(rows))) % _POOL] + self._of_prints[place // _POOL % _POOL]
        return described(m, rows, start - self._own_mean, self._own_matrix)


def describer_among(prints: Iterable[Template], models: Models | None = None) -> Describer:
    """Describes prints and the strangers that are made up to stand among them: with what pictures add, where a print has one.
    Raises ModelMissing, ModelDamaged."""
    return StrangerDescriber(models) if any(one.ridges for one in prints) else Describer(models)
