"""The block layout of FAISS's 4-bit codes: 32 vectors a block, so that one instruction looks 32 codes up.

For each pair of dimensions a block has 32 bytes, 16 a dimension. Byte j of a dimension holds vector `_LANE[j]` in its low
half and vector `_LANE[j] + 16` in its high half. Source: faiss/impl/fast_scan (pq4_pack_codes), block size 32.
"""

from __future__ import annotations

import numpy as np

BLOCK = 32  # vectors

_LANE = np.array([0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15])


def pack_block(codes: np.ndarray) -> np.ndarray:
    """Codes (n, d / 2) uint8 of n vectors -> blocks (ceil(n / 32) * 32 * d / 2,) uint8; empty places are zero."""
    n, pairs = codes.shape
    blocks = -(-n // BLOCK)
    padded = np.zeros((blocks * BLOCK, pairs), np.uint8)
    padded[:n] = codes
    lanes = padded.reshape(blocks, 2, 16, pairs)[:, :, _LANE]  # block, half, byte, pair
    out = np.empty((blocks, pairs, 2, 16), np.uint8)
    for odd, shift in ((0, 0), (1, 4)):
        nibble = lanes >> shift & 15
        out[:, :, odd] = (nibble[:, 0] | nibble[:, 1] << 4).transpose(0, 2, 1)
    return out.reshape(-1)


def unpack_block(blocks: np.ndarray, n: int) -> np.ndarray:
    """The reverse of `pack_block`: (n, d / 2) uint8."""
    count = -(-n // BLOCK)
    packed = blocks.reshape(count, -1, 2, 16).transpose(0, 2, 3, 1)  # block, odd, byte, pair
    out = np.empty((count, 2, 16, packed.shape[3]), np.uint8)
    out[:, 0, _LANE] = (packed[:, 0] & 15) | (packed[:, 1] & 15) << 4
    out[:, 1, _LANE] = (packed[:, 0] >> 4) | (packed[:, 1] >> 4) << 4
    return out.reshape(count * BLOCK, -1)[:n]
