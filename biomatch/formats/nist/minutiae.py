"""Records of type 9: minutiae in three layouts -> marks of one kind; and marks -> the extended feature set (EFS).

    standard  9.005-9.012  11 digits XXXXYYYYTTT: 0.01 mm from the left and from the BOTTOM edge, degrees counter-clockwise
                           from east, pointing AWAY from the ridge: turned by half a turn here
    M1        9.126-9.150  as INCITS 378: px from the top left corner, 2 degrees a step, into the ridge
    EFS       9.300-9.399  0.01 mm from the top left corner of the region of interest (9.300 says where that lies),
                           degrees, into the ridge

Source: ANSI/NIST-ITL 1-2011 Update 2015, clause 8.9; one print marked in the first two layouts by NIST agrees.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomatch.errors import BadTemplate
from biomatch.formats.nist.images import POOR_TYPES, ImageRecord, images, standard_ppi
from biomatch.formats.nist.limits import LIMITS
from biomatch.formats.nist.records import RS, US, Fault, TaggedRecord, Transaction, decoded, tagged
from biomatch.imaging import PPI
from biomatch.imaging.header import INCH_CM
from biomatch.template import BIFURCATION, ENDING, MAX_SIDE, OTHER, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

UNITS = INCH_CM * 1000 / PPI  # of 0.01 mm, in a px at 500 ppi

FOREIGN_BLOCKS = {
    (13, 30): "of the FBI's IAFIS",
    (31, 55): "of Cogent",
    (56, 70): "of Motorola",
    (71, 99): "of Sagem Morpho",
    (100, 125): "of NEC",
    (151, 175): "of Identix",
    (176, 225): "of other makers",
}
"""Fields of minutiae that are not read, first and last, and whose they are."""

_KINDS = {b"A": ENDING, b"E": ENDING, b"B": BIFURCATION}
_LETTERS = {OTHER: b"X", ENDING: b"E", BIFURCATION: b"B"}
_PLACE = re.compile(rb"(\d{4})(\d{4})(\d{3})")
_WHOLE = re.compile(rb"-?\d{1,6}")
_POINT = re.compile(rb"(-?\d{1,6})[,-](-?\d{1,6})")
_WORST_QUALITY = 63  # of the standard layout, where 2 is the best; 0: marked by hand, 1: not known


@dataclass(frozen=True)
class Point:
    """px at 500 ppi from the top left corner of the image; angle in radians, None where there is none."""

    x: float
    y: float
    angle: float | None = None


@dataclass(frozen=True, eq=False)
class Marks:
    """The content of one record of type 9.

    record      number of the record in the transaction, from 1
    layout      "standard", "M1" or "EFS"
    template    the minutiae, px at 500 ppi from the image's top left corner
    cores, deltas
    pattern     class of the pattern as it stands, such as "LS" or "WU/PW"
    region      corners of the region of interest; empty where none is given
    assessment  the examiner's, such as "VALUE"; empty where none is given
    """

    record: int
    layout: str
    template: Template
    cores: tuple[Point, ...] = ()
    deltas: tuple[Point, ...] = ()
    pattern: str = ""
    region: tuple[Point, ...] = ()
    assessment: str = ""


def marks(transaction: Transaction, pictures: Sequence[ImageRecord] | None = None) -> tuple[list[Marks], list[Fault]]:
    """Reads every record of type 9 that can be read, and says what is wrong with the others.

    pictures  the transaction's images, where they were read before
    """
    found: list[Marks] = []
    faults: list[Fault] = []
    marked: dict[int | None, ImageRecord] = {}
    for picture in images(transaction) if pictures is None else pictures:
        if picture.type not in POOR_TYPES:
            marked.setdefault(picture.idc, picture)
    for number, record in enumerate(transaction.records, start=1):
        if not isinstance(record, TaggedRecord) or record.type != 9:
            continue
        try:
            found += _read(record, number, marked.get(record.idc))
        except _Unreadable as error:
            offset = record[error.field].offset if error.field in record else record.offset
            faults.append(Fault(number, 9, f"9.{error.field:03d}", offset, str(error)))
    return found, faults


class _Unreadable(Exception):
    def __init__(self, field: int, reason: str):
        super().__init__(reason)
        self.field = field


def _read(record: TaggedRecord, number: int, image: ImageRecord | None) -> list[Marks]:
    """Reads what is best of a record that may hold several layouts: EFS, else M1, else the standard one; none where it holds
    none."""
    try:
        for first, reader in ((331, _efs), (137, _m1), (12, _standard)):
            if first in record:
                return [reader(record, number, image)]
        if 300 in record:
            return [_efs(record, number, image)]
    except BadTemplate as error:
        raise _Unreadable(first, error.message) from None
    _refuse_foreign(record)
    return []


def _refuse_foreign(record: TaggedRecord) -> None:
    """Raises _Unreadable where the record has minutiae after all, in a block of fields that is not read."""
    for (first, last), whose in FOREIGN_BLOCKS.items():
        for one in record.fields:
            if first <= one.number <= last:
                fields = f"9.{first:03d} to 9.{last:03d}"
                reason = (
                    f"it has minutiae only in the block {whose} ({fields}), which is not read; EFS, M1 and standard ones are"
                )
                raise _Unreadable(one.number, reason)


def _efs(record: TaggedRecord, number: int, image: ImageRecord | None) -> Marks:
    region = _whole(record, 300, record[300].items[:4], 4) if 300 in record else [0, 0, 0, 0]
    left, top = region[2] / UNITS, region[3] / UNITS
    rows = _rows(record, 331, 3)
    letters = [items[3] if len(items) > 3 else b"" for items in rows]
    values = np.array([_whole(record, 331, items, 3) for items in rows], float).reshape(-1, 3)
    minutiae = Minutiae.of(
        values[:, 0] / UNITS + left,
        values[:, 1] / UNITS + top,
        np.radians(values[:, 2]),
        [_KINDS.get(letter, OTHER) for letter in letters],
        np.ones(len(rows)),
    )
    size = _size(image, left + region[0] / UNITS, top + region[1] / UNITS, minutiae)
    position = _position(record[302].items[0] if 302 in record else b"")
    assessment = decoded(record[353].items[0]) if 353 in record else ""
    return Marks(
        number,
        "EFS",
        _template(minutiae, size, position, _impression(record)),
        cores=_points(record, 320, left, top),
        deltas=_points(record, 321, left, top),
        pattern=" ".join("/".join(decoded(item) for item in items if item) for items in record[307].subfields)
        if 307 in record
        else "",
        region=tuple(
            Point(int(x) / UNITS + left, int(y) / UNITS + top)
            for x, y in _corners(record[300].items[4:] if 300 in record else [])
        ),
        assessment=assessment,
    )


def _corners(items: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Reads a path "x,y-x,y-...", as the standard writes it."""
    path = items[0] if items else b""
    _check_count(300, path.count(b"-") + 1)
    return [
        (pair.group(1), pair.group(2))
        for pair in (re.fullmatch(rb"(-?\d{1,6}),(-?\d{1,6})", one) for one in path.split(b"-"))
        if pair
    ]


