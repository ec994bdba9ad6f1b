"""ANSI INCITS 378-2009 finger minutiae records (and its amendment, and drafts of 2007), read. Big-endian.

    record   0  4  "FMR\\0"                4  4  "030\\0" or, amended, "035\\0"
             8  4  length of the record   12  4  product
            16  1  certification          17  2  sensor        (2007: 2 bytes of capture equipment instead of these 3)
            19  1  number of views        20  1  reserved
    view     1  finger position           1  view number       1  impression type    1  quality
             2  maker of the quality      2  its algorithm
             2  width, px    2  height, px    2  px a cm across    2  px a cm down    1  number of minutiae
    then minutiae (2 degrees a step) and extended data, as views.py says

ISO/IEC 19794-2:2011 begins with the same eight bytes: it is tried first, for its views say their lengths. Of the two heads
here the one is meant that leads exactly to the record's end. Source: layouts as FingerprintIO documents them; NIST's sample.
"""

from __future__ import annotations

import struct

from biomatch.errors import BadTemplate, CorruptTemplate
from biomatch.formats import views
from biomatch.formats.views import ANSI, Frame, View
from biomatch.template import Template

MADE_BY = "ANSI INCITS 378-2009"

_STARTS = (b"FMR\x00030\0", b"FMR\x00035\0")
_HEADS = (21, 20)  # bytes: of 2009, of 2007
_VIEW = struct.Struct(">BBBBHHHHHHB")


def is_record(data: bytes) -> bool:
    """Tells whether bytes begin as such a record; ISO/IEC 19794-2:2011 must have been ruled out."""
    return data.startswith(_STARTS) and len(data) >= min(_HEADS) and int.from_bytes(data[8:12], "big") == len(data)


def read(data: bytes, *, strict: bool = False) -> list[Template]:
    """Reads one template a view, at 500 ppi whatever the record's resolution. Raises BadTemplate, CorruptTemplate."""
    return [view.template for view in read_views(data, strict=strict)]


def read_views(data: bytes, *, strict: bool = False) -> list[View]:
    """Reads the views with their extended data."""
    if not is_record(data):
        raise CorruptTemplate(f"it is no record of {MADE_BY}, or not of the length that it announces")
    for exact in (True, strict):
        reasons = []
        for head in _HEADS:
            try:
                return _read_views(data, head, strict=strict, exact=exact)
            except BadTemplate as error:
                reasons.append(error)
    raise reasons[0]


def _read_views(data: bytes, head: int, *, strict: bool, exact: bool) -> list[View]:
    """Reads the views. exact: extended data of the last view must end where the record does."""
    if len(data) < head:
        raise CorruptTemplate("it ends within its head")
    count, reserved = data[head - 2], data[head - 1]
    if count == 0:
        raise CorruptTemplate("it holds no print")
    if strict:
        views.check_head(0, 0, 0, reserved)
    at, found = head, []
    for number in range(count):
        if at + _VIEW.size > len(data):
            raise CorruptTemplate("it ends within a print")
        position, _, impression, quality, _, _, width, height, across, down, minutia_count = _VIEW.unpack_from(data, at)
        frame = Frame(width, height, across, down)
        views.check_frame(frame)
        if strict:
            views.check_head(position, impression, quality, 0)
        minutiae, at = views.read_minutiae(data, at + _VIEW.size, minutia_count, frame, ANSI.turn_steps, strict=strict)
        last = number == count - 1
        blocks, at = views.read_blocks(data, at, last=last and not exact, strict=strict)
        if last and at != len(data):
            raise CorruptTemplate(f"its prints end {len(data) - at} bytes before the record does")
        template = views.made(minutiae, frame, position, impression, quality, MADE_BY)
        found.append(View(template, blocks, ANSI, frame))
    return found
