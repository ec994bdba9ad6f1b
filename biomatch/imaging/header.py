"""The first bytes of a file: format, size and resolution, read by us before any decoder sees the file.

Layouts: PNG (W3C, third edition, chunks IHDR, pHYs, IEND), JPEG (ITU-T T.81 annex B; JFIF 1.02), BMP (BITMAPCOREHEADER,
BITMAPINFOHEADER), TIFF 6.0 (classic; the first image file directory), JPEG 2000 (ISO/IEC 15444-1, annex A.5.1 for the
codestream's SIZ, annex I for the boxes ihdr and res), WSQ (wsq_tables.py), PGM (pgm.py).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from biomatch.errors import UnreadableImage
from biomatch.imaging import pgm

INCH_CM = 2.54
_UNKNOWN = "it is in none of the formats that are read, whatever its name says"
_NIEM = "it is an ANSI/NIST-ITL transaction in XML (NIEM), of which only the traditional encoding is read"
_CBEFF = (
    "it is a CBEFF record in XML (ISO/IEC 19785-3, as MOSIP has it), which is not read: hand over the images or templates that "
    "its BDB elements hold"
)
_XML = "it is XML, which is not read"
_RECORDS = {
    b"FIR\0": "it is a finger image record (ISO/IEC 19794-4 or ANSI INCITS 381), which is not read: hand over the image in it",
    b"IIR\0": "it is an iris image record (ISO/IEC 19794-6), and only fingerprints are compared",
    b"FAC\0": "it is a face image record (ISO/IEC 19794-5), and only fingerprints are compared",
}
_TRANSACTION = "it is an ANSI/NIST-ITL transaction, which `biomatch nist extract` takes apart"
_XML_HEAD = 4096  # bytes in which the first element of XML is looked for
_SQUARE = 0.01  # share by which the two resolutions of square pixels may differ: tags are rounded to whole numbers


@dataclass(frozen=True)
class Header:
    """width, height in px; ppi None where the file does not tell one resolution for both directions."""

    kind: str
    width: int
    height: int
    ppi: float | None


def read(data: bytes) -> Header:
    """Reads the header of any format that is read. Raises UnreadableImage: empty, another format, cut off, no pixels."""
    if not data:
        raise UnreadableImage("the file is empty")
    for magic, reader in _READERS.items():
        if data.startswith(magic):
            try:
                header = reader(data)
            except (struct.error, IndexError):
                raise UnreadableImage("the file is cut off within its header") from None
            if header.width < 1 or header.height < 1:
                raise UnreadableImage(f"its header says {header.width} x {header.height} pixels")
            return header
    raise UnreadableImage(_named(data))


def kind_of(data: bytes) -> str:
    """Tells the format that a file begins as, looked at no further. Raises UnreadableImage: another format."""
    for magic, reader in _READERS.items():
        if data.startswith(magic):
            return _KINDS[reader]
    raise UnreadableImage(_named(data))


def is_image(data: bytes) -> bool:
    """Tells whether bytes begin as any format that is read."""
    return data.startswith(tuple(_READERS))


def is_xml(data: bytes) -> bool:
    """Tells whether bytes begin as XML does, in UTF-8 or UTF-16: with its declaration, or as NIEM's and CBEFF's records do."""
    begin = data[:256].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return (
        begin.startswith(b"<?xml") or re.match(rb"<(\w+:)?(NISTBiometricInformationExchangePackage|BIR\b)", begin) is not None
    )


def is_cbeff(data: bytes) -> bool:
    """Tells whether XML begins as a CBEFF record does: its first element is a BIR."""
    begin = data[:_XML_HEAD].replace(b"\0", b"")
    return re.search(rb"^[^<]*(<[?!][^>]*>\s*)*<(\w+:)?BIR[\s/>]", begin) is not None


def _named(data: bytes) -> str:
    """Says what bytes are that no reader takes, where people mistake them for an image."""
    if is_xml(data):
        if is_cbeff(data):
            return _CBEFF
        return _NIEM if b"NISTBiometricInformationExchangePackage" in data[:_XML_HEAD].replace(b"\0", b"") else _XML
    if data[:4] in _RECORDS:
        return _RECORDS[data[:4]]
    return _TRANSACTION if re.match(rb"0*1\.0*1:", data) else _UNKNOWN


def _png(data: bytes) -> Header:
    if data[12:16] != b"IHDR":
        raise UnreadableImage("its first chunk is not IHDR")
    width, height = struct.unpack_from(">II", data, 16)
    ppi = None
    for kind, at, size in _png_chunks(data):
        if kind == b"pHYs" and size == 9:
            across, down, unit = struct.unpack_from(">IIB", data, at)
            ppi = _per_inch(across, down, INCH_CM / 100) if unit == 1 else None
        if kind == b"IEND":
            return Header("PNG", width, height, ppi)
    raise UnreadableImage("the file is cut off")


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yields chunks that lie in the file whole: type, offset of the content, its length in bytes."""
    at = 8
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        if at + 12 + size > len(data):
            return
        yield data[at + 4 : at + 8], at + 8, size
        at += 12 + size


