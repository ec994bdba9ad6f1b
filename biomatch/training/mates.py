"""Lays two impressions of one finger on each other by their candidates for minutiae, without any learned part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.template import Minutiae


@dataclass(frozen=True)
class MateParams:
    strongest: int = 70  # candidates a print that vote for a pose
    cell_px: float = 12.0  # of the vote
    cells: int = 80  # a side: motions within +-480 px
    turns: int = 24  # cells of rotation, each 1/64 turn: +-67 degrees, as plain prints come
    tolerance_px: tuple[float, ...] = (18.0, 18.0, 12.0, 12.0, 10.0)  # of a pair, round by round
    cosine: float = 0.9  # directions of a pair within 26 degrees
    skin_px: float = 50.0  # skin gives way smoothly over half a cm
    support_min: float = 8.0  # weight of pairs below which two prints are not taken to be laid rightly
    support_share: float = 1.25  # times the root of the smaller print's weight: 99 % of strangers stay below


def first_guess(scalars: np.ndarray) -> np.ndarray:
    """Guesses a quality by rule, to begin with: shown by all views, far from its opposite and from the edge; (n,) float.

    scalars  (n, 30) float32  see extraction.features
    """
    light, middle, strong = scalars[:, 0:7], scalars[:, 7:14], scalars[:, 14:21]
    edge, coherence = scalars[:, 21], scalars[:, 22]
    seen = 1 - np.maximum(light[:, 0], np.maximum(middle[:, 0], strong[:, 0]))
    quality = 0.15 + 0.5 * np.clip(2 * seen, 0, 1) + 0.3 * coherence
    return np.where((strong[:, 0] < 1) & (strong[:, 1] > 0.8) & (edge > 0.3), quality, 0.02)


def lay(
    a: np.ndarray, quality_a: np.ndarray, b: np.ndarray, quality_b: np.ndarray, params: MateParams | None = None
) -> np.ndarray | None:
    """Finds where a's candidates come to lie in b (x, y, dx, dy), (n, 4); None where the prints do not fit.

    a, b                  (n, 4), (m, 4) float  x, y, dx, dy
    quality_a, quality_b  (n,), (m,) float      0..1
    """
    params = params or MateParams()
    if min(len(a), len(b)) < 4:
        return None
    first, second = (np.argsort(-q, kind="stable")[: params.strongest] for q in (quality_a, quality_b))
    a, b = a.astype(np.float64), b.astype(np.float64)
    wa, wb = quality_a.astype(np.float64), quality_b.astype(np.float64)
    votes = np.zeros((params.turns, params.cells, params.cells))
    pose = _vote(a[first], b[second], wa[first], wb[second], votes, params.cell_px)
    laid, support = _settle(a, b, wa, wb, pose, np.array(params.tolerance_px), params.cosine, params.skin_px)
    if support < max(params.support_min, params.support_share * np.sqrt(min(wa.sum(), wb.sum()))):
        return None
    return np.asarray(laid)


def found_again(laid: np.ndarray, others: np.ndarray, reach_px: float, cosine: float = 0.9) -> np.ndarray:
    """Tells whether one of the other print's candidates lies there and points the same way, (n,) bool."""
    if not len(others):
        return np.zeros(len(laid), bool)
    apart = np.hypot(laid[:, None, 0] - others[:, 0], laid[:, None, 1] - others[:, 1])
    same = laid[:, None, 2] * others[:, 2] + laid[:, None, 3] * others[:, 3] > cosine
    return np.asarray(((apart < reach_px) & same).any(1))


