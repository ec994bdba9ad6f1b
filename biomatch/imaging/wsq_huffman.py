"""Huffman codes of WSQ: quantised coefficients <-> bits.

A symbol is a short run of zeros (1..100), an escape with 8 or 16 bits behind it (101, 102: a positive, negative coefficient in
8 bits; 103, 104: in 16; 105, 106: a run of zeros in 8, 16), or a coefficient plus 180 (107..254). No code is all ones, so
that the ones which fill a block's last byte are never taken for one; some encoders add whole bytes of ones behind it. A byte of
ones in the data is followed by a zero byte.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
from numba import njit

SYMBOLS = 256
MAX_BITS = 16
LONGEST_RUN = 100
_MOST_IN_16_BITS = 65_535
_ZERO = 180
_LEAST, _MOST = -73, 74  # coefficients with a symbol of their own
_POSITIVE_8, _NEGATIVE_8, _POSITIVE_16, _NEGATIVE_16, _RUN_8, _RUN_16 = range(101, 107)

DECODED, OVERFULL, BAD_CODE = 0, 1, 2

_Node = tuple[int, int, tuple[int, ...]]  # frequency, least symbol, symbols


def decoding_table(counts: Sequence[int], symbols: Sequence[int]) -> np.ndarray | None:
    """Makes the table for the next 16 bits, symbol << 5 | length of its code, 0 where there is no such code; (65536,) int32.

    counts   (16,)  how many codes have 1..16 bits
    symbols  (n,)   in the order of their codes; n is the sum of counts
    returns  None where the counts are more than there are codes
    """
    table = np.zeros(1 << MAX_BITS, np.int32)
    at = used = 0
    for length, count in enumerate(counts, start=1):
        span = 1 << (MAX_BITS - length)
        if at + count * span > 1 << MAX_BITS:
            return None
        entries = np.asarray(symbols[used : used + count], np.int32) << 5 | length
        table[at : at + count * span] = np.repeat(entries, span)
        at, used = at + count * span, used + count
    return table


@njit(nogil=True, cache=True)
def end_of_block(data: np.ndarray, at: int) -> int:
    """Finds the offset of the first 0xFF from `at` that is not followed by a zero, or of the end of the data."""
    size = len(data)
    while at < size:
        if data[at] == 0xFF and (at + 1 >= size or data[at + 1] != 0):
            return at
        at += 1
    return size


@njit(nogil=True, cache=True)
def decode_block(data: np.ndarray, start: int, end: int, table: np.ndarray, out: np.ndarray, filled: int) -> tuple[int, int]:
    """Adds a block's coefficients to `out`.

    data     (n,) uint8        the file
    start    int               offset of the block's first byte
    end      int               offset behind its last
    table    (65536,) int32    of `decoding_table`
    out      (m,) int32        coefficients, zeros where none was written
    filled   int               how many of them are there
    returns  (int, int) how many are there now; DECODED, OVERFULL (more than m) or BAD_CODE
    """
    bits, held = np.int64(0), 0
    at = start
    room = len(out)
    while True:
        while held <= 40 and at < end:
            byte = data[at]
            bits = bits << 8 | byte
            held += 8
            at += 2 if byte == 0xFF else 1
        if held <= 0:
            return filled, DECODED
        window = (bits >> (held - 16)) & 0xFFFF if held >= 16 else (bits << (16 - held) | (1 << (16 - held)) - 1) & 0xFFFF
        entry = table[window]
        length = entry & 31
        symbol = entry >> 5
        if length == 0 or length > held:
            if at >= end and bits == (1 << held) - 1:  # what fills the last byte, and whole bytes that some encoders add
                return filled, DECODED
            return filled, BAD_CODE
        held -= length
        bits &= (1 << held) - 1
        extra = 0
        if _POSITIVE_8 <= symbol <= _RUN_16:
            wanted = 16 if symbol in (_POSITIVE_16, _NEGATIVE_16, _RUN_16) else 8
            if held < wanted:
                return filled, BAD_CODE
            held -= wanted
            extra = bits >> held
            bits &= (1 << held) - 1
        run = 0
        if 1 <= symbol <= LONGEST_RUN:
            run = symbol
        elif symbol in (_RUN_8, _RUN_16):
            run = extra
        elif symbol == 0 or symbol == 255:
            return filled, BAD_CODE
        if run or symbol in (_RUN_8, _RUN_16):
            if run > room - filled:
                return filled, OVERFULL
            filled += run
            continue
        if filled >= room:
            return filled, OVERFULL
        if symbol in (_POSITIVE_8, _POSITIVE_16):
            out[filled] = extra
        elif symbol in (_NEGATIVE_8, _NEGATIVE_16):
            out[filled] = -extra
        else:
            out[filled] = symbol - _ZERO
        filled += 1


@njit(nogil=True, cache=True)
def symbols_of(coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the symbols of a block, and the value behind each escape.

    coefficients  (n,) int32
    returns       (m,) uint8 symbols, (m,) uint16 values; 0 where a symbol is no escape
    """
    symbols = np.empty(len(coefficients), np.uint8)
    values = np.zeros(len(coefficients), np.uint16)
    count = run = 0
    for at in range(len(coefficients) + 1):
        value = coefficients[at] if at < len(coefficients) else 1
        if value == 0 and run < _MOST_IN_16_BITS:
            run += 1
            continue
        if run:
            if run <= LONGEST_RUN:
                symbols[count] = run
            else:
                symbols[count] = _RUN_8 if run <= 255 else _RUN_16
                values[count] = run
            count += 1
            run = 0
        if at == len(coefficients):
            break
        if value == 0:
            run = 1
            continue
        if _LEAST <= value <= _MOST:
            symbols[count] = value + _ZERO
        else:
            size = min(abs(value), _MOST_IN_16_BITS)
            symbols[count] = (_POSITIVE_8 if value > 0 else _NEGATIVE_8) + (2 if size > 255 else 0)
            values[count] = size
        count += 1
    return symbols[:count], values[:count]