def _jpeg(data: bytes) -> Header:
    size, ppi = None, None
    for marker, at, length in _jpeg_segments(data):
        if marker == 0xE0 and data[at : at + 5] == b"JFIF\0" and length >= 12:
            unit, across, down = struct.unpack_from(">BHH", data, at + 7)
            ppi = _per_inch(across, down, {1: 1.0, 2: INCH_CM}.get(unit, 0.0))
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if size is not None:
                raise UnreadableImage("it holds more than one frame")
            size = struct.unpack_from(">HH", data, at + 1)
        elif marker == 0xDA:
            if size is None:
                raise UnreadableImage("its pixels begin before their frame header")
            if data.rfind(b"\xff\xd9") < at:
                raise UnreadableImage("the file is cut off")
            return Header("JPEG", size[1], size[0], ppi)
    raise UnreadableImage("the file is cut off")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yields marker segments up to the first scan: marker, offset of the content, its length in bytes."""
    at = 2
    while at < len(data):
        if data[at] != 0xFF:
            raise UnreadableImage("its segments do not follow each other")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2:
            raise UnreadableImage("a segment of it has no length")
        yield marker, at + 4, length - 2
        at += 2 + length


def _bmp(data: bytes) -> Header:
    (head_size,) = struct.unpack_from("<I", data, 14)
    if head_size == 12:
        width, height = struct.unpack_from("<HH", data, 18)
        return Header("BMP", width, height, None)
    width, height = struct.unpack_from("<ii", data, 18)
    across, down = struct.unpack_from("<ii", data, 38)
    return Header("BMP", width, abs(height), _per_inch(across, down, INCH_CM / 100))


def _tiff(data: bytes) -> Header:
    order = "<" if data[:2] == b"II" else ">"
    tags = _tiff_tags(data, order)
    width, height = tags.get(256, 0), tags.get(257, 0)
    if tags.get(322, 0) * tags.get(323, 0) > max(width * height, 1024 * 1024):
        raise UnreadableImage("its tiles are larger than the image")
    scale = {2: 1.0, 3: INCH_CM}.get(int(tags.get(296, 2)), 0.0)
    return Header("TIFF", int(width), int(height), _per_inch(tags.get(282, 0), tags.get(283, 0), scale))


def _tiff_tags(data: bytes, order: str) -> dict[int, float]:
    """Reads the first value of each numeric tag of the first directory."""
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    tags: dict[int, float] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from(order + "HHI", data, entry)
        if kind == 3 and number:
            (tags[tag],) = struct.unpack_from(order + "H", data, entry + 8)
        elif kind == 4 and number:
            (tags[tag],) = struct.unpack_from(order + "I", data, entry + 8)
        elif kind == 5 and number:
            (place,) = struct.unpack_from(order + "I", data, entry + 8)
            above, below = struct.unpack_from(order + "II", data, place)
            tags[tag] = above / below if below else 0.0
    return tags


_MAX_TILES = 4096  # of a JPEG 2000 picture: each costs the decoder kilobytes, whatever it holds
_MAX_DEPTH = 16  # boxes within boxes


def _jp2(data: bytes) -> Header:
    width, height, ppi, codestream = 0, 0, None, None
    for kind, at, end in _boxes(data, 0, len(data)):
        if kind == b"ihdr":
            height, width = struct.unpack_from(">II", data, at)
        elif kind in (b"resc", b"resd") and ppi is None:
            above_y, below_y, above_x, below_x, power_y, power_x = struct.unpack_from(">HHHHbb", data, at)
            if below_x and below_y:
                across, down = above_x / below_x * 10.0**power_x, above_y / below_y * 10.0**power_y
                ppi = _per_inch(across, down, INCH_CM / 100)
        elif kind == b"jp2c":
            codestream = _codestream(data[at:end])
            break
    if codestream is None:
        raise UnreadableImage("it holds no codestream")
    if (codestream.width, codestream.height) != (width, height):
        raise UnreadableImage("its boxes and its codestream differ in size")
    return Header("JP2", width, height, ppi)


def _boxes(data: bytes, at: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Yields boxes from `at`, those within jp2h and res too: type, offset of the content, offset of its end."""
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        stop = end if size == 0 else at + size
        if stop < start or stop > end:
            raise UnreadableImage("the file is cut off")
        yield kind, start, stop
        if kind in (b"jp2h", b"res ") and depth < _MAX_DEPTH:
            yield from _boxes(data, start, stop, depth + 1)
        at = stop


