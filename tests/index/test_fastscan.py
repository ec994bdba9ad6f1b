"""Our block layout is FAISS's."""

from __future__ import annotations

import faiss
import numpy as np
import pytest

from biomatch.index.fastscan import BLOCK, pack_block, unpack_block


@pytest.mark.parametrize("n", [1, 31, 32, 33, 100])
def test_what_is_packed_comes_out(n: int) -> None:
    codes = np.random.default_rng(n).integers(0, 256, (n, 32), np.uint8)
    blocks = pack_block(codes)
    assert blocks.size == -(-n // BLOCK) * BLOCK * 32
    assert np.array_equal(unpack_block(blocks, n), codes)


@pytest.mark.parametrize("n", [5, 32, 77])
def test_faiss_packs_the_same_bytes(n: int) -> None:
    vectors = np.random.default_rng(n).uniform(-0.3, 0.3, (n, 64)).astype(np.float32)
    flat = faiss.IndexFlatL2(64)
    flat.add(np.zeros((1, 64), np.float32))
    index = faiss.IndexIVFPQFastScan(flat, 64, 1, 64, 4)
    index.by_residual = False
    levels = np.tile(np.linspace(-0.3, 0.3, 16, dtype=np.float32), 64)
    faiss.copy_array_to_vector(levels, index.pq.centroids)
    index.is_trained = True
    index.add(vectors)
    inverted = faiss.downcast_InvertedLists(index.invlists)
    theirs = faiss.rev_swig_ptr(inverted.get_codes(0), -(-n // BLOCK) * BLOCK * 32)
    assert np.array_equal(pack_block(index.pq.compute_codes(vectors)), theirs)
