"""The block layout of FAISS's 4-bit codes: 32 vectors a block, so that one instruction looks 32 codes up.

For each pair of dimensions a block has 32 bytes, 16 a dimension. Byte j of a dimension holds vector `_LANE[j]` in its low
half and vector `_LANE[j] + 16` in its high half. Source: faiss/impl/fast_scan (pq4_pack_codes), block size 32.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 32  # vectors

_LANE = np.array([0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15])
_BYTE = np.argsort(_LANE)  # the byte of each vector of a half block


@njit(nogil=True, cache=True)
def pack_blocks(codes: np.ndarray, counts: np.ndarray, starts: np.ndarray, out: np.ndarray) -> None:
    """Packs codes of many lists, each into blocks of its own.

    codes   (n, p) uint8   two dimensions a byte, list after list
    counts  (m,) int64     vectors of each list
    starts  (m,) int64     first byte of each list's blocks in `out`
    out     (k,) uint8     filled where the lists lie; empty places of a last block become zero

    Twin: tests/index/test_fastscan.py
    """
    pairs = codes.shape[1]
    row = 0
    for number in range(len(counts)):
        blocks = (counts[number] + BLOCK - 1) // BLOCK
        out[starts[number] : starts[number] + blocks * BLOCK * pairs] = 0
        for v in range(counts[number]):
            place = starts[number] + v // BLOCK * (BLOCK * pairs) + _BYTE[v & 15]
            shift = np.uint8(v & 16) >> 2
            for pair in range(pairs):
                code = codes[row, pair]
                out[place] |= (code & 15) << shift
                out[place + 16] |= (code >> 4) << shift
                place += 32
            row += 1


@njit(nogil=True, cache=True)
def unpack_blocks(blocks: np.ndarray, counts: np.ndarray, starts: np.ndarray, out: np.ndarray) -> None:
    """Reverses `pack_blocks`: fills out (n, p) uint8, list after list."""
    pairs = out.shape[1]
    row = 0
    for number in range(len(counts)):
        for v in range(counts[number]):
            place = starts[number] + v // BLOCK * (BLOCK * pairs) + _BYTE[v & 15]
            shift = np.uint8(v & 16) >> 2
            for pair in range(pairs):
                out[row, pair] = (blocks[place] >> shift & 15) | (blocks[place + 16] >> shift & 15) << 4
                place += 32
            row += 1
