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
    node_px: int = 24  # how the probe is laid is told at nodes this far apart
    trust: float = 0.5  # weight of "no residual" beside what the pairs say
    pair_reach_px: float = 110.0  # how far a pair's residual is followed
    tile_reach_px: float = 60.0  # how far a tile's slide is followed in the second round: nearer, since there are many
    tile_floor: float = 0.35  # correlation that strangers' tiles reach by sliding; what a tile has above it is believed
    tile_weight: float = 10.0  # of the square of what a tile has above the floor, beside the weight of a pair
    cover: float = 0.6  # share of a tile that both prints must cover
    fewest: int = 4  # tiles; below, the ridges say nothing
    doubt: float = 25.0  # tiles of strangers that means over tiles are mixed with, so that a few good tiles prove little


PARAMS = RidgeCheckParams()
NAMES = (
    "ridges first fixed",  # mean correlation of the tiles as the pairs lay them
    "ridges first slid",  # mean of each tile's best within the search
    "ridges fixed",  # the same two after the tiles' own slides were followed
    "ridges slid",
    "ridges smoothed",  # mean where the neighbours' best places put each tile
    "tiles alike",  # share of tiles whose smoothed correlation is above 0.5
    "tiles strong",  # share of tiles whose best is above 0.6
    "slide spread",  # mean difference of a tile's best place from its neighbours', px
    "tiles",  # log of the number of tiles
    "flow",  # agreement of the ridge flows
    "flow alike",  # share of cells whose flows lie within 15 degrees
)

TILES = NAMES.index("tiles")
STRANGE = np.array([0, 0.25, 0.05, 0.25, 0.1, 0.1, 0.1, 3.3, np.nan, 0.3, 0.3])  # of two strangers, by `NAMES`


def check(
    probe: Prepared, reference: Prepared, found: Evidence, r: int, params: RidgeCheckParams = PARAMS
) -> np.ndarray | None:
    """Checks the ridges of two prints: (len(NAMES),) float64, or None where a picture is missing or too little of both prints
    overlaps.

    found  the evidence of the probe with its references, of which `reference` is number r
    """
    a, b = probe.ridges, reference.ridges
    if a is None or b is None or found.starts[r + 1] == found.starts[r]:
        return None
    i, j, weight = found.pairs(r)
    p, q = probe.template.minutiae, reference.template.minutiae
    features = _check(
        a.picture, a.scale, b.picture, b.scale, found.motions[r], p.x[i], p.y[i], q.x[j], q.y[j], weight,
        max(2, round(params.cell_px / b.scale)), max(1, round(params.search_px / b.scale)),
        max(1, round(params.node_px / b.scale)), params.trust, params.pair_reach_px, params.tile_reach_px,
        params.tile_floor, params.tile_weight, params.cover, params.fewest,
    )  # fmt: skip
    if math.isnan(features[0]):
        return None
    tiles = math.exp(features[TILES])
    return np.where(np.isnan(STRANGE), features, (tiles * features + params.doubt * STRANGE) / (tiles + params.doubt))


