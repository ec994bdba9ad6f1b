"""Step two, geometry: a rigid motion from the best pairs, then all pairs that it explains.

Inside, y points up; motions handed out are in the image's frame (y down), as `as_motion` says.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def fit(
    px: np.ndarray, py: np.ndarray, pt: np.ndarray, rx: np.ndarray, ry: np.ndarray, rt: np.ndarray,
    probe_of: np.ndarray, reference_of: np.ndarray, weight: np.ndarray, rotation: np.ndarray,
    sigma_px: float, sigma_turn: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Fits the rotation and shift that best lay the probe's paired minutiae on the reference's, by place and direction.

    px, py, pt  probe: px, y down, direction in 1/256 turn (int64); rx, ry, rt reference
    weight      (p,) float64, not all zero
    rotation    (256, 2) float32  cosine and sine of i/256 turn
    sigma_px, sigma_turn  px and radians: how exact places and directions are, relative to each other
    returns     dx, dy in px and turn in radians: x' = cos x + sin y + dx, y' = cos y - sin x + dy, y down

    Weighted least squares on the circle (Procrustes, with the directions as further unit vectors).
    """
    total = 0.0
    ax = ay = bx = by = 0.0
    for s in range(len(probe_of)):
        w, i, j = weight[s], probe_of[s], reference_of[s]
        total += w
        ax += w * px[i]
        ay += w * py[i]
        bx += w * rx[j]
        by += w * ry[j]
    ax, ay, bx, by = ax / total, ay / total, bx / total, by / total
    place, direction = 1.0 / (sigma_px * sigma_px), 1.0 / (sigma_turn * sigma_turn)
    cos = sin = 0.0
    for s in range(len(probe_of)):
        w, i, j = weight[s], probe_of[s], reference_of[s]
        u, v = px[i] - ax, ay - py[i]
        p, q = rx[j] - bx, by - ry[j]
        angle = (rt[j] - pt[i]) & 255
        cos += w * (place * (u * p + v * q) + direction * rotation[angle, 0])
        sin += w * (place * (u * q - v * p) + direction * rotation[angle, 1])
    turn = math.atan2(sin, cos)
    c, s_ = math.cos(turn), math.sin(turn)
    return bx - (c * ax + s_ * ay), by - (c * ay - s_ * ax), turn


@njit(nogil=True, cache=True)
def move(x: np.ndarray, y: np.ndarray, dx: float, dy: float, turn: float) -> tuple[np.ndarray, np.ndarray]:
    """Moves places by a motion, (n,) float64 each."""
    c, s = math.cos(turn), math.sin(turn)
    n = len(x)
    u, v = np.empty(n, np.float64), np.empty(n, np.float64)
    for i in range(n):
        u[i] = c * x[i] + s * y[i] + dx
        v[i] = c * y[i] - s * x[i] + dy
    return u, v


