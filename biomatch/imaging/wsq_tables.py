"""The segments of a WSQ file. Big-endian; a marker of 2 bytes, a length of 2 bytes that counts itself, the content.

    FFA0  start of image                FFA1  end of image
    FFA2  frame: black, white, height 2, width 2, mean and scale (1: power of ten, 2: value), encoder, software 2
    FFA3  block: table number; coded data follows, up to the next marker
    FFA4  transform: number of low taps, of high taps; the second half of each filter: sign, power of ten, value 4
    FFA5  quantisation: bin centre, then width and zero width of 64 bins (1: power of ten, 2: value)
    FFA6  Huffman: number of the table (0..7), 16 counts, symbols; several tables may follow each other
    FFA8  comment; one that begins with NIST_COM holds lines "NAME value", of which PPI is the resolution

Source: the FBI's specification IAFIS-IC-0110, as NBIS reads and writes it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from biomatch.errors import UnreadableImage
from biomatch.imaging.wsq_bands import BANDS

START, END, FRAME, BLOCK = 0xFFA0, 0xFFA1, 0xFFA2, 0xFFA3
TRANSFORM, QUANTISATION, HUFFMAN, COMMENT = 0xFFA4, 0xFFA5, 0xFFA6, 0xFFA8
MAX_TAPS = 32  # of a filter; the standard's have 7 to 10
ENCODER = 2  # the second of the two quantisers that are registered, the only one that is in use
CENTRE = 0.44  # of a bin

LOW = (0.85269867900940344, 0.37740285561265380, -0.11062440441842342, -0.02384946501938000, 0.03782845550699546)
HIGH = (0.78848561640566439, -0.41809227322221221, -0.04068941760955844, 0.06453888262893845)
"""The analysis filters that are written, from their middle on (Cohen, Daubechies and Feauveau's 9/7)."""

_POWERS = 25  # of ten by which a number may be divided: more make it nothing at all


@dataclass(frozen=True)
class Segment:
    """content: offset of it; size: bytes of it."""

    marker: int
    content: int
    size: int


@dataclass(frozen=True)
class Frame:
    """A pixel is coefficient picture * scale + mean."""

    width: int
    height: int
    mean: float
    scale: float


@dataclass
class Tables:
    """The content of the segments before a block. Filters are those of the synthesis."""

    low: np.ndarray | None = None
    high: np.ndarray | None = None
    centre: float = CENTRE
    widths: np.ndarray | None = None
    zero_widths: np.ndarray | None = None
    codes: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)


def segment(data: bytes, at: int) -> Segment:
    """Reads the segment whose marker lies at `at`. Raises UnreadableImage."""
    if at + 2 > len(data):
        raise UnreadableImage("the file is cut off")
    (marker,) = struct.unpack_from(">H", data, at)
    if marker == END:
        return Segment(marker, at + 2, 0)
    if not START < marker <= COMMENT:
        raise UnreadableImage(f"there is no marker at byte {at}")
    if at + 4 > len(data):
        raise UnreadableImage("the file is cut off")
    (length,) = struct.unpack_from(">H", data, at + 2)
    if length < 2 or at + 2 + length > len(data):
        raise UnreadableImage(f"the segment at byte {at} announces {length} bytes, which the file does not have")
    return Segment(marker, at + 4, length - 2)


def leading(data: bytes) -> Iterator[Segment]:
    """Yields the segments before the first block. Raises UnreadableImage."""
    at = 2
    while True:
        found = segment(data, at)
        if found.marker in (BLOCK, END):
            return
        yield found
        at = found.content + found.size


def read_frame(data: bytes, found: Segment) -> Frame:
    """Raises UnreadableImage."""
    _, _, height, width, mean_power, mean, scale_power, scale, _, _ = _unpack(">BBHHBHBHBH", data, found, "frame")
    return Frame(width, height, _scaled(mean, mean_power), _scaled(scale, scale_power))


def read_into(tables: Tables, data: bytes, found: Segment) -> None:
    """Takes in a table; comments say nothing here. Raises UnreadableImage."""
    if found.marker == TRANSFORM:
        _read_transform(tables, data, found)
    elif found.marker == QUANTISATION:
        _read_quantisation(tables, data, found)
    elif found.marker == HUFFMAN:
        _read_huffman(tables, data, found)
    elif found.marker != COMMENT:
        raise UnreadableImage(f"the segment at byte {found.content - 4} is out of place")


def read_comment(data: bytes, found: Segment) -> str:
    return data[found.content : found.content + found.size].decode("latin-1").rstrip("\0")


