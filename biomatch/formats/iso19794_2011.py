"""ISO/IEC 19794-2:2011 finger minutiae records, read and written. Big-endian.

    record   0  4  "FMR\\0"                4  4  "030\\0"
             8  4  length of the record   12  2  number of views      14  1  1: views hold certificates
    view     0  4  its length              4  9  date and time (255: not known)
            13  1  technology of the sensor    14  2  its maker    16  2  its type
            18  1  number of quality records: each 1 score, 2 maker, 2 algorithm
                1  number of certificates, if the record says so: each 3 bytes
                1  finger position    1  view number    2  px a cm across    2  px a cm down    1  impression type
                2  width, px          2  height, px     1  bytes of a minutia (5 or 6) << 4 | where a ridge's end is
                1  number of minutiae
    then minutiae (angle in 1/256 turn; 5 bytes have no quality) and extended data, as views.py says

ANSI INCITS 378-2009 begins with the same eight bytes: a record is ISO's if the lengths of its views add up to its own.
Source: layouts as FingerprintIO documents them; records that nbis-python wrote and reads.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from biomatch.errors import CorruptTemplate, TooManyPrints
from biomatch.formats import views
from biomatch.formats.views import ISO, PX_PER_CM, Frame, View
from biomatch.template import Template

MADE_BY = "ISO/IEC 19794-2:2011"

_START = b"FMR\x00030\0"
_HEAD = struct.Struct(">8sIHB")
_VIEW_START = struct.Struct(">I9sBHHB")
_VIEW = struct.Struct(">BBHHBHHBB")
_QUALITY = struct.Struct(">BHH")
_CERTIFICATE = 3  # bytes
_NO_TIME = b"\xff" * 9
_NO_SCORE = 254
_MOST_IMPRESSION = 29
_LEAST_VIEW = _VIEW_START.size + _VIEW.size + 2


def is_record(data: bytes) -> bool:
    """Tells whether bytes are a record of this standard: the lengths of its views add up."""
    if not data.startswith(_START) or len(data) < _HEAD.size:
        return False
    _, length, count, _ = _HEAD.unpack_from(data)
    at = _HEAD.size
    for _ in range(count):
        if at + 4 > len(data):
            return False
        (size,) = struct.unpack_from(">I", data, at)
        if size < _LEAST_VIEW:
            return False
        at += size
    return count > 0 and at == length == len(data)


def read(data: bytes, *, strict: bool = False) -> list[Template]:
    """Reads one template a view, at 500 ppi whatever the record's resolution. Raises BadTemplate, CorruptTemplate."""
    return [view.template for view in read_views(data, strict=strict)]


def read_views(data: bytes, *, strict: bool = False) -> list[View]:
    """Reads the views with their extended data.

    Two bytes count the views here: at most as many are read as records of the other editions hold. Raises TooManyPrints.
    """
    if not is_record(data):
        raise CorruptTemplate(f"it is no record of {MADE_BY}, or its lengths do not add up")
    _, _, count, certified = _HEAD.unpack_from(data)
    if count > views.MAX_VIEWS:
        raise TooManyPrints(count, views.MAX_VIEWS)
    at, found = _HEAD.size, []
    for _ in range(count):
        (size,) = struct.unpack_from(">I", data, at)
        found.append(_read_view(data[at : at + size], bool(certified), strict=strict))
        at += size
    return found


def _read_view(data: bytes, certified: bool, *, strict: bool) -> View:
    """Reads a view. data: the view's own bytes, so that nothing of it can reach into the next."""
    *_, qualities = _VIEW_START.unpack_from(data)
    at = _VIEW_START.size
    try:
        scores = [_QUALITY.unpack_from(data, at + number * _QUALITY.size)[0] for number in range(qualities)]
        at += qualities * _QUALITY.size
        if certified:
            at += 1 + data[at] * _CERTIFICATE
        position, _, across, down, impression, width, height, sizes, count = _VIEW.unpack_from(data, at)
    except (struct.error, IndexError):
        raise CorruptTemplate("it ends within a print") from None
    if sizes >> 4 not in (5, 6):
        raise CorruptTemplate(f"its minutiae have {sizes >> 4} bytes, neither 5 nor 6")
    frame = Frame(width, height, across, down)
    views.check_frame(frame)
    quality = next((score for score in scores if score <= 100), 0)
    if strict:
        views.check_head(position, impression, scores[0] if scores else 0, 0)
    minutiae, at = views.read_minutiae(
        data, at + _VIEW.size, count, frame, ISO.turn_steps, strict=strict, short=sizes >> 4 == 5
    )
    blocks, _ = views.read_blocks(data, at, last=True, strict=strict)
    return View(views.made(minutiae, frame, position, impression, quality, MADE_BY), blocks, ISO, frame)


def write(prints: Sequence[Template | View]) -> bytes:
    """Writes one record with a view a print, in their order. What it cannot hold: see `iso19794.write`; sizes are each view's
    own.

    Ends of ridges are said to be where the valley's skeleton forks, as in the editions before.
    """
    found = views.views_of(prints)
    views.check_number(found)
    body = b"".join(_written_view(view, number) for view, number in views.numbered(found))
    return _HEAD.pack(_START, _HEAD.size + len(body), len(found), 0) + body


def _written_view(view: View, number: int) -> bytes:
    template = view.template
    count, minutiae = views.written_minutiae(template, ISO.turn_steps)
    score = _NO_SCORE if template.quality is None else template.quality
    head = _VIEW.pack(
        int(template.position),
        number,
        PX_PER_CM,
        PX_PER_CM,
        views.impression_code(template, _MOST_IMPRESSION),
        template.width,
        template.height,
        6 << 4,
        count,
    )
    rest = _QUALITY.pack(score, 0, 0) + head + minutiae + views.written_blocks(view, ISO)
    return _VIEW_START.pack(_VIEW_START.size + len(rest), _NO_TIME, 0, 0, 0, 1) + rest