@njit(nogil=True, cache=True)
def pair_up(
    u: np.ndarray, v: np.ndarray, pt: np.ndarray, rx: np.ndarray, ry: np.ndarray, rt: np.ndarray,
    turn: float, reach_px: float, reach_turn: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Joins one to one what lies within reach, nearest first.

    u, v     (n,) float64  the probe's places, laid on the reference
    turn     radians that its directions turn by
    reach_px, reach_turn   px, radians; nearness is the sum of both squares, each by its reach
    returns  probe numbers, reference numbers (p,) int64, nearness (p,) float64 in 0..2
    """
    n, k = len(u), len(rx)
    shift = turn * (256 / (2.0 * math.pi))
    reach = reach_turn * (256 / (2.0 * math.pi))
    near, direction = reach_px * reach_px, reach * reach
    most = 64 + 8 * min(n, k)
    found = np.empty(most, np.int64)
    cost = np.empty(most, np.float64)
    squares = np.empty(k, np.float64)
    count = 0
    for i in range(n):
        x, y, t = u[i], v[i], pt[i] + shift
        within_reach = 0
        for j in range(k):  # without a branch: most of the probe's minutiae have nothing near
            ex, ey = x - rx[j], y - ry[j]
            squares[j] = ex * ex + ey * ey
            within_reach += squares[j] <= near
        if within_reach == 0:
            continue
        for j in range(k):
            square = squares[j]
            if square > near:
                continue
            off = t - rt[j]  # within 1 1/2 turns
            if off >= 128:
                off -= 256
            elif off < -128:
                off += 256
            if off <= reach and off >= -reach and count < most:
                found[count] = i * 65536 + j
                cost[count] = square / near + off * off / direction
                count += 1
    free = np.ones(n + k, np.bool_)
    pairs = np.empty((2, min(count, n, k)), np.int64)
    nearness = np.empty(pairs.shape[1], np.float64)
    made = 0
    for o in rising(cost[:count]):
        i, j = found[o] >> 16, found[o] & 65535
        if free[i] and free[n + j]:
            free[i] = False
            free[n + j] = False
            pairs[0, made], pairs[1, made], nearness[made] = i, j, cost[o]
            made += 1
    return pairs[0, :made], pairs[1, :made], nearness[:made]


@njit(nogil=True, cache=True)
def follow(
    u: np.ndarray, v: np.ndarray, rx: np.ndarray, ry: np.ndarray, probe_of: np.ndarray, reference_of: np.ndarray,
    weight: np.ndarray, reach_px: float, trust: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Moves places after the skin's slide, (n,) float64 each: by what the pairs nearby still lack.

    u, v      (n,) float64  the probe's places, laid on the reference
    weight    (p,) float64  of the pairs
    reach_px  how far a pair is followed, falling off as (1 - d^2 / reach^2)^2
    trust     weight of "no slide"

    No minutia is moved by its own pair, so that what is left of a pair's distance tells whether others foretell it.
    """
    n, pairs = len(u), len(probe_of)
    slid_u, slid_v = np.empty(n, np.float64), np.empty(n, np.float64)
    limit = reach_px * reach_px
    for i in range(n):
        total, x, y = trust, 0.0, 0.0
        for s in range(pairs):
            k, j = probe_of[s], reference_of[s]
            square = (u[i] - u[k]) ** 2 + (v[i] - v[k]) ** 2
            if square < limit and k != i:
                w = weight[s] * (1.0 - square / limit) ** 2
                total += w
                x += w * (rx[j] - u[k])
                y += w * (ry[j] - v[k])
        slid_u[i], slid_v[i] = u[i] + x / total, v[i] + y / total
    return slid_u, slid_v


@njit(nogil=True, cache=True)
def rising(values: np.ndarray) -> np.ndarray:
    """Sorts numbers of (n,) float64 values, the least first, of equal ones the first; (n,) int64. Insertion: n is small
    here."""
    n = len(values)
    order = np.empty(n, np.int64)
    for i in range(n):
        value, at = values[i], i
        while at > 0 and values[order[at - 1]] > value:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i
    return order


@njit(nogil=True, cache=True)
def hull(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Finds the corners of the convex hull, (h, 2) float64, in one turning sense. Monotone chain (Andrew 1979)."""
    n = len(x)
    order = rising(x.astype(np.float64) * 8192.0 + y)
    out = np.empty((2 * n + 1, 2), np.float64)
    h = 0
    for o in range(n):
        i = order[o]
        while h >= 2 and (out[h - 1, 0] - out[h - 2, 0]) * (y[i] - out[h - 2, 1]) <= (out[h - 1, 1] - out[h - 2, 1]) * (
            x[i] - out[h - 2, 0]
        ):
            h -= 1
        out[h, 0], out[h, 1] = x[i], y[i]
        h += 1
    lower = h + 1
    for o in range(n - 2, -1, -1):
        i = order[o]
        while h >= lower and (out[h - 1, 0] - out[h - 2, 0]) * (y[i] - out[h - 2, 1]) <= (out[h - 1, 1] - out[h - 2, 1]) * (
            x[i] - out[h - 2, 0]
        ):
            h -= 1
        out[h, 0], out[h, 1] = x[i], y[i]
        h += 1
    return out[: max(1, h - 1)]


@njit(nogil=True, cache=True)
def edges(corners: np.ndarray) -> np.ndarray:
    """Returns the inward unit normal (x, y) of each edge of a hull, and the edge's place along it, (h, 3) float64; (0, 3)
    without area."""
    h = len(corners)
    out = np.empty((h if h >= 3 else 0, 3), np.float64)
    for a in range(len(out)):
        b = a + 1 if a + 1 < h else 0
        ex, ey = corners[b, 0] - corners[a, 0], corners[b, 1] - corners[a, 1]
        length = math.sqrt(ex * ex + ey * ey)
        out[a, 0], out[a, 1] = -ey / length, ex / length
        out[a, 2] = out[a, 0] * corners[a, 0] + out[a, 1] * corners[a, 1]
    return out


@njit(nogil=True, cache=True)
def within(sides: np.ndarray, x: float, y: float, margin: float) -> bool:
    """Tells whether a place lies in a hull widened by `margin` px (its edges, as `edges` gives them, are moved out)."""
    for a in range(len(sides)):
        if sides[a, 0] * x + sides[a, 1] * y - sides[a, 2] < -margin:
            return False
    return len(sides) > 0


@njit(nogil=True, cache=True)
def clip_area(subject: np.ndarray, window: np.ndarray) -> float:
    """Computes the area that two convex hulls have in common, px^2 (Sutherland and Hodgman 1974). 0 where one has no area."""
    if len(subject) < 3 or len(window) < 3:
        return 0.0
    room = len(subject) + len(window) + 2
    current = np.empty((room, 2), np.float64)
    clipped = np.empty((room, 2), np.float64)
    count = len(subject)
    for c in range(count):
        current[c, 0], current[c, 1] = subject[c, 0], subject[c, 1]
    for a in range(len(window)):
        b = a + 1 if a + 1 < len(window) else 0
        ex, ey = window[b, 0] - window[a, 0], window[b, 1] - window[a, 1]
        kept = 0
        for c in range(count):
            d = c + 1 if c + 1 < count else 0
            here = ex * (current[c, 1] - window[a, 1]) - ey * (current[c, 0] - window[a, 0])
            there = ex * (current[d, 1] - window[a, 1]) - ey * (current[d, 0] - window[a, 0])
            if here >= 0:
                clipped[kept, 0], clipped[kept, 1] = current[c, 0], current[c, 1]
                kept += 1
            if (here > 0 and there < 0) or (here < 0 and there > 0):
                share = here / (here - there)
                clipped[kept, 0] = current[c, 0] + share * (current[d, 0] - current[c, 0])
                clipped[kept, 1] = current[c, 1] + share * (current[d, 1] - current[c, 1])
                kept += 1
        count = kept
        current, clipped = clipped, current
        if count < 3:
            return 0.0
    double = 0.0
    for c in range(count):
        d = c + 1 if c + 1 < count else 0
        double += current[c, 0] * current[d, 1] - current[d, 0] * current[c, 1]
    return 0.5 * abs(double)