def _points(record: TaggedRecord, number: int, left: float, top: float) -> tuple[Point, ...]:
    found = []
    for items in _rows(record, number, 2):
        x, y = _whole(record, number, items, 2)
        angle = float(np.radians(int(items[2]))) if len(items) > 2 and _WHOLE.fullmatch(items[2]) else None
        found.append(Point(x / UNITS + left, y / UNITS + top, angle))
    return tuple(found)


def _m1(record: TaggedRecord, number: int, image: ImageRecord | None) -> Marks:
    unit, across, down = (
        _whole(record, field, record[field].items, 1)[0] if field in record else 0 for field in (130, 131, 132)
    )
    inch = INCH_CM if unit == 2 else 1.0
    if unit not in (1, 2) or not across or not down:
        raise _Unreadable(130, "the resolution of its minutiae is missing")
    scale_x, scale_y = PPI / standard_ppi(across * inch), PPI / standard_ppi(down * inch)
    rows = _rows(record, 137, 5)
    values = np.array([_whole(record, 137, items[1:], 4) for items in rows], float).reshape(-1, 4)
    qualities = [_whole(record, 137, items[5:], 1)[0] if len(items) > 5 else 0 for items in rows]
    minutiae = Minutiae.of(
        values[:, 0] * scale_x,
        values[:, 1] * scale_y,
        np.radians(2 * values[:, 2]),
        np.where(values[:, 3] > BIFURCATION, OTHER, values[:, 3]).astype(np.uint8),
        np.array(qualities) / 100,
    )
    sides = [_whole(record, field, record[field].items, 1)[0] if field in record else 0 for field in (128, 129)]
    size = _size(image, sides[0] * scale_x, sides[1] * scale_y, minutiae)
    position = _position(record[134].items[0] if 134 in record else b"")
    return Marks(
        number,
        "M1",
        _template(minutiae, size, position, _impression(record)),
        cores=_m1_points(record, 139, scale_x, scale_y),
        deltas=_m1_points(record, 140, scale_x, scale_y),
    )


