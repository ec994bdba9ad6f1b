"""The kernels of the vote, each held to a plain loop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from biomatch.index import layout, voting
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition


def random_hits(seed: int, q: int = 12, k: int = 20, prints: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Distances (q, k) ascending, ids (q, k) with some -1."""
    rng = np.random.default_rng(seed)
    distances = np.sort(rng.uniform(0, 1.6, (q, k)), axis=1).astype(np.float32)
    pool = np.concatenate([
        layout.pack(
            Minutiae.of(rng.uniform(0, 200, 15), rng.uniform(0, 200, 15), rng.uniform(0, 6.2, 15)), FingerPosition.UNKNOWN, p
        )
        for p in range(prints)
    ])  # fmt: skip
    ids = rng.choice(pool, (q, k))
    ids[rng.random((q, k)) < 0.1] = -1
    return distances, ids


def numbers_of(ids: np.ndarray) -> np.ndarray:
    return np.where(ids >= 0, layout.prints(np.maximum(ids, 0)), -1)


def plain_weigh(distance: np.ndarray, numbers: np.ndarray, weights: np.ndarray, step: float) -> np.ndarray:
    out = np.zeros(distance.shape, np.float32)
    for q, row in enumerate(numbers):
        rank = 0
        for k, number in enumerate(row):
            if number >= 0:
                rank += 1
                column = min(int(math.log2(rank)), weights.shape[1] - 1)
                out[q, k] = max(0, weights[min(int(distance[q, k] / step), len(weights) - 1), column])
    return out


def plain_tally(numbers: np.ndarray, weight: np.ndarray) -> dict[int, float]:
    out: dict[int, float] = {}
    for q in range(len(numbers)):
        seen = set()
        for number, w in zip(numbers[q].tolist(), weight[q].tolist(), strict=True):
            if number >= 0 and number not in seen:
                seen.add(number)
                out[number] = out.get(number, 0.0) + w
    return out


def plain_agree(
    ids: np.ndarray,
    weight: np.ndarray,
    number: int,
    x: np.ndarray,
    y: np.ndarray,
    turn: np.ndarray,
    px: float,
    share: float,
    most: float,
) -> float:
    hits = [(q, ids[q, k], weight[q, k]) for q in range(len(ids)) for k in range(ids.shape[1]) if ids[q, k] >= 0]
    hits = [h for h in hits if layout.prints(np.array([h[1]]))[0] == number]
    best = 0.0
    for a, first, w in hits:
        g = layout.unpack(np.array([first]))
        rotation = (g.turn[0] - turn[a]) % 256
        total, counted = w, {a}
        for b, other, v in hits:
            if b in counted:
                continue
            h = layout.unpack(np.array([other]))
            apart = (h.turn[0] - turn[b] - rotation) % 256
            if min(apart, 256 - apart) * layout.TURN > most:
                continue
            # the probe's step from a to b as a complex number, y up, turned as the first hit says
            step = complex(x[b] - x[a], -(y[b] - y[a])) * np.exp(1j * rotation * layout.TURN)
            there = complex(h.x[0] - g.x[0], -(h.y[0] - g.y[0]))
            if abs(step - there) <= px + share * abs(step):
                total += v
                counted.add(b)
        best = max(best, total)
    return best


@pytest.mark.parametrize("seed", range(4))
def test_weights_are_read_as_a_plain_loop_reads_them(seed: int) -> None:
    distances, ids = random_hits(seed)
    table = np.random.default_rng(seed).normal(size=(28, 5)).astype(np.float32)
    found = voting.weigh(distances, numbers_of(ids), table, 0.05)
    assert np.array_equal(found, plain_weigh(distances, numbers_of(ids), table, 0.05))


