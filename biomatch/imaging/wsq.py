"""WSQ, the FBI's wavelet scalar quantisation of grey fingerprints at 500 ppi: decoder and encoder, of any size.

The picture is brought to mean 0, split into 64 subbands (wsq_bands.py), each of the first 60 quantised with a step that follows
from its variance and the rate, and coded (wsq_huffman.py) in three blocks. Whatever the bytes are, nothing outside the
picture is read or written, and nothing is made whose size the header announces before the caller has seen the header.

Source: the FBI's specification IAFIS-IC-0110, learned from NBIS, whose decoder this one agrees with to one grey level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomatch.errors import UnreadableImage, UnwritableImage
from biomatch.imaging import wsq_bands, wsq_huffman, wsq_tables
from biomatch.imaging.wsq_bands import CODED_BANDS, Area
from biomatch.imaging.wsq_tables import BLOCK, COMMENT, END, FRAME, Frame, Tables

MAGIC = b"\xff\xa0"
RATE_15 = 0.75  # bits a pixel that are aimed at: about 15 to 1, what police send
RATE_5 = 2.25  # about 5 to 1

_WEIGHTS = (1.0,) * 52 + (1.32, 1.08, 1.42, 1.08, 1.32, 1.42, 1.08, 1.08)
_SHARES = (1 / 1024,) * 4 + (1 / 256,) * 47 + (1 / 16,) * 9  # of the picture, by band
_LEAST_VARIANCE = 1.01  # below, a band is not coded
_MANY_SIGNALS = 20_000.0  # variance of the lowest four bands, above which the borders of all bands are left out of account
_ZERO_BIN = 1.2  # widths of a bin
_MOST_STEPS = 32_000  # of a coefficient; the rule for the steps was not made for pictures of a few pixels
_LONGEST_COMMENT = 65_533
_NIST_COM = "NIST_COM"  # begins the comment that says the resolution


@dataclass(frozen=True)
class WsqHeader:
    """width, height in px; ppi None where no comment says it; comments in their order, as they stand."""

    width: int
    height: int
    ppi: float | None
    comments: tuple[str, ...]


def read_header(data: bytes) -> WsqHeader:
    """Reads what stands before the first block. Raises UnreadableImage."""
    if not data.startswith(MAGIC):
        raise UnreadableImage("it does not begin as WSQ")
    frame, comments = None, []
    for found in wsq_tables.leading(data):
        if found.marker == FRAME:
            frame = wsq_tables.read_frame(data, found)
        elif found.marker == COMMENT:
            comments.append(wsq_tables.read_comment(data, found))
    if frame is None:
        raise UnreadableImage("its pixels begin before their frame header")
    return WsqHeader(frame.width, frame.height, _ppi(comments), tuple(comments))


def _ppi(comments: Sequence[str]) -> float | None:
    for comment in comments:
        if comment.startswith("NIST_COM"):
            for line in comment.splitlines():
                name, _, value = line.partition(" ")
                digits = value.strip()[:6]
                if name == "PPI" and digits.isdecimal() and int(digits) > 0:
                    return float(digits)
    return None


def with_ppi(data: bytes, ppi: int) -> bytes:
    """Returns the same file, saying this resolution: comments are written anew, nothing else is. Raises UnreadableImage."""
    comments = read_header(data).comments
    own = [comment for comment in comments if comment.startswith(_NIST_COM)]
    told = [_saying(comment, ppi) for comment in own] or [_saying(_NIST_COM, ppi)]
    others = [comment for comment in comments if comment not in own]
    bare = without_comments(data)
    return bare[:2] + b"".join(map(_written_comment, (*told, *others))) + bare[2:]


def without_comments(data: bytes) -> bytes:
    """Returns the same file without the comments that stand before its first block. Raises UnreadableImage."""
    parts, at = [], 0
    for found in wsq_tables.leading(data):
        if found.marker == COMMENT:
            parts.append(data[at : found.content - 4])
            at = found.content + found.size
    return b"".join((*parts, data[at:]))


def _saying(comment: str, ppi: int) -> str:
    """Writes a NIST_COM with this resolution. Its first line counts its lines."""
    lines = [line for line in comment.splitlines()[1:] if line.partition(" ")[0] != "PPI"]
    return "\n".join((f"{_NIST_COM} {len(lines) + 2}", *lines, f"PPI {ppi}")) + "\n"


def _written_comment(comment: str) -> bytes:
    return wsq_tables.written(COMMENT, comment.encode("latin-1", "replace")[:_LONGEST_COMMENT])


def decode(data: bytes) -> np.ndarray:
    """Decodes to (h, w) uint8. Memory is taken as the header says: look at `read_header` first. Raises UnreadableImage."""
    header = read_header(data)
    if header.width < 1 or header.height < 1:
        raise UnreadableImage(f"its header says {header.width} x {header.height} pixels")
    tables, frame, at = _read_tables(data)
    if tables.low is None or tables.high is None or tables.widths is None or tables.zero_widths is None:
        raise UnreadableImage("its filters or its quantisation are not given")
    places = wsq_bands.layout(frame.width, frame.height)
    coded = [number for number in range(CODED_BANDS) if tables.widths[number] > 0]
    coefficients = _read_blocks(data, at, tables, sum(places.bands[number].size for number in coded))
    picture = np.zeros((frame.height, frame.width), np.float32)
    begin = 0
    for number in coded:
        area = places.bands[number]
        band = coefficients[begin : begin + area.size].reshape(area.height, area.width)
        _put(picture, area, _unquantised(band, tables, number))
        begin += area.size
    wsq_bands.reconstruct(picture, places.splits, tables.low, tables.high)
    grey = picture * np.float32(frame.scale) + np.float32(frame.mean + 0.5)
    return np.clip(np.nan_to_num(grey, nan=0.0), 0, 255).astype(np.uint8)


def warm() -> None:
    """Loads what `decode` needs, or compiles it, once a machine."""
    slopes = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    decode(encode(slopes))


def _read_tables(data: bytes) -> tuple[Tables, Frame, int]:
    """Reads tables, frame, and the offset of the first block."""
    tables, frame, at = Tables(), None, 2
    for found in wsq_tables.leading(data):
        if found.marker == FRAME:
            frame = wsq_tables.read_frame(data, found)
        else:
            wsq_tables.read_into(tables, data, found)
        at = found.content + found.size
    assert frame is not None  # read_header has seen it
    return tables, frame, at


def _read_blocks(data: bytes, at: int, tables: Tables, count: int) -> np.ndarray:
    """Reads the coefficients of all blocks, (count,) int32."""
    octets = np.frombuffer(data, np.uint8)
    out = np.zeros(count, np.int32)
    filled = 0
    while True:
        found = wsq_tables.segment(data, at)
        at = found.content + found.size
        if found.marker == END:
            break
        if found.marker != BLOCK:
            wsq_tables.read_into(tables, data, found)
            continue
        number = data[found.content] if found.size else 0
        if number not in tables.codes:
            raise UnreadableImage(f"a block needs Huffman table {number}, which is not given")
        table = wsq_huffman.decoding_table(*tables.codes[number])
        if table is None:
            raise UnreadableImage(f"Huffman table {number} is damaged")
        end = wsq_huffman.end_of_block(octets, at)
        filled, state = wsq_huffman.decode_block(octets, at, end, table, out, filled)
        if state == wsq_huffman.OVERFULL:
            raise UnreadableImage("it holds more coefficients than pixels")
        if state == wsq_huffman.BAD_CODE:
            raise UnreadableImage(f"the block at byte {at} is damaged")
        at = end
    if filled < count:
        raise UnreadableImage(f"it holds {filled:,} of {count:,} coefficients")
    return out


def _unquantised(band: np.ndarray, tables: Tables, number: int) -> np.ndarray:
    assert tables.widths is not None
    assert tables.zero_widths is not None
    width, half_zero = np.float32(tables.widths[number]), np.float32(tables.zero_widths[number] / 2)
    values = band.astype(np.float32)
    sign = np.sign(values)
    return (values - sign * np.float32(tables.centre)) * width + sign * half_zero


def _put(picture: np.ndarray, area: Area, values: np.ndarray) -> None:
    picture[area.y : area.y + area.height, area.x : area.x + area.width] = values


# encoding


def encode(pixels: np.ndarray, *, ppi: int = 500, rate: float = RATE_15, comments: Sequence[str] = ()) -> bytes:
    """Encodes (h, w) uint8 as a WSQ file, with a NIST_COM comment that says the resolution, and further comments.

    rate  bits a pixel that are aimed at: RATE_15 or RATE_5; the size of the file depends on the picture

    A comment of `comments` that is a NIST_COM of its own is left out: it would contradict ours. Raises UnwritableImage.
    """
    if pixels.ndim != 2 or pixels.dtype != np.uint8 or 0 in pixels.shape or max(pixels.shape) > 65_535:
        raise UnwritableImage("WSQ", f"it takes 8-bit grey of 1..65,535 px a side, not {pixels.dtype} of shape {pixels.shape}")
    height, width = pixels.shape
    places = wsq_bands.layout(width, height)
    mean = float(pixels.mean())
    scale = max(mean - int(pixels.min()), int(pixels.max()) - mean) / 128
    picture = (pixels.astype(np.float32) - np.float32(mean)) / np.float32(scale or 1)
    low = np.array([*LOW_BACK, *wsq_tables.LOW], np.float32)
    high = np.array([*HIGH_BACK, *wsq_tables.HIGH], np.float32)
    wsq_bands.decompose(picture, places.splits, low, high)
    widths = _steps(_variances(picture, places.bands), rate)
    widths[widths > 0] = np.maximum(widths[widths > 0], np.abs(picture).max() / _MOST_STEPS)
    zero_widths = _ZERO_BIN * widths
    blocks = [
        np.concatenate(
            [
                _quantised(picture, places.bands[number], widths[number], zero_widths[number])
                for number in numbers
                if widths[number] > 0
            ]
            or [np.zeros(0, np.int32)]
        )
        for numbers in (range(19), range(19, 52), range(52, CODED_BANDS))
    ]
    parts = [MAGIC]
    for comment in (_nist_comment(width, height, ppi, rate), *(one for one in comments if not one.startswith("NIST_COM"))):
        parts.append(_written_comment(comment))
    parts += [
        wsq_tables.written_transform(),
        wsq_tables.written_quantisation(widths.tolist(), zero_widths.tolist()),
        wsq_tables.written_frame(Frame(width, height, mean, scale)),
        *_written_blocks(blocks),
        END.to_bytes(2, "big"),
    ]
    return b"".join(parts)


LOW_BACK, HIGH_BACK = wsq_tables.LOW[:0:-1], wsq_tables.HIGH[:0:-1]


def _nist_comment(width: int, height: int, ppi: int, rate: float) -> str:
    lines = (
        "NIST_COM 9",
        f"PIX_WIDTH {width}",
        f"PIX_HEIGHT {height}",
        "PIX_DEPTH 8",
        f"PPI {ppi}",
        "LOSSY 1",
        "COLORSPACE GRAY",
        "COMPRESSION WSQ",
        f"WSQ_BITRATE {rate:f}",
    )
    return "\n".join(lines) + "\n"


def _variances(picture: np.ndarray, bands: Sequence[Area]) -> np.ndarray:
    """Computes the variance of the middle of each band (three quarters wide, seven sixteenths high), or of the whole band in
    calm pictures, (60,)."""
    middles = [_middle(area) for area in bands]
    lowest = [_variance(picture, area) for area in middles[:4]]
    if sum(lowest) < _MANY_SIGNALS:
        return np.array([_variance(picture, area) for area in bands])
    return np.array(lowest + [_variance(picture, area) for area in middles[4:]])


def _middle(area: Area) -> Area:
    """Returns the middle of a band; the band itself where it has no middle to speak of."""
    width, height = 3 * area.width // 4, 7 * area.height // 16
    return Area(area.x + area.width // 8, area.y + 9 * area.height // 32, width, height) if width * height > 3 else area


def _variance(picture: np.ndarray, area: Area) -> float:
    values = picture[area.y : area.y + area.height, area.x : area.x + area.width]
    if area.size < 2:
        return float(np.square(values).sum())
    mean = float(values.mean(dtype=np.float64))
    return float(np.square(values - np.float32(mean), dtype=np.float32).sum(dtype=np.float64)) / (area.size - 1)


def _steps(variances: np.ndarray, rate: float) -> np.ndarray:
    """Computes bin widths for a rate, (60,); 0: the band is not coded. Bands that would get no bits give theirs to the
    others."""
    coded = variances >= _LEAST_VARIANCE
    widths = np.zeros(CODED_BANDS)
    if not coded.any():
        return widths
    deviations, shares = np.sqrt(variances), np.array(_SHARES)
    widths[coded] = 1.0
    later = coded & (np.arange(CODED_BANDS) >= 4)
    widths[later] = 10.0 / (np.array(_WEIGHTS)[later] * np.log(variances[later]))
    taking = coded.copy()
    while True:
        share = shares[taking].sum()
        log_product = (shares[taking] * np.log(deviations[taking] / widths[taking])).sum()
        factor = 2.0 ** (rate / share - 1) / 2.5 / np.exp(log_product / share)
        given = taking & (widths / factor < 5 * deviations)
        if (given == taking).all() or not given.any():
            return widths / factor
        taking = given


def _quantised(picture: np.ndarray, area: Area, width: float, zero_width: float) -> np.ndarray:
    """Returns the quantised values of an area, (area's size,) int32."""
    values = picture[area.y : area.y + area.height, area.x : area.x + area.width].ravel()
    beyond = np.abs(values) - np.float32(zero_width / 2)
    steps = np.where(beyond > 0, (beyond / np.float32(width)).astype(np.int32) + 1, 0)
    return np.where(values < 0, -steps, steps).astype(np.int32)


def _written_blocks(blocks: Sequence[np.ndarray]) -> list[bytes]:
    """Writes three blocks with their two Huffman tables: the lowest bands have one of their own."""
    coded = [wsq_huffman.symbols_of(block) for block in blocks]
    parts = []
    for number, members in ((0, coded[:1]), (1, coded[1:])):
        frequencies = sum(np.bincount(symbols, minlength=wsq_huffman.SYMBOLS) for symbols, _ in members)
        counts, ranked = wsq_huffman.code_lengths(np.asarray(frequencies))
        code, length_of = wsq_huffman.codes(counts, ranked)
        parts.append(wsq_tables.written_huffman(number, counts, ranked))
        for symbols, values in members:
            parts.append(wsq_tables.written(BLOCK, bytes((number,))))
            parts.append(wsq_huffman.encode_block(symbols, values, code, length_of).tobytes())
    return parts