def _m1_points(record: TaggedRecord, number: int, scale_x: float, scale_y: float) -> tuple[Point, ...]:
    found = []
    for items in _rows(record, number, 2):
        x, y = _whole(record, number, items, 2)
        found.append(Point(x * scale_x, y * scale_y))
    return tuple(found)


def _standard(record: TaggedRecord, number: int, image: ImageRecord | None) -> Marks:
    rows = _rows(record, 12, 2)
    places = [_PLACE.fullmatch(items[1]) for items in rows]
    if None in places:
        raise _Unreadable(12, f"{decoded(rows[places.index(None)][1])[:20]!r} are not the 11 digits of a place and a direction")
    values = np.array([[int(part) for part in place.groups()] for place in places if place], float).reshape(-1, 3)
    # without an image the bottom edge is not known: half a millimetre below the lowest minutia is taken for it
    bottom = _image_side(image, "height") or float(values[:, 1].max(initial=0) + 50) / UNITS
    minutiae = Minutiae.of(
        values[:, 0] / UNITS,
        np.clip(bottom - values[:, 1] / UNITS, 0, MAX_SIDE),
        np.radians(values[:, 2] + 180),
        [_KINDS.get(items[3] if len(items) > 3 else b"", OTHER) for items in rows],
        [_standard_quality(items[2] if len(items) > 2 else b"") for items in rows],
    )
    size = _size(image, 0, bottom, minutiae)
    position = _position(record[6].items[0] if 6 in record else b"")
    pattern = decoded(record[7].items[1]) if 7 in record and len(record[7].items) > 1 else ""
    template = _template(minutiae, size, position, _impression(record))
    return Marks(
        number,
        "standard",
        template,
        cores=_standard_points(record, 8, bottom),
        deltas=_standard_points(record, 9, bottom),
        pattern=pattern,
    )


def _standard_points(record: TaggedRecord, number: int, bottom: float) -> tuple[Point, ...]:
    found = []
    for subfield in _rows(record, number, 1):
        if place := re.fullmatch(rb"(\d{4})(\d{4})", subfield[0]):
            found.append(Point(int(place[1]) / UNITS, bottom - int(place[2]) / UNITS))
    return tuple(found)


def _standard_quality(item: bytes) -> float:
    value = int(item) if item.isdigit() and len(item) < 4 else 1
    if value < 2:
        return 1.0 - value
    return max(0.0, (_WORST_QUALITY + 1 - value) / (_WORST_QUALITY - 1))


def _rows(record: TaggedRecord, number: int, least: int) -> list[list[bytes]]:
    """Returns the subfields of a field, none where it is missing or empty."""
    if number not in record or not record[number].value:
        return []
    _check_count(number, record[number].value.count(RS) + 1)
    rows = record[number].subfields
    for at, items in enumerate(rows, start=1):
        if len(items) < least:
            raise _Unreadable(number, f"subfield {at} has {len(items)} items, at least {least} are needed")
    return rows


def _check_count(number: int, count: int) -> None:
    """Checks how much a field lists, before that is taken apart."""
    if count > LIMITS.minutiae:
        raise _Unreadable(number, f"it lists {count:,} minutiae or points, at most {LIMITS.minutiae:,} are read")


