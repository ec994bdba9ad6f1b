"""The inputs of a comparison: one print made ready, or many laid end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from biomatch.descriptors import DIMENSIONS, GRID, Describer
from biomatch.errors import BadTemplate
from biomatch.extraction import ridge_picture
from biomatch.extraction.ridge_picture import RidgePicture
from biomatch.template import TURN_STEPS, Template


@dataclass(frozen=True, eq=False)
class Prepared:
    """A template and its minutiae's vectors, (n, 64) int8 as `Describer.describe` gives them."""

    template: Template
    vectors: np.ndarray
    _ridges: RidgePicture | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.vectors.shape != (len(self.template.minutiae), DIMENSIONS):
            raise BadTemplate(
                f"{len(self.template.minutiae)} minutiae come with vectors of shape {self.vectors.shape}; "
                f"describe the template anew, one row of {DIMENSIONS} for each minutia"
            )

    @property
    def ridges(self) -> RidgePicture | None:
        """The ridge picture, unpacked on first use; None where the template carries none. Raises CorruptTemplate."""
        if self._ridges is None and self.template.ridges:  # Python 3.11's cached_property lets but one thread unpack at a time
            object.__setattr__(self, "_ridges", ridge_picture.decode(self.template.ridges))
        return self._ridges


def prepare(template: Template, describer: Describer, most: int | None = None) -> Prepared:
    """Describes a template's minutiae, once for all comparisons. most: as `Describer.describe`; None: all."""
    return Prepared(template, describer.describe(template, most))


@dataclass(frozen=True, eq=False)
class Block:
    """m references, their minutiae laid end to end; reference r owns starts[r] to starts[r + 1].

    x, y     (N,) float32   px at 500 ppi, y down
    angle    (N,) float32   radians, counter-clockwise as seen
    quality  (N,) float32   0..1
    vectors  (N, 64) int8   as `Describer.describe` gives them
    starts   (m + 1,) int64
    """

    x: np.ndarray
    y: np.ndarray
    angle: np.ndarray
    quality: np.ndarray
    vectors: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, references: Sequence[Prepared]) -> Block:
        x, y, angle, quality = (
            np.concatenate([getattr(r.template.minutiae, name) for r in references] or [np.zeros(0, np.float32)])
            for name in ("x", "y", "angle", "quality")
        )
        vectors = np.concatenate([r.vectors for r in references] or [np.zeros((0, DIMENSIONS), np.int8)])
        starts = np.cumsum([0] + [len(r.vectors) for r in references], dtype=np.int64)
        return cls(x, y, angle, quality, vectors, starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, which: slice) -> Block:
        """Returns some of the references, which follow each other."""
        first, last, _ = which.indices(len(self))
        own = slice(self.starts[first], self.starts[last])
        starts = self.starts[first : last + 1] - self.starts[first]
        return Block(self.x[own], self.y[own], self.angle[own], self.quality[own], self.vectors[own], starts)

    def strongest(self, most: int) -> tuple[Block, np.ndarray]:
        """Returns the block with at most so many minutiae a reference, the best by quality; and the numbers of those, (k,)
        int64."""
        kept = strongest(self.quality, self.starts, most)
        if len(kept) == len(self.x):
            return self, kept
        starts = np.searchsorted(kept, self.starts)
        return Block(
            self.x[kept], self.y[kept], self.angle[kept], self.quality[kept], self.vectors[kept], starts.astype(np.int64)
        ), kept


@njit(nogil=True, cache=True)
def strongest(quality: np.ndarray, starts: np.ndarray, most: int) -> np.ndarray:
    """Returns the numbers of the best minutiae of each reference by quality, in their order; of equal ones the first.

    quality  (N,) float32  0..1, read in steps of 1/100
    starts   (m + 1,) int64
    returns  (k,) int64, rising, at most `most` of each reference
    """
    kept = np.empty(len(quality), np.int64)
    at = 0
    count = np.zeros(101, np.int64)
    for r in range(len(starts) - 1):
        first, last = starts[r], starts[r + 1]
        if last - first <= most:
            for i in range(first, last):
                kept[at] = i
                at += 1
            continue
        for step in range(101):
            count[step] = 0
        for i in range(first, last):
            count[int(quality[i] * 100 + 0.5)] += 1
        step, above = 100, 0
        while above + count[step] <= most:
            above += count[step]
            step -= 1
        ties = most - above
        for i in range(first, last):
            own = int(quality[i] * 100 + 0.5)
            if own > step or (own == step and ties > 0):
                ties -= own == step
                kept[at] = i
                at += 1
    return kept[:at]


def turns_of(angle: np.ndarray) -> np.ndarray:
    """Returns directions in 1/256 turn, as the kernels count, (n,) int64."""
    return np.rint(angle * np.float32(TURN_STEPS / (2 * np.pi))).astype(np.int64) & (TURN_STEPS - 1)


def known_quality(block: Block, unknown: float) -> np.ndarray:
    """Returns the qualities, (N,) float64, or `unknown` for every minutia of a print that has none above 0."""
    quality = block.quality.astype(np.float64)
    summed = np.append(0.0, np.cumsum(quality))[block.starts]
    for r in np.flatnonzero(np.diff(summed) == 0).tolist():
        quality[block.starts[r] : block.starts[r + 1]] = unknown
    return quality


def crowd(block: Block, reach_px: float) -> np.ndarray:
    """Counts the other minutiae of its own print that lie nearer to each minutia than that, (N,) int64."""
    return np.asarray(_crowd(block.x, block.y, block.starts, reach_px))


@njit(nogil=True, cache=True)
def _crowd(x: np.ndarray, y: np.ndarray, starts: np.ndarray, reach: float) -> np.ndarray:
    near = np.zeros(len(x), np.int64)
    for r in range(len(starts) - 1):
        for i in range(starts[r], starts[r + 1]):
            for j in range(starts[r], i):
                if (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 < reach * reach:
                    near[i] += 1
                    near[j] += 1
    return near


def similarities(probe: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Computes the similarity of every probe vector with every reference vector, exact, (n, N) float32, about -1..1."""
    return (probe.astype(np.float32) * np.float32(1 / GRID**2)) @ references.astype(np.float32).T
