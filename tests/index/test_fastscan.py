"""Our block layout is FAISS's."""

from __future__ import annotations

import faiss
import numpy as np
import pytest

from biomatch.index.fastscan import BLOCK, pack_blocks, unpack_blocks

LANE = np.array([0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15])


def plain_block(codes: np.ndarray) -> np.ndarray:
    """Twin of `pack_blocks`, for one list: codes (n, p) -> (ceil(n / 32) * 32 * p,)"""
    n, pairs = codes.shape
    blocks = -(-n // BLOCK)
    padded = np.zeros((blocks * BLOCK, pairs), np.uint8)
    padded[:n] = codes
    lanes = padded.reshape(blocks, 2, 16, pairs)[:, :, LANE]  # block, half, byte, pair
    out = np.empty((blocks, pairs, 2, 16), np.uint8)
    for odd, shift in ((0, 0), (1, 4)):
        nibble = lanes >> shift & 15
        out[:, :, odd] = (nibble[:, 0] | nibble[:, 1] << 4).transpose(0, 2, 1)
    return out.reshape(-1)


def packed(codes: np.ndarray, counts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.array([-(-n // BLOCK) * BLOCK * codes.shape[1] for n in counts], np.int64)
    starts = np.cumsum(sizes) - sizes
    out = np.full(int(sizes.sum()), 7, np.uint8)
    pack_blocks(codes, np.array(counts, np.int64), starts, out)
    return out, starts


@pytest.mark.parametrize("counts", [[1], [31, 0, 32], [33, 100, 5]])
def test_what_is_packed_comes_out_and_agrees_with_its_plain_twin(counts: list[int]) -> None:
    codes = np.random.default_rng(1).integers(0, 256, (sum(counts), 32), np.uint8)
    blocks, starts = packed(codes, counts)
    ends = np.cumsum(counts)
    assert np.array_equal(blocks, np.concatenate([plain_block(codes[e - n : e]) for n, e in zip(counts, ends, strict=True)]))
    out = np.empty_like(codes)
    unpack_blocks(blocks, np.array(counts, np.int64), starts, out)
    assert np.array_equal(out, codes)


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
    assert np.array_equal(packed(index.pq.compute_codes(vectors), [n])[0], theirs)