def _whole(record: TaggedRecord, number: int, items: Sequence[bytes], count: int) -> list[int]:
    """Reads the first `count` items as whole numbers."""
    if len(items) < count:
        raise _Unreadable(number, f"{len(items)} items stand where {count} are needed")
    for item in items[:count]:
        if not _WHOLE.fullmatch(item):
            raise _Unreadable(number, f"{decoded(item)[:20]!r} is no number")
    return [int(item) for item in items[:count]]


def _template(minutiae: Minutiae, size: tuple[int, int], position: FingerPosition, impression: ImpressionType) -> Template:
    return Template(minutiae, *size, position=position, impression=impression, extractor="ANSI/NIST-ITL type 9")


def _size(image: ImageRecord | None, width: float, height: float, minutiae: Minutiae) -> tuple[int, int]:
    """Returns px at 500 ppi: of the image, else as told, and at least what the minutiae need."""
    sides = []
    for name, told, places in (("width", width, minutiae.x), ("height", height, minutiae.y)):
        side = max(round(_image_side(image, name) or told), int(places.max(initial=0)) + 1)
        if side > MAX_SIDE:
            raise BadTemplate(f"the print would have {side:,} px a side at 500 ppi, at most {MAX_SIDE:,} are kept")
        sides.append(side)
    return sides[0], sides[1]


def _image_side(image: ImageRecord | None, name: str) -> float | None:
    if image is None or not image.ppi:
        return None
    return float(getattr(image, name)) * PPI / image.ppi or None


def _position(item: bytes) -> FingerPosition:
    code = int(item) if item.isdigit() and len(item) < 4 else 0
    return FingerPosition(code if code <= 10 else {11: 1, 12: 6}.get(code, 0))


def _impression(record: TaggedRecord) -> ImpressionType:
    text = record.text(3)
    try:
        return ImpressionType(int(text)) if text.isdecimal() and len(text) < 4 else ImpressionType.UNKNOWN
    except ValueError:
        return ImpressionType.UNKNOWN


# writing


def efs_record(
    template: Template,
    idc: int,
    *,
    cores: Sequence[Point] = (),
    deltas: Sequence[Point] = (),
    pattern: str = "",
    assessment: str = "",
) -> TaggedRecord:
    """Makes a record of type 9 with the minutiae of a print, as an examiner marked them, in the extended feature set.

    The region of interest is the whole image. Places are rounded to 0.01 mm (a fifth of a px), directions to degrees;
    qualities are not kept. pattern: a class with its parts, such as "LS" or "WU/PW".
    """
    minutiae = template.minutiae
    width, height = (round(side * UNITS) for side in (template.width, template.height))
    values = [
        (3, b"%d" % int(template.impression)),
        (4, b"U"),
        (300, US.join(b"%d" % value for value in (width, height, 0, 0)) + US + _path(width, height)),
        (302, b"%d" % int(template.position)),
        (331 if len(minutiae) else 334, _minutiae_rows(minutiae) if len(minutiae) else b"Y"),
        (320 if cores else 325, _point_rows(cores) if cores else b"Y"),
        (321 if deltas else 326, _point_rows(deltas) if deltas else b"Y"),
    ]
    if pattern:
        values.append((307, US.join((*(part.encode() for part in pattern.split("/")), b"", b"")[:3])))
    if assessment:
        values.append((353, assessment.encode()))
    return tagged(9, [(2, b"%02d" % idc), *values])


def _path(width: int, height: int) -> bytes:
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    return b"-".join(b"%d,%d" % corner for corner in corners)


def _minutiae_rows(minutiae: Minutiae) -> bytes:
    return RS.join(
        US.join((b"%d" % round(x * UNITS), b"%d" % round(y * UNITS), b"%d" % (round(np.degrees(angle)) % 360), _LETTERS[kind]))
        for x, y, angle, kind in zip(
            minutiae.x.tolist(), minutiae.y.tolist(), minutiae.angle.tolist(), minutiae.kind.tolist(), strict=True
        )
    )


def _point_rows(points: Sequence[Point]) -> bytes:
    rows = []
    for point in points:
        items = [b"%d" % round(point.x * UNITS), b"%d" % round(point.y * UNITS)]
        if point.angle is not None:
            items.append(b"%d" % (round(np.degrees(point.angle)) % 360))
        rows.append(US.join(items))
    return RS.join(rows)