def code_lengths(frequencies: np.ndarray) -> tuple[list[int], list[int]]:
    """Finds optimal codes of at most 16 bits, none of them all ones: (16,) how many have 1..16 bits, and the symbols in their
    order.

    frequencies  (256,) int64
    """
    heap: list[tuple[int, int, tuple[int, ...]]] = [
        (int(count), symbol, (symbol,)) for symbol, count in enumerate(frequencies) if count
    ]
    heap.append((0, SYMBOLS, (SYMBOLS,)))  # takes the code that is all ones, which is then given to nobody
    lengths = [0] * (SYMBOLS + 1)
    heapq.heapify(heap)
    while len(heap) > 1:
        first, second = heapq.heappop(heap), heapq.heappop(heap)
        members = first[2] + second[2]
        for symbol in members:
            lengths[symbol] += 1
        heapq.heappush(heap, (first[0] + second[0], min(first[1], second[1]), members))
    ranked = sorted((symbol for symbol in range(SYMBOLS) if lengths[symbol]), key=lambda symbol: (lengths[symbol], symbol))
    counts = [0] * (max(lengths) + 1)
    for length in lengths:
        if length:
            counts[length] += 1
    counts += [0] * (MAX_BITS + 1 - len(counts))
    _shorten(counts)
    longest = max((length for length, count in enumerate(counts) if count), default=0)
    if longest:
        counts[longest] -= 1  # the one that is all ones
    return counts[1 : MAX_BITS + 1], ranked


def _shorten(counts: list[int]) -> None:
    """Makes codes of more than 16 bits shorter, and as few others longer as that takes (ITU-T T.81, annex K.2)."""
    for length in range(len(counts) - 1, MAX_BITS, -1):
        while counts[length]:
            shorter = length - 2
            while counts[shorter] == 0:
                shorter -= 1
            counts[length] -= 2
            counts[length - 1] += 1
            counts[shorter + 1] += 2
            counts[shorter] -= 1
    del counts[MAX_BITS + 1 :]


def codes(counts: Sequence[int], symbols: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Returns (256,) uint32 code and (256,) uint8 length of each symbol."""
    code = np.zeros(SYMBOLS, np.uint32)
    length_of = np.zeros(SYMBOLS, np.uint8)
    value = at = 0
    for length, count in enumerate(counts, start=1):
        for symbol in symbols[at : at + count]:
            code[symbol], length_of[symbol] = value, length
            value += 1
        value <<= 1
        at += count
    return code, length_of


@njit(nogil=True, cache=True)
def encode_block(symbols: np.ndarray, values: np.ndarray, code: np.ndarray, length_of: np.ndarray) -> np.ndarray:
    """Encodes symbols to (n,) uint8: the bits of a block, the last byte filled with ones, 0xFF followed by 0.

    symbols    (n,) uint8
    values     (n,) uint16     behind the escapes
    code       (256,) uint32
    length_of  (256,) uint8    bits
    """
    size = 0
    for symbol in symbols:
        size += length_of[symbol] + (16 if _POSITIVE_8 <= symbol <= _RUN_16 else 0)
    out = np.empty(2 * (size // 8 + 1), np.uint8)
    count, bits, held = 0, np.uint64(0), 0
    for at in range(len(symbols) + 1):
        if at < len(symbols):
            symbol = symbols[at]
            bits = bits << np.uint64(length_of[symbol]) | np.uint64(code[symbol])
            held += length_of[symbol]
            if _POSITIVE_8 <= symbol <= _RUN_16:
                wide = 16 if symbol in (_POSITIVE_16, _NEGATIVE_16, _RUN_16) else 8
                bits = bits << np.uint64(wide) | np.uint64(values[at])
                held += wide
        elif held % 8:
            spare = 8 - held % 8
            bits = bits << np.uint64(spare) | np.uint64((1 << spare) - 1)
            held += spare
        while held >= 8:
            byte = np.uint8((bits >> np.uint64(held - 8)) & np.uint64(0xFF))
            held -= 8
            out[count] = byte
            count += 1
            if byte == 0xFF:
                out[count] = 0
                count += 1
    return out[:count]
