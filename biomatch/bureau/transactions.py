"""ANSI/NIST-ITL transactions: their prints as uploads, and the answers to them. A worker reads them (formats/nist/summary.py).

What a print's original is afterwards: the image as it stands in its record, byte for byte; of a slap, each finger cut out, as
PNG; of an examiner's marks, a template. The transaction itself is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from biomatch.bureau.cases import EnrolledPrint, Identified, Upload
from biomatch.bureau.workshop import Cutting, Workshop
from biomatch.errors import BiomatchError, NoUsablePrint
from biomatch.formats import nist
from biomatch.formats.nist import Respondent, Summary, Transaction, UsableImage
from biomatch.vocabulary import FingerPosition
from biomatch.words import counted

RESPONDENTS = 20  # where the request does not say
ENROLMENTS = frozenset((nist.ENROL,))
SEARCHES = frozenset((nist.SEARCH, nist.NON_CRIMINAL_SEARCH, nist.LATENT_SEARCH))
"""INTERPOL's types of transaction that ask for prints to be kept, and for whose they are."""


def prints_in(upload: Upload, shop: Workshop) -> list[Upload]:
    """A transaction's prints that can be compared, slaps cut into fingers.

    Raises BadTransaction, TransactionTooLarge; NoUsablePrint: there is none; and what cutting a slap raises.
    """
    summary = upload.summary or shop.summary(upload.data)
    name = upload.name or "transaction"
    found = [piece for image in summary.images for piece in _prints(image, upload.data, shop, name)]
    found += [Upload(one.template, f"{name}, record {one.record}") for one in summary.marks]
    if not found:
        raise NoUsablePrint(summary.notes[0] if summary.notes else "it holds neither images nor marks of fingers")
    return found


def _prints(image: UsableImage, transaction: bytes, shop: Workshop, name: str) -> list[Upload]:
    data = transaction[image.begin : image.end]
    whole = Upload(data, f"{name}, record {image.record}", impression=image.impression, ppi=image.ppi)
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
    notes = [kept, *request.notes, *warnings]
    return nist.result([], _envelope(request, origin), person=person, notes=notes)


def error_of(error: BiomatchError, request: Summary | None, origin: str) -> Transaction:
    """The answer to what cannot be done: ERR, to whoever sent it. request: None where it could not be read."""
    envelope = nist.Envelope(origin) if request is None else _envelope(request, origin)
    return nist.error([f"{error.code}: {error.message}"], envelope, person="" if request is None else request.person)


def _envelope(request: Summary, origin: str) -> nist.Envelope:
    return nist.Envelope(origin, destination=request.sender or "UNKNOWN", reference=request.number)
