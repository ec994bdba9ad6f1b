"""Immutable segments: built without training, searched without changing state, merged, saved, loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from biomatch.descriptors.grid import packed
from biomatch.errors import CacheDamaged
from biomatch.index import Codebooks, Segment
from biomatch.index.codebooks import as_float
from biomatch.index.layout import pack
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition

Vectors = Callable[[int, int], np.ndarray]


def ids_of(n: int, first_print: int = 0, a_print: int = 20) -> np.ndarray:
    minutiae = Minutiae.of(np.arange(a_print) * 10, np.arange(a_print) * 7, np.arange(a_print) / 4)
    prints = range(first_print, first_print + -(-n // a_print))
    return np.concatenate([pack(minutiae, FingerPosition.UNKNOWN, p) for p in prints])[:n]


def test_a_vector_finds_itself(codebooks: Codebooks, vectors_of: Vectors) -> None:
    vectors, ids = vectors_of(500, 1), ids_of(500)
    segment = Segment.of(ids, vectors, codebooks)
    assert (len(segment), segment.lists) == (500, 16)
    distances, found = segment.search(as_float(vectors[:50]), 3, 16)
    assert np.array_equal(found[:, 0], ids[:50])
    assert np.all(distances[:, 0] < 0.1)


def test_the_size_of_the_quantizer_follows_the_size_of_the_segment(codebooks: Codebooks, vectors_of: Vectors) -> None:
    assert Segment.of(ids_of(100), vectors_of(100, 1), codebooks).lists == 16
    large = Segment.of(ids_of(4_000), vectors_of(4_000, 1), codebooks)
    assert large.lists == 128
    _, found = large.search(as_float(vectors_of(4_000, 1)[:200]), 1, 128)
    assert np.mean(found[:, 0] == ids_of(4_000)[:200]) > 0.76  # seen: 0.845; a search visits 8 of the 12 cells


def test_codes_are_the_vectors_and_those_that_faiss_chooses(codebooks: Codebooks, vectors_of: Vectors) -> None:
    vectors = vectors_of(333, 1)
    scanner = Segment.of(ids_of(333), vectors, codebooks)._index
    assert np.array_equal(packed(vectors), scanner.pq.compute_codes(as_float(vectors)))
    assert np.array_equal(scanner.pq.decode(packed(vectors)), as_float(vectors))


def test_contents_are_what_it_was_built_of(codebooks: Codebooks, vectors_of: Vectors) -> None:
    vectors, ids = vectors_of(333, 1), ids_of(333)
    contents = Segment.of(ids, vectors, codebooks).contents()
    order = np.argsort(contents.ids)
    assert np.array_equal(contents.ids[order], np.sort(ids))
    assert np.array_equal(contents.codes[order], packed(vectors)[np.argsort(ids)])
    assert np.array_equal(contents.lists[order], codebooks.coarse(16).assign(as_float(vectors))[np.argsort(ids)])


def test_merging_drops_the_dead_and_loses_no_other(codebooks: Codebooks, vectors_of: Vectors) -> None:
    one = Segment.of(ids_of(2_000), vectors_of(2_000, 1), codebooks)
    two = Segment.of(ids_of(100, first_print=100), vectors_of(100, 2), codebooks)
    dead = np.zeros(200, np.bool_)
    dead[[3, 101]] = True
    merged = Segment.merge([one, two], dead, codebooks)
    assert len(merged) == 2_100 - 40
    kept = set(merged.contents().ids.tolist())
    expected = set(ids_of(2_000).tolist()) | set(ids_of(100, first_print=100).tolist())
    assert kept == {i for i in expected if not dead[i >> 30]}


def test_a_merged_segment_equals_one_that_was_built_at_once(codebooks: Codebooks, vectors_of: Vectors) -> None:
    vectors = vectors_of(600, 1)
    parts = [Segment.of(ids_of(600)[:250], vectors[:250], codebooks), Segment.of(ids_of(600)[250:], vectors[250:], codebooks)]
    merged = Segment.merge(parts, np.zeros(100, np.bool_), codebooks)
    whole = Segment.of(ids_of(600), vectors, codebooks)
    for name in ("ids", "codes", "lists"):
        assert np.array_equal(getattr(merged.contents(), name), getattr(whole.contents(), name))


def test_a_saved_segment_searches_the_same(codebooks: Codebooks, vectors_of: Vectors, tmp_path: Path) -> None:
    vectors = vectors_of(4_000, 1)
    segment = Segment.of(ids_of(4_000), vectors, codebooks)
    checksum = segment.save(tmp_path / "segment-1")
    again = Segment.load(tmp_path / "segment-1", checksum, codebooks)
    for a, b in zip(segment.search(as_float(vectors[:40]), 5, 8), again.search(as_float(vectors[:40]), 5, 8), strict=True):
        assert np.array_equal(a, b)


def test_a_damaged_file_is_refused_by_name(codebooks: Codebooks, vectors_of: Vectors, tmp_path: Path) -> None:
    path = tmp_path / "segment-7"
    checksum = Segment.of(ids_of(50), vectors_of(50, 1), codebooks).save(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(CacheDamaged, match="segment-7"):
        Segment.load(path, checksum, codebooks)
    path.write_bytes(data[:-9])
    with pytest.raises(CacheDamaged, match="segment-7"):
        Segment.load(path, checksum, codebooks)
    path.unlink()
    with pytest.raises(CacheDamaged, match="segment-7"):
        Segment.load(path, checksum, codebooks)
