"""The model "fingers": how the ridge flow of fingers varies, and where on it the extractor finds minutiae.

A finger lies in its core's frame: px at 500 ppi, x right, y down, the upper core at the origin, turned so that the ridges
inside it run straight down (whorls: so that the lower core lies straight below). Fingers without a core lie upright about
their middle. On a grid of 8 px the flow is a vector field of the doubled angle, which mean and principal components describe;
their weights are drawn from a mixture of normals for each number of cores. The area that touched the sensor is drawn
likewise, as distance from its edge. Minutiae are scattered by their place, by how the flow fans out, by distance from the
edge, and by where their neighbours lie and which way these point, no two nearer than an extractor tells apart. Inside a core
they follow each other along its axis, drawn as chains.

Arrays of the model (k: number of cores, 0 to 2; q: 0 sure minutiae, 1 doubtful):

    flow_mean (n,), flow_parts (m, n)    components of the field (rows, columns, 2), n = 2 x rows x columns
    flow_rest (3, m - 12)                spread of the components beyond the twelfth, by k
    flow_k_weight, _mean, _root          mixture over the first twelve
    flow_size (3, 32)                    how far fingers lie from what is typical, in deviations of all components, by k
    area_mean, area_parts, area_k_*      likewise, of the distance from the edge in px, positive inside
    cores (3,)                           share of fingers
    gap (32,)                            px between the cores of whorls: quantiles, as everything with 32 values
    density (2, d)                       log rates by fan, place and distance from the edge, by q
    pairs (3, c)                         what a neighbour adds to them, by where it lies and points: q of both added
    quality (2, 32)                      by q
    apart (3,)                           px that are kept free: between sure ones, sure and doubtful, doubtful ones
    count (2, 2), count_root (2, 2)      log counts by q: at 100,000 px^2, and a unit of log area; root of the covariance
    chain_count (3, 12)                  share of chains with so many minutiae: loops, upper and lower core of whorls
    chain_first (32,), chain_gap (5, 32) px inside the core of the first; steps to the second, third, ...
    chain_side, chain_slope, chain_turn (5,)  px off the axis (sd), rad a px off it, rad about that (sd)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit

MODEL = "fingers"
STEP_PX = 8
COLUMNS, ROWS = 45, 59
LEFT_PX, TOP_PX = -176.0, -208.0
MIXED = 12  # components that the mixture describes; the others are independent
CANONICAL_GAP_PX = 90.0  # between the cores of a whorl in the components: rows between are stretched to it

FAN_EDGES = np.array([-50, -30, -20, -13, -8, -5, -2.5, -1, 1, 2.5, 5, 8, 13, 20, 30, 50]) / 1000  # rad a px to the left
EDGE_EDGES = np.array([4.0, 8, 12, 18, 26, 40])  # px
CELL = 4  # grid steps a cell of places: 32 px
CELLS_ACROSS, CELLS_DOWN = -(-COLUMNS // CELL), -(-ROWS // CELL)
FANS, PLACES, EDGES = len(FAN_EDGES) + 1, CELLS_ACROSS * CELLS_DOWN, len(EDGE_EDGES) + 1
RATES = FANS + PLACES + EDGES
AHEAD_EDGES = np.array([-60, -42, -28, -20, -13, -5, 5, 13, 20, 28, 42, 60])  # px ahead of a minutia, where neighbours count
ASIDE_EDGES = np.array([0, 5, 10, 16, 24, 36, 60])  # px to either side
REACH_PX = 60.0  # of both
AHEADS, ASIDES = len(AHEAD_EDGES) - 1, len(ASIDE_EDGES) - 1
PAIRS = 2 * AHEADS * ASIDES  # cells: of neighbours that point the same way, then of the others
_AHEAD = np.searchsorted(AHEAD_EDGES, np.arange(-60, 60), side="right") - 1  # of each px
_ASIDE = np.searchsorted(ASIDE_EDGES, np.arange(60), side="right") - 1


@dataclass(frozen=True, eq=False)
class Fields:
    """n fingers in their frames.

    double  (n, rows, columns, 2) float32  unit vector of the doubled angle of the gradient, x right, y down
    inside  (n, rows, columns) float32     px from the edge of the area that touched
    cores   (n,) int64                     0, 1 or 2
    gap     (n,) float64                   px from the upper to the lower core, 0 without
    """

    double: np.ndarray
    inside: np.ndarray
    cores: np.ndarray
    gap: np.ndarray


def draw(arrays: Mapping[str, np.ndarray], rng: np.random.Generator, count: int, spread: float, detail: float) -> Fields:
    """Draws flows and areas of `count` fingers; `spread`, `detail`: shares of the fitted deviations of the first components,
    and of the rest."""
    cores = rng.choice(3, count, p=arrays["cores"])
    gap = np.where(cores == 2, arrays["gap"][rng.integers(0, len(arrays["gap"]), count)], 0.0)
    flow = rng.standard_normal((count, len(arrays["flow_parts"])))
    size = arrays["flow_size"][cores, rng.integers(0, arrays["flow_size"].shape[1], count)]
    flow *= (size / np.sqrt((flow**2).mean(axis=1)))[:, None]
    area = np.zeros((count, len(arrays["area_parts"])))
    for k in range(3):
        own = np.nonzero(cores == k)[0]
        flow[own, :MIXED] = _mixture(arrays, f"flow_{k}", rng, spread * flow[own, :MIXED])
        flow[own, MIXED:] *= arrays["flow_rest"][k] * detail
        area[own] = _mixture(arrays, f"area_{k}", rng, rng.standard_normal((len(own), area.shape[1])))
    double = (arrays["flow_mean"] + flow.astype(np.float32) @ arrays["flow_parts"].astype(np.float32)).astype(np.float32)
    double = double.reshape(count, ROWS, COLUMNS, 2)
    for i in np.nonzero(cores == 2)[0]:
        double[i] = take_rows(double[i], rows_from_canonical(gap[i]))
    double /= np.maximum(np.hypot(double[..., :1], double[..., 1:]), 1e-6)
    inside = arrays["area_mean"] + area.astype(np.float32) @ arrays["area_parts"].astype(np.float32)
    return Fields(double, inside.reshape(count, ROWS, COLUMNS).astype(np.float32), cores, gap)


def _mixture(arrays: Mapping[str, np.ndarray], name: str, rng: np.random.Generator, off: np.ndarray) -> np.ndarray:
    """Draws (n, d) from the mixture of that name; off (n, d): from the mean of its normal, in deviations."""
    which = rng.choice(len(arrays[f"{name}_weight"]), len(off), p=arrays[f"{name}_weight"])
    around = np.einsum("nij,nj->ni", arrays[f"{name}_root"][which], off)
    return np.asarray(arrays[f"{name}_mean"][which] + around)


def rows_from_canonical(gap: float) -> np.ndarray:
    """Finds where each row of a whorl with such a gap lies in the components' grid, (rows,) float64."""
    y = TOP_PX + STEP_PX * np.arange(ROWS)
    source = np.where(y < 0, y, np.where(y < gap, y * CANONICAL_GAP_PX / gap, y - gap + CANONICAL_GAP_PX))
    return np.asarray((source - TOP_PX) / STEP_PX)


