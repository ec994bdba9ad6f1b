"""The part of a whole print that a partial one shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from biomatch.extraction import ridge_picture
from biomatch.template import Minutiae, Template

REACH_PX = 16.0  # around its minutiae that a part shows ridges
_AMONG = 4  # minutiae in whose middle the part lies: near that of the print, seldom at its edge


def part(m: Minutiae, clear: int, rng: np.random.Generator) -> np.ndarray:
    """Chooses the minutiae that lie about a place, as far as so many of them are clear, by numbers (k,) int64, ascending."""
    if not len(m):
        return np.zeros(0, np.int64)
    few = rng.integers(len(m), size=_AMONG)
    apart = np.hypot(m.x - m.x[few].mean(), m.y - m.y[few].mean())
    near = np.sort(apart[m.clear])
    return np.flatnonzero(apart <= near[min(clear, len(near)) - 1]) if len(near) else np.arange(len(m))


def partial(template: Template, numbers: np.ndarray) -> Template:
    """Returns the print that shows these minutiae (k,) and the ridges between them. Raises CorruptTemplate."""
    m = template.minutiae[numbers]
    return replace(template, minutiae=m, ridges=ridge_picture.about(template.ridges, np.stack([m.x, m.y], axis=1), REACH_PX))
