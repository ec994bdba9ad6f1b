"""Prints that came with one request: how many there may be, those of transactions, copies, and the result of each.

Of a transaction a print's original is the image as it stands in its record, byte for byte; of a slap, each finger cut out, as
PNG; of an examiner's marks, a template. The transaction itself is not kept. The same bytes in one request are one print: it is
extracted once, kept once, and counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from biomatch.bureau.cases import Upload
from biomatch.bureau.workshop import Cutting, Workshop, agreed, agreed_ppi
from biomatch.errors import BadInput, BiomatchError, NothingGiven, NoUsablePrint, SeveralPrints, TooManyPrints
from biomatch.formats import nist
from biomatch.formats.nist import UsableImage
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition

MAX_PROBES = 10  # a person's fingers: what one search fuses
MAX_PRINTS = 100  # of one encounter: ten fingers rolled and plain, several times over
COPY = "the same bytes as an earlier print of this request: it counts once"

Result = TypeVar("Result")


def is_transaction(upload: Upload) -> bool:
    """Tells whether an upload is an ANSI/NIST-ITL transaction, which may hold several prints."""
    return nist.is_transaction(upload.data)


def opened(uploads: Sequence[Upload], workshop: Workshop) -> list[Upload]:
    """Puts the prints of transactions in their stead. Raises BadInput, which names one of several uploads."""
    found: list[Upload] = []
    for number, upload in enumerate(uploads, start=1):
        try:
            if is_transaction(upload):
                found += (replace(one, transaction=number) for one in prints_in(upload, workshop))
            else:
                found.append(upload)
        except BadInput as error:
            raise error.about(upload.name) if len(uploads) > 1 and upload.name else error from None
    return found


def check_count(uploads: Sequence[Upload], limit: int) -> None:
    """Refuses a request with no upload, or with more than `limit`. Raises NothingGiven, TooManyPrints."""
    if not uploads:
        raise NothingGiven("print")
    if len(uploads) > limit:
        raise TooManyPrints(len(uploads), limit)


def prints_in(upload: Upload, shop: Workshop) -> list[Upload]:
    """Returns a transaction's prints that can be compared, slaps cut into fingers. Each warns of all that is wrong with the
    whole.

    Raises BadTransaction, ContradictsFile, TransactionTooLarge; NoUsablePrint: there is none; and what cutting a slap raises,
    where nothing else can be used.
    """
    summary = upload.summary or shop.summary(upload.data)
    name = upload.name or "transaction"
    found: list[Upload] = []
    uncut: list[BadInput] = []
    for image in [replace(one, ppi=agreed_ppi(upload.ppi, one.ppi)) for one in summary.images]:
        try:
            found += _prints(image, upload.data, shop, name)
        except BadInput as error:
            uncut.append(error.about(_record_name(name, image.record)))
    found += [Upload(one.template, _record_name(name, one.record)) for one in summary.marks]
    if not found and uncut:
        raise uncut[0]
    if not found:
        raise NoUsablePrint(summary.notes[0] if summary.notes else "it holds neither images nor marks of fingers")
    lost = tuple(error.message for error in uncut)
    return [
        replace(
            one,
            position=agreed("position", upload.position, one.position),
            impression=agreed("impression", upload.impression, one.impression),
            captured=upload.captured,
            warnings=(*summary.notes, *lost, *one.warnings),
            left_out=(*summary.left_out, *lost),
        )
        for one in found
    ]


def distinct(uploads: Sequence[Upload]) -> tuple[list[Upload], list[int]]:
    """Returns one upload for each that differs in its bytes, and for every upload given the number of the one that stands for
    it.

    The first stands for its copies, with the finger that one of them names.
    """
    groups: dict[bytes, list[Upload]] = {}
    for upload in uploads:
        groups.setdefault(upload.data, []).append(upload)
    numbers = {data: number for number, data in enumerate(groups)}
    return [_first(group) for group in groups.values()], [numbers[upload.data] for upload in uploads]


def two_names(uploads: Sequence[Upload]) -> str | None:
    """Says which upload is given as two fingers, if one is."""
    names: dict[bytes, FingerPosition] = {}
    for upload in uploads:
        if upload.position is FingerPosition.UNKNOWN:
            continue
        first = names.setdefault(upload.data, upload.position)
        if first is not upload.position:
            return f"the same bytes are given as {first.name} and as {upload.position.name}"
    return None


def marked(template: Template) -> Template:
    """Marks a copy's template as a copy."""
    return warned(template, [COPY])


