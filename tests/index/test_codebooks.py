"""The model "index": what it must hold, and what it makes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from biomatch.errors import ModelDamaged
from biomatch.index import Codebooks
from biomatch.index.codebooks import CoarseParams, as_float


@pytest.mark.parametrize("missing", ["weights", "weight_step"])
def test_a_model_without_an_array_is_refused(codebooks: Codebooks, missing: str) -> None:
    arrays = {name: array for name, array in codebooks._arrays.items() if name != missing}
    with pytest.raises(ModelDamaged, match=missing):
        Codebooks(arrays, "test")


def test_weights_that_are_no_table_are_refused(codebooks: Codebooks) -> None:
    with pytest.raises(ModelDamaged, match="not a table"):
        Codebooks({**codebooks._arrays, "weights": np.zeros(8, np.float32)}, "test")


def test_two_levels_find_nearly_the_lists_that_one_finds(
    codebooks: Codebooks, vectors_of: Callable[[int, int], np.ndarray]
) -> None:
    """Seen: 1.00 with every cell visited, 0.7 with half of them on random vectors, which have no clusters."""
    vectors = as_float(vectors_of(400, 7))
    flat = Codebooks(codebooks._arrays, "test", CoarseParams(flat_lists=1_000)).coarse(128).assign(vectors)
    every = Codebooks(codebooks._arrays, "test", CoarseParams(flat_lists=16, assign_cells=12)).coarse(128).assign(vectors)
    half = Codebooks(codebooks._arrays, "test", CoarseParams(flat_lists=16, assign_cells=6)).coarse(128).assign(vectors)
    assert np.array_equal(flat, every)
    assert np.mean(flat == half) > 0.63


@pytest.mark.parametrize(("vectors", "lists"), [(0, 16), (100, 16), (2_559, 16), (2_560, 128), (10**7, 128)])
def test_larger_segments_get_more_lists(codebooks: Codebooks, vectors: int, lists: int) -> None:
    assert codebooks.size_for(vectors) == lists
