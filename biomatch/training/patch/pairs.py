"""Mated minutiae among those of all prints, with what each sees: its neighbours and the ridges about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomatch.descriptors.describer import cylinder_sums
from biomatch.descriptors.patch import EMPTY, SIDE, cut
from biomatch.extraction import ridge_picture
from biomatch.synthesis import part, partial
from biomatch.template import Template
from biomatch.training import mates
from biomatch.training.data import Print, mated_pairs
from biomatch.training.projection import PARAMS as PROJECTION
from biomatch.training.projection import principal_axes


@dataclass(frozen=True, eq=False)
class Pairs:
    """m minutiae, and n pairs of them that are mates.

    rows           (m, axes) float32       cylinders on their principal axes
    patches        (m, SIDE, SIDE) uint8   as `descriptors.patch.cut` gives them
    first, second  (n,) int64              numbers of mated minutiae
    finger         (n,) int64              number of their finger
    """

    rows: np.ndarray
    patches: np.ndarray
    first: np.ndarray
    second: np.ndarray
    finger: np.ndarray

    @classmethod
    def of(cls, prints: Sequence[Print], rng: np.random.Generator, pairs_a_finger: int, clear: tuple[int, int]) -> Pairs:
        """Makes pairs of so many pairs of prints a finger, each twice: whole, and with a part of one print that shows from
        clear[0] to clear[1] clear minutiae."""
        minutiae = _Minutiae(*principal_axes(prints, rng, PROJECTION))
        start = [minutiae.added(p.template) for p in prints]
        number = {name: n for n, name in enumerate(sorted({p.finger for p in prints}))}
        first, second, fingers = [], [], []
        for a, b in mated_pairs(prints, pairs_a_finger, rng):
            probe = prints[a].template
            i, j = mates.of_minutiae(probe.minutiae, prints[b].template.minutiae, PROJECTION.reach_px)
            if not len(i):
                continue
            shown = part(probe.minutiae, int(rng.integers(*clear)), rng)
            both = np.isin(i, shown)
            begin = minutiae.added(partial(probe, shown))
            first += [start[a] + i, begin + np.searchsorted(shown, i[both])]
            second += [start[b] + j, start[b] + j[both]]
            fingers.append(np.full(len(i) + np.count_nonzero(both), number[prints[a].finger]))
        rows, patches = (np.concatenate(parts) for parts in (minutiae.rows, minutiae.patches))
        return cls(rows, patches, *(np.concatenate(parts) for parts in (first, second, fingers)))


class _Minutiae:
    """Rows and patches, as prints are added."""

    def __init__(self, centre: np.ndarray, axes: np.ndarray):
        self._centre, self._axes = centre, axes
        self._count = 0
        self.rows: list[np.ndarray] = []
        self.patches: list[np.ndarray] = []

    def added(self, template: Template) -> int:
        """Adds a template; returns the number of its first minutia."""
        m = template.minutiae
        self.rows.append(((np.sqrt(cylinder_sums(m)) - self._centre) @ self._axes).astype(np.float32))
        if template.ridges:
            self.patches.append(cut(m, ridge_picture.decode(template.ridges), np.arange(len(m))))
        else:
            self.patches.append(np.full((len(m), SIDE, SIDE), EMPTY, np.uint8))
        self._count += len(m)
        return self._count - len(m)