@pytest.mark.parametrize("seed", range(4))
def test_each_minutia_of_the_probe_votes_once_for_a_print(seed: int) -> None:
    distances, ids = random_hits(seed)
    weight = (2 - distances).astype(np.float32)
    numbers, sums = voting.tally(numbers_of(ids), weight)
    expected = plain_tally(numbers_of(ids), weight)
    assert set(numbers.tolist()) == set(expected)
    assert sums.tolist() == pytest.approx([expected[n] for n in numbers.tolist()], rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_agreement_is_that_of_a_plain_loop(seed: int) -> None:
    distances, ids = random_hits(seed)
    weight = (2 - distances).astype(np.float32)
    rng = np.random.default_rng(seed + 100)
    x, y = (rng.uniform(0, 200, len(ids)).astype(np.float32) for _ in range(2))
    turn = rng.integers(0, 256, len(ids))
    chosen = np.array([0, 2, 3, 7])
    found = voting.agree(ids, weight, chosen, x, y, turn, 30.0, 0.3, 0.9, 1_000)
    for number, votes in zip(chosen.tolist(), found.tolist(), strict=True):
        assert votes == pytest.approx(plain_agree(ids, weight, number, x, y, turn, 30.0, 0.3, 0.9), rel=1e-5)


@pytest.mark.parametrize("turn", [0.0, 0.4, 2.5, 5.9])
def test_a_moved_print_agrees_with_itself_and_a_shuffled_one_does_not(turn: float) -> None:
    rng = np.random.default_rng(7)
    x, y, angle = rng.uniform(0, 300, 20), rng.uniform(0, 300, 20), rng.uniform(0, 6.28, 20)
    cosine, sine = np.cos(turn), np.sin(turn)
    moved = Minutiae.of(cosine * x + sine * y + 600, -sine * x + cosine * y + 600, angle + turn)
    shuffled = moved[rng.permutation(20)]
    ids = np.stack([layout.pack(moved, FingerPosition.UNKNOWN, 1), layout.pack(shuffled, FingerPosition.UNKNOWN, 2)], axis=1)
    probe = Minutiae.of(x, y, angle)
    weight = np.ones(ids.shape, np.float32)
    votes = voting.agree(ids, weight, np.array([1, 2]), probe.x, probe.y, probe.turns.astype(np.int64), 14.0, 0.1, 0.3, 64)
    assert votes[0] == 20
    assert votes[1] < 8


def test_no_hits_give_no_votes() -> None:
    none = np.zeros((0, 5), np.int64)
    numbers, sums = voting.tally(none, np.zeros((0, 5), np.float32))
    assert len(numbers) == len(sums) == 0
    assert [len(part) for part in voting.best(numbers, sums, 10)] == [0, 0]


def test_the_best_come_first_and_ties_go_by_number() -> None:
    numbers, votes = np.array([5, 1, 9, 3]), np.array([2, 7, 2, 2], np.float32)
    assert voting.best(numbers, votes, 3)[0].tolist() == [1, 3, 5]


def test_hits_of_prints_that_take_no_part_become_none() -> None:
    _, ids = random_hits(3)
    takes_part = np.array([number % 2 == 0 for number in range(9)])
    expected = np.where((ids >= 0) & takes_part[layout.prints(np.maximum(ids, 0))], ids, -1)
    voting.admit(ids, takes_part)
    assert np.array_equal(ids, expected)
    assert {-1} < set(ids.ravel().tolist())


@pytest.mark.parametrize("most", [1, 2, 100])
@pytest.mark.parametrize("seed", range(3))
def test_the_nearest_hits_of_each_chosen_print_are_gathered(seed: int, most: int) -> None:
    _, ids = random_hits(seed)
    numbers = numbers_of(ids)
    chosen = np.array([7, 0, 3, 100])
    starts, rows, found = voting.gather(numbers, ids, chosen, most)
    assert starts[0] == 0
    assert starts[-1] == len(rows) == len(found)
    for p, number in enumerate(chosen.tolist()):
        nearest = [(q, [i for i, n in zip(ids[q], numbers[q], strict=True) if n == number]) for q in range(len(ids))]
        expected = [(q, own[0]) for q, own in nearest if own][:most]
        some = slice(starts[p], starts[p + 1])
        assert list(zip(rows[some].tolist(), found[some].tolist(), strict=True)) == expected


def test_nothing_chosen_gathers_nothing() -> None:
    _, ids = random_hits(0)
    starts, rows, own = voting.gather(numbers_of(ids), ids, np.zeros(0, np.int64), 2)
    assert starts.tolist() == [0]
    assert len(rows) == len(own) == 0


def test_of_equal_votes_the_lowest_numbers_are_kept() -> None:
    numbers, votes = np.array([5, 1, 9, 3, 8]), np.array([2, 7, 2, 2, 1], np.float32)
    assert voting.most(numbers, votes, 3).tolist() == [0, 1, 3]
    assert voting.most(numbers, votes, 1).tolist() == [1]
    assert voting.most(numbers, votes, 9).tolist() == [0, 1, 2, 3, 4]
