"""Step two, evidence: what the minutiae of two prints say for and against one finger, as numbers for a logistic model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.comparison.alignment import clip_area, edges, fit, follow, hull, move, pair_up, rising, within
from biomatch.comparison.relaxation import mean_of_efficient, relax, seed, supports


@dataclass(frozen=True)
class PairingParams:
    sigma_px: float = 4.0  # scatter of mated places after a rigid fit; only its ratio to sigma_turn counts
    sigma_turn: float = math.radians(9)  # scatter of mated directions
    first_px: float = 20.0  # reach of the first pairing: the pose is rough yet
    first_turn: float = math.radians(30)
    last_px: float = 13.0  # reach of the last pairing: 1.4 ridge periods, what skin gives
    last_turn: float = math.radians(22)
    margin_px: float = 8.0  # a minutia this far outside the other print's hull should still have been seen there
    motions: float = 3  # rigid motions that are tried: the efficient pairs', then those of the strongest clusters left
    few: float = 12.0  # minutiae added to the common count, so that a handful that all pair is no large share
    slid_px: float = 13.0  # reach of a pair once the skin's slide is followed
    slide_reach_px: float = 110.0  # how far a pair's residual is followed
    slide_trust: float = 1.0  # weight of "no slide" beside the pairs'
    slides: float = 1  # times that pairs are sought anew after following
    doubt: float = 10.0  # pairs of strangers that means over pairs are mixed with, so that a few good pairs prove little
    strange_px: float = 7.5  # mean distance of a pair of strangers
    strange_turn: float = 0.19  # mean difference of its directions, rad
    strange_similarity: float = 0.2  # mean similarity of its vectors
    unknown_quality: float = 0.5  # stands in where a template knows no qualities


PAIRING = PairingParams()

# Means over pairs are mixed with `doubt` pairs of strangers, and distances are those after the skin's slide is followed.
NAMES = (
    "relaxed",  # mean relaxed strength of the most efficient pairs
    "relaxed half",  # the same over half as many
    "efficiency",  # what the most efficient pairs kept of their similarity
    "pairs",  # square root of the number of pairs after the last pairing
    "supported",  # square root of the number of pairs that at least three others support
    "support",  # mean support of a pair by the others
    "similarity sum",  # of the pairs' vectors
    "similarity",  # mean of the pairs' vectors
    "share",  # of the minutiae in the common area that are paired, both prints together
    "lesser share",  # of the print that has less
    "quality share",  # the share, each minutia counting by its quality
    "quality unpaired",  # square root of the qualities of what is unpaired in the common area, both prints together
    "quality paired",  # square root of the sum of the pairs' qualities
    "surprise",  # square root of the log-likelihood of so many pairs against chance, for this density and area
    "residual px",  # mean distance of a pair
    "residual turn",  # mean difference of a pair's directions, rad
    "turn",  # absolute rotation, rad
    "span",  # root of the area of the hull of the pairs, px
    "common area",  # root of the area that both prints cover, px
    "common",  # log of the lesser count of minutiae in the common area
    "fewer",  # log of the smaller template's count
    "more",  # log of the larger template's count
)
COUNT = len(NAMES)


@njit(nogil=True, cache=True)
def measure(
    px: np.ndarray, py: np.ndarray, pt: np.ndarray, pq: np.ndarray,
    rx: np.ndarray, ry: np.ndarray, rt: np.ndarray, rq: np.ndarray,
    similarity: np.ndarray, averages: np.ndarray,
    rotation: np.ndarray, distance: np.ndarray, turns: np.ndarray, bearing: np.ndarray, rounds: int, keep: float,
    pairing: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Measures the evidence of one pair of prints.

    px, py, pt, pq  probe: px (y down), 1/256 turn (int64), quality 0..1; rx, ry, rt, rq reference
    similarity      (n, k) float32  of their vectors, -1..1
    pairing         (9,) float64    the numbers of `PairingParams`, in order, without the last
    returns         features (COUNT,) float64; motion (3,) dx, dy, turn; pairs: probe numbers, reference numbers (p,) int64,
                    weights (p,) float64, strongest first
    """
    none = np.zeros(0, np.int64)
    out = np.zeros(COUNT, np.float64)
    motion = np.zeros(3, np.float64)
    n, k = len(px), len(rx)
    fewer = min(n, k)
    out[20], out[21] = math.log(1.0 + fewer), math.log(1.0 + max(n, k))
    if fewer == 0:
        return out, motion, none, none, np.zeros(0, np.float64)
    probe_of, reference_of = np.empty(fewer, np.int64), np.empty(fewer, np.int64)
    strength = np.empty(fewer, np.float64)
    seeds = seed(similarity, probe_of, reference_of, strength)
    if seeds == 0:
        return out, motion, none, none, np.zeros(0, np.float64)
    relaxed, rho = relax(
        px, py, pt, rx, ry, rt, probe_of, reference_of, strength, seeds, rotation, distance, turns, bearing, rounds, keep
    )
    wanted = averages[min(fewer, len(averages) - 1)]
    out[0], order = mean_of_efficient(strength[:seeds], relaxed, wanted)
    half = max(1, wanted // 2)
    best = order[: min(wanted, seeds)]
    kept = 0.0
    for o in range(len(best)):
        if o < half:
            out[1] += relaxed[best[o]] / half
        kept += relaxed[best[o]] / strength[best[o]]
    out[2] = kept / wanted
    a, b, received = _align(
        px, py, pt, rx, ry, rt, probe_of, reference_of, relaxed, rho, best, similarity,
        rotation, distance, turns, bearing, pairing, motion,
    )  # fmt: skip
    u, v = move(px, py, motion[0], motion[1], motion[2])
    slid_u, slid_v = u, v
    for _ in range(int(pairing[12])):
        slid_u, slid_v = follow(u, v, rx, ry, a, b, received, pairing[10], pairing[11])
        a, b, _near = pair_up(slid_u, slid_v, pt, rx, ry, rt, motion[2], pairing[9], pairing[5])
        received = supports(px, py, pt, rx, ry, rt, a, b, rotation, distance, turns, bearing)
    weights = _evidence(pt, pq, u, v, slid_u, slid_v, rx, ry, rt, rq, motion[2], a, b, received, similarity, pairing, out)
    order = rising(-weights)
    return out, motion, a[order], b[order], weights[order]


@njit(nogil=True, cache=True)
def _align(
    px: np.ndarray, py: np.ndarray, pt: np.ndarray, rx: np.ndarray, ry: np.ndarray, rt: np.ndarray,
    probe_of: np.ndarray, reference_of: np.ndarray, relaxed: np.ndarray, rho: np.ndarray, best: np.ndarray,
    similarity: np.ndarray, rotation: np.ndarray, distance: np.ndarray, turns: np.ndarray, bearing: np.ndarray,
    pairing: np.ndarray, motion: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Tries the motion of the `best` pairs, then those of clusters round the strongest pairs that none has explained yet.

    Fills `motion` with the one whose pairs are most alike and support each other most; returns these pairs, and what each
    receives from the others.
    """
    pairs = len(relaxed)
    explained = np.zeros(pairs, np.bool_)
    members, trust = np.empty(pairs, np.int64), np.empty(pairs, np.float64)
    a, b, given = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float64)
    mass = relaxed.copy()
    for t in range(pairs):
        gives, near = relaxed[t], rho[t]
        for s in range(pairs):
            mass[s] += near[s] * gives
    top = -1.0
    for attempt in range(int(pairing[7])):
        count = 0
        if attempt == 0:
            for s in range(len(best)):
                members[count], trust[count] = best[s], relaxed[best[s]]
                count += 1
        else:
            lead = -1
            for s in range(pairs):
                if not explained[s] and (lead < 0 or mass[s] > mass[lead]):
                    lead = s
            if lead < 0:
                break
            explained[lead] = True
            for s in range(pairs):
                if s == lead or rho[lead, s] > 0.1:
                    members[count] = s
                    trust[count] = relaxed[s] * (1.0 if s == lead else rho[lead, s])
                    count += 1
                    if rho[lead, s] > 0.5:
                        explained[s] = True
            if count < 2:
                continue
        m = members[:count]
        dx, dy, turn = fit(
            px, py, pt, rx, ry, rt, probe_of[m], reference_of[m], trust[:count], rotation, pairing[0], pairing[1]
        )
        u, v = move(px, py, dx, dy, turn)
        i, j, near = pair_up(u, v, pt, rx, ry, rt, turn, pairing[2], pairing[3])
        if len(i) >= 2:
            dx, dy, turn = fit(px, py, pt, rx, ry, rt, i, j, 1.0 - 0.45 * near, rotation, pairing[0], pairing[1])
            u, v = move(px, py, dx, dy, turn)
        i, j, near = pair_up(u, v, pt, rx, ry, rt, turn, pairing[4], pairing[5])
        if 1.2 * len(i) * (len(i) - 1) <= top:
            continue  # even if all supported each other
        received = supports(px, py, pt, rx, ry, rt, i, j, rotation, distance, turns, bearing)
        value = 0.0
        for s in range(len(i)):
            value += received[s] * (0.2 + max(0.0, similarity[i[s], j[s]]))
        if value > top:
            top = value
            a, b, given = i, j, received
            motion[0], motion[1], motion[2] = dx, dy, turn
    return a, b, given


@njit(nogil=True, cache=True)
def _evidence(
    pt: np.ndarray, pq: np.ndarray, u: np.ndarray, v: np.ndarray, slid_u: np.ndarray, slid_v: np.ndarray,
    rx: np.ndarray, ry: np.ndarray, rt: np.ndarray, rq: np.ndarray, turn: float, a: np.ndarray, b: np.ndarray,
    received: np.ndarray, similarity: np.ndarray, pairing: np.ndarray, out: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Fills out[3:20] from the pairs (a, b); returns their weights: similarity times the support of the others, 0..1."""
    n, k, pairs = len(u), len(rx), len(a)
    probe_paired, reference_paired = np.zeros(n, np.bool_), np.zeros(k, np.bool_)
    for s in range(pairs):
        probe_paired[a[s]] = True
        reference_paired[b[s]] = True
    weights = np.zeros(pairs, np.float64)
    shift = turn * (256 / (2.0 * math.pi))
    supported = 0
    quality_paired = 0.0
    for s in range(pairs):
        i, j = a[s], b[s]
        like = max(0.0, similarity[i, j])
        out[6] += like
        out[5] += received[s] / max(1, pairs - 1)
        supported += received[s] >= 3.0
        quality_paired += math.sqrt(pq[i] * rq[j])
        out[14] += math.sqrt((slid_u[i] - rx[j]) ** 2 + (slid_v[i] - ry[j]) ** 2)
        out[15] += abs((pt[i] + shift - rt[j] + 128) % 256 - 128) * (2.0 * math.pi / 256)
        weights[s] = (0.2 + 0.8 * like) * (received[s] + 0.5) / (pairs + 0.5)
    out[3], out[4] = math.sqrt(pairs), math.sqrt(supported)
    doubt = pairing[13]
    out[5] /= pairs + doubt
    out[7] = (out[6] + doubt * pairing[16]) / (pairs + doubt)
    out[14] = (out[14] + doubt * pairing[14]) / (pairs + doubt)
    out[15] = (out[15] + doubt * pairing[15]) / (pairs + doubt)
    probe_hull, reference_hull = hull(u, v), hull(rx, ry)
    probe_sides, reference_sides = edges(probe_hull), edges(reference_hull)
    quality_common = 0.0
    probe_common = reference_common = 0
    for i in range(n):
        if probe_paired[i] or within(reference_sides, u[i], v[i], pairing[6]):
            probe_common += 1
            quality_common += pq[i]
    for j in range(k):
        if reference_paired[j] or within(probe_sides, rx[j], ry[j], pairing[6]):
            reference_common += 1
            quality_common += rq[j]
    quality_of_pairs = 0.0
    for s in range(pairs):
        quality_of_pairs += pq[a[s]] + rq[b[s]]
    few = pairing[8]
    out[8] = 2.0 * pairs / (probe_common + reference_common + 2.0 * few)
    out[9] = pairs / (max(probe_common, reference_common) + few)
    out[10] = quality_of_pairs / (quality_common + few)
    out[11] = math.sqrt(max(0.0, quality_common - quality_of_pairs))
    out[12] = math.sqrt(quality_paired)
    out[16] = abs(turn)
    if pairs >= 3:
        paired_u, paired_v = u[a], v[a]
        corners = hull(paired_u, paired_v)
        out[17] = math.sqrt(clip_area(corners, corners))
    area = clip_area(probe_hull, reference_hull)
    out[18] = math.sqrt(area)
    out[19] = math.log(1.0 + min(probe_common, reference_common))
    chance = math.pi * pairing[4] ** 2 * (2.0 * pairing[5] / (2.0 * math.pi)) / max(area, 4000.0)
    expected = max(0.2, probe_common * reference_common * chance)
    if pairs > expected:
        out[13] = math.sqrt(pairs * math.log(pairs / expected) - (pairs - expected))
    return weights


@njit(nogil=True, cache=True)
def measure_all(
    px: np.ndarray, py: np.ndarray, pt: np.ndarray, pq: np.ndarray,
    rx: np.ndarray, ry: np.ndarray, rt: np.ndarray, rq: np.ndarray,
    similarity: np.ndarray, starts: np.ndarray, averages: np.ndarray,
    rotation: np.ndarray, distance: np.ndarray, turns: np.ndarray, bearing: np.ndarray, rounds: int, keep: float,
    pairing: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Calls `measure` on one probe with m references; similarity (n, N), starts (m + 1,) as in `relaxed_scores`.

    returns  features (m, COUNT), motions (m, 3), pair_starts (m + 1,), and the pairs of all, concatenated
    """
    m = len(starts) - 1
    features, motions = np.zeros((m, COUNT), np.float64), np.zeros((m, 3), np.float64)
    pair_starts = np.zeros(m + 1, np.int64)
    room = 0
    for r in range(m):
        room += min(len(px), starts[r + 1] - starts[r])
    probe_of, reference_of, weights = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.float64)
    at = 0
    for r in range(m):
        s, e = starts[r], starts[r + 1]
        found, motion, a, b, w = measure(
            px, py, pt, pq, rx[s:e], ry[s:e], rt[s:e], rq[s:e], similarity[:, s:e], averages,
            rotation, distance, turns, bearing, rounds, keep, pairing,
        )  # fmt: skip
        for f in range(22):
            features[r, f] = found[f]
        for f in range(3):
            motions[r, f] = motion[f]
        for p in range(len(a)):
            probe_of[at], reference_of[at], weights[at] = a[p], b[p], w[p]
            at += 1
        pair_starts[r + 1] = at
    return features, motions, pair_starts, probe_of[:at], reference_of[:at], weights[:at]
