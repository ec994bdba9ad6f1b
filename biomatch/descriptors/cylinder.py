"""Cylinder sums: what lies around a minutia, in the minutia's own frame.

After the Minutia Cylinder-Code (Cappelli, Ferrara, Maltoni, TPAMI 32(12), 2010), without its hull mask and its sigmoid: a
fixed-length projection wants values that do not depend on far minutiae, and square roots of the sums project better than
saturated ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.template import TURN_STEPS


@dataclass(frozen=True)
class CylinderParams:
    radius: float  # px at 500 ppi
    cells: int = 16  # a side; 11 px at radius 90, about one ridge period
    sections: int = 6  # over a turn: 60 degrees each, as published
    sigma_space: float = 11.0  # px; skin moves neighbours by about this much
    sigma_turn: float = 2 * math.pi / 9  # rad, as published

    @property
    def side(self) -> float:
        """Side of a cell in px."""
        return 2 * self.radius / self.cells


def cell_numbers(params: CylinderParams) -> np.ndarray:
    """(cells, cells) int16: number of each cell whose centre lies within the radius, by (along, across), -1 outside."""
    centre = (np.arange(params.cells) + 0.5) * params.side - params.radius
    inside = np.hypot(centre[:, None], centre[None, :]) <= params.radius
    numbers = np.full(inside.shape, -1, np.int16)
    numbers[inside] = np.arange(inside.sum())
    return numbers


def angular_shares(params: CylinderParams) -> np.ndarray:
    """(256, sections) float32: share of a neighbour whose direction differs by i/256 turn that falls into each section."""
    width = 2 * math.pi / params.sections
    shares = np.empty((TURN_STEPS, params.sections))
    for i in range(TURN_STEPS):
        for k in range(params.sections):
            off = -math.pi + (k + 0.5) * width - i * (2 * math.pi / TURN_STEPS)
            off = (off + math.pi) % (2 * math.pi) - math.pi
            upper, lower = ((off + half) / (params.sigma_turn * math.sqrt(2)) for half in (width / 2, -width / 2))
            shares[i, k] = 0.5 * (math.erf(upper) - math.erf(lower))
    return shares.astype(np.float32)


@njit(nogil=True, cache=True)
def sums(
    x: np.ndarray,
    y: np.ndarray,
    turn: np.ndarray,
    weight: np.ndarray,
    numbers: np.ndarray,
    shares: np.ndarray,
    radius: float,
    sigma: float,
) -> np.ndarray:
    """Weighted, smoothed counts of neighbours, by place and direction relative to each minutia.

    x, y     (n,) float32   px at 500 ppi, y down
    turn     (n,) uint8     direction in 1/256 turn, counter-clockwise as seen
    weight   (n,) float32   how much each minutia counts as a neighbour
    numbers  (c, c) int16   as `cell_numbers` gives it
    shares   (256, k) float32  as `angular_shares` gives it
    radius   px; cells reach from -radius to radius
    sigma    px; a neighbour farther than 3 sigma along an axis from a cell's centre gives it nothing
    returns  (n, cells inside * k) float32, cell-major

    Source: Cappelli et al. 2010, equations 3 to 9. Twin: tests/descriptors/plain.py
    """
    n = len(x)
    side_cells = numbers.shape[0]
    sections = shares.shape[1]
    inside = 0
    for i in range(side_cells):
        for j in range(side_cells):
            if numbers[i, j] >= 0:
                inside += 1
    out = np.zeros((n, inside * sections), np.float32)
    side = 2.0 * radius / side_cells
    reach = radius + 3.0 * sigma
    norm = 1.0 / (sigma * math.sqrt(2.0 * math.pi))
    along = np.empty(side_cells, np.float64)
    across = np.empty(side_cells, np.float64)
    for m in range(n):
        theta = turn[m] * (2.0 * math.pi / 256)
        cos, sin = math.cos(theta), math.sin(theta)
        for t in range(n):
            if t == m:
                continue
            right, up = x[t] - x[m], y[m] - y[t]
            u = right * cos + up * sin
            v = up * cos - right * sin
            if abs(u) >= reach or abs(v) >= reach or u * u + v * v >= reach * reach:
                continue
            first_i = max(0, math.ceil((u - 3.0 * sigma + radius) / side - 0.5))
            last_i = min(side_cells - 1, math.floor((u + 3.0 * sigma + radius) / side - 0.5))
            first_j = max(0, math.ceil((v - 3.0 * sigma + radius) / side - 0.5))
            last_j = min(side_cells - 1, math.floor((v + 3.0 * sigma + radius) / side - 0.5))
            for i in range(first_i, last_i + 1):
                off = (i + 0.5) * side - radius - u
                along[i] = math.exp(-off * off / (2.0 * sigma * sigma))
            for j in range(first_j, last_j + 1):
                off = (j + 0.5) * side - radius - v
                across[j] = math.exp(-off * off / (2.0 * sigma * sigma))
            row = (int(turn[m]) - int(turn[t])) & 255
            scale = norm * weight[t]
            for i in range(first_i, last_i + 1):
                for j in range(first_j, last_j + 1):
                    number = numbers[i, j]
                    if number >= 0:
                        share = np.float32(scale * along[i] * across[j])
                        for k in range(sections):
                            out[m, number * sections + k] += share * shares[row, k]
    return out