@njit(nogil=True, cache=True)
def _check(
    a: np.ndarray, a_scale: int, b: np.ndarray, b_scale: int, motion: np.ndarray,
    px: np.ndarray, py: np.ndarray, qx: np.ndarray, qy: np.ndarray, weight: np.ndarray,
    cell: int, search: int, node: int, trust: float, pair_reach: float, tile_reach: float,
    floor: float, gain: float, cover: float, fewest: int,
) -> np.ndarray:  # fmt: skip
    """Measures the features of one pair of pictures, by `NAMES`; the first is NaN where too few tiles lie on both."""
    out = np.zeros(11, np.float64)
    fixed = b.astype(np.float32)
    centre = search * (2 * search + 1) + search
    node_x, node_y = field(a_scale, b.shape, b_scale, motion, px, py, qx, qy, weight, node, pair_reach, trust)
    laid, scores, ok, best, best_y, best_x = _round(a, b, fixed, node_x, node_y, node, cell, search, cover)
    if np.sum(ok) < fewest:
        out[0] = np.nan
        return out
    out[0], out[1] = _mean(scores[centre], ok), _mean(best, ok)
    px, py, qx, qy, weight = _slides(
        node_x, node_y, node, a_scale, b_scale, b.shape, cell, best, best_y, best_x, ok, floor, gain
    )
    node_x, node_y = field(a_scale, b.shape, b_scale, motion, px, py, qx, qy, weight, node, tile_reach, trust)
    laid, scores, ok, best, best_y, best_x = _round(a, b, fixed, node_x, node_y, node, cell, search, cover)
    if np.sum(ok) < fewest:
        out[0] = np.nan
        return out
    out[2], out[3] = _mean(scores[centre], ok), _mean(best, ok)
    _smooth(scores, ok, best, best_y, best_x, search, b_scale, out)
    out[8] = math.log(np.sum(ok))
    out[9], out[10] = flow_agreement(laid, fixed, cell)
    return out


