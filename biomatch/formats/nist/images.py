"""The friction ridge images of a transaction, as records of types 3 to 6, 13, 14 and 15 describe them, and why one cannot be
used.

Positions are the standard's codes: 0 unknown finger, 1 to 10 right thumb to left little, 11 and 12 plain right and left thumb,
13 and 14 four fingers of the right and left hand, 15 both thumbs, 19 a joint or tip, 20 to 38 and 81 to 86 palms, 40 to 50
two or three fingers together. Source: ANSI/NIST-ITL 1-2011 Update 2015, tables of positions, impressions and compressions.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from biomatch.errors import UnreadableImage
from biomatch.formats.nist.records import DATA, GREY_HEAD, Fault, GreyRecord, Record, TaggedRecord, Transaction, decoded
from biomatch.imaging import FINGER, PALM, SLAP, Limits, header
from biomatch.imaging.decode import POSSIBLE
from biomatch.imaging.header import INCH_CM
from biomatch.vocabulary import FingerPosition, ImpressionType

IMAGE_TYPES = (3, 4, 5, 6, 13, 14, 15)
TWO_LEVELS = (5, 6)
POOR_TYPES = (3, *TWO_LEVELS)  # 250 ppi, or of two levels: kept and shown, not compared

TOGETHER: dict[int, tuple[int, ...]] = {
    13: (2, 3, 4, 5),
    14: (10, 9, 8, 7),
    15: (6, 1),
    40: (2, 3),
    41: (3, 4),
    42: (4, 5),
    43: (8, 7),
    44: (9, 8),
    45: (10, 9),
    46: (7, 2),
    47: (2, 3, 4),
    48: (3, 4, 5),
    49: (9, 8, 7),
    50: (10, 9, 8),
}
"""Codes of fingers that are put down together -> the fingers, from left to right as they are seen."""

_THUMBS = {11: 1, 12: 6}  # plain thumbs have codes of their own
_COMPRESSIONS = {0: "NONE", 1: "WSQ20", 2: "JPEGB", 3: "JPEGL", 4: "JP2", 5: "JP2L", 6: "PNG"}
_COMPRESSIONS_OF_TWO_LEVELS = {0: "NONE", 1: "FACSIMILE"}  # of types 5 and 6; facsimile is ANSI/EIA-538 (Group 4)
_KINDS = {"WSQ": "WSQ", "WSQ20": "WSQ", "JPEGB": "JPEG", "JPEGL": "JPEG", "JP2": "JP2", "JP2L": "JP2", "PNG": "PNG"}
_STANDARD_PPI = (500, 1000)
_ROUNDED = 0.01  # share by which a resolution may miss one of these: 197 px a cm are 500.4 ppi
_NUMBER = re.compile(rb"\d{1,9}")


@dataclass(frozen=True)
class Box:
    """The place of a finger in a slap, px of the image; right and bottom are the last column and row."""

    finger: int
    left: int
    right: int
    top: int
    bottom: int


@dataclass(frozen=True)
class QualityScore:
    """vendor, algorithm: their CBEFF numbers; empty for NFIQ 1 (field 022), which counts from 1, the best, to 5."""

    finger: int
    score: int
    vendor: str
    algorithm: str


@dataclass(frozen=True)
class ImageRecord:
    """One image.

    record       number of the record in the transaction, from 1
    positions    codes, as they stand
    ppi          px an inch; None where the record does not say it
    compression  as field 011 names it, also for types 3 to 6
    missing      fingers that are not there, with the code of the reason (XX amputated, UP cannot be printed)
    data         the bytes of the image
    offset       where these begin in the file that the transaction was read from
    flaws        what its record says wrongly, though the image is used; width and height are then those of the image
    fault        why it cannot be used; None: it can
    """

    record: int
    type: int
    idc: int | None
    impression: ImpressionType
    positions: tuple[int, ...]
    width: int
    height: int
    ppi: float | None
    compression: str
    missing: tuple[tuple[int, str], ...]
    boxes: tuple[Box, ...]
    qualities: tuple[QualityScore, ...]
    data: bytes
    offset: int
    flaws: tuple[Fault, ...]
    fault: Fault | None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that is wrong with it; it can be used all the same where `fault` is None."""
        return self.flaws if self.fault is None else (*self.flaws, self.fault)

    @property
    def fingers(self) -> tuple[FingerPosition, ...]:
        """The fingers that it should show, from left to right, without those that are missing; empty for palms and joints."""
        gone = {finger for finger, _ in self.missing}
        first = self.positions[0] if self.positions else 0
        codes = TOGETHER.get(first, (_THUMBS.get(first, first),))
        return tuple(FingerPosition(code) for code in codes if code <= 10 and code not in gone)

    @property
    def is_slap(self) -> bool:
        """True where it shows several fingers."""
        return bool(self.positions) and self.positions[0] in TOGETHER

    @property
    def is_comparable(self) -> bool:
        """True where its prints can be compared: fingers, in grey, at a resolution that a print may have, and readable."""
        return self.fault is None and self.type not in POOR_TYPES and bool(self.fingers) and self.has_possible_ppi

    @property
    def has_possible_ppi(self) -> bool:
        """True where a print may have its resolution."""
        return self.ppi is not None and POSSIBLE[0] <= self.ppi <= POSSIBLE[1]

    @property
    def limits(self) -> Limits:
        """The most that is decoded of an image of this kind."""
        if self.is_slap:
            return SLAP
        return FINGER if self.fingers else PALM

    @property
    def bare(self) -> tuple[int, int] | None:
        """Width and height where the data are pixels and nothing else."""
        return (self.width, self.height) if self.compression == "NONE" else None