def _codestream(data: bytes) -> Header:
    if data[:4] != b"\xff\x4f\xff\x51":
        raise UnreadableImage("its codestream does not begin with its size")
    right, bottom, left, top, tile_x, tile_y, tile_left, tile_top, parts = struct.unpack_from(">8IH", data, 8)
    if right <= left or bottom <= top or not tile_x or not tile_y or tile_left > left or tile_top > top:
        raise UnreadableImage("its codestream says no size")
    if -(-(right - tile_left) // tile_x) * -(-(bottom - tile_top) // tile_y) > _MAX_TILES or not 1 <= parts <= 4:
        raise UnreadableImage(f"its codestream has {parts} components, or more than {_MAX_TILES:,} tiles")
    for part in range(parts):
        depth, step_x, step_y = struct.unpack_from(">BBB", data, 42 + 3 * part)
        if depth & 0x80 or depth > 15 or (step_x, step_y) != (1, 1):
            raise UnreadableImage("its samples are signed, deeper than 16 bits, or fewer than its pixels")
    if data[-2:] != b"\xff\xd9":
        raise UnreadableImage("the file is cut off")
    return Header("JP2", right - left, bottom - top, None)


def _wsq(data: bytes) -> Header:
    from biomatch.imaging import wsq

    found = wsq.read_header(data)
    return Header("WSQ", found.width, found.height, found.ppi)


def _pgm(data: bytes) -> Header:
    found = pgm.read_header(data)
    return Header("PGM", found.width, found.height, None)


def _per_inch(across: float, down: float, inch: float) -> float | None:
    """Returns dots per inch of square pixels, from dots per unit and the inch in that unit; None where there is no telling."""
    if min(across, down) <= 0 or inch <= 0 or abs(across - down) > _SQUARE * max(across, down):
        return None
    return round(across * inch, 1)


_READERS = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8\xff": _jpeg,
    b"BM": _bmp,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
    b"\xff\xa0": _wsq,
    b"\0\0\0\x0cjP  \r\n\x87\n": _jp2,
    b"\xff\x4f\xff\x51": _codestream,
    **{magic + space: _pgm for magic in (b"P5", b"P2") for space in (b" ", b"\t", b"\r", b"\n")},
}

_KINDS = {
    _png: "PNG",
    _jpeg: "JPEG",
    _bmp: "BMP",
    _tiff: "TIFF",
    _wsq: "WSQ",
    _jp2: "JP2",
    _codestream: "JP2",
    _pgm: "PGM",
}