@njit(nogil=True, cache=True)
def _round(
    a: np.ndarray, b: np.ndarray, fixed: np.ndarray, node_x: np.ndarray, node_y: np.ndarray,
    node: int, cell: int, search: int, cover: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Places the probe's picture by a field, and returns it with what `tile_scores` and `best_places` say of it."""
    laid = lay(a, b, node_x, node_y, node)
    scores, ok = tile_scores(laid, fixed, cell, search, cover)
    best, best_y, best_x = best_places(scores, ok, search)
    return laid, scores, ok, best, best_y, best_x


@njit(nogil=True, cache=True)
def _smooth(
    scores: np.ndarray, ok: np.ndarray, best: np.ndarray, best_y: np.ndarray, best_x: np.ndarray,
    search: int, b_scale: int, out: np.ndarray,
) -> None:  # fmt: skip
    """Fills out[4:8]: how the tiles fare where their neighbours' best places put them."""
    tiles = np.sum(ok)
    rows, columns = ok.shape
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
            smoothed = scores[int(round(ty) + search) * (2 * search + 1) + int(round(tx) + search), r, c]
            out[4] += smoothed / tiles
            out[5] += (smoothed > 0.5) / tiles
            out[6] += (best[r, c] > 0.6) / tiles
            out[7] += math.sqrt((best_y[r, c] - ty) ** 2 + (best_x[r, c] - tx) ** 2) * b_scale / tiles


@njit(nogil=True, cache=True)
def _mean(values: np.ndarray, ok: np.ndarray) -> float:
    total, count = 0.0, 0
    for r in range(ok.shape[0]):
        for c in range(ok.shape[1]):
            if ok[r, c]:
                total += values[r, c]
                count += 1
    return total / count


@njit(nogil=True, cache=True)
def best_places(scores: np.ndarray, ok: np.ndarray, search: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finds each tile's best correlation, and where: px down and right of its place, (rows, columns) float64 each.

    scores, ok  as `tile_scores` gives them; of equal places the first is taken
    """
    rows, columns = ok.shape
    places = 2 * search + 1
    best, place = scores[0].copy(), np.zeros(ok.shape, np.int64)
    for o in range(1, places * places):
        for r in range(rows):
            for c in range(columns):
                if scores[o, r, c] > best[r, c]:
                    best[r, c], place[r, c] = scores[o, r, c], o
    best_y, best_x = np.zeros(ok.shape, np.float64), np.zeros(ok.shape, np.float64)
    for r in range(rows):
        for c in range(columns):
            if ok[r, c]:
                best_y[r, c], best_x[r, c] = place[r, c] // places - search, place[r, c] % places - search
            else:
                best[r, c] = 0.0
    return best, best_y, best_x


@njit(nogil=True, cache=True)
def _slides(
    node_x: np.ndarray, node_y: np.ndarray, node: int, a_scale: int, b_scale: int, shape: tuple[int, int], cell: int,
    best: np.ndarray, best_y: np.ndarray, best_x: np.ndarray, ok: np.ndarray, floor: float, gain: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Returns the tiles that found a place of their own, as pairs of places: probe x, y and reference x, y in px of the print,
    weight."""
    rows, columns = ok.shape
    room = rows * columns
    px, py, qx, qy = np.empty(room), np.empty(room), np.empty(room), np.empty(room)
    weight = np.empty(room, np.float64)
    at = 0
    for r in range(rows):
        for c in range(columns):
            if not ok[r, c] or best[r, c] <= floor:
                continue
            y, x = (2 * r + 1.5) * cell, (2 * c + 1.5) * cell
            v = min(max(0.0, y + best_y[r, c]), shape[0] - 1.0)
            u = min(max(0.0, x + best_x[r, c]), shape[1] - 1.0)
            px[at], py[at] = between(node_x, v, u, node) * a_scale, between(node_y, v, u, node) * a_scale
            qx[at], qy[at] = x * b_scale, y * b_scale
            weight[at] = (best[r, c] - floor) ** 2 * gain
            at += 1
    return px[:at], py[:at], qx[:at], qy[:at], weight[:at]


@njit(nogil=True, cache=True)
def field(
    a_scale: int, shape: tuple[int, int], b_scale: int, motion: np.ndarray,
    px: np.ndarray, py: np.ndarray, qx: np.ndarray, qy: np.ndarray, weight: np.ndarray,
    node: int, reach: float, trust: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Computes where the probe's picture must be read for every node of the reference's, picture px: two (rows, columns)
    float32.

    shape              (h, w) of the reference's picture; a_scale, b_scale px of the print a picture px
    motion             (3,) dx, dy, turn: lays the probe on the reference
    px, py, qx, qy     (p,) places in probe and reference that lie on each other, px of the print; weight (p,) theirs
    node               picture px between nodes
    reach              px of the print within which a pair's residual is followed, falling off as (1 - d^2 / reach^2)^2
    trust              weight of "no residual" beside the pairs'
    """
    c, s = math.cos(motion[2]), math.sin(motion[2])
    rows, columns = shape[0] // node + 2, shape[1] // node + 2
    node_x, node_y = np.empty((rows, columns), np.float32), np.empty((rows, columns), np.float32)
    count = len(px)
    rest_x, rest_y = np.empty(count, np.float64), np.empty(count, np.float64)
    for k in range(count):
        rest_x[k] = qx[k] - (c * px[k] + s * py[k] + motion[0])
        rest_y[k] = qy[k] - (c * py[k] - s * px[k] + motion[1])
    limit = reach * reach
    for r in range(rows):
        for d in range(columns):
            x, y = d * node * b_scale, r * node * b_scale
            total, ox, oy = trust, 0.0, 0.0
            for k in range(count):
                square = (x - qx[k]) ** 2 + (y - qy[k]) ** 2
                if square < limit:
                    w = weight[k] * (1.0 - square / limit) ** 2
                    total += w
                    ox += w * rest_x[k]
                    oy += w * rest_y[k]
            u, v = x - ox / total - motion[0], y - oy / total - motion[1]
            node_x[r, d], node_y[r, d] = (c * u - s * v) / a_scale, (s * u + c * v) / a_scale
    return node_x, node_y


@njit(nogil=True, cache=True)
def between(nodes: np.ndarray, y: float, x: float, node: int) -> float:
    """Reads a field's value at a picture px by bilinear interpolation."""
    r, d = int(y / node), int(x / node)
    fy, fx = y / node - r, x / node - d
    return (nodes[r, d] * (1 - fx) + nodes[r, d + 1] * fx) * (1 - fy) + (
        nodes[r + 1, d] * (1 - fx) + nodes[r + 1, d + 1] * fx
    ) * fy


@njit(nogil=True, cache=True)
def lay(a: np.ndarray, b: np.ndarray, node_x: np.ndarray, node_y: np.ndarray, node: int) -> np.ndarray:
    """Places the probe's picture in the reference's frame, (h, w) float32, 0 where either print was not seen. Bilinear.

    a, b            (_, _), (h, w) int8 pictures of probe and reference
    node_x, node_y  as `field` gives them, `node` picture px apart
    """
    height, width = b.shape
    columns = node_x.shape[1]
    out = np.zeros((height, width), np.float32)
    bottom, right = np.float32(a.shape[0] - 1), np.float32(a.shape[1] - 1)
    one = np.float32(1.0)
    for y in range(height):
        r = y // node
        low = np.float32((y - r * node) / node)
        for d in range(columns - 1):
            x0, y0 = node_x[r, d] * (one - low) + node_x[r + 1, d] * low, node_y[r, d] * (one - low) + node_y[r + 1, d] * low
            x1 = node_x[r, d + 1] * (one - low) + node_x[r + 1, d + 1] * low
            y1 = node_y[r, d + 1] * (one - low) + node_y[r + 1, d + 1] * low
            if max(x0, x1) < 0 or max(y0, y1) < 0 or min(x0, x1) >= right or min(y0, y1) >= bottom:
                continue
            step_x, step_y = (x1 - x0) / np.float32(node), (y1 - y0) / np.float32(node)
            for x in range(d * node, min(width, (d + 1) * node)):
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
def tile_scores(laid: np.ndarray, fixed: np.ndarray, cell: int, search: int, cover: float) -> tuple[np.ndarray, np.ndarray]:
    """Compares every tile by normalised correlation, at every place within the search, over every second row of its cells.

    laid, fixed  (h, w) float32   two pictures that lie on each other; the first is 0 outside both masks
    cell         picture px; a tile is 3 x 3 cells, one begins every 2 cells
    search       picture px to each side
    cover        share of a tile that both must cover
    returns      ((2 search + 1)^2, rows, columns) float64, places row by row; (rows, columns) bool, which tiles count

    Twin: tests/comparison/plain.py
    """
    h, w = fixed.shape
    places = 2 * search + 1
    rows = h // cell
    norm, both = _norms(laid, fixed, cell, cover)
    ok = norm > 0
    first, last = _reach(ok, both, cell)
    left, right = np.zeros(len(ok), np.int64), np.zeros(len(ok), np.int64)  # of the tiles that count, in each row
    for r in range(len(ok)):
        for c in range(ok.shape[1]):
            if ok[r, c]:
                left[r], right[r] = (left[r] if right[r] else c), c + 1
    scores = np.zeros((places * places, *norm.shape), np.float64)
    sums, cells = np.zeros((rows, w), np.float32), np.zeros(w // cell, np.float32)
    for dy in range(-search, search + 1):
        for dx in range(-search, search + 1):
            for r in range(rows):
                if first[r] >= last[r]:
                    continue
                sums[r] = 0
                start, end, y = max(first[r], -dx), min(last[r], w - dx), r * cell
                if 4 < cell <= 6 and y + dy >= 0 and y + dy + 4 < h:
                    _three_products(fixed, y, laid, y + dy, start, end, dx, sums[r])
                    continue
                for y in range(r * cell, (r + 1) * cell, 2):
                    if 0 <= y + dy < h:
                        _add_products(fixed[y, start:end], laid[y + dy, start + dx : end + dx], sums[r, start:end])
            place = (dy + search) * places + dx + search
            for r in range(len(ok)):
                _sum_cells(sums, 2 * r, cell, 2 * left[r], 2 * right[r] + 1, cells)
                for c in range(left[r], right[r]):
                    if ok[r, c]:
                        scores[place, r, c] = (cells[2 * c] + cells[2 * c + 1] + cells[2 * c + 2]) * norm[r, c]
    return scores, ok


@njit(nogil=True, cache=True)
def _norms(laid: np.ndarray, fixed: np.ndarray, cell: int, cover: float) -> tuple[np.ndarray, np.ndarray]:
    """Computes 1 / root of the product of both energies, (rows, columns) float64, 0 for tiles that do not count; and how many
    px of each row of cells lie on both prints, column by column: (h // cell, w) float32."""
    h, w = fixed.shape
    rows, columns = h // cell, w // cell
    norm = np.zeros((max(0, (rows - 1) // 2), max(0, (columns - 1) // 2)), np.float64)
    both, ours, theirs = np.zeros((rows, w), np.float32), np.zeros((rows, w), np.float32), np.zeros((rows, w), np.float32)
    for r in range(rows):
        for y in range(r * cell, (r + 1) * cell, 2):
            for x in range(w):
                seen = np.float32(laid[y, x] != 0)
                both[r, x] += seen
                ours[r, x] += laid[y, x] * laid[y, x]
                theirs[r, x] += seen * fixed[y, x] * fixed[y, x]
    enough = cover * 9 * cell * ((cell + 1) // 2)
    area, a, b = np.empty(columns, np.float32), np.empty(columns, np.float32), np.empty(columns, np.float32)
    for r in range(norm.shape[0]):
        for of, cells in ((both, area), (ours, a), (theirs, b)):
            _sum_cells(of, 2 * r, cell, 0, columns, cells)
        for c in range(norm.shape[1]):
            one, two, three = 2 * c, 2 * c + 1, 2 * c + 2
            if area[one] + area[two] + area[three] >= enough:
                energy = float(a[one] + a[two] + a[three]) * float(b[one] + b[two] + b[three])
                norm[r, c] = 1.0 / math.sqrt(energy)
    return norm, both


@njit(nogil=True, cache=True)
def _reach(ok: np.ndarray, both: np.ndarray, cell: int) -> tuple[np.ndarray, np.ndarray]:
    """Finds where tiles that count lie on both prints, in each row of cells: from the first px to before the last, (rows,)
    int64.

    ok, both  as `_norms` tells them
    """
    rows, width = both.shape
    first, last = np.full(rows, width), np.zeros(rows, np.int64)
    for r in range(ok.shape[0]):
        for c in range(ok.shape[1]):
            if ok[r, c]:
                for own in range(2 * r, 2 * r + 3):
                    first[own], last[own] = min(first[own], 2 * c * cell), max(last[own], (2 * c + 3) * cell)
    for r in range(rows):
        if first[r] < last[r]:
            start, end = 0, width
            while start < end and both[r, start] == 0:
                start += 1
            while start < end and both[r, end - 1] == 0:
                end -= 1
            first[r], last[r] = max(first[r], start), min(last[r], end)
    return first, last


@njit(nogil=True, cache=True)
def _add_products(still: np.ndarray, moved: np.ndarray, sums: np.ndarray) -> None:
    for x in range(len(sums)):
        sums[x] += still[x] * moved[x]


@njit(nogil=True, cache=True)
def _three_products(
    still: np.ndarray, y: int, moved: np.ndarray, v: int, start: int, end: int, by: int, sums: np.ndarray
) -> None:  # fmt: skip
    """Fills sums[start:end] with the products of three rows, every second from y and v on; `moved` is read `by` px further."""
    a, b, c = still[y], still[y + 2], still[y + 4]
    d, e, f = moved[v], moved[v + 2], moved[v + 4]
    for k in range(end - start):
        x, m = np.uint64(start + k), np.uint64(start + by + k)  # unsigned: else numba asks whether they count from the end
        sums[x] = a[x] * d[m] + b[x] * e[m] + c[x] * f[m]


@njit(nogil=True, cache=True)
def _sum_cells(rows: np.ndarray, top: int, cell: int, first: int, end: int, out: np.ndarray) -> None:
    """Fills out[first:end] with the sums of these cells over three rows from `top` on, each added up by itself."""
    a, b, c = rows[top], rows[top + 1], rows[top + 2]
    for k in range(first, end):
        total = np.float32(0)
        for t in range(cell):
            x = np.uint64(k * cell + t)
            total += a[x] + b[x] + c[x]
        out[k] = total