def images(transaction: Transaction) -> list[ImageRecord]:
    """Lists all images, in the order of the records."""
    found = []
    for number, record in enumerate(transaction.records, start=1):
        if record.type in IMAGE_TYPES:
            reader = _Reader(transaction, number, record)
            found.append(reader.grey(record) if isinstance(record, GreyRecord) else reader.tagged(record))
    return found


class _Reader:
    """Reads one record; the first thing because of which the image cannot be used is its fault, others are flaws."""

    def __init__(self, transaction: Transaction, number: int, record: Record):
        self._transaction, self._number, self._record = transaction, number, record
        self._flaws: list[Fault] = []
        self._fault: Fault | None = None

    def _wrong(self, field: int | None, reason: str, offset: int | None = None) -> None:
        if self._fault is None:
            self._fault = self._at(field, reason, offset)

    def _flaw(self, field: int | None, reason: str, offset: int | None = None) -> None:
        self._flaws.append(self._at(field, reason, offset))

    def _at(self, field: int | None, reason: str, offset: int | None) -> Fault:
        name = None if field is None else f"{self._record.type}.{field:03d}"
        return Fault(self._number, self._record.type, name, self._record.offset if offset is None else offset, reason)

    def grey(self, record: GreyRecord) -> ImageRecord:
        ppi = 500.0 if record.resolution == 0 else self._native_ppi()
        if record.type == 4 and ppi is not None and abs(ppi - 500) > 500 * _ROUNDED:
            self._flaw(None, f"a type-4 record holds images at 500 ppi, 1.012 says {ppi:g} ppi, at which it is read")
        if record.type in (3, 5) and record.resolution == 0:
            ppi = 250.0  # table 1 of the 1993 edition: 9.84 px a mm
        codes = _COMPRESSIONS_OF_TWO_LEVELS if record.type in TWO_LEVELS else _COMPRESSIONS
        compression = codes.get(record.compression, f"{record.compression}")
        size = self._checked(record.width, record.height, ppi, compression, 8, record.data, GREY_HEAD)
        positions = tuple(code for code in record.positions if code != 255) or (0,)
        return self._made(record, record.impression, positions, size, ppi, compression, record.data, GREY_HEAD)

    def _native_ppi(self) -> float | None:
        """Reads field 1.012, the resolution at which images are transmitted, px a mm."""
        try:
            ppi = float(self._transaction.first.text(12)) * INCH_CM * 10
        except ValueError:
            return None
        return standard_ppi(ppi) if math.isfinite(ppi) and ppi > 0 else None

    def tagged(self, record: Record) -> ImageRecord:
        if not isinstance(record, TaggedRecord):
            raise TypeError("a record of fields is needed")
        width, height = self._int(record, 6, 0), self._int(record, 7, 0)
        compression = record.text(11).strip().upper()
        if compression.isdecimal():
            compression = _COMPRESSIONS.get(int(compression[:9]), compression)
        ppi = self._ppi(record)
        data = record[DATA].value if DATA in record else b""
        offset = len(record[DATA].tag) + 1 if DATA in record else 0
        place = record[DATA].offset - record.offset + offset if DATA in record else None
        size = self._checked(width, height, ppi, compression, self._int(record, 12, 8), data, place)
        positions = tuple(
            int(items[0]) for items in (record[13].subfields if 13 in record else []) if _NUMBER.fullmatch(items[0])
        )
        impression = self._int(record, 3, ImpressionType.UNKNOWN)
        return self._made(record, impression, positions or (0,), size, ppi, compression, data, place or 0)

    def _ppi(self, record: TaggedRecord) -> float | None:
        unit, across, down = (self._int(record, number, 0) for number in (8, 9, 10))
        if unit == 0 or not across:
            return None
        if across != down:
            self._wrong(10, f"its pixels are not square: {across} across, {down} down")
        return standard_ppi(across * (INCH_CM if unit == 2 else 1.0))

    def _int(self, record: TaggedRecord, number: int, default: int) -> int:
        if number not in record:
            return default
        field = record[number]
        if not _NUMBER.fullmatch(field.items[0]):
            self._wrong(number, f"{decoded(field.value)[:20]!r} is no number", field.offset)
            return default
        return int(field.items[0])

    def _checked(
        self, width: int, height: int, ppi: float | None, compression: str, depth: int, data: bytes, place: int | None
    ) -> tuple[int, int]:
        """Looks for what is wrong with an image that its record says these things of, and gives its true width and height.

        place: where the data begin, from the record's offset
        """
        offset = self._record.offset + (place or 0)
        if place is None:
            self._wrong(DATA, "the record holds no image")
            return width, height
        if ppi is None:
            self._wrong(9, "the resolution is missing: it says neither px an inch nor px a cm")
        if self._record.type in TWO_LEVELS:
            if compression != "NONE":
                self._wrong(None, f"images of two levels that are compressed ({compression}) are not read", offset)
        elif compression == "NONE":
            if depth != 8:
                self._wrong(12, f"pixels of {depth} bits are not read where they are not compressed, only of 8")
            if width * height != len(data):
                self._wrong(DATA, f"{width} x {height} px need {width * height:,} bytes, there are {len(data):,}", offset)
        elif compression not in _KINDS:
            self._wrong(11, f"{compression[:20]!r} is no compression that is read")
        else:
            return self._checked_file(width, height, compression, data, offset)
        return width, height

    def _checked_file(self, width: int, height: int, compression: str, data: bytes, offset: int) -> tuple[int, int]:
        """Checks the same of an image that is a file of its own, whose header says its size."""
        try:
            head = header.read(data)
        except UnreadableImage as error:
            self._wrong(DATA, str(error.values["reason"]), offset)
            return width, height
        if head.kind != _KINDS[compression]:
            self._wrong(DATA, f"field 011 says {compression}, the image begins as {head.kind}", offset)
        elif (head.width, head.height) != (width, height):
            reason = f"the record says {width} x {height} px, the image has {head.width} x {head.height}, which are used"
            self._flaw(6, reason, offset)
        return head.width, head.height

    def _made(
        self,
        record: Record,
        impression: int,
        positions: tuple[int, ...],
        size: tuple[int, int],
        ppi: float | None,
        compression: str,
        data: bytes,
        place: int,
    ) -> ImageRecord:
        tagged = record if isinstance(record, TaggedRecord) else None
        return ImageRecord(
            record=self._number,
            type=record.type,
            idc=record.idc,
            impression=_impression(impression),
            positions=positions,
            width=size[0],
            height=size[1],
            ppi=ppi,
            compression=compression,
            missing=_missing(tagged) if tagged else (),
            boxes=_boxes(tagged) if tagged else (),
            qualities=_qualities(tagged) if tagged else (),
            data=data,
            offset=record.offset + place,
            flaws=tuple(self._flaws),
            fault=self._fault,
        )


