"""Transactions of our own: requests that hold prints, and INTERPOL-style answers to them.

Version 0502 (ANSI/NIST-ITL 1-2011 Update 2015). Prints go into type 14, latents into type 13, marks into type 9. Answers are
"INT-I style": the layout of INTERPOL's implementation as far as it is public (SRE with a list of respondents in 2.064, ERR with
texts in 2.074); its full text was not at hand, so nothing here claims conformance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from biomatch.errors import BadTemplate, UnwritableImage
from biomatch.formats.nist.images import Box
from biomatch.formats.nist.minutiae import efs_record
from biomatch.formats.nist.records import RS, US, Fault, Record, TaggedRecord, Transaction, decoded, tagged
from biomatch.imaging import ImageFormat, encode
from biomatch.template import Template
from biomatch.vocabulary import ImpressionType

VERSION = b"0502"
SYSTEM = b"0502"  # 2.003: version of the implementation, four digits as in INT-I
DOMAIN = b"INT-I" + US + b"4.22"
SEARCH, NON_CRIMINAL_SEARCH, LATENT_SEARCH, ENROL, RESULT, ERROR = "CPS", "NPS", "MPS", "ATP", "SRE", "ERR"
MOST_WSQ_PPI = 520  # above 500 ppi, JPEG 2000 is what is asked for

_COMPRESSIONS = {ImageFormat.WSQ: b"WSQ20", ImageFormat.JP2: b"JP2L", ImageFormat.PNG: b"PNG"}
_MESSAGES = (60, 63, 74)  # of type 2: what happened, more about it, why nothing was done
_CHECK = "ZABCDEFGHJKLMNPQRTUVWXY"  # of a control number: its remainder by 23
MAX_TEXT = 300  # characters of a text field


@dataclass(frozen=True)
class Envelope:
    """The writer and the reader of a transaction."""

    origin: str = "BIOMATCH"
    destination: str = "UNKNOWN"
    time: datetime | None = None
    serial: int | None = None
    reference: str = ""  # control number of the request that this answers

    def first(self, kind: str) -> TaggedRecord:
        """Makes the type-1 record, without its contents."""
        time = self.time or datetime.now(UTC)
        values = [
            (2, VERSION),
            (3, b""),
            (4, _text(kind)),
            (5, time.strftime("%Y%m%d").encode()),
            (7, _text(self.destination)),
            (8, _text(self.origin)),
            (9, control_number(time, self.serial).encode()),
            (11, b"00.00"),
            (12, b"00.00"),
            (13, DOMAIN),
            (14, time.strftime("%Y%m%d%H%M%SZ").encode()),
            (15, US.join((b"003", b"UTF-8", b""))),
        ]
        if self.reference:
            values.append((10, _text(self.reference)))
        return tagged(1, values)


@dataclass(frozen=True, eq=False)
class Picture:
    """One image to write.

    pixels    (h, w) uint8
    position  code of the standard: 0 to 15
    missing   fingers that are not there, with the reason's code (XX, UP)
    boxes     of the fingers of a slap
    file      the pixels as a file of `form`, which is written as it is; empty: they are encoded
    """

    pixels: np.ndarray
    position: int
    impression: ImpressionType
    ppi: int = 500
    form: ImageFormat = ImageFormat.WSQ
    missing: tuple[tuple[int, str], ...] = ()
    boxes: tuple[Box, ...] = ()
    file: bytes = b""


@dataclass(frozen=True)
class Respondent:
    """A candidate of an answer. score: -10 log10(FMR); llr: log10 of the likelihood ratio; position: of the best print."""

    rank: int
    person: str
    score: float
    llr: float
    position: int
    print_id: str


def request(
    kind: str,
    pictures: Sequence[Picture],
    envelope: Envelope,
    *,
    person: str = "",
    latent_marks: Sequence[Template] = (),
    expected: int | None = None,
) -> Transaction:
    """Makes a search or an enrolment: type 1, type 2, an image record a picture, a record of marks a template.

    kind      CPS search, MPS search by a latent, ATP enrolment, or any other type of transaction
    person    2.009, the miscellaneous number that names the person at home
    expected  2.320, how many candidates are wanted

    Raises UnwritableImage: a picture that its format cannot hold, or WSQ above 500 ppi.
    """
    if not pictures and not latent_marks:
        raise BadTemplate("a transaction needs a print; give an image or marks")
    values: list[tuple[int, bytes]] = []
    if person:
        values.append((9, _text(person)))
    if expected is not None:
        values.append((320, b"%d" % expected))
    records: list[Record] = [_second(values)]
    time = envelope.time or datetime.now(UTC)
    records += [_image_record(picture, idc, envelope.origin, time) for idc, picture in enumerate(pictures, start=1)]
    for at, template in enumerate(latent_marks, start=1):
        records.append(efs_record(template, at if at <= len(pictures) else len(pictures) + at))
    return _whole(kind, envelope, records)


def result(
    respondents: Sequence[Respondent], envelope: Envelope, *, person: str = "", notes: Sequence[str] = ()
) -> Transaction:
    """Makes an SRE: the candidates, best first, or none. notes: 2.063, what whoever reads it should know."""
    rows = [
        US.join(
            (
                b"%d" % one.rank,
                _text(one.person),
                b"%.1f" % one.score,
                b"%+.2f" % one.llr,
                b"%02d" % one.position,
                _text(one.print_id),
            )
        )
        for one in respondents
    ]
    values = [(9, _text(person))] if person else []
    if notes:
        values.append((63, RS.join(_text(note) for note in notes)))
    values += [(64, RS.join(rows)), (320, b"%d" % len(rows))]
    return _whole(RESULT, envelope, [_second(values)])


def error(reasons: Sequence[str], envelope: Envelope, *, person: str = "") -> Transaction:
    """Makes an ERR: why a request was not answered, a text a reason."""
    values = [(9, _text(person))] if person else []
    values.append((74, RS.join(_text(reason) for reason in reasons)))
    return _whole(ERROR, envelope, [_second(values)])


def respondents(transaction: Transaction) -> tuple[list[Respondent], list[Fault]]:
    """Reads the candidates of an SRE that `result` wrote, and what is wrong with the others."""
    found, faults = [], []
    for number, record in enumerate(transaction.records, start=1):
        if isinstance(record, TaggedRecord) and record.type == 2 and 64 in record and record[64].value:
            for line, items in enumerate(record[64].subfields, start=1):
                try:
                    found.append(_respondent(items))
                except ValueError:
                    where = (number, 2, "2.064", record[64].offset)
                    faults.append(Fault(*where, f"line {line} is no candidate"))
    return found, faults


@dataclass(frozen=True)
class Message:
    """A text to whoever reads the transaction. field: of type 2, its number."""

    field: int
    text: str


def messages(transaction: Transaction) -> list[Message]:
    """Reads what an answer says in words, control characters left out: why a request was not answered (2.074), and notes to it.

    Field 2.060 is the message of EBTS, 2.063 additional information.
    """
    found = []
    for record in transaction.records:
        for number in _MESSAGES:
            if isinstance(record, TaggedRecord) and record.type == 2 and number in record:
                texts = [decoded(US.join(items)) for items in record[number].subfields]
                found += [Message(number, plain) for text in texts if (plain := _shown(text))]
    return found


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _respondent(items: Sequence[bytes]) -> Respondent:
    """Raises ValueError."""
    rank, person, score, llr, position, print_id = (item.decode() for item in items)
    if not math.isfinite(float(score)) or not math.isfinite(float(llr)):
        raise ValueError("not finite")
    return Respondent(int(rank), person, float(score), float(llr), int(position), print_id)


def control_number(time: datetime, serial: int | None = None) -> str:
    """Makes YYSSSSSSSSA: year, serial, and a letter that checks them (the number's remainder by 23)."""
    if serial is None:
        serial = (time.timetuple().tm_yday - 1) * 86_400 + time.hour * 3_600 + time.minute * 60 + time.second
    digits = f"{time.year % 100:02d}{serial % 100_000_000:08d}"
    return digits + _CHECK[int(digits) % 23]


def _second(values: Sequence[tuple[int, bytes]]) -> TaggedRecord:
    return tagged(2, [(2, b"00"), (3, SYSTEM), *values])


def _whole(kind: str, envelope: Envelope, records: Sequence[Record]) -> Transaction:
    return Transaction((envelope.first(kind), *records)).listed()


def _image_record(picture: Picture, idc: int, origin: str, time: datetime) -> TaggedRecord:
    if picture.form is ImageFormat.WSQ and picture.ppi > MOST_WSQ_PPI:
        raise UnwritableImage("WSQ", f"{picture.ppi} ppi are beyond the 500 ppi that it is meant for")
    kind = 13 if picture.impression.is_latent else 14
    if kind == 13 and picture.form is ImageFormat.WSQ:
        raise UnwritableImage("WSQ", "a latent must lose nothing")
    height, width = picture.pixels.shape
    values = [
        (2, b"%02d" % idc),
        (3, b"%d" % int(picture.impression)),
        (4, _text(origin)),
        (5, time.strftime("%Y%m%d").encode()),
        (6, b"%d" % width),
        (7, b"%d" % height),
        (8, b"1"),
        (9, b"%d" % picture.ppi),
        (10, b"%d" % picture.ppi),
        (11, _COMPRESSIONS[picture.form]),
        (12, b"8"),
        (13, b"%d" % picture.position),
        (999, picture.file or encode(picture.pixels, picture.form, ppi=picture.ppi)),
    ]
    if picture.missing:
        values.append((18, RS.join(b"%d" % finger + US + _text(code) for finger, code in picture.missing)))
    if picture.boxes:
        rows = ((box.finger, box.left, box.right, box.top, box.bottom) for box in picture.boxes)
        values.append((21, RS.join(US.join(b"%d" % value for value in row) for row in rows)))
    return tagged(kind, values)


def _text(value: str) -> bytes:
    """Returns a text without what would be read as a separator, cut to what a field may hold."""
    return "".join(" " if ord(letter) < 32 else letter for letter in value[:MAX_TEXT]).encode()
