from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from biomatch.imaging import wsq_bands, wsq_tables


@settings(max_examples=60)
@given(st.integers(1, 90), st.integers(1, 90))
def test_bands_cover_the_coded_part_of_the_picture_once(width: int, height: int) -> None:
    places = wsq_bands.layout(width, height)
    covered = np.zeros((height, width), int)
    for band in places.bands:
        covered[band.y : band.y + band.height, band.x : band.x + band.width] += 1
    last = places.splits[0].quarters()[3]
    covered[last.y : last.y + last.height, last.x : last.x + last.width] += 1
    assert len(places.bands) == wsq_bands.CODED_BANDS
    assert (covered == 1).all()


@settings(max_examples=40)
@given(arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.floats(-128, 128, width=32)))
def test_the_filter_banks_undo_each_other(picture: np.ndarray) -> None:
    places = wsq_bands.layout(picture.shape[1], picture.shape[0])
    low, high = (np.array([*taps[:0:-1], *taps], np.float32) for taps in (wsq_tables.LOW, wsq_tables.HIGH))
    transform = wsq_tables.written_transform()
    tables = wsq_tables.Tables()
    wsq_tables.read_into(tables, transform, wsq_tables.segment(transform, 0))
    assert tables.low is not None
    assert tables.high is not None
    there = picture.copy()
    wsq_bands.decompose(there, places.splits, low, high)
    wsq_bands.reconstruct(there, places.splits, tables.low, tables.high)
    assert np.abs(there - picture).max() < 0.01


def test_even_filters_reconstruct_as_a_plain_sum_says() -> None:
    """A line of 8 and one of 7, against half-sample symmetry written out: low halves are mirrored, high ones change sign."""
    rng = np.random.default_rng(2)
    half = rng.normal(size=3)
    low = np.concatenate([half[::-1], half]).astype(np.float32)
    high = np.concatenate([half[::-1], -half]).astype(np.float32)
    for length in (7, 8):
        line = rng.normal(size=length).astype(np.float32)
        lows = (length + 1) // 2
        expected = np.zeros(length)
        for m in range(length):
            for n in range(-4, length + 4):
                tap = 3 + 2 * n - m
                if 0 <= tap < 6:
                    at, sign = n % length, 1
                    if at >= lows:
                        at, sign = length - 1 - at, -1
                    expected[m] += low[tap] * line[at]
                    at, sign = n % length, 1
                    if at >= length // 2:
                        at, sign = length - 1 - at, -1
                    if at < length // 2:
                        expected[m] += high[tap] * line[lows + at] * sign
        area = wsq_bands.Area(0, 0, length, 1)
        # a single row: the column pass sees one low sample; its filter is undone by dividing by its sum on that sample
        picture = line.reshape(1, length).copy()
        wsq_bands.reconstruct(picture, (area,), low, high)
        column = sum(low[3 + 2 * n] for n in (-1, 0, 1))
        assert np.allclose(picture[0], expected * column, atol=1e-4)


def mirrored(line: np.ndarray, at: int) -> float:
    """The sample at any place of a line that is reflected about its end samples, again and again."""
    while not 0 <= at < len(line):
        at = -at if at < 0 else 2 * (len(line) - 1) - at
    return float(line[at])


def halves(line: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Low half, then high half: each tap times its sample, written out."""
    count = len(line)
    lows = [sum(t * mirrored(line, 2 * k + i - len(low) // 2) for i, t in enumerate(low)) for k in range((count + 1) // 2)]
    highs = [sum(t * mirrored(line, 2 * k + 1 + i - len(high) // 2) for i, t in enumerate(high)) for k in range(count // 2)]
    return np.array([*lows, *highs])


@pytest.mark.parametrize("shape", [(7, 8), (12, 9), (2, 5)])
def test_a_picture_is_split_as_a_plain_sum_says(shape: tuple[int, int]) -> None:
    low, high = (np.array([*taps[:0:-1], *taps], np.float32) for taps in (wsq_tables.LOW, wsq_tables.HIGH))
    picture = np.random.default_rng(4).normal(size=shape).astype(np.float32)
    rows = np.array([halves(row, low, high) for row in picture])
    expected = np.array([halves(column, low, high) for column in rows.T]).T
    wsq_bands.decompose(picture, (wsq_bands.Area(0, 0, shape[1], shape[0]),), low, high)
    assert np.allclose(picture, expected, atol=1e-4)


def test_a_high_half_is_split_the_other_way_round() -> None:
    """Its spectrum is turned: what is low in it comes last."""
    low, high = (np.array([*taps[:0:-1], *taps], np.float32) for taps in (wsq_tables.LOW, wsq_tables.HIGH))
    plain = np.random.default_rng(6).normal(size=(9, 11)).astype(np.float32)
    flipped = plain.copy()
    wsq_bands.decompose(plain, (wsq_bands.Area(0, 0, 11, 9),), low, high)
    wsq_bands.decompose(flipped, (wsq_bands.Area(0, 0, 11, 9, flip_x=True, flip_y=True),), low, high)
    assert np.array_equal(np.roll(plain, (4, 5), (0, 1)), flipped)
