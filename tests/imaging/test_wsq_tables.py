from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from biomatch.errors import UnreadableImage
from biomatch.imaging import wsq, wsq_tables


def test_the_filters_are_a_pair_that_loses_nothing_and_high_ones_see_no_slow_change() -> None:
    """Cohen, Daubechies and Feauveau's conditions, to the last digit of each tap: a low filter and its dual are orthogonal at
    every even shift, and either high filter is blind to cubic curves."""
    low, high = (np.array([*taps[:0:-1], *taps]) for taps in (wsq_tables.LOW, wsq_tables.HIGH))
    signs = (-1.0) ** np.abs(np.arange(-3, 4))
    dual = high * signs  # the low filter of the synthesis is the high one of the analysis, every other sign changed
    products = np.convolve(low, dual[::-1])
    assert products[1::2] == pytest.approx([0, 0, 0, 1, 0, 0, 0], abs=1e-14)
    blind = (high, low * (-1.0) ** np.abs(np.arange(-4, 5)))
    for taps in blind:
        place = np.arange(len(taps)) - len(taps) // 2
        assert [float((taps * place**power).sum()) for power in range(4)] == pytest.approx([0, 0, 0, 0], abs=1e-12)
    assert low.sum() == pytest.approx(math.sqrt(2), abs=1e-14)


def stated_filters(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Low and high filter of the synthesis."""
    tables = wsq_tables.Tables()
    for found in wsq_tables.leading(data):
        if found.marker == wsq_tables.TRANSFORM:
            wsq_tables.read_into(tables, data, found)
    assert tables.low is not None
    assert tables.high is not None
    return tables.low, tables.high


def test_filters_are_those_of_the_reference(reference: Any, ridges: np.ndarray) -> None:
    """As its files and ours state them; NBIS keeps its taps in single precision."""
    theirs, ours = reference.compress(ridges.tobytes(), *ridges.shape, wsq.RATE_15), wsq.encode(ridges)
    for taps, expected in zip(stated_filters(ours), stated_filters(theirs), strict=True):
        assert taps.tolist() == pytest.approx(expected.tolist(), abs=2e-7)


def test_a_frame_is_read_as_it_was_written() -> None:
    """A mean and a scale keep four digits at least: the power of ten is as large as 16 bits let it be."""
    data = wsq_tables.written_frame(wsq_tables.Frame(800, 750, 127.12345, 0.0123456))
    found = wsq_tables.read_frame(data, wsq_tables.segment(data, 0))
    assert (found.width, found.height) == (800, 750)
    assert (found.mean, found.scale) == pytest.approx((127.12345, 0.0123456), rel=1e-4)


def test_widths_of_bins_are_read_as_they_were_written() -> None:
    widths = [float(width) for width in np.geomspace(1e-3, 5e3, 60)]
    data = wsq_tables.written_quantisation(widths, [1.2 * width for width in widths])
    tables = wsq_tables.Tables(centre=0)
    wsq_tables.read_into(tables, data, wsq_tables.segment(data, 0))
    assert tables.widths is not None
    assert tables.zero_widths is not None
    assert tables.centre == wsq_tables.CENTRE
    assert tables.widths.tolist() == pytest.approx([*widths, 0, 0, 0, 0], rel=1e-4)
    assert tables.zero_widths[:60].tolist() == pytest.approx([1.2 * width for width in widths], rel=1e-4)


def test_several_huffman_tables_may_lie_in_one_segment() -> None:
    first, second = [2, 1, *[0] * 14], [0, 3, *[0] * 14]
    content = bytes((0, *first, 7, 8, 9, 7, *second, 1, 2, 3))
    data = wsq_tables.written(wsq_tables.HUFFMAN, content)
    tables = wsq_tables.Tables()
    wsq_tables.read_into(tables, data, wsq_tables.segment(data, 0))
    assert tables.codes == {0: (first, [7, 8, 9]), 7: (second, [1, 2, 3])}
    assert data != wsq_tables.written_huffman(0, first, [7, 8, 9])


@pytest.mark.parametrize(
    ("marker", "content", "reason"),
    [
        (wsq_tables.TRANSFORM, b"\x09\x08" + bytes(54), "9 and 8 taps; both must be odd, or both even"),
        (wsq_tables.TRANSFORM, b"\xff\x07" + bytes(54), "255 and 7 taps"),
        (wsq_tables.TRANSFORM, b"\x01\x07" + bytes(54), "1 and 7 taps"),
        (wsq_tables.TRANSFORM, b"\x09\x07" + bytes(53), "transform table is cut off"),
        (wsq_tables.QUANTISATION, bytes(386), "quantisation table is cut off"),
        (wsq_tables.HUFFMAN, bytes(16), "Huffman table is cut off"),
        (wsq_tables.HUFFMAN, b"\x08" + bytes(16), "Huffman table is damaged"),
        (wsq_tables.HUFFMAN, b"\x00\x02" + bytes(16), "Huffman table is damaged"),
        (wsq_tables.FRAME, bytes(15), "out of place"),
    ],
)
def test_a_table_that_contradicts_itself_is_named(marker: int, content: bytes, reason: str) -> None:
    data = wsq_tables.written(marker, content)
    with pytest.raises(UnreadableImage, match=reason):
        wsq_tables.read_into(wsq_tables.Tables(), data, wsq_tables.segment(data, 0))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "cut off"),
        (b"\xff\xa6\x00", "cut off"),
        (b"\xff\xa6\x00\x05ab", "announces 5 bytes"),
        (b"\xff\xa6\x00\x01", "announces 1 bytes"),
        (b"\xff\xa9\x00\x02", "no marker at byte 0"),
        (b"\xff\xa0\x00\x02", "no marker at byte 0"),
    ],
)
def test_what_is_no_segment_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImage, match=reason):
        wsq_tables.segment(data, 0)


def test_segments_lead_up_to_the_first_block() -> None:
    data = b"\xff\xa0" + b"".join(
        wsq_tables.written(marker, content)
        for marker, content in [(wsq_tables.COMMENT, b"case 12\0"), (wsq_tables.BLOCK, b"\0"), (wsq_tables.COMMENT, b"late")]
    )
    (found,) = wsq_tables.leading(data)
    assert wsq_tables.read_comment(data, found) == "case 12"
