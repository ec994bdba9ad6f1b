from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from biomatch.imaging import wsq_huffman


@settings(max_examples=60)
@given(
    arrays(np.int32, st.integers(0, 400), elements=st.one_of(st.just(0), st.integers(-80, 80), st.integers(-65_535, 65_535)))
)
def test_coefficients_survive_their_codes(coefficients: np.ndarray) -> None:
    symbols, values = wsq_huffman.symbols_of(coefficients)
    counts, ranked = wsq_huffman.code_lengths(np.bincount(symbols, minlength=256))
    table = wsq_huffman.decoding_table(counts, ranked)
    assert table is not None
    data = wsq_huffman.encode_block(symbols, values, *wsq_huffman.codes(counts, ranked))
    out = np.zeros(len(coefficients), np.int32)
    filled, state = wsq_huffman.decode_block(data, 0, len(data), table, out, 0)
    assert state == wsq_huffman.DECODED
    assert filled == len(coefficients)
    assert np.array_equal(out, coefficients)


def test_long_runs_are_parted() -> None:
    symbols, values = wsq_huffman.symbols_of(np.zeros(65_535 + 200, np.int32))
    assert symbols.tolist() == [106, 105]
    assert values.tolist() == [65_535, 200]


def test_codes_of_very_uneven_symbols_stay_within_16_bits_and_none_is_all_ones() -> None:
    frequencies = np.zeros(256, np.int64)
    frequencies[107:147] = [int(1.7**k) + 1 for k in range(40)]
    counts, ranked = wsq_huffman.code_lengths(frequencies)
    code, length_of = wsq_huffman.codes(counts, ranked)
    assert sum(counts) == 40 == len(ranked)
    assert max(length_of) <= 16
    assert all(code[symbol] != (1 << int(length_of[symbol])) - 1 for symbol in ranked)


FOUR = [0, 0, 4, *[0] * 13]
"""Four codes of three bits: 000, 001, 010, 011."""


def bits(text: str) -> np.ndarray:
    text = text.replace(" ", "")
    return np.array([int(text[at : at + 8], 2) for at in range(0, len(text), 8)], np.uint8)


def decoded(data: np.ndarray, symbols: list[int], room: int) -> tuple[list[int], int]:
    table = wsq_huffman.decoding_table(FOUR, symbols)
    assert table is not None
    out = np.zeros(room, np.int32)
    filled, state = wsq_huffman.decode_block(data, 0, len(data), table, out, 0)
    return out[:filled].tolist(), state


def test_a_block_written_by_hand_is_read() -> None:
    """A run of two zeros, 180 + 3, a negative coefficient of 8 bits, a run of 8 bits; ones fill the last byte."""
    data = bits("000 001 010 01100100 011 00000011 1111")
    assert decoded(data, [2, 183, 102, 105], 7) == ([0, 0, 3, -100, 0, 0, 0], wsq_huffman.DECODED)


def test_bits_without_a_code_are_told() -> None:
    assert decoded(bits("001 110 11"), [2, 183, 102, 105], 5) == ([3], wsq_huffman.BAD_CODE)
    for symbol in (0, 255):
        assert decoded(bits("001 000 11"), [symbol, 183, 102, 105], 5) == ([3], wsq_huffman.BAD_CODE)


def test_an_escape_whose_value_is_cut_off_is_told() -> None:
    assert decoded(bits("001 010 01"), [2, 183, 102, 105], 5)[1] == wsq_huffman.BAD_CODE


def test_more_than_there_is_room_for_is_told() -> None:
    data = bits("001 000 11")
    assert decoded(data, [2, 183, 102, 105], 3) == ([3, 0, 0], wsq_huffman.DECODED)
    assert decoded(data, [2, 183, 102, 105], 2) == ([3], wsq_huffman.OVERFULL)
    assert decoded(bits("001 001 11"), [2, 183, 102, 105], 1) == ([3], wsq_huffman.OVERFULL)


def test_more_codes_than_there_can_be_make_no_table() -> None:
    assert wsq_huffman.decoding_table([2, *[0] * 15], [1, 2]) is not None
    assert wsq_huffman.decoding_table([2, 1, *[0] * 14], [1, 2, 3]) is None


def test_a_block_ends_at_the_first_marker_and_not_at_a_byte_of_ones() -> None:
    data = np.array([0xFF, 0x00, 0x12, 0xFF, 0xA1, 0x00], np.uint8)
    assert wsq_huffman.end_of_block(data, 0) == 3
    assert wsq_huffman.end_of_block(data[:4], 0) == 3
    assert wsq_huffman.end_of_block(data[:3], 0) == 3
    assert wsq_huffman.end_of_block(data, 4) == 6


def test_a_byte_of_ones_is_followed_by_a_zero() -> None:
    code, length_of = np.zeros(256, np.uint32), np.zeros(256, np.uint8)
    code[1], length_of[1] = 0b111110, 6
    code[2], length_of[2] = 0b111, 3
    data = wsq_huffman.encode_block(np.array([2, 2, 1], np.uint8), np.zeros(3, np.uint16), code, length_of)
    assert data.tolist() == [0xFF, 0x00, 0b11101111]


@settings(max_examples=60)
@given(arrays(np.int64, 256, elements=st.integers(0, 10_000)))
def test_codes_are_shorter_where_symbols_are_frequent_and_no_code_begins_another(frequencies: np.ndarray) -> None:
    counts, ranked = wsq_huffman.code_lengths(frequencies)
    _, length_of = wsq_huffman.codes(counts, ranked)
    assert sorted(ranked) == np.flatnonzero(frequencies).tolist()
    by_frequency = sorted(ranked, key=lambda symbol: frequencies[symbol])
    for rare, frequent in itertools.pairwise(by_frequency):
        assert length_of[rare] >= length_of[frequent] or frequencies[rare] == frequencies[frequent]
    assert sum(2.0 ** -int(length_of[symbol]) for symbol in ranked) < 1 or not ranked