def standard_ppi(ppi: float) -> float:
    """Returns the standard resolution that a rounded one means: 197 px a cm are 500.4 ppi and mean 500."""
    for standard in _STANDARD_PPI:
        if abs(ppi - standard) <= standard * _ROUNDED:
            return float(standard)
    return round(ppi, 1)


def _impression(code: int) -> ImpressionType:
    try:
        return ImpressionType(code)
    except ValueError:
        return ImpressionType.UNKNOWN


def _missing(record: TaggedRecord) -> tuple[tuple[int, str], ...]:
    if record.type != 14 or 18 not in record:
        return ()
    return tuple(
        (int(items[0]), decoded(items[1])) for items in record[18].subfields if len(items) > 1 and _all_numbers(items[:1])
    )


def _boxes(record: TaggedRecord) -> tuple[Box, ...]:
    """Reads field 021: finger, left, right, top, bottom; where it is missing 025: finger, count, x and y of each corner."""
    if record.type != 14:
        return ()
    found = []
    for items in record[21].subfields if 21 in record else []:
        if len(items) == 5 and _all_numbers(items):
            found.append(Box(*(int(item) for item in items)))
    for items in record[25].subfields if 25 in record and not found else []:
        if len(items) >= 8 and len(items) % 2 == 0 and _all_numbers(items):
            x, y = [int(item) for item in items[2::2]], [int(item) for item in items[3::2]]
            found.append(Box(int(items[0]), min(x), max(x), min(y), max(y)))
    return tuple(found)


def _qualities(record: TaggedRecord) -> tuple[QualityScore, ...]:
    found = []
    for items in record[24].subfields if 24 in record else []:
        if len(items) >= 2 and _all_numbers(items[:2]):
            finger, score, vendor, algorithm = (*items, b"", b"")[:4]
            found.append(QualityScore(int(finger), int(score), decoded(vendor), decoded(algorithm)))
    for items in record[22].subfields if 22 in record and record.type == 14 else []:
        if len(items) == 2 and _all_numbers(items):
            found.append(QualityScore(int(items[0]), int(items[1]), "", ""))
    return tuple(found)


def _all_numbers(items: list[bytes]) -> bool:
    return all(_NUMBER.fullmatch(item) for item in items)
