"""ANSI/NIST-ITL transactions, traditional encoding: bytes -> records of fields -> the same bytes.

A transaction is a file of records one after the other. A tagged record is fields "type.number:value", GS between them, FS at
the end; its first field is its length in bytes, all included. Values are subfields (RS between them) of items (US). The field
999 holds an image or other data, is the last of its record, and may hold any byte. A binary record (types 3 to 8) begins with
its length in 4 bytes. The first record, of type 1, lists all others in field 1.003.

Nothing is thrown away and nothing is normalised: `Transaction.to_bytes` of what was read gives back the bytes that were read,
put together from the fields; a field that was changed changes itself and the lengths. Versions 0200 (1993) to 0502 (2015).
What cannot be read is a `Fault` with record, field and offset; what follows it is read where that is safe. What goes beyond
limits.py is refused. Time and memory grow with the bytes, whatever they are.

Source: ANSI/NIST-ITL 1-2011 Update 2015, clauses 5 to 7 and annex B.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from biomatch.errors import BadTransaction, TransactionTooLarge, XmlNotRead
from biomatch.formats.nist.limits import LIMITS, Limits
from biomatch.imaging import header

FS, GS, RS, US = b"\x1c", b"\x1d", b"\x1e", b"\x1f"
LENGTH, IDC, DATA = 1, 2, 999  # numbers of fields that every record has, or may have
CONTENTS = 3  # of a type-1 record
BINARY = frozenset((3, 4, 5, 6, 7, 8))
GREY_BINARY = frozenset((3, 4, 5, 6))  # binary records of one layout

_TAG = re.compile(rb"(\d{1,3})\.(\d{1,9}):")
_LENGTH = re.compile(rb"0*(\d{1,10})")
_COUNT = re.compile(rb"\d{1,9}")
_GREY_HEAD = struct.Struct(">IBB6sBHHB")
_BINARY_HEAD = struct.Struct(">IB")
GREY_HEAD = _GREY_HEAD.size  # bytes in front of the image of a record of type 3 to 6


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it stands. number -1: what lies between two separators is no field; tag is empty, value holds it all."""

    number: int
    tag: bytes
    value: bytes
    offset: int = field(default=0, compare=False)  # in the file that it was read from

    def to_bytes(self) -> bytes:
        return self.tag + b":" + self.value if self.tag else self.value

    @property
    def subfields(self) -> list[list[bytes]]:
        """The subfields, each its items."""
        return [subfield.split(US) for subfield in self.value.split(RS)]

    @property
    def items(self) -> list[bytes]:
        """The items of the first subfield."""
        return self.value.split(RS, 1)[0].split(US)


@dataclass(frozen=True)
class TaggedRecord:
    """A record of fields. closed: FS stood at its end."""

    type: int
    fields: tuple[Field, ...]
    closed: bool = True
    offset: int = field(default=0, compare=False)

    @cached_property
    def _by_number(self) -> dict[int, Field]:
        """The first field of each number."""
        return {one.number: one for one in reversed(self.fields)}

    def __getitem__(self, number: int) -> Field:
        """Raises KeyError."""
        return self._by_number[number]

    def __contains__(self, number: int) -> bool:
        return number in self._by_number

    def text(self, number: int, default: str = "") -> str:
        """Returns a field's value, as UTF-8 if it is, else as Latin-1."""
        return decoded(self[number].value) if number in self else default

    @property
    def idc(self) -> int | None:
        """The information designation character; None where there is none, or it is no number."""
        value = self[IDC].value if IDC in self and self.type != 1 else b""
        return int(value) if value.isdigit() and len(value) < 4 else None

    def with_field(self, number: int, value: bytes) -> TaggedRecord:
        """Returns the record with a field changed, or added in the order of the numbers. `value` may hold separators."""
        fields = list(self.fields)
        for at, one in enumerate(fields):
            if one.number == number:
                fields[at] = replace(one, value=value)
                return replace(self, fields=tuple(fields))
        at = next((at for at, one in enumerate(fields) if one.number > number), len(fields))
        fields.insert(at, Field(number, b"%d.%03d" % (self.type, number), value))
        return replace(self, fields=tuple(fields))

    def to_bytes(self) -> bytes:
        end = FS if self.closed else b""
        if not self.fields or self.fields[0].number != LENGTH or not _is_length(self.fields[0].value):
            return GS.join(one.to_bytes() for one in self.fields) + end
        head, rest = self.fields[0], b"".join(GS + one.to_bytes() for one in self.fields[1:]) + end
        width = len(head.value) if head.value.startswith(b"0") else 0
        fixed = len(head.tag) + 1 + len(rest)
        length = fixed + max(1, width)
        while fixed + max(len(b"%d" % length), width) != length:
            length = fixed + max(len(b"%d" % length), width)
        return head.tag + b":" + (b"%d" % length).rjust(width, b"0") + rest


