"""ANSI/NIST-ITL transactions: their prints as uploads, and the answers to them. A worker reads them (formats/nist/summary.py).

What a print's original is afterwards: the image as it stands in its record, byte for byte; of a slap, each finger cut out, as
PNG; of an examiner's marks, a template. The transaction itself is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from biomatch.bureau.cases import EnrolledPrint, Identified, Upload
from biomatch.bureau.workshop import Cutting, Workshop, agreed, agreed_ppi
from biomatch.errors import BadInput, BiomatchError, NoUsablePrint, SeveralPrints
from biomatch.formats import nist
from biomatch.formats.nist import Respondent, Summary, Transaction, UsableImage
from biomatch.vocabulary import FingerPosition
from biomatch.words import counted

Result = TypeVar("Result")

RESPONDENTS = 20  # where the request does not say
ENROLMENTS = frozenset((nist.ENROL,))
SEARCHES = frozenset((nist.SEARCH, nist.NON_CRIMINAL_SEARCH, nist.LATENT_SEARCH))
"""INTERPOL's types of transaction that ask for prints to be kept, and for whose they are."""


def prints_in(upload: Upload, shop: Workshop) -> list[Upload]:
    """A transaction's prints that can be compared, slaps cut into fingers. Each warns of all that is wrong with the whole.

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


def _record_name(transaction: str, record: int) -> str:
    return f"{transaction}, record {record}"


def _prints(image: UsableImage, transaction: bytes, shop: Workshop, name: str) -> list[Upload]:
    data = transaction[image.begin : image.end]
    whole = Upload(data, _record_name(name, image.record), impression=image.impression, ppi=image.ppi)
    if len(image.fingers) == 1 and image.bare is None and not image.is_slap:
        return [replace(whole, position=image.fingers[0])]
    pieces, warnings = shop.cut(data, image.ppi, Cutting(image.fingers, image.boxes, image.bare, image.limits))
    return [replace(whole, data=piece.picture, position=piece.position, ppi=500.0, warnings=warnings) for piece in pieces]


def probes_of(uploads: Sequence[Upload], most: int) -> list[Upload]:
    """What is searched with: one print of each finger, a rolled one before a plain one, and those without a finger's name."""
    best: dict[FingerPosition, Upload] = {}
    nameless = []
    for upload in uploads:
        if upload.position is FingerPosition.UNKNOWN:
            nameless.append(upload)
        elif upload.position not in best or (upload.impression.is_rolled and not best[upload.position].impression.is_rolled):
            best[upload.position] = upload
    return [*(best[position] for position in sorted(best)), *nameless][:most]


def expected_in(request: Summary) -> int:
    """How many candidates are wanted."""
    return RESPONDENTS if request.expected is None else min(max(request.expected, 1), 1000)


def result_of(found: Identified, request: Summary, origin: str) -> Transaction:
    """The answer to a search: SRE."""
    respondents = []
    for candidate in found.search.candidates:
        best = candidate.evidence[0]
        respondents.append(
            Respondent(candidate.rank, candidate.person, candidate.score, candidate.llr, int(best.position), best.print_id)
        )
    warnings = [warning for probe in found.probes for warning in probe.warnings]
    notes = list(dict.fromkeys((*request.notes, *warnings)))
    return nist.result(respondents, _envelope(request, origin), person=request.person, notes=notes)


def receipt_of(person: str, prints: Sequence[EnrolledPrint], request: Summary, origin: str) -> Transaction:
    """The answer to an enrolment: SRE without respondents, that says what was kept."""
    warnings = dict.fromkeys(warning for one in prints for warning in one.warnings)
    kept = f"{counted(len(prints), 'print')} of {person} {'is' if len(prints) == 1 else 'are'} enrolled"
    notes = dict.fromkeys((kept, *request.notes, *warnings))
    return nist.result([], _envelope(request, origin), person=person, notes=list(notes))


def error_of(error: BiomatchError, request: Summary | None, origin: str) -> Transaction:
    """The answer to what cannot be done: ERR, to whoever sent it. request: None where it could not be read."""
    envelope = nist.Envelope(origin) if request is None else _envelope(request, origin)
    return nist.error([f"{error.code}: {error.message}"], envelope, person="" if request is None else request.person)


def _envelope(request: Summary, origin: str) -> nist.Envelope:
    return nist.Envelope(origin, destination=request.sender or "UNKNOWN", reference=request.number)
