"""The exact part of the index, held to plain NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from biomatch.index.delta import Delta


def plain_nearest(queries: np.ndarray, stored: np.ndarray, ids: np.ndarray, allowed: np.ndarray, k: int) -> list[list[int]]:
    out = []
    for q in queries.astype(np.int64):
        apart = ((stored.astype(np.int64) - q) ** 2).sum(axis=1)
        order = sorted((int(d), int(i)) for d, i, ok in zip(apart, ids, allowed, strict=True) if ok)[:k]
        out.append([i for _, i in order] + [-1] * (k - len(order)))
    return out


@pytest.mark.parametrize("k", [1, 7, 64])
@pytest.mark.parametrize("count", [0, 5, 300])
def test_the_nearest_are_those_of_a_plain_loop(vectors_of: Callable[[int, int], np.ndarray], count: int, k: int) -> None:
    rng = np.random.default_rng(count)
    stored, queries = vectors_of(count, 4), vectors_of(9, 5)
    stored = np.concatenate([stored, stored[: count // 3]])  # ties
    ids = rng.permutation(len(stored)).astype(np.int64) + 100
    allowed = rng.random(len(stored)) < 0.7
    delta = Delta.empty().extended(ids, stored)
    distances, found = delta.search(queries, k, allowed)
    assert found.tolist() == plain_nearest(queries, stored, ids, allowed, k)
    assert np.all(distances[:, 1:] >= distances[:, :-1])
    assert np.array_equal(np.isinf(distances), found < 0)


def test_distances_are_those_of_unit_vectors(vectors_of: Callable[[int, int], np.ndarray]) -> None:
    stored, query = vectors_of(1, 1), vectors_of(1, 2)
    distances, _ = Delta.empty().extended(np.array([3]), stored).search(query, 1)
    expected = ((stored.astype(float) - query.astype(float)) ** 2).sum() / 65536
    assert distances[0, 0] == pytest.approx(expected, rel=1e-6)


def test_an_older_delta_does_not_see_what_came_later(vectors_of: Callable[[int, int], np.ndarray]) -> None:
    first = Delta.empty().extended(np.arange(3), vectors_of(3, 1))
    second = first.extended(np.arange(3, 6_000), vectors_of(5_997, 2))
    assert (len(first), len(second)) == (3, 6_000)
    assert set(first.search(vectors_of(1, 9), 10)[1][0].tolist()) == {0, 1, 2, -1}
    assert (second.search(vectors_of(1, 9), 10)[1][0] >= 0).all()
