"""ISO/IEC 19794-2:2005 finger minutiae records, read and written. Big-endian.

    record   0  4  "FMR\\0"                4  4  " 20\\0"
             8  4  length of the record   12  2  capture equipment
            14  2  width, px              16  2  height, px
            18  2  px a cm across         20  2  px a cm down (500 ppi: 197)
            22  1  number of views        23  1  reserved
    view     1  finger position           1  view number << 4 | impression type
             1  quality 0..100            1  number of minutiae
    minutia  2  type << 14 | x            2  reserved << 14 | y
             1  angle in 1/256 turn       1  quality 1..100, 0: not reported
    then     2  length of extended data (ridge counts, cores, deltas, zonal quality), which is skipped; the last print's
                reaches to the record's end, whatever its length says: NIST's samples miscount it

Origin top left, y down, angles counter-clockwise from east: as in `Minutiae`. Quality 0 is "not reported" for a print as well.
Source: clauses 7.3 to 7.5; reference files of two vendors agree.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomatch.errors import BadTemplate, CorruptTemplate
from biomatch.template import BIFURCATION, MAX_SIDE, OTHER, QUALITY_STEPS, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

MADE_BY = "ISO/IEC 19794-2:2005"
MAX_MINUTIAE = 255  # a byte counts them
MAX_VIEWS = 255
MAX_VIEWS_OF_ONE_FINGER = 16  # four bits number them

PX_PER_CM = 197  # what 500 ppi is rounded to
_RESOLUTIONS = (39, 1575)  # px a cm: 100 to 4000 ppi
_START = b"FMR\0 20\0"
_HEAD = struct.Struct(">8sIHHHHHBB")
_VIEW = struct.Struct(">BBBB")
_MINUTIA = np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])
_COORDINATE = 0x3FFF


@dataclass(frozen=True)
class Head:
    """What a record says once for all of its views: px, px a cm, and the steps of an angle in a turn."""

    width: int
    height: int
    across: int
    down: int
    views: int
    turn_steps: int
    made_by: str


def is_record(data: bytes) -> bool:
    """Whether bytes are a record of this standard, by the length that it announces: ANSI's begin in the same way."""
    return data.startswith(_START) and len(data) >= _HEAD.size and struct.unpack_from(">I", data, 8)[0] == len(data)


def read(data: bytes) -> list[Template]:
    """One template a view, at 500 ppi whatever the record's resolution. Raises BadTemplate, CorruptTemplate."""
    if not data.startswith(_START):
        raise CorruptTemplate(f"it does not begin as a record of {MADE_BY}")
    if len(data) < _HEAD.size:
        raise CorruptTemplate("it ends within its head")
    _, length, _, width, height, across, down, views, _ = _HEAD.unpack_from(data)
    if length != len(data):
        raise CorruptTemplate(f"its head announces {length:,} bytes, there are {len(data):,}")
    return read_views(data, _HEAD.size, Head(width, height, across, down, views, 256, MADE_BY))


def read_views(data: bytes, at: int, head: Head) -> list[Template]:
    """The views from offset `at` to the record's end. Raises BadTemplate, CorruptTemplate."""
    for resolution in (head.across, head.down):
        if not _RESOLUTIONS[0] <= resolution <= _RESOLUTIONS[1]:
            raise CorruptTemplate(f"its resolution of {resolution} px a cm is not one that fingerprints are scanned at")
    if head.views == 0:
        raise CorruptTemplate("it holds no print")
    templates = []
    for _ in range(head.views):
        if at > len(data):
            raise CorruptTemplate("it ends within extended data")
        template, at = _read_view(data, at, head)
        templates.append(template)
    return templates


def _read_view(data: bytes, at: int, head: Head) -> tuple[Template, int]:
    """The view at an offset, and where the next one begins."""
    try:
        position, numbers, quality, count = _VIEW.unpack_from(data, at)
        minutiae = np.frombuffer(data, _MINUTIA, count, at + _VIEW.size)
        at += _VIEW.size + minutiae.nbytes
        (extended,) = struct.unpack_from(">H", data, at)
    except (struct.error, ValueError):
        raise CorruptTemplate("it ends within a print") from None
    template = Template(
        minutiae=_minutiae(minutiae, head),
        width=_at_500_ppi(head.width, head.across),
        height=_at_500_ppi(head.height, head.down),
        position=_position(position),
        impression=_impression(numbers & 15),
        quality=quality if 1 <= quality <= QUALITY_STEPS else None,
        extractor=head.made_by,
    )
    return template, at + 2 + extended