def warned(template: Template, warnings: Sequence[str]) -> Template:
    """Adds warnings to a print."""
    return replace(template, warnings=(*template.warnings, *warnings)) if warnings else template


def lost_records(uploads: Sequence[Upload], results: Sequence[list[Result] | BiomatchError]) -> dict[int, list[str]]:
    """Collects what is wrong with records that cannot be used, by transaction, where other records of it can be."""
    pairs = list(zip(uploads, results, strict=True))
    used = {upload.transaction for upload, result in pairs if not isinstance(result, BiomatchError)} - {0}
    lost: dict[int, list[str]] = {}
    for upload, result in pairs:
        if upload.transaction in used and isinstance(result, BadInput):
            lost.setdefault(upload.transaction, []).append(record_fault(upload, result))
    return lost


@dataclass(frozen=True)
class Left(Generic[Result]):
    """Uploads without the records that cannot be used.

    uploads  as they came; those of a transaction that lost records say so in `left_out`
    results  of each: none of a record that cannot be used, else its prints, or its error
    lost     of each: what is wrong with the records that its transaction lost
    """

    uploads: list[Upload]
    results: list[list[Result] | BiomatchError]
    lost: list[list[str]]


def without_lost(uploads: Sequence[Upload], results: Sequence[list[Result] | BiomatchError]) -> Left[Result]:
    """Takes records away that cannot be used, where others of their transaction can; what was lost is told beside them."""
    faults = lost_records(uploads, results)
    lost = [faults.get(upload.transaction, []) for upload in uploads]
    left: list[list[Result] | BiomatchError] = [
        [] if of_own and isinstance(result, BadInput) else result for result, of_own in zip(results, lost, strict=True)
    ]
    told = [replace(upload, left_out=(*upload.left_out, *of_own)) for upload, of_own in zip(uploads, lost, strict=True)]
    return Left(told, left, lost)


def record_fault(upload: Upload, error: BiomatchError) -> str:
    """Says what is wrong with one record of a transaction, by its name; whoever receives it cannot cut it any further."""
    if isinstance(error, SeveralPrints):
        return f"{upload.name}: it shows {error.values['count']} or more prints, and its finger position names one"
    return error.about(upload.name).message


def or_raise(uploads: Sequence[Upload], results: Sequence[list[Result] | BiomatchError]) -> list[list[Result]]:
    """Returns the results of all uploads. Raises the first error; of several uploads it names the one that it is about."""
    for upload, result in zip(uploads, results, strict=True):
        if isinstance(result, BiomatchError):
            raise result.about(upload.name) if len(uploads) > 1 and upload.name else result
    return [result for result in results if not isinstance(result, BiomatchError)]


def _record_name(transaction: str, record: int) -> str:
    return f"{transaction}, record {record}"


def _prints(image: UsableImage, transaction: bytes, shop: Workshop, name: str) -> list[Upload]:
    data = transaction[image.begin : image.end]
    whole = Upload(data, _record_name(name, image.record), impression=image.impression, ppi=image.ppi)
    if len(image.fingers) == 1 and image.bare is None and not image.is_slap:
        return [replace(whole, position=image.fingers[0])]
    pieces, warnings = shop.cut(data, image.ppi, Cutting(image.fingers, image.boxes, image.bare, image.limits))
    return [replace(whole, data=piece.picture, position=piece.position, ppi=500.0, warnings=warnings) for piece in pieces]


def _first(group: Sequence[Upload]) -> Upload:
    named = (upload.position for upload in group if upload.position is not FingerPosition.UNKNOWN)
    return replace(group[0], position=next(named, FingerPosition.UNKNOWN))
