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

SECTIONS = 6  # over a turn: 60 degrees each, as published
BELL_STEPS = 16  # a px, of the table of the Gaussian: twice as fine as positions are kept
_LANES = 8  # floats that are added at once: what is added ends in zeros up to a multiple of these


@dataclass(frozen=True)
class CylinderParams:
    radius: float  # px at 500 ppi
    cells: int = 16  # a side; 11 px at radius 90, about one ridge period
    sigma_space: float = 11.0  # px; skin moves neighbours by about this much
    sigma_turn: float = 2 * math.pi / 9  # rad, as published

    @property
    def side(self) -> float:
        """Side of a cell in px."""
        return 2 * self.radius / self.cells


def cell_numbers(params: CylinderParams) -> np.ndarray:
    """Gives a number to each cell whose centre lies within the radius, by (along, across), -1 outside; (cells, cells) int16."""
    centre = (np.arange(params.cells) + 0.5) * params.side - params.radius
    inside = np.hypot(centre[:, None], centre[None, :]) <= params.radius
    numbers = np.full(inside.shape, -1, np.int16)
    numbers[inside] = np.arange(inside.sum())
    return numbers


def angular_shares(params: CylinderParams) -> np.ndarray:
    """Returns the share of a neighbour whose direction differs by i/256 turn that falls into each section, (256, 6) float32."""
    width = 2 * math.pi / SECTIONS
    shares = np.empty((TURN_STEPS, SECTIONS))
    for i in range(TURN_STEPS):
        for k in range(SECTIONS):
            off = -math.pi + (k + 0.5) * width - i * (2 * math.pi / TURN_STEPS)
            off = (off + math.pi) % (2 * math.pi) - math.pi
            upper, lower = ((off + half) / (params.sigma_turn * math.sqrt(2)) for half in (width / 2, -width / 2))
            shares[i, k] = 0.5 * (math.erf(upper) - math.erf(lower))
    return shares.astype(np.float32)


def bell(params: CylinderParams) -> np.ndarray:
    """Returns exp(-d^2 / 2 sigma^2) at distances d of 0, 1/16, ... px, up to 3 sigma; 0 beyond; (n,) float32."""
    d = np.arange(int(3 * params.sigma_space * BELL_STEPS) + 2) / BELL_STEPS
    return np.where(d <= 3 * params.sigma_space, np.exp(-(d**2) / (2 * params.sigma_space**2)), 0).astype(np.float32)


@njit(nogil=True, cache=True)
def fill(
    x: np.ndarray,
    y: np.ndarray,
    turn: np.ndarray,
    weight: np.ndarray,
    numbers: np.ndarray,
    shares: np.ndarray,
    table: np.ndarray,
    radius: float,
    sigma: float,
    rows: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fills in weighted, smoothed counts of neighbours, by place and direction relative to some of the minutiae.

    x, y     (n,) float32   px at 500 ppi, y down
    turn     (n,) uint8     direction in 1/256 turn, counter-clockwise as seen
    weight   (n,) float32   how much each minutia counts as a neighbour
    numbers  (c, c) int16   as `cell_numbers` gives it
    shares   (256, 6) float32  as `angular_shares` gives it
    table    (t,) float32   as `bell` gives it
    radius   px; cells reach from -radius to radius
    sigma    px; a neighbour farther than 3 sigma along an axis from a cell's centre gives it nothing
    rows     (m,) int64     those minutiae
    out      (m, cells inside * 6) float32, cell-major: is filled

    Source: Cappelli et al. 2010, equations 3 to 9. Twin: tests/descriptors/plain.py
    """
    cells = numbers.shape[0]
    row = cells * SECTIONS + _LANES
    side = 2.0 * radius / cells
    reach = radius + 3.0 * sigma
    steps = 1.0 / side
    middle = radius * steps - 0.5
    half = 3.0 * sigma * steps
    fine = side * BELL_STEPS
    norm = 1.0 / (sigma * math.sqrt(2.0 * math.pi))
    grid = np.empty(cells * row, np.float32)
    across = np.zeros(row, np.float32)
    run_start, run_end = np.zeros(cells, np.int64), np.zeros(cells, np.int64)  # in a row, what lies inside has no gap
    for i in range(cells):
        for j in range(cells):
            if numbers[i, j] >= 0:
                run_start[i] = run_start[i] if run_end[i] else j * SECTIONS
                run_end[i] = (j + 1) * SECTIONS
    for q in range(len(rows)):
        m = rows[q]
        grid[:] = 0
        theta = turn[m] * (2.0 * math.pi / 256)
        cos, sin = math.cos(theta), math.sin(theta)
        for t in range(len(x)):
            right, up = x[t] - x[m], y[m] - y[t]
            if t == m or right * right + up * up >= reach * reach:
                continue
            at_i = (right * cos + up * sin) * steps + middle
            at_j = (up * cos - right * sin) * steps + middle
            first_i, last_i = max(0, math.ceil(at_i - half)), min(cells - 1, math.floor(at_i + half))
            first_j, last_j = max(0, math.ceil(at_j - half)), min(cells - 1, math.floor(at_j + half))
            section = np.uintp((int(turn[m]) - int(turn[t])) & 255)
            scale = np.float32(norm * weight[t])
            width = np.uintp(0)
            for j in range(first_j, last_j + 1):
                near = scale * table[np.uintp(abs(j - at_j) * fine + 0.5)]
                for k in range(SECTIONS):
                    across[width + np.uintp(k)] = near * shares[section, np.uintp(k)]
                width += np.uintp(SECTIONS)
            for k in range(_LANES):
                across[width + np.uintp(k)] = 0
            lanes = (width + np.uintp(_LANES - 1)) // np.uintp(_LANES) * np.uintp(_LANES)
            for i in range(first_i, last_i + 1):
                along = table[np.uintp(abs(i - at_i) * fine + 0.5)]
                base = np.uintp(i * row + first_j * SECTIONS)
                for c in range(lanes):
                    grid[base + c] += along * across[c]
        at = np.uintp(0)
        for i in range(cells):
            base, length = np.uintp(i * row + run_start[i]), np.uintp(run_end[i] - run_start[i])
            for c in range(length):
                out[q, at + c] = grid[base + c]
            at += length