def _minutiae(found: np.ndarray, head: Head) -> Minutiae:
    x, y = found["x"] & _COORDINATE, found["y"] & _COORDINATE
    if len(found) and (x.max() >= head.width or y.max() >= head.height):
        raise CorruptTemplate(f"a minutia lies outside its {head.width} x {head.height} px")
    if len(found) and found["angle"].max() >= head.turn_steps:
        raise CorruptTemplate(f"an angle has {found['angle'].max()} of {head.turn_steps} steps")
    kind = (found["x"] >> 14).astype(np.uint8)
    return Minutiae.of(
        x=x * (PX_PER_CM / head.across),
        y=y * (PX_PER_CM / head.down),
        angle=found["angle"] * (2 * np.pi / head.turn_steps),
        kind=np.where(kind > BIFURCATION, OTHER, kind),
        quality=np.where(found["quality"] > QUALITY_STEPS, 0, found["quality"]) / QUALITY_STEPS,
    )


def _at_500_ppi(side: int, px_per_cm: int) -> int:
    scaled = round(side * PX_PER_CM / px_per_cm)
    if not 0 < scaled <= MAX_SIDE:
        raise BadTemplate(f"a side of {side} px at {px_per_cm} px a cm is outside what is read, 1..{MAX_SIDE} px at 500 ppi")
    return scaled


def _position(code: int) -> FingerPosition:
    try:
        return FingerPosition(code)
    except ValueError:
        raise CorruptTemplate(f"finger position {code} is none of 0..10") from None


def _impression(code: int) -> ImpressionType:
    try:
        return ImpressionType(code)
    except ValueError:
        return ImpressionType.UNKNOWN


def write(templates: Sequence[Template]) -> bytes:
    """One record with a view a template, in their order.

    What the standard cannot hold: minutiae beyond 255 (the best by quality are written, in their order), fractions of a
    px, ridge pictures, more than one size (the largest is written), and an impression type that is not known (written as
    live-scan plain, for which there is the code 0). Raises BadTemplate where there are no templates or too many.
    """
    _check_number(templates)
    numbers: Counter[FingerPosition] = Counter()
    views = []
    for template in templates:
        views.append(_written_view(template, numbers[template.position]))
        numbers[template.position] += 1
    body = b"".join(views)
    width = max(template.width for template in templates)
    height = max(template.height for template in templates)
    length = _HEAD.size + len(body)
    return _HEAD.pack(_START, length, 0, width, height, PX_PER_CM, PX_PER_CM, len(templates), 0) + body


def _check_number(templates: Sequence[Template]) -> None:
    if not templates:
        raise BadTemplate("a record needs a print; give one template or more")
    fullest = max(Counter(template.position for template in templates).values())
    if len(templates) > MAX_VIEWS or fullest > MAX_VIEWS_OF_ONE_FINGER:
        raise BadTemplate(
            f"{len(templates)} prints, {fullest} of one finger: a record holds {MAX_VIEWS}, {MAX_VIEWS_OF_ONE_FINGER} of one "
            "finger; write several records",
            prints=len(templates),
            of_one_finger=fullest,
        )


def _written_view(template: Template, number: int) -> bytes:
    minutiae = best(template.minutiae, MAX_MINUTIAE)
    found = np.zeros(len(minutiae), _MINUTIA)
    x = np.minimum(np.rint(minutiae.x), template.width - 1).astype(np.uint16)
    found["x"] = x | (minutiae.kind.astype(np.uint16) << 14)
    found["y"] = np.minimum(np.rint(minutiae.y), template.height - 1)
    found["angle"] = minutiae.turns
    found["quality"] = np.rint(minutiae.quality * QUALITY_STEPS)
    impression = int(template.impression) if template.impression < 16 else 0
    head = _VIEW.pack(int(template.position), number << 4 | impression, template.quality or 0, len(minutiae))
    return head + found.tobytes() + struct.pack(">H", 0)


def best(minutiae: Minutiae, count: int) -> Minutiae:
    """At most `count` minutiae: those of the highest quality, in their order; among equals the earlier."""
    ranked = np.argsort(-minutiae.quality, kind="stable")[:count]
    return minutiae[np.sort(ranked)]