def _read_transform(tables: Tables, data: bytes, found: Segment) -> None:
    lows, highs = _unpack(">BB", data, found, "transform table")
    if not (2 <= lows <= MAX_TAPS and 2 <= highs <= MAX_TAPS and lows % 2 == highs % 2):
        raise UnreadableImage(f"its filters have {lows} and {highs} taps; both must be odd, or both even, 2 to {MAX_TAPS}")
    values = _unpack(">BB" + "BBI" * ((lows + 1) // 2 + (highs + 1) // 2), data, found, "transform table")[2:]
    halves = [(-1 if sign else 1) * _scaled(value, power) for sign, power, value in _threes(values)]
    low, high = halves[: (lows + 1) // 2], halves[(lows + 1) // 2 :]
    tables.low, tables.high = _synthesis(low, high, odd=lows % 2 == 1)


def _synthesis(low: Sequence[float], high: Sequence[float], *, odd: bool) -> tuple[np.ndarray, np.ndarray]:
    """Turns second halves of the analysis filters into synthesis filters, low and high, float32: each is made of the other."""
    low_half = np.array(high, np.float64)
    high_half = np.array(low, np.float64)
    low_half[1::2] *= -1
    high_half[1::2] *= -1
    if odd:
        return _whole(low_half[:0:-1], low_half), _whole(high_half[:0:-1], high_half)
    return _whole(-low_half[::-1], -low_half), _whole(high_half[::-1], -high_half)


def _whole(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.concatenate([first, second]).astype(np.float32)


def _read_quantisation(tables: Tables, data: bytes, found: Segment) -> None:
    values = _unpack(">" + "BH" * (1 + 2 * BANDS), data, found, "quantisation table")
    centre, *bins = [_scaled(value, power) for power, value in zip(values[::2], values[1::2], strict=True)]
    tables.centre = centre
    tables.widths, tables.zero_widths = np.array(bins[::2]), np.array(bins[1::2])


def _read_huffman(tables: Tables, data: bytes, found: Segment) -> None:
    at, end = found.content, found.content + found.size
    while at < end:
        if at + 17 > end:
            raise UnreadableImage("a Huffman table is cut off")
        number, counts = data[at], list(data[at + 1 : at + 17])
        symbols = list(data[at + 17 : at + 17 + sum(counts)])
        at += 17 + sum(counts)
        if number > 7 or len(symbols) > 256 or at > end:
            raise UnreadableImage("a Huffman table is damaged")
        tables.codes[number] = counts, symbols


def _unpack(layout: str, data: bytes, found: Segment, what: str) -> tuple[Any, ...]:
    if struct.calcsize(layout) > found.size:
        raise UnreadableImage(f"its {what} is cut off")
    return struct.unpack_from(layout, data, found.content)


def _threes(values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    return zip(values[::3], values[1::3], values[2::3], strict=True)


def _scaled(value: int, power: int) -> float:
    return value / 10.0 ** min(power, _POWERS)


# writing


def written(marker: int, content: bytes) -> bytes:
    return struct.pack(">HH", marker, len(content) + 2) + content


def written_frame(frame: Frame) -> bytes:
    mean_power, mean = _power(frame.mean, 65_535)
    scale_power, scale = _power(frame.scale, 65_535)
    layout = struct.pack(">BBHHBHBHBH", 0, 255, frame.height, frame.width, mean_power, mean, scale_power, scale, ENCODER, 0)
    return written(FRAME, layout)


def written_transform() -> bytes:
    taps = b""
    for value in (*LOW, *HIGH):
        power, digits = _power(abs(value), 4_294_967_295)
        taps += struct.pack(">BBI", value < 0, power, digits)
    return written(TRANSFORM, bytes((2 * len(LOW) - 1, 2 * len(HIGH) - 1)) + taps)


def written_quantisation(widths: Sequence[float], zero_widths: Sequence[float]) -> bytes:
    """Writes the quantisation of the 60 coded bands; the rest have none."""
    content = struct.pack(">BH", *_power(CENTRE, 65_535))
    spare = BANDS - len(widths)
    for width, zero_width in zip((*widths, *[0.0] * spare), (*zero_widths, *[0.0] * spare), strict=True):
        content += struct.pack(">BHBH", *_power(width, 65_535), *_power(zero_width, 65_535))
    return written(QUANTISATION, content)


def written_huffman(number: int, counts: Sequence[int], symbols: Sequence[int]) -> bytes:
    return written(HUFFMAN, bytes((number, *counts, *symbols)))


def _power(value: float, limit: int) -> tuple[int, int]:
    """Returns (p, v) of: value is v / 10^p, v as large as the limit lets it be."""
    power = 0
    while value and power < _POWERS and value * 10.0 ** (power + 1) < limit:
        power += 1
    return power, round(value * 10.0**power)
