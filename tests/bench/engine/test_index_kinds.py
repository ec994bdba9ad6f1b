"""Kinds of index behind the same search: each finds what a plain search finds, and says what it takes."""

import numpy as np
import pytest

from biomatch.bench.engine import index_kinds
from biomatch.bench.engine.index_kinds import KINDS, OURS, Other
from biomatch.errors import BadSize
from biomatch.index import Codebooks
from biomatch.index.codebooks import as_float


@pytest.fixture(scope="module")
def vectors():
    """1,000 unit vectors in 1/256."""
    drawn = np.random.default_rng(4).normal(size=(1_000, 64))
    return np.rint(127 * drawn / np.abs(drawn).max(axis=1, keepdims=True)).astype(np.int8)


@pytest.mark.parametrize("name", KINDS)
def test_each_vector_finds_itself(vectors, name):
    ids = np.arange(5_000, 6_000)
    index = Other(KINDS[name], ids, vectors, Codebooks.load())
    assert len(index) == 1_000
    found = index.search(as_float(vectors), 5, nprobe=64)[1]
    assert np.mean([one in row for one, row in zip(ids, found, strict=True)]) > 0.98


def test_the_flat_one_finds_what_a_plain_search_finds(vectors):
    index = Other(KINDS["flat"], np.arange(1_000), vectors, Codebooks.load())
    asked = as_float(vectors[:20])
    distances = ((asked[:, None] - as_float(vectors)[None]) ** 2).sum(axis=2)
    far, ids = index.search(asked, 7, nprobe=1)
    assert np.array_equal(ids, np.argsort(distances, axis=1, kind="stable")[:, :7])
    assert far == pytest.approx(np.sort(distances, axis=1)[:, :7], abs=1e-4)


def test_every_kind_is_measured_beside_ours(people):
    size = len(people.planted) + 40
    run = index_kinds.measure(people, [size], probes=4)
    found = run.document["figures"][str(size)]
    assert set(found["kinds"]) == {kind.title for kind in KINDS.values()} | {OURS}
    for one in found["kinds"].values():
        assert one["bytes_a_vector"] > index_kinds.ID_BYTES
        assert sum(group["trials"] for group in one["groups"].values()) >= 4
        assert not any(group["off_list"] for group in one["groups"].values())  # the list is longer than the gallery


@pytest.mark.parametrize("size", [0, index_kinds.MOST + 1])
def test_a_gallery_that_is_too_small_or_too_large_is_refused(people, size):
    with pytest.raises(BadSize, match="give"):
        index_kinds.measure(people, [size])
