"""ANSI INCITS 378-2004 finger minutiae records, read. Big-endian.

As ISO/IEC 19794-2:2005 (see iso19794.py), but the length has 2 bytes (or 2 zeros and 4 bytes), 4 bytes of product follow
it, and angles have 2 degrees a step. Source: clause 6.
"""

from __future__ import annotations

import struct

from biomatch.errors import CorruptTemplate
from biomatch.formats.iso19794 import Head, read_views
from biomatch.template import Template

MADE_BY = "ANSI INCITS 378-2004"
TURN_STEPS = 180

_START = b"FMR\0 20\0"
_REST = struct.Struct(">IHHHHHBB")  # product, capture equipment, sides, resolutions, views, reserved


def is_record(data: bytes) -> bool:
    """Whether bytes are a record of this standard, by the length that it announces: ISO's begin in the same way."""
    return data.startswith(_START) and _length(data)[0] == len(data)


def read(data: bytes) -> list[Template]:
    """One template a view, at 500 ppi whatever the record's resolution. Raises BadTemplate, CorruptTemplate."""
    if not is_record(data):
        raise CorruptTemplate(f"it is no record of {MADE_BY}, or not of the length that it announces")
    at = _length(data)[1]
    try:
        _, _, width, height, across, down, views, _ = _REST.unpack_from(data, at)
    except struct.error:
        raise CorruptTemplate("it ends within its head") from None
    return read_views(data, at + _REST.size, Head(width, height, across, down, views, TURN_STEPS, MADE_BY))


def _length(data: bytes) -> tuple[int, int]:
    """The length that the record announces, 0 where it ends before, and the offset behind it."""
    short = int.from_bytes(data[8:10], "big")
    return (short, 10) if short else (int.from_bytes(data[10:14], "big"), 14)