def paired(laid: np.ndarray, others: np.ndarray, reach_px: float, cosine: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Finds numbers, (p,) int64 each, of laid candidates and of the other print's that are nearest to each other, point the
    same way and lie within reach."""
    pair, ones = np.empty(len(laid), np.int64), np.ones(max(len(laid), len(others)))
    _pair(laid, others, ones, ones, reach_px, cosine, pair)
    found = np.flatnonzero(pair >= 0)
    return found, pair[found]


def of_minutiae(a: Minutiae, b: Minutiae, reach_px: float) -> tuple[np.ndarray, np.ndarray]:
    """Finds numbers, (p,) int64 each, of the minutiae of two prints that are each other's mates; none where the prints do not
    fit."""
    (places_a, quality_a), (places_b, quality_b) = _places(a), _places(b)
    laid = lay(places_a, quality_a, places_b, quality_b)
    if laid is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return paired(laid, places_b, reach_px)


def _places(m: Minutiae) -> tuple[np.ndarray, np.ndarray]:
    """Returns (n, 4) as `lay` reads them, y and so directions down; (n,) quality, 1 where nobody knows."""
    places = np.stack([m.x, m.y, np.cos(m.angle), -np.sin(m.angle)], axis=1)
    return places, m.quality if m.quality.any() else np.ones(len(m), np.float32)


@njit(nogil=True, cache=True)
def _vote(a, b, wa, wb, votes, cell):  # type: ignore[no-untyped-def]
    """Finds a pose by generalised Hough transform: every pair of candidates votes for a rotation and a motion of a's centre.

    returns  (5,) float64  centre of a (x, y), where it goes (x, y), rotation in radians
    """
    turns, rows, columns = votes.shape
    turn = 2 * np.pi / 64
    cx = a[:, 0].mean()
    cy = a[:, 1].mean()
    half_x = 0.5 * columns * cell
    half_y = 0.5 * rows * cell
    for i in range(len(a)):
        for j in range(len(b)):
            c = a[i, 2] * b[j, 2] + a[i, 3] * b[j, 3]
            s = a[i, 2] * b[j, 3] - a[i, 3] * b[j, 2]
            r = np.arctan2(s, c) / turn + 0.5 * turns
            x = a[i, 0] - cx
            y = a[i, 1] - cy
            mx = (b[j, 0] - (c * x - s * y) - cx + half_x) / cell
            my = (b[j, 1] - (s * x + c * y) - cy + half_y) / cell
            if r < 1 or mx < 1 or my < 1 or r >= turns - 2 or mx >= columns - 2 or my >= rows - 2:
                continue
            r0, x0, y0 = int(r), int(mx), int(my)
            fr, fx, fy = r - r0, mx - x0, my - y0
            w = wa[i] * wb[j]
            for p in range(2):
                for q in range(2):
                    for o in range(2):
                        share = (fr if p else 1 - fr) * (fy if q else 1 - fy) * (fx if o else 1 - fx)
                        votes[r0 + p, y0 + q, x0 + o] += w * share
    best = -1.0
    at = (0, 0, 0)
    for r in range(1, turns - 1):
        for y in range(1, rows - 1):
            for x in range(1, columns - 1):
                if votes[r, y, x] <= 0:
                    continue
                total = 2 * votes[r, y, x] + votes[r - 1, y, x] + votes[r + 1, y, x] + votes[r, y - 1, x]
                total += votes[r, y + 1, x] + votes[r, y, x - 1] + votes[r, y, x + 1]
                if total > best:
                    best = total
                    at = (r, y, x)
    return np.array((cx, cy, at[2] * cell - half_x + cx, at[1] * cell - half_y + cy, (at[0] - 0.5 * turns) * turn), np.float64)


@njit(nogil=True, cache=True)
def _settle(a, b, wa, wb, pose, tolerance, cosine, skin):  # type: ignore[no-untyped-def]
    """Joins nearest candidates, twice with a rigid fit, then with a smooth field of offsets that follows the skin.

    returns  (n, 4) float64  a's candidates in b;  float  weight of the pairs
    """
    n = len(a)
    laid = np.empty((n, 4))
    offset = np.zeros((n, 2))
    pair = np.full(n, -1, np.int64)
    support = 0.0
    cx, cy, tx, ty, turn = pose
    for step in range(len(tolerance)):
        c = np.cos(turn)
        s = np.sin(turn)
        for i in range(n):
            x = a[i, 0] - cx
            y = a[i, 1] - cy
            laid[i, 0] = c * x - s * y + tx + offset[i, 0]
            laid[i, 1] = s * x + c * y + ty + offset[i, 1]
            laid[i, 2] = c * a[i, 2] - s * a[i, 3]
            laid[i, 3] = s * a[i, 2] + c * a[i, 3]
        support = _pair(laid, b, wa, wb, tolerance[step], cosine, pair)
        if step == len(tolerance) - 1:
            break
        if step < 2:
            total, ax, ay, bx, by = 1e-9, 0.0, 0.0, 0.0, 0.0
            for i in range(n):
                j = pair[i]
                if j >= 0:
                    w = wa[i] * wb[j]
                    total += w
                    ax += w * a[i, 0]
                    ay += w * a[i, 1]
                    bx += w * b[j, 0]
                    by += w * b[j, 1]
            if total < 1e-6:
                break
            cx, cy, tx, ty = ax / total, ay / total, bx / total, by / total
            inner = 0.0
            outer = 0.0
            for i in range(n):
                j = pair[i]
                if j >= 0:
                    w = wa[i] * wb[j]
                    px, py, qx, qy = a[i, 0] - cx, a[i, 1] - cy, b[j, 0] - tx, b[j, 1] - ty
                    inner += w * (px * qx + py * qy)
                    outer += w * (px * qy - py * qx)
            turn = np.arctan2(outer, inner)
        else:
            offset = _follow(a, b, wa, wb, laid, offset, pair, skin)
    return laid, support


@njit(nogil=True, cache=True)
def _pair(laid, b, wa, wb, tolerance, cosine, pair):  # type: ignore[no-untyped-def]
    """Joins mutually nearest candidates that point the same way, into `pair`; returns the weight of all pairs."""
    nearest = np.full(len(b), -1, np.int64)
    apart = np.full(len(b), tolerance)
    pair[:] = -1
    for i in range(len(laid)):
        best = tolerance
        for j in range(len(b)):
            if laid[i, 2] * b[j, 2] + laid[i, 3] * b[j, 3] < cosine:
                continue
            d = np.hypot(laid[i, 0] - b[j, 0], laid[i, 1] - b[j, 1])
            if d < best:
                best = d
                pair[i] = j
            if d < apart[j]:
                apart[j] = d
                nearest[j] = i
    support = 0.0
    for i in range(len(laid)):
        if pair[i] >= 0:
            if nearest[pair[i]] == i:
                support += wa[i] * wb[pair[i]]
            else:
                pair[i] = -1
    return support


@njit(nogil=True, cache=True)
def _follow(a, b, wa, wb, laid, offset, pair, skin):  # type: ignore[no-untyped-def]
    """Computes the offset of each candidate: mean of what the other pairs nearby still lack, so that no candidate pulls
    itself."""
    n = len(a)
    out = np.empty((n, 2))
    for i in range(n):
        total, x, y = 0.5, 0.0, 0.0
        for k in range(n):
            j = pair[k]
            if j < 0 or k == i:
                continue
            d = (a[i, 0] - a[k, 0]) ** 2 + (a[i, 1] - a[k, 1]) ** 2
            w = np.exp(-d / (2 * skin * skin)) * wa[k] * wb[j]
            total += w
            x += w * (b[j, 0] - laid[k, 0] + offset[k, 0])
            y += w * (b[j, 1] - laid[k, 1] + offset[k, 1])
        out[i, 0] = x / total
        out[i, 1] = y / total
    return out