@dataclass(frozen=True)
class BinaryRecord:
    """A record of type 3 to 8. body: what follows the IDC; types 3 to 6 are told apart further by `GreyRecord`."""

    type: int
    idc: int
    body: bytes
    offset: int = field(default=0, compare=False)

    def to_bytes(self) -> bytes:
        return _BINARY_HEAD.pack(_BINARY_HEAD.size + len(self.body), self.idc) + self.body


@dataclass(frozen=True)
class GreyRecord:
    """A record of type 3 to 6, a fingerprint image.

    impression   its code
    positions    six bytes: finger positions, 255 where there is no further one
    resolution   0: the least of table 1 (19.68 px/mm in type 4), 1: what type 1 says
    width, height  px
    compression  0 none; in types 3 and 4: 1 WSQ, 2 JPEG, 3 lossless JPEG, 4 JPEG 2000, 5 lossless JPEG 2000, 6 PNG;
                 in types 5 and 6: 1 facsimile
    """

    type: int
    idc: int
    impression: int
    positions: bytes
    resolution: int
    width: int
    height: int
    compression: int
    data: bytes
    offset: int = field(default=0, compare=False)

    def to_bytes(self) -> bytes:
        return (
            _GREY_HEAD.pack(
                _GREY_HEAD.size + len(self.data),
                self.idc,
                self.impression,
                self.positions,
                self.resolution,
                self.width,
                self.height,
                self.compression,
            )
            + self.data
        )


Record = TaggedRecord | BinaryRecord | GreyRecord


@dataclass(frozen=True)
class Fault:
    """A fault, and its place: number of the record in the file (the type-1 record is 1), its type, field, byte offset."""

    record: int
    type: int | None
    field: str | None
    offset: int
    reason: str

    def __str__(self) -> str:
        kind = "" if self.type is None else f" (type {self.type})"
        number = "" if self.field is None else f", field {self.field}"
        return f"record {self.record}{kind}{number}, byte {self.offset:,}: {self.reason}"

    def error(self) -> BadTransaction:
        return BadTransaction(str(self), self.record, self.type, self.field, self.offset)


@dataclass(frozen=True)
class Transaction:
    """records in their order; rest: bytes behind them, or in their stead, that could not be read; faults found in reading."""

    records: tuple[Record, ...]
    rest: bytes = b""
    faults: tuple[Fault, ...] = field(default=(), compare=False)

    @property
    def first(self) -> TaggedRecord:
        """The type-1 record."""
        first = self.records[0]
        assert isinstance(first, TaggedRecord)
        return first

    @property
    def announced(self) -> int:
        """The number of records by field 1.003, the type-1 record itself included."""
        return len(self.first[CONTENTS].subfields) if CONTENTS in self.first else 1

    def of_type(self, *types: int) -> list[Record]:
        return [record for record in self.records if record.type in types]

    def to_bytes(self) -> bytes:
        return b"".join(record.to_bytes() for record in self.records) + self.rest

    def listed(self) -> Transaction:
        """Returns the same with field 1.003 saying which records follow."""
        rest = self.records[1:]
        entries = [b"1" + US + b"%d" % len(rest), *(b"%d" % record.type + US + b"%02d" % (record.idc or 0) for record in rest)]
        return replace(self, records=(self.first.with_field(CONTENTS, RS.join(entries)), *rest))


def _is_length(value: bytes) -> bool:
    """Tells whether it can be counted anew when the record is written; a new record's is empty."""
    return value.isdigit() or not value


def is_transaction(data: bytes) -> bool:
    """Tells whether bytes begin as a transaction does, sound or not."""
    found = _TAG.match(data)
    return found is not None and int(found[1]) == 1 and int(found[2]) == LENGTH


def read(data: bytes, *, strict: bool = False, limits: Limits = LIMITS) -> Transaction:
    """Reads the records of a file, and says what is wrong with it.

    Raises BadTransaction: there is no type-1 record, or, if strict, anything is wrong; XmlNotRead, TransactionTooLarge.
    """
    if not is_transaction(data):
        if header.is_xml(data):
            raise XmlNotRead.of_cbeff() if header.is_cbeff(data) else XmlNotRead
        raise BadTransaction.where_none_begins()
    if len(data) > limits.size:
        raise TransactionTooLarge("bytes", limits.size)
    found = _Reader(data, limits).read()
    if strict and found.faults:
        raise found.faults[0].error()
    return found


