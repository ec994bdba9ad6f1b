"""ANSI INCITS 378-2004 finger minutiae records, read and written. Big-endian.

As ISO/IEC 19794-2:2005 (see iso19794.py), but the length has 2 bytes (or 2 zeros and 4 bytes), 4 bytes of product follow
it, and angles have 2 degrees a step. Source: clause 6.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from biomatch.errors import CorruptTemplate
from biomatch.formats import iso19794, views
from biomatch.formats.views import ANSI, PX_PER_CM, Frame, View
from biomatch.template import Template

MADE_BY = "ANSI INCITS 378-2004"

_START = b"FMR\0 20\0"
_REST = struct.Struct(">IHHHHHBB")  # product, capture equipment, sides, resolutions, views, reserved


def is_record(data: bytes) -> bool:
    """Tells whether bytes are a record of this standard, by the length that it announces: ISO's begin in the same way."""
    return data.startswith(_START) and _length(data)[0] == len(data)


def read(data: bytes, *, strict: bool = False) -> list[Template]:
    """Reads one template a view, at 500 ppi whatever the record's resolution. Raises BadTemplate, CorruptTemplate."""
    return [view.template for view in read_views(data, strict=strict)]


def read_views(data: bytes, *, strict: bool = False) -> list[View]:
    """Reads the views with their extended data."""
    if not is_record(data):
        raise CorruptTemplate(f"it is no record of {MADE_BY}, or not of the length that it announces")
    at = _length(data)[1]
    try:
        _, _, width, height, across, down, count, reserved = _REST.unpack_from(data, at)
    except struct.error:
        raise CorruptTemplate("it ends within its head") from None
    if strict:
        views.check_head(0, 0, 0, reserved)
    frame = Frame(width, height, across, down)
    return iso19794.read_older(data, at + _REST.size, frame, count, ANSI, MADE_BY, strict=strict)


def write(prints: Sequence[Template | View]) -> bytes:
    """Writes one record with a view a print, as `iso19794.write`; directions are rounded to 2 degrees, product and device are
    0."""
    found = views.views_of(prints)
    body, width, height = iso19794.written_older(found, ANSI)
    body = _REST.pack(0, 0, width, height, PX_PER_CM, PX_PER_CM, len(found), 0) + body
    length = len(_START) + 2 + len(body)
    return _START + (struct.pack(">H", length) if length <= 0xFFFF else struct.pack(">HI", 0, length + 4)) + body


def _length(data: bytes) -> tuple[int, int]:
    """Reads the length that the record announces, 0 where it ends before, and the offset behind it."""
    short = int.from_bytes(data[8:10], "big")
    return (short, 10) if short else (int.from_bytes(data[10:14], "big"), 14)
