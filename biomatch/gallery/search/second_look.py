"""A second look at the prints that the index brings forward, before the list is cut, and a last one where nobody was found.

A hit of the index lays the probe on a print: it implies a turn and a shift. Under it the print's minutiae are carried into the
probe's frame, and each minutia of the probe takes the best of those that lie near it and point its way: by how alike their
descriptors are, and how far they lie off. That tells a mate from other prints about as well as relaxation does, for a tenth of
its time. So thousands can be looked at, of which each was brought forward by one or two minutiae only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.comparison import Prepared
from biomatch.descriptors.grid import BIAS, BYTES, GRID, STEP
from biomatch.gallery.caches.arena import View
from biomatch.gallery.caches.block import counts
from biomatch.index import WIDE, WIDEST, Reach, Standing, layout
from biomatch.template import KINDS_AT, STEP_PX, TURNS_AT


@dataclass(frozen=True)
class PosingParams:
    slack_px: float = 6.0  # between a minutia and its partner: skin moves more, but a pose rests on a pair that moved likewise
    slack_share: float = 0.15  # px more a px from the minutia on which the pose rests: distortion, and the error of its turn
    slack_turn: float = 18.0  # 1/256 turn, 25 degrees: two directions of an extractor, and that of the pose
    alike: float = 0.3  # similarity of descriptors from which a partner counts: less is seen between any two minutiae
    vote: float = 0.04  # of a print's score for each unit of its votes: more, and the index decides alone


@dataclass(frozen=True)
class Look:
    """The reach of a look at posed prints.

    reach   of the probe's minutiae into the index
    prints  that are posed, those with most votes: 1.3 us each, 6 us where they are sealed
    poses   hits of a print that are tried, of the probe's best minutiae first
    length  of the list; None: as long as the search's first one
    """

    reach: Reach
    prints: int
    poses: int
    length: int | None = None


PARAMS = PosingParams()
SECOND = Look(WIDE, prints=2_000, poses=2)  # 4,000 prints, or all hits of each, find no more
LAST = Look(WIDEST, prints=6_000, poses=4, length=200)  # 12,000 prints, or a list of 500, find hardly more
_CELLS = 64  # cells of the grid over the probe, each way
_CELL_PX = 8.0  # of a cell; wider for a probe that does not fit
_AT_ONCE = 16  # prints whose memory is asked for together: what one waits for, the others wait for at the same time
_PENDING = 2_048  # pairs of minutiae after which descriptors are read
_LOW_BIT = np.zeros(64, np.int64)  # number of a lone bit, by the top six bits of its product with a de Bruijn sequence
_DE_BRUIJN = 0x03F79D71B4CB0A89
_LOW_BIT[[((1 << bit) * _DE_BRUIJN & (1 << 64) - 1) >> 58 for bit in range(64)]] = np.arange(64)
_TURNS = np.arange(256) * layout.TURN
_ROTATION = np.stack([np.cos(_TURNS), np.sin(_TURNS)], axis=1).astype(np.float32)


def ranked(
    view: View, probe: Prepared, standing: Standing, length: int, poses: int, params: PosingParams = PARAMS
) -> np.ndarray:
    """Returns the places in `standing` of its `length` best prints, best first, ties by print number; (k,) int64."""
    score = scores(view, probe, standing, poses, params) + np.float32(params.vote) * standing.votes
    return np.asarray(np.lexsort((standing.numbers, -score))[:length])


def scores(view: View, probe: Prepared, standing: Standing, poses: int, params: PosingParams = PARAMS) -> np.ndarray:
    """Scores each print, (m,) float32, at least 0, by how well it fits under the best of so many poses."""
    out = np.zeros(len(standing.numbers), np.float32)
    if len(out):
        data, at, head = view.near(standing.numbers)
        asked = probe.template.minutiae[standing.asked]
        hit = layout.unpack(standing.ids)
        posed(
            data, data[: len(data) // 2 * 2].view(np.uint16), at, head,
            standing.starts, standing.rows, hit.x, hit.y, hit.turn,
            asked.x, asked.y, asked.turns.astype(np.int64), probe.vectors[standing.asked], _ROTATION,
            params.slack_px, params.slack_share, params.slack_turn, params.alike, poses, out,
        )  # fmt: skip
    return out


@njit(nogil=True, cache=True)
def posed(  # type: ignore[no-untyped-def]
    data, shorts, at, head, starts, rows, hit_x, hit_y, hit_turn, x, y, turn, vectors, rotation,
    slack_px, slack_share, slack_turn, alike, poses, out,
):  # fmt: skip
    """Fills in the best score of each print under the poses that its hits imply.

    data      (b,) uint8    near parts of prints, as the arena has them: head, descriptors, then minutiae as they are packed
    shorts    (b/2,) uint16  the same bytes
    at        (m,) int64    first byte of each near part, an even number
    head      bytes of its head
    starts    (m + 1,) int64  print p owns hits starts[p] to starts[p + 1]
    rows      (h,) int64    minutia of the probe that hit
    hit_x, hit_y, hit_turn  (h,) int64  what it hit: px, y down, 1/256 turn
    x, y      (n,) float32  px, y down, the probe's minutiae, at most 64; turn (n,) int64, 1/256 turn
    vectors   (n, 64) int8  their descriptors
    rotation  (256, 2) float32  cosine and sine of i/256 turn
    slack_px, slack_share, slack_turn, alike   as in `PosingParams`
    poses     as in `Look`
    out       (m,) float32  filled
    returns   of no meaning: it keeps what is read early from being left out

    A score is the sum, over the probe's minutiae, of the largest (similarity - alike) * (1 - error), at least 0, where error
    is (distance / slack)^2 + (difference of direction / slack_turn)^2. Twin: tests/gallery/search/test_second_look.py
    """
    n, m = len(x), len(at)
    grids, left, top, scale = _grids(x, y, slack_px, slack_share)
    nearness = np.empty((n, n), np.float32)
    for q in range(n):
        for j in range(n):
            nearness[q, j] = 1.0 / (slack_px + slack_share * math.hypot(x[j] - x[q], y[j] - y[q])) ** 2
    by_turn = np.float32(1.0 / (slack_turn * slack_turn))
    own_x, own_y = (x - left).astype(np.float32), (y - top).astype(np.float32)
    even, odd = np.ascontiguousarray(vectors[:, ::2]), np.ascontiguousarray(vectors[:, 1::2])
    sizes, described = counts(data, at, head)
    largest = described.max()
    there_x, there_y = np.empty(largest, np.float32), np.empty(largest, np.float32)
    cell, live = np.empty(largest, np.uint32), np.empty(largest + 1, np.uint64)
    room = _PENDING + n * largest
    mine, theirs, worth = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.float32)
    of_print, ends = np.empty(_PENDING + 1, np.int64), np.empty(_PENDING + 1, np.int64)
    pairs, tried, seen = 0, 0, 0
    for first in range(0, m, _AT_ONCE):
        last = min(m, first + _AT_ONCE)
        for p in range(first, last):
            begin = at[p] + head + BYTES * described[p]
            for byte in range(begin, begin + KINDS_AT * sizes[p], 64):
                seen += data[byte]
        for p in range(first, last):
            size = np.uint64(described[p])
            vector = at[p] + head
            places = vector + BYTES * described[p]
            row, turns = places // 2, data[places + TURNS_AT * sizes[p] : places + KINDS_AT * sizes[p]]
            columns, lines = shorts[row : row + sizes[p]], shorts[row + sizes[p] : row + 2 * sizes[p]]
            for h in range(starts[p], min(starts[p + 1], starts[p] + poses)):
                q = rows[h]
                lift = (hit_turn[h] - turn[q]) & 255
                _carry(
                    columns, lines, size, rotation[lift, 0], rotation[lift, 1], np.float32(hit_x[h]), np.float32(hit_y[h]),
                    own_x[q], own_y[q], scale, there_x, there_y, cell,
                )  # fmt: skip
                pairs = _meet(
                    grids[q], cell, live, size, turns, lift, turn, there_x, there_y, own_x, own_y, nearness[q], by_turn,
                    vector, pairs, mine, theirs, worth,
                )  # fmt: skip
                of_print[tried], ends[tried] = p, pairs
                tried += 1
                if pairs >= _PENDING or tried > _PENDING - 1:
                    seen += _settle(data, even, odd, mine, theirs, worth, pairs, of_print, ends, tried, alike, out)
                    pairs, tried = 0, 0
        seen += _settle(data, even, odd, mine, theirs, worth, pairs, of_print, ends, tried, alike, out)
        pairs, tried = 0, 0
    return seen


@njit(nogil=True, cache=True)
def _grids(x, y, slack_px, slack_share):  # type: ignore[no-untyped-def]
    """Finds where minutiae of the probe may be met, for poses that rest on each of them.

    returns  (n, cells) uint64: bit j is set in the cells that lie within minutia j's slack; left, top, px, of the grid; its
             cells a px. A place lies in column int((x - left) * scale) + 1, row likewise; the outermost cells are empty
    """
    n = len(x)
    reach = slack_px + slack_share * math.hypot(x.max() - x.min(), y.max() - y.min()) + 1.0
    left, top = np.float32(x.min() - reach), np.float32(y.min() - reach)
    extent = max(x.max() + reach - left, y.max() + reach - top)
    scale = np.float32(1.0 / max(_CELL_PX, extent / (_CELLS - 3)))
    grids = np.zeros((n, _CELLS * _CELLS), np.uint64)
    for q in range(n):
        for j in range(n):
            slack = slack_px + slack_share * math.hypot(x[j] - x[q], y[j] - y[q]) + 0.5
            first, last = int((x[j] - slack - left) * scale) + 1, int((x[j] + slack - left) * scale) + 1
            for row in range(int((y[j] - slack - top) * scale) + 1, int((y[j] + slack - top) * scale) + 2):
                for column in range(first, last + 1):
                    grids[q, row * _CELLS + column] |= np.uint64(1) << np.uint64(j)
    return grids, left, top, scale


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz", "ninf"})
def _carry(  # type: ignore[no-untyped-def]
    columns, lines, size, cosine, sine, hit_x, hit_y, own_x, own_y, scale, there_x, there_y, cell
):  # fmt: skip
    """Moves a print's minutiae into the frame of the probe's grid, finds the grid's cell of each, and fills there_x, there_y,
    cell.

    columns, lines  (n,) uint16: where the first `size` of them and more lie, in 1/8 px
    """
    for i in range(size):
        dx, dy = STEP_PX * np.float32(columns[i]) - hit_x, STEP_PX * np.float32(lines[i]) - hit_y
        there_x[i], there_y[i] = cosine * dx - sine * dy + own_x, sine * dx + cosine * dy + own_y
        column = min(max(there_x[i] * scale + np.float32(1), np.float32(0)), np.float32(_CELLS - 1))
        row = min(max(there_y[i] * scale + np.float32(1), np.float32(0)), np.float32(_CELLS - 1))
        cell[i] = np.uint32(np.int32(row)) * np.uint32(_CELLS) + np.uint32(np.int32(column))


@njit(nogil=True, cache=True)
def _meet(  # type: ignore[no-untyped-def]
    grid, cell, live, size, turns, lift, turn, there_x, there_y, own_x, own_y, near, by_turn, vector, pairs, mine, theirs,
    worth,
):  # fmt: skip
    """Appends the pairs of a print that lie within slack under one pose to mine, theirs and worth, which hold so many pairs.

    grid      of the minutia on which the pose rests; near: 1 / slack^2 of each of the probe's minutiae then
    cell, there_x, there_y   of the print's minutiae, as `_carry` leaves them; live: room for their numbers; turns: 1/256 turn
    lift      by which the pose turns the print back, 1/256 turn
    vector    byte of its first descriptor
    returns   how many pairs there are now
    """
    count = 0
    for i in range(size):
        live[count] = i
        count += grid[cell[i]] != 0
    for z in range(np.uint64(count)):
        i = live[z]
        met = grid[cell[i]]
        points = np.int64(turns[i]) - lift
        while met != 0:
            bit = met & (~met + np.uint64(1))
            met ^= bit
            j = _LOW_BIT[(bit * np.uint64(_DE_BRUIJN)) >> np.uint64(58)]
            apart = (points - turn[j]) & 255
            apart = min(apart, 256 - apart)
            off_x, off_y = there_x[i] - own_x[j], there_y[i] - own_y[j]
            error = (off_x * off_x + off_y * off_y) * near[j] + np.float32(apart * apart) * by_turn
            mine[pairs], theirs[pairs], worth[pairs] = j, vector + BYTES * np.int64(i), np.float32(1) - error
            pairs += error < 1
    return pairs


@njit(nogil=True, cache=True)
def _settle(data, even, odd, mine, theirs, worth, pairs, of_print, ends, tried, alike, out):  # type: ignore[no-untyped-def]
    """Reads the descriptors of all pairs, and raises each print's score to that of its pose.

    even, odd  (n, 32) int8: every second number of the probe's descriptors
    theirs     first byte of the other descriptor, packed; its numbers stand BIAS too high
    """
    seen = 0
    low, half = np.uint8(15), np.uint8(4)
    excess = BIAS * (even.sum(axis=1) + odd.sum(axis=1))
    for z in range(pairs):
        seen += data[theirs[z]]
    gained = np.empty(len(even), np.float32)
    z = 0
    for k in range(tried):
        gained[:] = 0
        while z < ends[k]:
            first, second, other = even[mine[z]], odd[mine[z]], data[theirs[z] : theirs[z] + BYTES]
            product = np.int32(0)
            for d in range(BYTES):
                product = np.int32(
                    product + np.int32(first[d]) * np.int32(other[d] & low) + np.int32(second[d]) * np.int32(other[d] >> half)
                )
            similarity = np.float32(STEP * (product - excess[mine[z]])) * np.float32(1 / GRID**2)
            value = (similarity - np.float32(alike)) * worth[z]
            gained[mine[z]] = max(gained[mine[z]], value)
            z += 1
        total = np.float32(0)
        for value in gained:
            total += value
        out[of_print[k]] = max(out[of_print[k]], total)
    return seen
