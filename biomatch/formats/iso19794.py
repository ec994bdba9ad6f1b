"""ISO/IEC 19794-2:2005 finger minutiae records, read and written. Big-endian.

    record   0  4  "FMR\\0"                4  4  " 20\\0"
             8  4  length of the record   12  2  capture equipment
            14  2  width, px              16  2  height, px
            18  2  px a cm across         20  2  px a cm down (500 ppi: 197)
            22  1  number of views        23  1  reserved
    view     1  finger position           1  view number << 4 | impression type
             1  quality 0..100            1  number of minutiae
    then minutiae (angle in 1/256 turn) and extended data, as views.py says

Quality 0 is "not reported" for a print as well. Source: clauses 7.3 to 7.5; reference files of two vendors agree.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from biomatch.errors import CorruptTemplate
from biomatch.formats import views
from biomatch.formats.views import ISO, PX_PER_CM, Dialect, Frame, View
from biomatch.template import Template

MADE_BY = "ISO/IEC 19794-2:2005"

_START = b"FMR\0 20\0"
_HEAD = struct.Struct(">8sIHHHHHBB")
_VIEW = struct.Struct(">BBBB")
_MOST_IMPRESSION = 15  # four bits


def is_record(data: bytes) -> bool:
    """Tells whether bytes are a record of this standard, by the length that it announces: ANSI's begin in the same way."""
    return data.startswith(_START) and len(data) >= _HEAD.size and struct.unpack_from(">I", data, 8)[0] == len(data)


def read(data: bytes, *, strict: bool = False) -> list[Template]:
    """Reads one template a view, at 500 ppi whatever the record's resolution. Raises BadTemplate, CorruptTemplate."""
    return [view.template for view in read_views(data, strict=strict)]


def read_views(data: bytes, *, strict: bool = False) -> list[View]:
    """Reads the views with their extended data."""
    if not data.startswith(_START):
        raise CorruptTemplate(f"it does not begin as a record of {MADE_BY}")
    if len(data) < _HEAD.size:
        raise CorruptTemplate("it ends within its head")
    _, length, _, width, height, across, down, count, reserved = _HEAD.unpack_from(data)
    if length != len(data):
        raise CorruptTemplate(f"its head announces {length:,} bytes, there are {len(data):,}")
    if strict:
        views.check_head(0, 0, 0, reserved)
    return read_older(data, _HEAD.size, Frame(width, height, across, down), count, ISO, MADE_BY, strict=strict)


def read_older(data: bytes, at: int, frame: Frame, count: int, dialect: Dialect, made_by: str, *, strict: bool) -> list[View]:
    """Reads `count` views from offset `at` to the record's end, as ISO of 2005 and ANSI of 2004 have them."""
    views.check_frame(frame)
    if count == 0:
        raise CorruptTemplate("it holds no print")
    found = []
    for number in range(count):
        if at + _VIEW.size > len(data):
            raise CorruptTemplate("it ends within a print")
        position, numbers, quality, minutia_count = _VIEW.unpack_from(data, at)
        if strict:
            views.check_head(position, numbers & 15, quality, 0)
        minutiae, at = views.read_minutiae(data, at + _VIEW.size, minutia_count, frame, dialect.turn_steps, strict=strict)
        blocks, at = views.read_blocks(data, at, last=number == count - 1, strict=strict)
        template = views.made(minutiae, frame, position, numbers & 15, quality, made_by)
        found.append(View(template, blocks, dialect, frame))
    return found


def write(prints: Sequence[Template | View]) -> bytes:
    """Writes one record with a view a print, in their order.

    What the standard cannot hold: minutiae beyond 255 (the best by quality are written, in their order), fractions of a
    px, ridge pictures, more than one size (the largest is written), and an impression type that is not known (written as
    live-scan plain, for which there is the code 0). Raises BadTemplate where there are no prints or too many.
    """
    found = views.views_of(prints)
    body, width, height = written_older(found, ISO)
    length = _HEAD.size + len(body)
    return _HEAD.pack(_START, length, 0, width, height, PX_PER_CM, PX_PER_CM, len(found), 0) + body


def written_older(found: Sequence[View], dialect: Dialect) -> tuple[bytes, int, int]:
    """Writes the views of a record of ISO 2005 or ANSI 2004, and returns the largest width and height."""
    views.check_number(found)
    body = b""
    for view, number in views.numbered(found):
        template = view.template
        count, minutiae = views.written_minutiae(template, dialect.turn_steps)
        impression = views.impression_code(template, _MOST_IMPRESSION)
        body += _VIEW.pack(int(template.position), number << 4 | impression, template.quality or 0, count) + minutiae
        body += views.written_blocks(view, dialect)
    return body, max(view.template.width for view in found), max(view.template.height for view in found)
