"""Step three: the two ridge pictures, laid on each other by the pairs of minutiae, tile by tile."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.comparison.evidence import Evidence
from biomatch.comparison.orientation_check import flow_agreement
from biomatch.comparison.prepared import Prepared


@dataclass(frozen=True)
class RidgeCheckParams:
    cell_px: int = 12  # side of a cell, px of the print; a tile is 3 x 3 cells (36 px, four ridges), one every 2 cells
    search_px: int = 4  # how far a tile may slide: less than half a ridge period, so that it cannot lock onto the next ridge
    smooth_px: float = 45.0  # reach of a pair's residual when the probe is laid on the reference
    trust: float = 0.5  # weight of "no residual" beside the pairs' residuals
    node_px: int = 24  # the residuals are interpolated between nodes this far apart
    cover: float = 0.6  # share of a tile that both prints must cover
    fewest: int = 4  # tiles; below, the ridges say nothing


PARAMS = RidgeCheckParams()
NAMES = (
    "ridges fixed",  # mean correlation of the tiles as they lie
    "ridges slid",  # mean of each tile's best within the search
    "ridges smoothed",  # mean where the neighbours' best places put each tile
    "tiles alike",  # share of tiles whose smoothed correlation is above 0.5
    "slide spread",  # mean difference of a tile's best place from its neighbours', px
    "tiles",  # log of the number of tiles
    "flow",  # agreement of the ridge flows
    "flow alike",  # share of cells whose flows lie within 15 degrees
)


def check(probe: Prepared, reference: Prepared, found: Evidence, r: int, params: RidgeCheckParams = PARAMS) -> np.ndarray | None:
    """(len(NAMES),) float64, or None where a picture is missing or too little of both prints overlaps.

    found  the evidence of the probe with its references, of which `reference` is number r
    """
    a, b = probe.ridges, reference.ridges
    if a is None or b is None or found.starts[r + 1] == found.starts[r]:
        return None
    i, j, weight = found.pairs(r)
    p, q = probe.template.minutiae, reference.template.minutiae
    features = _check(
        a.picture, a.scale, b.picture, b.scale, found.motions[r], p.x[i], p.y[i], q.x[j], q.y[j], weight,
        max(2, round(params.cell_px / b.scale)), max(1, round(params.search_px / b.scale)), params.node_px,
        params.smooth_px, params.trust, params.cover, params.fewest,
    )  # fmt: skip
    return None if math.isnan(features[0]) else features


@njit(nogil=True, cache=True)
def _check(
    a: np.ndarray, a_scale: int, b: np.ndarray, b_scale: int, motion: np.ndarray,
    px: np.ndarray, py: np.ndarray, qx: np.ndarray, qy: np.ndarray, weight: np.ndarray,
    cell: int, search: int, node: int, smooth: float, trust: float, cover: float, fewest: int,
) -> np.ndarray:  # fmt: skip
    laid = lay(a, a_scale, b, b_scale, motion, px, py, qx, qy, weight, node, smooth, trust)
    fixed = b.astype(np.float32)
    places = 2 * search + 1
    scores, ok = tile_scores(laid, fixed, cell, search, cover)
    rows, columns = ok.shape
    out = np.zeros(8, np.float64)
    tiles = 0
    best_y, best_x = np.zeros((rows, columns), np.float64), np.zeros((rows, columns), np.float64)
    best = np.zeros((rows, columns), np.float64)
    for r in range(rows):
        for c in range(columns):
            if not ok[r, c]:
                continue
            tiles += 1
            place = 0
            for o in range(1, places * places):
                if scores[o, r, c] > scores[place, r, c]:
                    place = o
            best[r, c] = scores[place, r, c]
            best_y[r, c], best_x[r, c] = place // places - search, place % places - search
    if tiles < fewest:
        out[0] = np.nan
        return out
    for r in range(rows):
        for c in range(columns):
            if not ok[r, c]:
                continue
            total = ty = tx = 0.0
            for s in range(max(0, r - 1), min(rows, r + 2)):
                for d in range(max(0, c - 1), min(columns, c + 2)):
                    if ok[s, d]:
                        w = max(0.05, best[s, d])
                        total += w
                        ty += w * best_y[s, d]
                        tx += w * best_x[s, d]
            ty, tx = ty / total, tx / total
            place = int(round(ty) + search) * places + int(round(tx) + search)
            smoothed = scores[place, r, c]
            out[0] += scores[(places * places) // 2, r, c]
            out[1] += best[r, c]
            out[2] += smoothed
            out[3] += smoothed > 0.5
            out[4] += math.sqrt((best_y[r, c] - ty) ** 2 + (best_x[r, c] - tx) ** 2) * b_scale
    for f in range(5):
        out[f] /= tiles
    out[5] = math.log(tiles)
    out[6], out[7] = flow_agreement(laid, fixed, cell)
    return out


@njit(nogil=True, cache=True)
def lay(
    a: np.ndarray, a_scale: int, b: np.ndarray, b_scale: int, motion: np.ndarray,
    px: np.ndarray, py: np.ndarray, qx: np.ndarray, qy: np.ndarray, weight: np.ndarray,
    node: int, smooth: float, trust: float,
) -> np.ndarray:  # fmt: skip
    """The probe's picture in the reference's frame, (h, w) float32, 0 where either print was not seen.

    a, a_scale         (_, _) int8 the probe's picture, and px of the print a picture px; b (h, w), b_scale the reference's
    motion             (3,) dx, dy, turn: lays the probe on the reference
    px, py, qx, qy     (p,) places of the paired minutiae in probe and reference, px of the print; weight (p,) theirs
    node, smooth, trust  as in `RidgeCheckParams`

    What the motion leaves over at the pairs is smoothed and followed too. Bilinear.
    """
    c, s = math.cos(motion[2]), math.sin(motion[2])
    height, width = b.shape
    pitch = max(1, node // b_scale)  # picture px between nodes
    rows, columns = height // pitch + 2, width // pitch + 2
    node_x, node_y = np.empty((rows, columns), np.float32), np.empty((rows, columns), np.float32)
    for r in range(rows):
        for d in range(columns):
            x, y = d * pitch * b_scale, r * pitch * b_scale
            total, ox, oy = trust, 0.0, 0.0
            for k in range(len(px)):
                square = ((x - qx[k]) ** 2 + (y - qy[k]) ** 2) / (2.0 * smooth * smooth)
                if square < 6.0:
                    w = weight[k] * math.exp(-square)
                    total += w
                    ox += w * (qx[k] - (c * px[k] + s * py[k] + motion[0]))
                    oy += w * (qy[k] - (c * py[k] - s * px[k] + motion[1]))
            u, v = x - ox / total - motion[0], y - oy / total - motion[1]
            node_x[r, d], node_y[r, d] = (c * u - s * v) / a_scale, (s * u + c * v) / a_scale
    out = np.zeros((height, width), np.float32)
    bottom, right = np.float32(a.shape[0] - 1), np.float32(a.shape[1] - 1)
    one = np.float32(1.0)
    for y in range(height):
        r = y // pitch
        low = np.float32((y - r * pitch) / pitch)
        for d in range(columns - 1):
            x0, y0 = node_x[r, d] * (one - low) + node_x[r + 1, d] * low, node_y[r, d] * (one - low) + node_y[r + 1, d] * low
            x1 = node_x[r, d + 1] * (one - low) + node_x[r + 1, d + 1] * low
            y1 = node_y[r, d + 1] * (one - low) + node_y[r + 1, d + 1] * low
            if max(x0, x1) < 0 or max(y0, y1) < 0 or min(x0, x1) >= right or min(y0, y1) >= bottom:
                continue
            step_x, step_y = (x1 - x0) / np.float32(pitch), (y1 - y0) / np.float32(pitch)
            for x in range(d * pitch, min(width, (d + 1) * pitch)):
                sx, sy = x0, y0
                x0 += step_x
                y0 += step_y
                if b[y, x] == 0 or sx < 0 or sy < 0 or sx >= right or sy >= bottom:
                    continue
                i, j = np.uint32(sy), np.uint32(sx)
                if a[i, j] == 0:
                    continue
                gy, gx = sy - np.float32(i), sx - np.float32(j)
                upper = a[i, j] + (np.float32(a[i, j + 1]) - a[i, j]) * gx
                lower = a[i + 1, j] + (np.float32(a[i + 1, j + 1]) - a[i + 1, j]) * gx
                out[y, x] = upper + (lower - upper) * gy
    return out


@njit(nogil=True, cache=True)
def tile_scores(
    laid: np.ndarray, fixed: np.ndarray, cell: int, search: int, cover: float
) -> tuple[np.ndarray, np.ndarray]:
    """Normalised correlation of every tile at every place within the search.

    laid, fixed  (h, w) float32   two pictures that lie on each other, 0 outside their masks
    cell         picture px; a tile is 3 x 3 cells, one begins every 2 cells
    search       picture px to each side
    cover        share of a tile that both must cover
    returns      ((2 search + 1)^2, rows, columns) float64, places row by row; (rows, columns) bool, which tiles count

    Twin: tests/comparison/plain.py
    """
    h, w = fixed.shape
    places = 2 * search + 1
    rows, columns = h // cell, w // cell
    products = np.zeros((places * places, rows, columns), np.float32)
    ours, theirs = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    both = np.zeros((rows, columns), np.int64)
    line = np.empty(columns * cell, np.float32)
    for r in range(rows):
        first, last = columns, 0
        for c in range(columns):
            for y in range(r * cell, (r + 1) * cell):
                for x in range(c * cell, (c + 1) * cell):
                    if laid[y, x] != 0 and fixed[y, x] != 0:
                        both[r, c] += 1
                        ours[r, c] += laid[y, x] * laid[y, x]
                        theirs[r, c] += fixed[y, x] * fixed[y, x]
            if both[r, c] > 0:
                first, last = min(first, c), max(last, c + 1)
        if first >= last:
            continue
        for dy in range(-search, search + 1):
            for dx in range(-search, search + 1):
                start, end = max(first * cell, -dx), min(last * cell, w - dx)
                line[:] = 0
                for y in range(r * cell, (r + 1) * cell):
                    if 0 <= y + dy < h:
                        sums, still, moved = line[start:end], fixed[y, start:end], laid[y + dy, start + dx : end + dx]
                        for x in range(len(sums)):
                            sums[x] += still[x] * moved[x]
                place = (dy + search) * places + dx + search
                for c in range(first, last):
                    for x in range(c * cell, (c + 1) * cell):
                        products[place, r, c] += line[x]
    tile_rows, tile_columns = max(0, (rows - 1) // 2), max(0, (columns - 1) // 2)
    scores = np.zeros((places * places, tile_rows, tile_columns), np.float64)
    ok = np.zeros((tile_rows, tile_columns), np.bool_)
    for r in range(tile_rows):
        for c in range(tile_columns):
            area = 0
            a = b = 0.0
            for y in range(2 * r, 2 * r + 3):
                for x in range(2 * c, 2 * c + 3):
                    area += both[y, x]
                    a += ours[y, x]
                    b += theirs[y, x]
            if area < cover * 9 * cell * cell:
                continue
            ok[r, c] = True
            norm = 1.0 / math.sqrt(a * b)
            for place in range(places * places):
                total = 0.0
                for y in range(2 * r, 2 * r + 3):
                    for x in range(2 * c, 2 * c + 3):
                        total += products[place, y, x]
                scores[place, r, c] = total * norm
    return scores, ok
