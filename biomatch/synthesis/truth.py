"""Minutiae of a clean ridge pattern, exactly: where the skeleton of the ridges forks, and where that of the valleys does.

A fork of the ridges is a bifurcation, a fork of the valleys is the ending of a ridge (ISO/IEC 19794-2:2005: the point at
which the valley skeleton forks). The direction points between the two branches that lie close together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from biomatch.template import BIFURCATION, ENDING, Minutiae


@dataclass(frozen=True)
class TruthParams:
    """px at 500 ppi."""

    zoom: int = 2  # thinning moves a line by half a px: at double size by a quarter
    reach_px: float = 11.0  # along a branch, for its direction: a bit more than a ridge period
    spur_px: float = 5.0  # a branch that ends sooner is an artefact of thinning
    hub_px: float = 1.5  # around the fork, where its branches are not yet apart
    border_px: float = 6.0


TRUTH = TruthParams()


def find(ridges: np.ndarray, params: TruthParams = TRUTH) -> Minutiae:
    """Finds all minutiae of `ridges` (h, w) float32, positive on ridges; quality 1."""
    height, width = ridges.shape
    large = cv2.resize(ridges, None, fx=params.zoom, fy=params.zoom, interpolation=cv2.INTER_CUBIC)
    found: list[tuple[float, float, float, int]] = []
    for kind, side in ((BIFURCATION, large > 0), (ENDING, large <= 0)):
        for x, y, angle in _forks(thin(side), params):
            found.append((x, y, angle, kind))
    table = np.array(found, np.float64).reshape(-1, 4)
    edge = params.border_px
    inside = (table[:, 0] >= edge) & (table[:, 1] >= edge) & (table[:, 0] < width - edge) & (table[:, 1] < height - edge)
    x, y, angle, kinds = table[inside].T
    return Minutiae.of(x, y, angle, kinds.astype(np.uint8), np.ones(len(x)))


def thin(binary: np.ndarray) -> np.ndarray:
    """Thins `binary` (h, w) bool to a skeleton (h, w) bool, one px wide. Source: Zhang, Suen, CACM 1984."""
    lines = np.zeros((binary.shape[0] + 2, binary.shape[1] + 2), np.uint8)
    lines[1:-1, 1:-1] = binary
    peel(lines, _REMOVABLE)
    return lines[1:-1, 1:-1] > 0


def _forks(skeleton: np.ndarray, params: TruthParams) -> Iterator[tuple[float, float, float]]:
    """Yields x, y in px of the original, and the direction, of every fork."""
    margin = round(params.reach_px * params.zoom) + 1
    lines = np.pad(skeleton.astype(np.uint8), margin)
    ring = np.stack([np.roll(lines, (-dy, -dx), (0, 1)) for dx, dy in _RING])
    crossings = (ring != np.roll(ring, -1, axis=0)).sum(axis=0) // 2
    count, _, _, centres = cv2.connectedComponentsWithStats(((crossings >= 3) & (lines > 0)).astype(np.uint8))
    for cx, cy in centres[1:count]:
        near = _branches(lines, cx, cy, params.spur_px * params.zoom, params)
        if len(near) != 3:
            continue
        far = _branches(lines, cx, cy, params.reach_px * params.zoom, params)
        angle = _between(far if len(far) == 3 else near)
        yield (cx - margin + 0.5) / params.zoom - 0.5, (cy - margin + 0.5) / params.zoom - 0.5, angle


def _branches(lines: np.ndarray, cx: float, cy: float, reach: float, params: TruthParams) -> np.ndarray:
    """Finds (n, 2) unit vectors, y up, to where the branches of a fork leave a circle of `reach` px of the enlarged image."""
    x, y, r = round(cx), round(cy), int(np.ceil(reach))
    patch = lines[y - r : y + r + 1, x - r : x + r + 1]
    rows, columns = np.mgrid[-r : r + 1, -r : r + 1]
    away = np.hypot(rows + y - cy, columns + x - cx)
    _, whole = cv2.connectedComponents(np.where(away <= reach, patch, 0).astype(np.uint8), connectivity=8)
    here = (whole == whole[away.argmin() // whole.shape[1], away.argmin() % whole.shape[1]]) & (whole > 0)
    hub = params.hub_px * params.zoom
    count, parts = cv2.connectedComponents((here & (away > hub)).astype(np.uint8), connectivity=8)
    vectors = []
    for part in range(1, count):
        tip = (parts == part) & (away > reach - 1.5)
        if tip.any():
            dx, dy = (columns[tip] + x - cx).mean(), (rows[tip] + y - cy).mean()
            vectors.append((dx, -dy))
    found = np.array(vectors, np.float64).reshape(-1, 2)
    units: np.ndarray = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return units


def _between(branches: np.ndarray) -> float:
    """Finds the direction between the two closest of three unit vectors, away from the third."""
    alike = branches @ branches.T
    stem = max(range(3), key=lambda i: alike[(i + 1) % 3, (i + 2) % 3])
    along = branches.sum(axis=0) - 2 * branches[stem]
    return float(np.arctan2(along[1], along[0]))


_RING = ((0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1))  # (dx, dy), clockwise as seen from the top


def _removable_table() -> np.ndarray:
    """Tells which neighbourhoods (bits in the order of _RING) lose their middle in each of the two passes, (2, 256) bool."""
    table = np.zeros((2, 256), np.bool_)
    for code in range(256):
        bits = [(code >> i) & 1 for i in range(8)]
        rises = sum(bits[i] == 0 and bits[(i + 1) % 8] == 1 for i in range(8))
        if 2 <= sum(bits) <= 6 and rises == 1:
            north, east, south, west = bits[0], bits[2], bits[4], bits[6]
            table[0, code] = not (north and east and south) and not (east and south and west)
            table[1, code] = not (north and east and west) and not (north and south and west)
    return table


_REMOVABLE = _removable_table()


@njit(nogil=True, cache=True)
def peel(lines: np.ndarray, removable: np.ndarray) -> None:
    """Thins in place until nothing changes.

    lines      (h, w) uint8     0 or 1, with a border of zeros
    removable  (2, 256) bool    by pass and neighbourhood

    Each pass decides on all px before it removes any. Twin: tests/synthesis/test_truth.py
    """
    places = np.argwhere(lines)
    changed = True
    while changed:
        changed = False
        for step in range(2):
            doomed = np.zeros(len(places), np.bool_)
            for i in range(len(places)):
                y, x = places[i]
                code = lines[y - 1, x] | lines[y - 1, x + 1] << 1 | lines[y, x + 1] << 2 | lines[y + 1, x + 1] << 3
                code |= lines[y + 1, x] << 4 | lines[y + 1, x - 1] << 5 | lines[y, x - 1] << 6 | lines[y - 1, x - 1] << 7
                doomed[i] = removable[step, code]
            for i in range(len(places)):
                if doomed[i]:
                    lines[places[i, 0], places[i, 1]] = 0
                    changed = True
            places = places[~doomed]
