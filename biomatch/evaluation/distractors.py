"""Enrolled non-mated prints by the hundred thousand, recombined from real templates, that crowd a gallery as real prints do.

A distractor is two or three sectors of different donors, joined where their ridge directions agree best, each mirrored or not
and turned; then scaled and warped as a whole, some minutiae dropped and some inserted. Donors must be other fingers than the
probes'. In large galleries real non-mated prints crowd more than these do: read results with that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.template import MAX_SIDE, QUALITY_STEPS, TURN_STEPS, Minutiae, Template

_AT_ONCE = 1_000  # distractors made by one call of the kernel


@dataclass(frozen=True)
class DistractorParams:
    tries: int = 24  # donors tried at each join, of which the one that agrees best is taken
    turn: float = 0.5  # radians, either way, of a sector before it is joined
    seam_px: float = 45.0  # minutiae nearer to a join than this say whether directions agree
    shift_px: float = 35.0  # either way, of a donor's centre
    scale: float = 0.08  # either way
    warp_px: float = 7.0  # largest displacement by the smooth warp
    most_dropped: float = 0.10  # share of the minutiae
    inserted: float = 0.08  # share of the minutiae


PARAMS = DistractorParams()


def distractors(donors: Sequence[Template], count: int, seed: int, params: DistractorParams = PARAMS) -> Iterator[Template]:
    """Yields templates of non-mated prints, without ridge pictures. The same donors, count and seed give the same ones.

    Raises ValueError when fewer than three donors have minutiae.
    """
    useful = [donor.minutiae for donor in donors if len(donor.minutiae) >= 10]
    if len(useful) < 3:
        raise ValueError(f"{len(useful)} donors have 10 minutiae or more, at least 3 are needed to recombine")
    x, y = (np.concatenate([getattr(m, axis) - getattr(m, axis).mean() for m in useful]) for axis in ("x", "y"))
    angle, quality = (np.concatenate([getattr(m, name) for m in useful]) for name in ("angle", "quality"))
    kind = np.concatenate([m.kind for m in useful])
    starts = np.cumsum([0] + [len(m) for m in useful])
    numbers = (params.turn, params.seam_px, params.shift_px, params.scale, params.warp_px)
    rng = np.random.default_rng(seed)
    for at in range(0, count, _AT_ONCE):
        made = _recombine(
            x, y, angle, kind, quality, starts, min(_AT_ONCE, count - at), rng,
            params.tries, *numbers, params.most_dropped, params.inserted,
        )  # fmt: skip
        yield from _templates(*made)


def _templates(
    x: np.ndarray, y: np.ndarray, turns: np.ndarray, kind: np.ndarray, quality: np.ndarray, ends: np.ndarray
) -> Iterator[Template]:
    start = 0
    for end in ends.tolist():
        own = slice(start, end)
        start = end
        minutiae = Minutiae(
            x[own] - x[own].min() + np.float32(8),
            y[own] - y[own].min() + np.float32(8),
            turns[own].astype(np.float32) * np.float32(2 * np.pi / TURN_STEPS),
            kind[own],
            quality[own],
        )
        width, height = (min(int(v.max()) + 9, MAX_SIDE) for v in (minutiae.x, minutiae.y))
        yield Template(minutiae, width, height, quality=60, extractor="recombined/1")


@njit(nogil=True, cache=True)
def _recombine(  # type: ignore[no-untyped-def]
    x, y, angle, kind, quality, starts, count, rng, tries, turn, seam_px, shift_px, scale, warp_px, most_dropped, inserted
):
    """Makes `count` distractors, laid end to end.

    x, y, angle, kind, quality, starts   the donors' minutiae, x and y from each donor's centre; donor i owns
                                         starts[i] to starts[i + 1]
    the rest                             as in `DistractorParams`
    returns  x, y (N,) float32 px, on the template's grid; turn (N,) int64 in 1/256; kind (N,) uint8; quality (N,) float32;
             ends (count,) int64
    """
    donors = len(starts) - 1
    room = 3 * np.max(starts[1:] - starts[:-1]) + 64
    out_x, out_y = np.empty(count * room, np.float32), np.empty(count * room, np.float32)
    out_turn, out_kind = np.empty(count * room, np.int64), np.empty(count * room, np.uint8)
    out_quality, ends = np.empty(count * room, np.float32), np.empty(count, np.int64)
    px, py, pa = np.empty(room), np.empty(room), np.empty(room)
    pk, pq = np.empty(room, np.uint8), np.empty(room, np.float32)
    tx, ty, ta = np.empty(room), np.empty(room), np.empty(room)
    tk, tq = np.empty(room, np.uint8), np.empty(room, np.float32)
    bx, by, ba = np.empty(room), np.empty(room), np.empty(room)
    bk, bq = np.empty(room, np.uint8), np.empty(room, np.float32)
    total = 0
    made = 0
    while made < count:
        sectors = 2 + (rng.random() < 0.5)
        edges = np.sort(rng.random(sectors) * 2 * np.pi)
        if sectors == 2:
            edges[1] = edges[0] + np.pi * (0.7 + 0.6 * rng.random())
        n = 0
        for s in range(sectors):
            low = edges[s]
            width = (edges[(s + 1) % sectors] - low) % (2 * np.pi)
            best_agreement = -2.0
            best_n = 0
            for _ in range(1 if s == 0 else tries):
                donor = rng.integers(0, donors)
                mirrored = rng.random() < 0.5
                rotation = (2 * rng.random() - 1) * turn
                cosine, sine = np.cos(rotation), np.sin(rotation)
                sx, sy = (2 * rng.random() - 1) * shift_px, (2 * rng.random() - 1) * shift_px
                m = 0
                agreement, weight = 0.0, 0.0
                for i in range(starts[donor], starts[donor + 1]):
                    ux, uy, ua = x[i] + sx, y[i] + sy, angle[i]
                    if mirrored:
                        ux, ua = -ux, np.pi - ua
                    vx, vy = cosine * ux + sine * uy, -sine * ux + cosine * uy  # y down, turns counter-clockwise as seen
                    bearing = (np.arctan2(vy, vx) - low) % (2 * np.pi)
                    if bearing >= width:
                        continue
                    tx[m], ty[m], ta[m], tk[m], tq[m] = vx, vy, ua + rotation, kind[i], quality[i]
                    m += 1
                    for j in range(n):
                        ex, ey = px[j] - vx, py[j] - vy
                        apart = ex * ex + ey * ey
                        if apart < seam_px * seam_px:
                            w = 1.0 - np.sqrt(apart) / seam_px
                            agreement += w * np.cos(2 * (pa[j] - ua - rotation))
                            weight += w
                agreement = agreement / (weight + 0.5)
                if agreement > best_agreement and n + m < room:
                    best_agreement, best_n = agreement, m
                    for j in range(m):
                        bx[j], by[j], ba[j], bk[j], bq[j] = tx[j], ty[j], ta[j], tk[j], tq[j]
            for j in range(best_n):
                px[n], py[n], pa[n], pk[n], pq[n] = bx[j], by[j], ba[j], bk[j], bq[j]
                n += 1
        if n < 8:
            continue
        begin = total
        sx = 1 + (2 * rng.random() - 1) * scale
        sy = sx * (1 + 0.3 * (2 * rng.random() - 1) * scale)
        waves = rng.random(8)
        drop = rng.random() * most_dropped
        for i in range(n):
            if rng.random() < drop:
                continue
            vx, vy = px[i] * sx, py[i] * sy
            wx = warp_px * np.sin(vx * (0.008 + 0.008 * waves[0]) + vy * 0.01 * (waves[1] - 0.5) + 6.28 * waves[2])
            wy = warp_px * np.sin(vy * (0.008 + 0.008 * waves[3]) + vx * 0.01 * (waves[4] - 0.5) + 6.28 * waves[5])
            out_x[total], out_y[total] = vx + wx, vy + wy
            out_turn[total] = int(np.rint((pa[i] + 0.06 * rng.standard_normal()) * (TURN_STEPS / (2 * np.pi)))) & 255
            out_kind[total], out_quality[total] = pk[i], pq[i]
            total += 1
        kept = total - begin
        for _ in range(int(inserted * kept + rng.random())):
            i = begin + rng.integers(0, kept)
            out_x[total] = out_x[i] + 30 * rng.standard_normal()
            out_y[total] = out_y[i] + 30 * rng.standard_normal()
            flipped = 128 if rng.random() < 0.5 else 0
            out_turn[total] = (out_turn[i] + flipped + int(np.rint(12 * rng.standard_normal()))) & 255
            out_kind[total] = 1 + (rng.random() < 0.4)
            j = begin + rng.integers(0, kept)
            out_quality[total] = np.rint(out_quality[j] * 0.6 * QUALITY_STEPS) / QUALITY_STEPS
            total += 1
        ends[made] = total
        made += 1
    for i in range(total):
        out_x[i], out_y[i] = np.rint(out_x[i] * 8) / 8, np.rint(out_y[i] * 8) / 8
    return out_x[:total], out_y[:total], out_turn[:total], out_kind[:total], out_quality[:total], ends
