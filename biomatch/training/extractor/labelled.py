"""Labelled prints: pictures with what the network shall find in them, as they lie in a folder, ready to be cut into crops."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biomatch.synthesis.degrade import background_level

GRID = 4  # px: foreground, direction and period are kept on every fourth
ANGLE_STEPS = 256  # of half a turn
PERIOD_STEPS = 10  # a px


@dataclass(frozen=True, eq=False)
class LabelledPrint:
    """A picture and its labels.

    pixels      (h, w) uint8       grey levels, ridges dark
    minutiae    (n, 5) float32     x, y, ISO direction in radians, kind, and 1 where sure, 0 where nobody knows
    foreground  (h/4, w/4) uint8   0..255, how much of the place the finger covers
    angle       (h/4, w/4) uint8   ridge direction from x to y (down), 1/256 of half a turn
    period      (h/4, w/4) uint8   1/10 px; 0 where it is not known, and the direction neither
    real        whether a finger left it
    """

    pixels: np.ndarray
    minutiae: np.ndarray
    foreground: np.ndarray
    angle: np.ndarray
    period: np.ndarray
    real: bool

    @functools.cached_property
    def empty(self) -> float:
        """The grey where nothing touches."""
        return background_level(self.pixels)


def write(path: Path, prints: Sequence[LabelledPrint]) -> None:
    """Writes all prints of one finger into one file, at once."""
    arrays = {}
    for k, one in enumerate(prints):
        for name in _ARRAYS:
            arrays[f"{name}_{k}"] = getattr(one, name)
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, allow_pickle=False, real=np.array([one.real for one in prints]), **arrays)
    temporary.replace(path)


def read(path: Path) -> list[LabelledPrint]:
    """Reads the prints of one file."""
    with np.load(path, allow_pickle=False) as file:
        return [
            LabelledPrint(
                pixels=file[f"pixels_{k}"],
                minutiae=file[f"minutiae_{k}"],
                foreground=file[f"foreground_{k}"],
                angle=file[f"angle_{k}"],
                period=file[f"period_{k}"],
                real=bool(real),
            )
            for k, real in enumerate(file["real"])
        ]


_ARRAYS = ("pixels", "minutiae", "foreground", "angle", "period")
