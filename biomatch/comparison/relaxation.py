"""Step one: local similarities, then relaxation over pairs of pairs (LSA-R), for one probe against many references.

After Cappelli, Ferrara, Maltoni, "Minutia Cylinder-Code", TPAMI 32(12), 2010, section 4.4; constants differ where a
measurement on other data said so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.comparison.alignment import rising
from biomatch.template import TURN_STEPS


@dataclass(frozen=True)
class RelaxationParams:
    rounds: int = 3  # more rounds let a wrong cluster feed itself
    keep: float = 0.5  # of a pair's own similarity a round, as published
    distance_centre: float = 5.0  # px of difference between two distances that halves their support, as published
    distance_slope: float = 1.6  # 1/px, as published
    turn_centre: float = math.radians(10)  # published 15 degrees; our directions are better than that
    turn_slope: float = 30.0  # 1/rad, as published
    fewest: int = 4  # pairs that the score is the mean of, as published
    most: int = 12  # likewise
    middle: float = 20.0  # minutiae at which the number of pairs is half way, as published
    steepness: float = 0.4  # 1/minutia, as published


PARAMS = RelaxationParams()
DISTANCE_STEP = 0.125  # px a step of the distance table
DISTANCE_REACH = 10.0  # px; beyond, support is below 0.0004
SINE_STEPS = 512  # steps of the sine table over 0..1
CANDIDATES = 6  # entries a minutia that pairs are picked from (all of the same 1/256 together): others are hardly alike


def _fall(value: np.ndarray, centre: float, slope: float) -> np.ndarray:
    return 1 / (1 + np.exp(slope * (value - centre)))


def support_tables(params: RelaxationParams = PARAMS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns what a pair of pairs is worth, by its difference in distance, in relative direction, and in bearing.

    returns  distance (81,) by 1/8 px; turn (129,) by 1/256 turn; bearing (513,) by the sine of the angle, in 1/512
    """
    distance = _fall(
        np.arange(int(DISTANCE_REACH / DISTANCE_STEP) + 1) * DISTANCE_STEP, params.distance_centre, params.distance_slope
    )
    turn = _fall(np.arange(TURN_STEPS // 2 + 1) * (2 * np.pi / TURN_STEPS), params.turn_centre, params.turn_slope)
    bearing = _fall(np.arcsin(np.arange(SINE_STEPS + 1) / SINE_STEPS), params.turn_centre, params.turn_slope)
    return distance.astype(np.float32), turn.astype(np.float32), bearing.astype(np.float32)


def pairs_to_average(count: int, params: RelaxationParams = PARAMS) -> int:
    """Returns how many pairs the score is the mean of, for the smaller of two templates with `count` minutiae."""
    share = 1 / (1 + math.exp(-params.steepness * (count - params.middle)))
    return params.fewest + round((params.most - params.fewest) * share)


def averages_table(largest: int = 256, params: RelaxationParams = PARAMS) -> np.ndarray:
    """Returns `pairs_to_average` by count, (largest + 1,) int64."""
    return np.array([pairs_to_average(n, params) for n in range(largest + 1)], np.int64)


@njit(nogil=True, cache=True)
def seed(similarity: np.ndarray, probe_of: np.ndarray, reference_of: np.ndarray, strength: np.ndarray) -> int:
    """Chooses one-to-one pairs greedily, most similar first, from the most similar candidates.

    similarity    (n, k) float32  -1..1, n and k at most 65535; pairs below 1/256 are never made
    probe_of      (min(n, k),) int64, reference_of likewise, strength float64: filled
    returns       the number of pairs

    Twin: tests/comparison/plain.py
    """
    n, k = similarity.shape
    most = min(n, k)
    counts = np.zeros((2, 256), np.int64)  # two in turn: most entries fall into one bin, and would wait for each other
    for i in range(n):
        for j in range(k):
            counts[j & 1, int(min(255.0, max(0.0, similarity[i, j] * 256)))] += 1
    count = counts[0] + counts[1]
    lowest, total = 255, count[255]
    while lowest > 1 and total < CANDIDATES * most:
        lowest -= 1
        total += count[lowest]
    place = np.empty(256, np.int64)
    at = 0
    for b in range(255, lowest - 1, -1):
        place[b] = at
        at += count[b]
    found = np.empty(n * k + 1, np.int64)
    at = 0
    for i in range(n):  # without a branch: which entries are similar enough cannot be foretold
        for j in range(k):
            found[at] = i * 65536 + j
            at += similarity[i, j] * 256 >= lowest
    order = np.empty(at, np.int64)
    for o in range(at):
        b = int(min(255.0, similarity[found[o] >> 16, found[o] & 65535] * 256))
        order[place[b]] = found[o]
        place[b] += 1
    probe_free = np.ones(n, np.bool_)
    reference_free = np.ones(k, np.bool_)
    pairs = 0
    for o in range(at):
        i, j = order[o] >> 16, order[o] & 65535
        if probe_free[i] and reference_free[j]:
            probe_free[i] = False
            reference_free[j] = False
            probe_of[pairs] = i
            reference_of[pairs] = j
            strength[pairs] = similarity[i, j]
            pairs += 1
            if pairs == most:
                break
    return pairs


@njit(nogil=True, cache=True, inline="always")
def support(
    ax: float, ay: float, bx: float, by: float, ta: int, tb: int, ua: int, ub: int,
    rotation: np.ndarray, distance: np.ndarray, turn: np.ndarray, bearing: np.ndarray,
) -> float:  # fmt: skip
    """Tells how well two pairs of minutiae fit one rigid motion, 0..1.

    ax, ay    from the first to the second probe minutia, px, y up; bx, by in the reference
    ta, tb    directions of the first probe and reference minutia, 1/256 turn; ua, ub of the second
    rotation  (256, 2) float32  cosine and sine of i/256 turn
    """
    difference = (ua - ta - ub + tb) & 255
    if difference > 128:
        difference = 256 - difference
    by_turn = turn[difference]
    if by_turn < 1e-3:
        return 0.0
    la, lb = math.sqrt(ax * ax + ay * ay), math.sqrt(bx * bx + by * by)
    step = int(abs(la - lb) * 8.0 + 0.5)
    if step >= len(distance):
        return 0.0
    lift = (tb - ta) & 255  # turns the probe's first minutia onto the reference's
    cos, sin = rotation[lift, 0], rotation[lift, 1]
    px, py = cos * ax - sin * ay, sin * ax + cos * ay
    if px * bx + py * by <= 0:
        return 0.0
    length = la * lb
    sine = abs(px * by - py * bx) / length if length > 0 else 0.0
    return distance[step] * by_turn * bearing[int(min(1.0, sine) * 512 + 0.5)]


@njit(nogil=True, cache=True)
def relax(
    px: np.ndarray, py: np.ndarray, pt: np.ndarray, rx: np.ndarray, ry: np.ndarray, rt: np.ndarray,
    probe_of: np.ndarray, reference_of: np.ndarray, strength: np.ndarray, pairs: int,
    rotation: np.ndarray, distance: np.ndarray, turn: np.ndarray, bearing: np.ndarray, rounds: int, keep: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Computes the strengths of the pairs after they have supported each other, and the support of each pair for each.

    Bearings are seen from the stronger of two pairs, so that support is mutual.

    px, py, pt   probe: px, y down, 1/256 turn (int64); rx, ry, rt reference
    probe_of, reference_of, strength   the first `pairs` are read, as `seed` fills them
    returns      (pairs,) float64, (pairs, pairs) float32

    Source: Cappelli et al. 2010, equations 26 to 30. Twin: tests/comparison/plain.py
    """
    current = strength[:pairs].copy()
    rho = np.zeros((pairs, pairs), np.float32)
    if pairs < 2:
        return current * keep, rho
    for s in range(pairs):
        i, j = probe_of[s], reference_of[s]
        for t in range(s + 1, pairs):
            k, m = probe_of[t], reference_of[t]
            value = support(
                px[k] - px[i], py[i] - py[k], rx[m] - rx[j], ry[j] - ry[m], pt[i], rt[j], pt[k], rt[m],
                rotation, distance, turn, bearing,
            )  # fmt: skip
            rho[s, t] = value
            rho[t, s] = value
    following = np.empty(pairs, np.float64)
    share = (1.0 - keep) / (pairs - 1)
    for _ in range(rounds):
        following[:] = 0.0
        for t in range(pairs):  # the inner loop over those that receive: their sums do not wait for each other
            gives, received = current[t], rho[t]
            for s in range(pairs):
                following[s] += received[s] * gives
        for s in range(pairs):
            current[s] = keep * current[s] + share * following[s]
    return current, rho


@njit(nogil=True, cache=True)
def supports(
    px: np.ndarray, py: np.ndarray, pt: np.ndarray, rx: np.ndarray, ry: np.ndarray, rt: np.ndarray,
    a: np.ndarray, b: np.ndarray, rotation: np.ndarray, distance: np.ndarray, turn: np.ndarray, bearing: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Sums what each of the pairs (a, b) receives from all others, 0..1 from each; (p,) float64."""
    received = np.zeros(len(a), np.float64)
    for s in range(len(a)):
        i, j = a[s], b[s]
        for t in range(s + 1, len(a)):
            k, m = a[t], b[t]
            value = support(
                px[k] - px[i], py[i] - py[k], rx[m] - rx[j], ry[j] - ry[m], pt[i], rt[j], pt[k], rt[m],
                rotation, distance, turn, bearing,
            )  # fmt: skip
            received[s] += value
            received[t] += value
    return received


@njit(nogil=True, cache=True)
def mean_of_efficient(strength: np.ndarray, relaxed: np.ndarray, wanted: int) -> tuple[float, np.ndarray]:
    """Computes the mean relaxed strength of the `wanted` pairs that kept most of theirs, and the order of all pairs by that
    share.

    strength, relaxed  (p,) float64  before and after
    returns            the mean (fewer pairs count as zeros), (p,) int64 most efficient first
    """
    pairs = len(relaxed)
    loss = np.empty(pairs, np.float64)
    for s in range(pairs):
        loss[s] = -relaxed[s] / strength[s] if strength[s] > 0 else 0.0
    order = rising(loss)
    total = 0.0
    for o in range(min(wanted, pairs)):
        total += relaxed[order[o]]
    return total / wanted, order


@njit(nogil=True, cache=True)
def relaxed_scores(
    px: np.ndarray, py: np.ndarray, pt: np.ndarray, rx: np.ndarray, ry: np.ndarray, rt: np.ndarray,
    similarity: np.ndarray, starts: np.ndarray, averages: np.ndarray,
    rotation: np.ndarray, distance: np.ndarray, turn: np.ndarray, bearing: np.ndarray, rounds: int, keep: float,
) -> np.ndarray:  # fmt: skip
    """Computes one relaxed score a reference.

    similarity  (n, N) float32  of the probe's minutiae with those of all references, -1..1
    starts      (m + 1,) int64  reference r owns columns starts[r] to starts[r + 1]
    averages    (k,) int64      as `averages_table` gives it; larger counts use its last
    returns     (m,) float32    0 where either side is empty
    """
    m = len(starts) - 1
    out = np.zeros(m, np.float32)
    n = len(px)
    probe_of = np.empty(n, np.int64)
    reference_of = np.empty(n, np.int64)
    strength = np.empty(n, np.float64)
    for r in range(m):
        a, b = starts[r], starts[r + 1]
        fewer = min(n, b - a)
        if fewer == 0:
            continue
        pairs = seed(similarity[:, a:b], probe_of, reference_of, strength)
        relaxed, _ = relax(
            px, py, pt, rx[a:b], ry[a:b], rt[a:b], probe_of, reference_of, strength, pairs,
            rotation, distance, turn, bearing, rounds, keep,
        )  # fmt: skip
        out[r] = mean_of_efficient(strength[:pairs], relaxed, averages[min(fewer, len(averages) - 1)])[0]
    return out
