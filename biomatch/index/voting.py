"""Votes of hits for prints: every hit votes for its print, and votes that agree on one motion of the print count together.

Two passes. First each print sums the weights of its hits, at most one for each minutia of the probe. Then, for the prints with
most, every hit asks which others agree with it: after the turn that it implies, they must lie where it says. The largest
agreement is the print's votes. (A plain histogram of motions was no better and slower: PROTOTYPES.md B.4.)

The weight of a hit is a log-likelihood ratio, read from a table by the hit's distance and the log2 of its rank: how much
oftener a mate brings such a hit than a given other print does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.index.layout import TURN

_HIGHEST = 0x7FFFFFFF


@dataclass(frozen=True)
class VotingParams:
    posed: int = 500  # prints whose hits are held against each other: 2,000 found no more
    slack_px: float = 14  # 0.7 mm: skin and extraction move a minutia so much between two prints
    slack_share: float = 0.15  # px more a px of distance: distortion, and the error of the turn on its lever arm
    slack_turn: float = 0.5  # radians: two directions of an extractor, each wrong by up to 15 degrees
    most_hits: int = 64  # of one print that are held against each other: whole prints bring about 20


@njit(nogil=True, cache=True)
def admit(ids, takes_part):  # type: ignore[no-untyped-def]
    """Makes -1 of the ids of prints that take no part.

    ids         (q, k) int64  changed in place; -1: no hit
    takes_part  (numbers,) bool  by print number
    """
    for q in range(ids.shape[0]):
        for k in range(ids.shape[1]):
            if ids[q, k] >= 0 and not takes_part[ids[q, k] >> 30 & 0xFFFFFFF]:
                ids[q, k] = -1


@njit(nogil=True, cache=True)
def weigh(distance, print_numbers, weights, step):  # type: ignore[no-untyped-def]
    """Weighs each hit.

    distance       (q, k) float32  squared distance of the descriptors, ascending in each row
    print_numbers  (q, k) int64    print of each hit; -1: no hit, weight 0
    weights        (D, R) float32  the table, by distance and log2 of rank
    step           float           width of a distance step of the table
    returns        (q, k) float32  at least 0

    Twin: tests/index/test_voting.py
    """
    out = np.zeros(distance.shape, np.float32)
    rows, columns = weights.shape
    for q in range(distance.shape[0]):
        rank = 0
        for k in range(distance.shape[1]):
            if print_numbers[q, k] < 0:
                continue
            row = min(int(max(distance[q, k], np.float32(0)) / step), rows - 1)
            column, width = 0, 2
            while rank + 1 >= width and column < columns - 1:
                width *= 2
                column += 1
            out[q, k] = max(weights[row, column], np.float32(0))
            rank += 1
    return out


@njit(nogil=True, cache=True)
def _slots(least):  # type: ignore[no-untyped-def]
    """Makes a hash table of print numbers, empty (-1): (n,) int64, n a power of two, 16 and at least `least`."""
    size = 16
    while size < least:
        size *= 2
    return np.full(size, -1, np.int64)


@njit(nogil=True, cache=True)
def _slot_of(number, slots):  # type: ignore[no-untyped-def]
    """Finds where a table of `_slots` holds a print number, or the empty slot that it would take."""
    last = len(slots) - 1
    slot = (number * 0x9E3779B1) & last
    while slots[slot] != number and slots[slot] >= 0:
        slot = (slot + 1) & last
    return slot


@njit(nogil=True, cache=True)
def tally(print_numbers, weight):  # type: ignore[no-untyped-def]
    """Sums the weights of each print, at most one hit a row: the first, which is the nearest.

    print_numbers  (q, k) int64    print of each hit; -1: no hit
    weight         (q, k) float32  as `weigh` gives it
    returns        numbers (m,) int64, in order of appearance; sums (m,) float32

    Twin: tests/index/test_voting.py
    """
    total = print_numbers.size
    slot_print = _slots(2 * total)
    slot_at = np.empty(len(slot_print), np.int64)
    numbers = np.empty(total, np.int64)
    sums = np.zeros(total, np.float32)
    last = np.full(total, -1, np.int64)
    m = 0
    for q in range(print_numbers.shape[0]):
        for k in range(print_numbers.shape[1]):
            number = print_numbers[q, k]
            if number < 0:
                continue
            slot = _slot_of(number, slot_print)
            if slot_print[slot] < 0:
                slot_print[slot] = number
                slot_at[slot] = m
                numbers[m] = number
                m += 1
            at = slot_at[slot]
            if last[at] != q:
                last[at] = q
                sums[at] += weight[q, k]
    return numbers[:m], sums[:m]


@njit(nogil=True, cache=True)
def gather(print_numbers, ids, chosen, most):  # type: ignore[no-untyped-def]
    """Collects the nearest hit of each row in each chosen print, the first rows first.

    print_numbers  (q, k) int64  print of each hit; -1: no hit
    ids            (q, k) int64  ids of the hits
    chosen         (m,) int64    print numbers, each once
    most           hits of a print
    returns        starts (m + 1,) int64: chosen print p owns hits starts[p] to starts[p + 1]; rows (h,) int64; ids (h,) int64

    Twin: tests/index/test_voting.py
    """
    m = chosen.shape[0]
    slot_print = _slots(4 * m)
    slot_at = np.empty(len(slot_print), np.int64)
    for p in range(m):
        slot = _slot_of(chosen[p], slot_print)
        slot_print[slot], slot_at[slot] = chosen[p], p
    count = np.zeros(m, np.int64)
    first_row = np.empty((m, most), np.int64)
    first_id = np.empty((m, most), np.int64)
    for q in range(ids.shape[0]):
        for k in range(ids.shape[1]):
            number = print_numbers[q, k]
            if number < 0:
                continue
            slot = _slot_of(number, slot_print)
            if slot_print[slot] == number:
                at = slot_at[slot]
                if count[at] < most and (count[at] == 0 or first_row[at, count[at] - 1] != q):
                    first_row[at, count[at]], first_id[at, count[at]] = q, ids[q, k]
                    count[at] += 1
    starts = np.zeros(m + 1, np.int64)
    starts[1:] = np.cumsum(count)
    rows, own = np.empty(starts[m], np.int64), np.empty(starts[m], np.int64)
    for p in range(m):
        rows[starts[p] : starts[p + 1]] = first_row[p, : count[p]]
        own[starts[p] : starts[p + 1]] = first_id[p, : count[p]]
    return starts, rows, own


@njit(nogil=True, cache=True)
def agree(ids, weight, chosen, x, y, turn, slack_px, slack_share, slack_turn, most_hits):  # type: ignore[no-untyped-def]
    """Finds the largest weight of hits of one print that agree on one motion, for each chosen print.

    ids        (q, k) int64    ids of the hits, nearest first in each row; -1: no hit
    weight     (q, k) float32  as `weigh` gives it
    chosen     (m,) int64      print numbers, ascending
    x, y       (q,) float32    px, the probe's minutiae
    turn       (q,) int64      1/256 turn, the probe's minutiae
    slack_px, slack_share, slack_turn, most_hits   as in `VotingParams`
    returns    (m,) float32

    A minutia of the probe counts once in an agreement. Twin: tests/index/test_voting.py
    """
    m = chosen.shape[0]
    count = np.zeros(m, np.int64)
    hit_q = np.empty((m, most_hits), np.int64)
    hit_id = np.empty((m, most_hits), np.int64)
    hit_w = np.empty((m, most_hits), np.float32)
    for q in range(ids.shape[0]):
        for k in range(ids.shape[1]):
            if ids[q, k] < 0:
                continue
            number = ids[q, k] >> 30 & 0xFFFFFFF
            at = np.searchsorted(chosen, number)
            if at < m and chosen[at] == number and count[at] < most_hits:
                hit_q[at, count[at]] = q
                hit_id[at, count[at]] = ids[q, k]
                hit_w[at, count[at]] = weight[q, k]
                count[at] += 1
    out = np.zeros(m, np.float32)
    slack_steps = slack_turn / TURN
    for p in range(m):
        for i in range(count[p]):
            first, a = hit_id[p, i], hit_q[p, i]
            rotation = ((first >> 4 & 255) - turn[a]) & 255
            cosine, sine = np.cos(rotation * TURN), np.sin(rotation * TURN)
            total = hit_w[p, i]
            counted = a
            for j in range(count[p]):
                b = hit_q[p, j]
                if b in (counted, a):
                    continue
                other = hit_id[p, j]
                apart = ((other >> 4 & 255) - turn[b] - rotation) & 255
                if min(apart, 256 - apart) > slack_steps:
                    continue
                dx, dy = float(x[b] - x[a]), float(y[b] - y[a])
                # y points down and turns run counter-clockwise as seen
                error_x = cosine * dx + sine * dy - ((other >> 21 & 511) - (first >> 21 & 511)) * 4
                error_y = -sine * dx + cosine * dy - ((other >> 12 & 511) - (first >> 12 & 511)) * 4
                slack = slack_px + slack_share * np.sqrt(dx * dx + dy * dy)
                if error_x * error_x + error_y * error_y <= slack * slack:
                    total += hit_w[p, j]
                    counted = b
            out[p] = max(out[p], total)
    return out


def best(numbers: np.ndarray, votes: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the `length` prints with most votes, most first, ties by print number."""
    if len(numbers) > length:
        floor = np.partition(votes, len(votes) - length)[len(votes) - length]
        keep = votes >= floor
        numbers, votes = numbers[keep], votes[keep]
    order = np.lexsort((numbers, -votes))[:length]
    return numbers[order], votes[order]


def most(numbers: np.ndarray, votes: np.ndarray, length: int) -> np.ndarray:
    """Returns the places of the `length` prints with most votes, ascending; of equal ones those with the lowest print numbers.

    numbers  (m,) int64    print numbers, each once
    votes    (m,) float32  at least 0
    """
    if len(numbers) <= length:
        return np.arange(len(numbers))
    key = (np.int64(_HIGHEST) - votes.view(np.int32)) << 28 | numbers  # bits of floats that are not negative rise as they do
    return np.flatnonzero(key <= np.partition(key, length - 1)[length - 1])
