"""The 62-bit id of an indexed minutia: it carries the geometry, so that voting looks nothing up.

    bits 58..61  finger position   the highest bits: all prints of a finger are one range of ids, which FAISS can filter by
         30..57  print number      up to 268 million in a gallery
         21..29  x / 4 px          0..2047 px at 500 ppi; what lies beyond is indexed at the edge
         12..20  y / 4 px
          4..11  angle             1/256 turn, as in the template
          1..3   quality           eighths of 0..1
          0      type              1: bifurcation

The sign bit stays clear: -1 is FAISS's "none".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from biomatch.template import BIFURCATION, Minutiae
from biomatch.vocabulary import FingerPosition

MAX_PRINTS = 1 << 28
GRID_PX = 4  # of a position in the id: half of what skin moves between two prints of a finger
TURN = 2 * np.pi / 256  # radians in one step of an angle

_POSITION, _PRINT, _X, _Y, _ANGLE, _QUALITY = 58, 30, 21, 12, 4, 1


@dataclass(frozen=True, eq=False)
class Geometry:
    """The geometry that ids carry.

    position  (n,) int64  code of FingerPosition
    print     (n,) int64  print number
    x, y      (n,) int64  px at 500 ppi, multiples of GRID_PX
    turn      (n,) int64  1/256 turn, counter-clockwise
    quality   (n,) int64  0..7
    type      (n,) int64  1: bifurcation
    """

    position: np.ndarray
    print: np.ndarray
    x: np.ndarray
    y: np.ndarray
    turn: np.ndarray
    quality: np.ndarray
    type: np.ndarray


def pack(minutiae: Minutiae, position: int | np.ndarray, number: int | np.ndarray) -> np.ndarray:
    """Packs minutiae into ids, (n,) int64: of one print, or of many with a position and a number for each minutia, (n,) int64.

    Raises ValueError for a print number that does not fit.
    """
    if np.any(np.less(number, 0) | np.greater_equal(number, MAX_PRINTS)):
        raise ValueError(f"print number {number} does not fit into 28 bits; a gallery holds at most {MAX_PRINTS:,} prints")
    x, y = (np.minimum(np.rint(v / GRID_PX).astype(np.int64), 511) for v in (minutiae.x, minutiae.y))
    quality = np.minimum((minutiae.quality * 8).astype(np.int64), 7)
    print_bits = (np.asarray(position, np.int64) << _POSITION) | (np.asarray(number, np.int64) << _PRINT)
    return np.asarray(
        print_bits
        | (x << _X)
        | (y << _Y)
        | (minutiae.turns.astype(np.int64) << _ANGLE)
        | (quality << _QUALITY)
        | (minutiae.kind == BIFURCATION)
    )


def unpack(ids: np.ndarray) -> Geometry:
    """Reverses `pack`: ids (n,) int64 -> Geometry."""
    return Geometry(
        position=ids >> _POSITION,
        print=prints(ids),
        x=(ids >> _X & 511) * GRID_PX,
        y=(ids >> _Y & 511) * GRID_PX,
        turn=ids >> _ANGLE & 255,
        quality=ids >> _QUALITY & 7,
        type=ids & 1,
    )


def prints(ids: np.ndarray) -> np.ndarray:
    """Returns the print numbers of ids, any shape, int64."""
    return np.asarray(ids >> _PRINT & (MAX_PRINTS - 1))


def ranges(positions: Iterable[FingerPosition]) -> list[tuple[int, int]]:
    """Returns the half-open ranges of ids that hold these finger positions and no other; neighbours are joined."""
    found: list[tuple[int, int]] = []
    for code in sorted({int(position) for position in positions}):
        low, high = code << _POSITION, (code + 1) << _POSITION
        if found and found[-1][1] == low:
            low, _ = found.pop()
        found.append((low, high))
    return found
