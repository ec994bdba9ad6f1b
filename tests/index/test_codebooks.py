"""The model "index": what it must hold, and what it makes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from biomatch.errors import ModelDamaged
from biomatch.index import Codebooks
from biomatch.index.codebooks import CoarseParams, as_float


@pytest.mark.parametrize("missing", ["pq", "weights", "weight_step"])
def test_a_model_without_an_array_is_refused(codebooks: Codebooks, missing: str) -> None:
    arrays = {name: array for name, array in codebooks._arrays.items() if name != missing}
    with pytest.raises(ModelDamaged, match=missing):
        Codebooks(arrays, "test")


def test_codebooks_of_another_shape_are_refused(codebooks: Codebooks) -> None:
    with pytest.raises(ModelDamaged, match="64 dimensions"):
        Codebooks({**codebooks._arrays, "pq": np.zeros((32, 16, 2), np.float32)}, "test")


def test_decoding_is_within_half_a_step_of_what_was_encoded(
    codebooks: Codebooks, vectors_of: Callable[[int, int], np.ndarray]
) -> None:
    vectors = np.clip(vectors_of(200, 1), -89, 89)  # 0.35 on the grid
    assert np.abs(codebooks.decode(codebooks.encode(vectors)) - as_float(vectors)).max() <= 0.35 / 15 + 1e-6


def test_codes_are_those_that_faiss_chooses(codebooks: Codebooks, vectors_of: Callable[[int, int], np.ndarray]) -> None:
    vectors = vectors_of(200, 1)
    assert np.array_equal(codebooks.encode(vectors), codebooks.quantizer.compute_codes(as_float(vectors)))


def test_two_levels_find_nearly_the_lists_that_one_finds(
    codebooks: Codebooks, vectors_of: Callable[[int, int], np.ndarray]
) -> None:
    """Seen: 1.00 with every cell visited, 0.8 with half of them on random vectors, which have no clusters."""
    vectors = as_float(vectors_of(400, 7))
    flat = Codebooks(codebooks._arrays, "test", CoarseParams(flat_lists=1_000)).coarse(128).assign(vectors)
    every = Codebooks(codebooks._arrays, "test", CoarseParams(flat_lists=16, assign_cells=12)).coarse(128).assign(vectors)
    half = Codebooks(codebooks._arrays, "test", CoarseParams(flat_lists=16, assign_cells=6)).coarse(128).assign(vectors)
    assert np.array_equal(flat, every)
    assert np.mean(flat == half) > 0.6


@pytest.mark.parametrize(("vectors", "lists"), [(0, 16), (100, 16), (2_559, 16), (2_560, 128), (10**7, 128)])
def test_larger_segments_get_more_lists(codebooks: Codebooks, vectors: int, lists: int) -> None:
    assert codebooks.size_for(vectors) == lists