def decoded(value: bytes) -> str:
    """Decodes bytes as text: UTF-8 if they are, else Latin-1, which any bytes are."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


class _Reader:
    def __init__(self, data: bytes, limits: Limits):
        self._data = data
        self._limits = limits
        self._records: list[Record] = []
        self._faults: list[Fault] = []
        self._parts = 0  # fields, subfields and items so far

    def _fault(self, offset: int, reason: str, kind: int | None = None, number: int | None = None) -> None:
        name = None if number is None or kind is None else f"{kind}.{number:03d}"
        self._faults.append(Fault(len(self._records) + 1, kind, name, offset, reason))

    def read(self) -> Transaction:
        at = self._tagged(0, 1)
        if at is None:
            raise self._faults[-1].error()
        announced = list(self._announced())
        for kind, idc in announced:
            if at >= len(self._data):
                self._fault(at, f"the file ends, {len(announced) + 1 - len(self._records)} announced records are missing", kind)
                break
            end = self._record(at, kind, idc)
            if end is None:
                return self._done(at)
            at = end
        if at < len(self._data):
            self._fault(at, f"{len(self._data) - at:,} bytes follow the last record that 1.003 announces")
        self._check_doubles()
        return self._done(at)

    def _done(self, at: int) -> Transaction:
        return Transaction(tuple(self._records), self._data[at:], tuple(self._faults))

    def _announced(self) -> Iterator[tuple[int, int | None]]:
        """Yields type and IDC of each record that 1.003 lists."""
        first = self._records[0]
        assert isinstance(first, TaggedRecord)
        if CONTENTS not in first:
            self._faults.append(Fault(1, 1, "1.003", first.offset, "the field that lists the records is missing"))
            return
        contents = first[CONTENTS]
        if contents.value.count(RS) > self._limits.records:
            raise TransactionTooLarge("records", self._limits.records)
        head, *entries = contents.subfields
        if len(head) < 2 or not _COUNT.fullmatch(head[1]) or int(head[1]) != len(entries):
            said = decoded(head[1])[:20] if len(head) > 1 else "nothing"
            self._faults.append(Fault(1, 1, "1.003", contents.offset, f"it announces {said} records and lists {len(entries)}"))
        for entry in entries:
            if not entry[0].isdigit() or len(entry[0]) > 3:
                self._faults.append(Fault(1, 1, "1.003", contents.offset, f"{decoded(entry[0])[:20]!r} is no type of record"))
                return
            idc = entry[1] if len(entry) > 1 else b""
            yield int(entry[0]), int(idc) if idc.isdigit() and len(idc) < 4 else None

    def _record(self, at: int, kind: int, idc: int | None) -> int | None:
        """Takes in the record at an offset, which 1.003 says is of a type; where it ends, or None where nobody can tell."""
        before = len(self._records)
        end = self._binary(at, kind) if kind in BINARY else self._tagged(at, kind)
        if len(self._records) > before:
            found = self._records[-1]
            if idc is not None and found.idc is not None and found.idc != idc:
                reason = f"its IDC is {found.idc}, 1.003 says {idc}"
                self._faults.append(Fault(before + 1, found.type, f"{found.type}.002", at, reason))
        return end

    def _binary(self, at: int, kind: int) -> int | None:
        head = _GREY_HEAD if kind in GREY_BINARY else _BINARY_HEAD
        left = len(self._data) - at
        if left < head.size:
            self._fault(at, f"the file ends within the head of the record, {left} bytes are left", kind)
            return None
        (length,) = struct.unpack_from(">I", self._data, at)
        if not head.size <= length <= left:
            self._fault(at, f"it announces {length:,} bytes, {left:,} are left", kind, LENGTH)
            return None
        if kind in GREY_BINARY:
            _, idc, impression, positions, resolution, width, height, compression = _GREY_HEAD.unpack_from(self._data, at)
            data = self._data[at + head.size : at + length]
            self._records.append(GreyRecord(kind, idc, impression, positions, resolution, width, height, compression, data, at))
        else:
            self._records.append(BinaryRecord(kind, self._data[at + 4], self._data[at + head.size : at + length], at))
        return at + length

    def _tagged(self, at: int, kind: int) -> int | None:
        start = _TAG.match(self._data, at)
        if start is None or int(start[2]) != LENGTH:
            self._fault(at, f"a record of type {kind} was announced; no record begins here", kind)
            return None
        if int(start[1]) != kind:
            self._fault(at, f"a record of type {kind} was announced; this is one of type {int(start[1])}", kind)
            kind = int(start[1])
        end = self._end(at, start.end(), kind)
        if end is None:
            return None
        closed = self._data[end - 1 : end] == FS
        fields = tuple(self._fields(at, end - closed, kind))
        if not _is_length(fields[0].value):
            self._fault(at, f"{decoded(fields[0].value)[:20]!r} is no length", kind, LENGTH)
        self._records.append(TaggedRecord(kind, fields, closed, at))
        return end

    def _end(self, at: int, value: int, kind: int) -> int | None:
        """Finds where a tagged record ends: where its length says, if FS stands there; else behind the first FS, if that is
        safe."""
        digits = _LENGTH.match(self._data, value)
        length = int(digits[1]) if digits else 0
        left = len(self._data) - at
        close = self._data.find(FS, at)
        holds_data = self._data.find(b"%d.%03d:" % (kind, DATA), at, close + 1 if close >= 0 else len(self._data)) >= 0
        sound = value - at < length <= left and self._data[at + length - 1 : at + length] == FS
        if sound and (holds_data or close == at + length - 1):
            return at + length
        reason = f"it announces {length:,} bytes, " + (
            f"{left:,} are left" if length > left else "which is not where FS ends it"
        )
        if close < 0 or holds_data or not self._begins_record(close + 1):
            self._fault(at, f"{reason}; where it ends cannot be told", kind, LENGTH)
            return None
        self._fault(at, f"{reason}; it ends after {close + 1 - at:,}", kind, LENGTH)
        return close + 1

    def _begins_record(self, at: int) -> bool:
        """Tells whether the file ends here, or a tagged record begins; of a binary one it could not be told."""
        found = _TAG.match(self._data, at)
        return at == len(self._data) or (found is not None and int(found[2]) == LENGTH)

    def _fields(self, at: int, end: int, kind: int) -> Iterator[Field]:
        seen: set[int] = set()
        count = 0
        while at <= end:
            count += 1
            if count > self._limits.fields:
                raise TransactionTooLarge(f"fields in record {len(self._records) + 1}", self._limits.fields)
            found = _TAG.match(self._data, at, end)
            number = int(found[2]) if found and int(found[1]) == kind else -1
            close = end if number == DATA else self._data.find(GS, at, end)
            close = end if close < 0 else close
            self._count_parts(at, close, number)
            if found is None or number < 0:
                if close > at:
                    self._fault(at, f"{decoded(self._data[at : min(close, at + 12)])!r} begins no field of type {kind}", kind)
                yield Field(-1, b"", self._data[at:close], at)
            else:
                if number in seen:
                    self._fault(at, "the field is there twice; the first is used", kind, number)
                seen.add(number)
                yield Field(number, self._data[at : found.end() - 1], self._data[found.end() : close], at)
            at = close + 1

    def _count_parts(self, at: int, end: int, number: int) -> None:
        """Counts a field's subfields and items before they are parted. Raises TransactionTooLarge."""
        self._parts += 1
        if number != DATA:
            if end - at > self._limits.field_bytes:
                raise TransactionTooLarge(f"bytes in a field of record {len(self._records) + 1}", self._limits.field_bytes)
            self._parts += self._data.count(RS, at, end) + self._data.count(US, at, end)
        if self._parts > self._limits.parts:
            raise TransactionTooLarge("fields, subfields and items", self._limits.parts)

    def _check_doubles(self) -> None:
        seen: dict[tuple[int, int], int] = {}
        for place, record in enumerate(self._records[1:], start=2):
            if record.idc is None:
                continue
            if (earlier := seen.setdefault((record.type, record.idc), place)) != place:
                name = f"{record.type}.002"
                reason = f"IDC {record.idc} is that of record {earlier}, too"
                self._faults.append(Fault(place, record.type, name, record.offset, reason))


def tagged(kind: int, values: Sequence[tuple[int, bytes]]) -> TaggedRecord:
    """Makes a record of fields, given as numbers and values, in the order of their numbers; its length field is made."""
    fields = [Field(LENGTH, b"%d.%03d" % (kind, LENGTH), b"")]
    fields += [Field(number, b"%d.%03d" % (kind, number), value) for number, value in sorted(values)]
    return TaggedRecord(kind, tuple(fields))
