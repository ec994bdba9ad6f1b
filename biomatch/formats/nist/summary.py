"""The parts of a transaction that a search or an enrolment needs, as plain data: small, and without the bytes of its images.

It is made in one pass, by a process that may be lost over a hostile file; where an image lies says enough to cut it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biomatch.errors import TransactionTooLarge
from biomatch.formats.nist.images import POOR_TYPES, ImageRecord, images
from biomatch.formats.nist.limits import LIMITS, Limits
from biomatch.formats.nist.minutiae import marks
from biomatch.formats.nist.records import TaggedRecord, Transaction, read
from biomatch.imaging import Limits as ImageLimits
from biomatch.imaging.decode import POSSIBLE
from biomatch.imaging.slap import Region
from biomatch.vocabulary import FingerPosition, ImpressionType

PERSON, EXPECTED = 9, 320  # fields of type 2: who it is, at the sender's; how many candidates are wanted
MAX_NOTES = 100  # a person reads them


@dataclass(frozen=True)
class UsableImage:
    """An image whose prints can be compared.

    record      number of the record in the transaction, from 1
    fingers     that it should show, from left to right
    is_slap     whether these were put down together
    boxes       where they lie, one for each finger, if the sender says so of all; else empty
    ppi         px an inch
    bare        width and height where the bytes are pixels and nothing else
    limits      what is decoded at most of it
    begin, end  its bytes in the transaction
    """

    record: int
    impression: ImpressionType
    fingers: tuple[FingerPosition, ...]
    is_slap: bool
    boxes: tuple[Region, ...]
    ppi: float | None
    bare: tuple[int, int] | None
    limits: ImageLimits
    begin: int
    end: int


@dataclass(frozen=True)
class UsableMarks:
    """Marks that can be compared. template: the minutiae, as a template of biomatch's own."""

    record: int
    template: bytes


@dataclass(frozen=True)
class Summary:
    """One transaction.

    kind      its type, field 1.004, in capitals
    sender    field 1.008
    number    its control number, field 1.009
    person    who it is, as the sender calls them (2.009); empty where it does not say
    expected  how many candidates are wanted (2.320); None where it does not say
    images    that are compared
    marks     that are compared: of latents, and those that no usable image stands beside
    notes     what is wrong with it, and what takes no part, in words: the first hundred, and how many more
    left_out  of these, what should take part and cannot: records that are missing, damaged or at an impossible resolution
    """

    kind: str
    sender: str
    number: str
    person: str
    expected: int | None
    images: tuple[UsableImage, ...]
    marks: tuple[UsableMarks, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def summary(data: bytes, limits: Limits = LIMITS) -> Summary:
    """Reads a transaction once. Raises BadTransaction, TransactionTooLarge."""
    transaction = read(data, limits=limits)
    pictures = images(transaction)
    found, faults = marks(transaction, pictures)
    reasons = [_unusable(picture) for picture in pictures]
    flaws = [flaw for picture in pictures for flaw in picture.flaws]
    missing = _missing(transaction)
    notes = [*missing, *map(str, (*transaction.faults, *faults, *flaws)), *filter(None, reasons)]

    marked = {one.record: transaction.records[one.record - 1].idc for one in found if len(one.template.minutiae)}
    usable = [picture for picture, reason in zip(pictures, reasons, strict=True) if not reason]
    idcs = set(marked.values())  # of a latent, its marks say more than its image
    seen = [picture for picture in usable if not (picture.impression.is_latent and picture.idc in idcs)]
    pictured = {picture.idc for picture in seen}
    alone = [one for one in found if one.record in marked and marked[one.record] not in pictured]
    unread = [str(fault) for fault in faults if transaction.records[fault.record - 1].idc not in pictured]
    unusable = [reason for picture, reason in zip(pictures, reasons, strict=True) if reason and not _is_other(picture)]
    _check_count(seen, "images that can be compared", limits.images)
    _check_count(alone, "records of minutiae that can be compared", limits.marks)
    return Summary(
        kind=transaction.first.text(4).strip().upper(),
        sender=transaction.first.text(8).strip(),
        number=transaction.first.text(9).strip(),
        person=person_in(transaction),
        expected=_expected_in(transaction),
        images=tuple(map(_usable, seen)),
        marks=tuple(UsableMarks(one.record, one.template.to_bytes()) for one in alone),
        notes=_shortened(notes),
        left_out=_shortened([*missing, *unread, *unusable]),
    )


def person_in(transaction: Transaction) -> str:
    """Returns the person's name, as the sender has it (2.009); empty where it does not say."""
    return _of_second(transaction, PERSON)


def _expected_in(transaction: Transaction) -> int | None:
    text = _of_second(transaction, EXPECTED)
    return int(text) if text.isdecimal() and len(text) < 6 else None


def _of_second(transaction: Transaction, number: int) -> str:
    for record in transaction.of_type(2):
        if isinstance(record, TaggedRecord) and number in record:
            return record.text(number).strip()
    return ""


def _missing(transaction: Transaction) -> list[str]:
    """Says how many of the announced records were read, where it is not all."""
    read, announced = len(transaction.records), transaction.announced
    return [] if read >= announced else [f"only {read} of the {announced} records that 1.003 names were read"]


def _is_other(image: ImageRecord) -> bool:
    """Tells whether it is sound, and of a kind that is never compared: a palm, a joint, or an image of low resolution."""
    return image.fault is None and (not image.fingers or image.type in POOR_TYPES)


def _unusable(image: ImageRecord) -> str:
    """Says why an image takes no part; empty: it does."""
    if image.fault is not None:
        return str(image.fault)
    if image.fingers and not image.has_possible_ppi:
        least, most = POSSIBLE
        what = f"images at {image.ppi:g} ppi are not compared, only those at {least:g} to {most:g} ppi"
        return f"record {image.record} (type {image.type}): {what}"
    if not image.is_comparable:
        what = "palms and joints are" if not image.fingers else "images of 250 ppi, or of two levels, are"
        return f"record {image.record} (type {image.type}): {what} not compared"
    return ""


def _usable(image: ImageRecord) -> UsableImage:
    return UsableImage(
        image.record,
        image.impression,
        image.fingers,
        image.is_slap,
        _boxes(image),
        image.ppi,
        image.bare,
        image.limits,
        image.offset,
        image.offset + len(image.data),
    )


def _boxes(image: ImageRecord) -> tuple[Region, ...]:
    """Returns the sender's boxes, where there is one for each finger, and each lies in the image; else none."""
    found = []
    for finger in image.fingers:
        own = [box for box in image.boxes if box.finger == finger]
        if len(own) != 1:
            return ()
        box = own[0]
        if not (0 <= box.left < box.right < image.width and 0 <= box.top < box.bottom < image.height):
            return ()
        found.append(Region(box.left, box.top, box.right + 1, box.bottom + 1))
    return tuple(found) if image.is_slap else ()


def _check_count(found: Sequence[object], what: str, limit: int) -> None:
    if len(found) > limit:
        raise TransactionTooLarge(what, limit)


def _shortened(notes: Sequence[str]) -> tuple[str, ...]:
    more = len(notes) - MAX_NOTES
    return (*notes[:MAX_NOTES], f"{more:,} more things are wrong with it, or take no part") if more > 0 else tuple(notes)