def rows_to_canonical(gap: float) -> np.ndarray:
    """Finds the reverse, (rows,) float64."""
    y = TOP_PX + STEP_PX * np.arange(ROWS)
    source = np.where(y < 0, y, np.where(y < CANONICAL_GAP_PX, y * gap / CANONICAL_GAP_PX, y - CANONICAL_GAP_PX + gap))
    return np.asarray((source - TOP_PX) / STEP_PX)


def take_rows(field: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Reads `field` (rows, ...) at fractional rows, linearly."""
    at = np.clip(at, 0, ROWS - 1.001)
    low = at.astype(np.int64)
    share = (at - low).reshape((-1,) + (1,) * (field.ndim - 1)).astype(field.dtype)
    return np.asarray(field[low] * (1 - share) + field[low + 1] * share)


@njit(nogil=True, cache=True)
def fan(double: np.ndarray) -> np.ndarray:
    """Measures how a flow (n, rows, columns, 2) fans out, (n, rows, columns) float32: rad by which its direction (`ridge_of`)
    grows a px to the left of it; for the other direction the same with the other sign. 0 at the edges of the grid."""
    n, rows, columns, _ = double.shape
    out = np.zeros((n, rows, columns), np.float32)
    for k in range(n):
        for j in range(1, rows - 1):
            for i in range(1, columns - 1):
                c, s = double[k, j, i]
                right = c * (double[k, j, i + 1, 1] - double[k, j, i - 1, 1]) - s * (
                    double[k, j, i + 1, 0] - double[k, j, i - 1, 0]
                )
                down = c * (double[k, j + 1, i, 1] - double[k, j - 1, i, 1]) - s * (
                    double[k, j + 1, i, 0] - double[k, j - 1, i, 0]
                )
                cos, sin = ridge_of(c, s)
                out[k, j, i] = (sin * right + cos * down) / (4 * STEP_PX)
    return out


@njit(nogil=True, cache=True)
def ridge_of(c: float, s: float) -> tuple[float, float]:
    """Returns cosine and sine of the direction along the ridges, counter-clockwise as seen, of the doubled angle of a gradient,
    y down, whose cosine and sine are as c to s: of one of both directions, the one that does not point up."""
    length = max(np.sqrt(c * c + s * s), 1e-12)
    c = c / length
    if c > 0:
        across = np.sqrt((1 + c) / 2)
        return -s / length / (2 * across), -across
    down = np.sqrt((1 - c) / 2)
    return (-down if s >= 0 else down), -abs(s) / length / (2 * down)


def direction(double: np.ndarray) -> np.ndarray:
    """Returns that direction (`ridge_of`) of a flow (..., 2), (...) rad, counter-clockwise as seen."""
    return np.asarray(-(0.5 * np.arctan2(double[..., 1], double[..., 0]) + np.pi / 2))


def pair_cells(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Finds where each of the others (3, m) lies as each of the points (3, n) sees it, -1 if too far off, (n, m) int64; rows x,
    y, direction."""
    (x, y, angle), (other_x, other_y, other_angle) = points, others
    cells = _pair_cells(x, y, np.cos(angle), np.sin(angle), other_x, other_y, np.cos(other_angle), np.sin(other_angle))
    return np.asarray(cells)


@njit(nogil=True, cache=True)
def _pair_cells(x, y, cos, sin, other_x, other_y, other_cos, other_sin):  # type: ignore[no-untyped-def]
    out = np.empty((len(x), len(other_x)), np.int64)
    for i in range(len(x)):
        for j in range(len(other_x)):
            along = other_cos[j] * cos[i] + other_sin[j] * sin[i]
            out[i, j] = pair_cell(other_x[j] - x[i], other_y[j] - y[i], cos[i], sin[i], along)
    return out


@njit(nogil=True, cache=True, inline="always")
def pair_cell(dx, dy, cos, sin, along):  # type: ignore[no-untyped-def]
    """Returns the cell of a neighbour, -1 if it is too far off.

    dx, dy    px, y down, from a minutia to it
    cos, sin  of the minutia's direction
    along     cosine between both directions
    """
    ahead, aside = dx * cos - dy * sin, abs(dx * sin + dy * cos)
    near = (abs(ahead) < REACH_PX) & (aside < REACH_PX)
    row = (0 if along > 0 else ASIDES) + _ASIDE[int(min(aside, REACH_PX - 1))]
    cell = row * AHEADS + _AHEAD[int(min(max(ahead + REACH_PX, 0.0), 2 * REACH_PX - 1))]
    return cell if near else -1


def chains(arrays: Mapping[str, np.ndarray], fields: Fields, rng: np.random.Generator, tight: float) -> list[np.ndarray]:
    """Draws x, y, direction of the minutiae inside the cores of each finger, (c, 3) float64; `tight` scales their
    deviations."""
    n, most = len(fields.cores), arrays["chain_count"].shape[1] - 1
    gaps = np.stack([_narrowed(row, tight) for row in arrays["chain_gap"]])
    first = _narrowed(arrays["chain_first"], tight)
    steps = np.minimum(np.arange(most), len(gaps)) - 1
    picks, off, turn = rng.integers(0, 32, (2, n, most)), rng.standard_normal((2, n, most)), rng.standard_normal((2, n, most))
    chance = rng.random((2, n))
    out = []
    for i, (cores, gap) in enumerate(zip(fields.cores.tolist(), fields.gap.tolist(), strict=True)):
        own: list[np.ndarray] = []
        for end in range(cores):
            y = 0.0 if end == 0 else gap
            if _at(fields.inside[i], 0.0, y) < 8:
                continue
            shares = arrays["chain_count"][cores - 1 + end]
            count = min(int(np.searchsorted(np.cumsum(shares), chance[end, i])), most)
            k = np.minimum(np.arange(count), len(gaps) - 1)
            pick = picks[end, i, :count]
            u = np.cumsum(np.where(np.arange(count) == 0, first[pick], gaps[steps[:count], pick]))
            v = np.clip(off[end, i, :count] * arrays["chain_side"][k] * tight, -8, 8)
            bent = arrays["chain_slope"][k] * v + arrays["chain_turn"][k] * tight * turn[end, i, :count]
            half = np.pi / 2
            own.append(np.stack([v, u, bent - half] if end == 0 else [-v, gap - u, bent + half], axis=1))
        found = np.concatenate(own) if own else np.zeros((0, 3))
        out.append(found[[_at(fields.inside[i], x, y) > 2 for x, y in found[:, :2]]] if len(found) else found)
    return out


def _narrowed(quantiles: np.ndarray, share: float) -> np.ndarray:
    middle = np.median(quantiles)
    return np.asarray(middle + share * (quantiles - middle))


def _at(grid: np.ndarray, x: float, y: float) -> float:
    column, row = round((x - LEFT_PX) / STEP_PX), round((y - TOP_PX) / STEP_PX)
    return float(grid[row, column]) if 0 <= row < ROWS and 0 <= column < COLUMNS else -1.0
