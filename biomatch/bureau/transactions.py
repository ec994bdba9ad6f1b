"""ANSI/NIST-ITL transactions: their prints as uploads, and the answers to them.

What a print's original is afterwards: the image as it stands in its record, byte for byte; of a slap, each finger cut out, as
PNG; of an examiner's marks, a template. The transaction itself is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from biomatch.bureau.cases import Identified, Upload
from biomatch.bureau.workshop import Cutting, Workshop
from biomatch.errors import BiomatchError, NoUsablePrint
from biomatch.formats import nist
from biomatch.formats.nist import ImageRecord, Marks, Respondent, TaggedRecord, Transaction
from biomatch.imaging.slap import Region
from biomatch.vocabulary import FingerPosition

PERSON, EXPECTED = 9, 320  # fields of type 2: who it is, at the sender's; how many candidates are wanted
RESPONDENTS = 20  # where the request does not say
ENROLMENTS = frozenset((nist.ENROL,))
SEARCHES = frozenset((nist.SEARCH, nist.NON_CRIMINAL_SEARCH, nist.LATENT_SEARCH))
"""INTERPOL's types of transaction that ask for prints to be kept, and for whose they are."""


@dataclass(frozen=True)
class Opened:
    """uploads: prints that can be compared; notes: what was left out or does not fit, in words."""

    transaction: Transaction
    uploads: tuple[Upload, ...]
    notes: tuple[str, ...]


def open_transaction(data: bytes, shop: Workshop, name: str = "") -> Opened:
    """Cuts slaps into fingers. Raises BadTransaction, and NoUsablePrint where no print can be compared."""
    transaction = nist.read(data)
    notes = [str(fault) for fault in transaction.faults]
    marks, faults = nist.marks(transaction)
    notes += [str(fault) for fault in faults]
    marked = {transaction.records[one.record - 1].idc for one in marks if len(one.template.minutiae)}
    uploads: list[Upload] = []
    for image in nist.images(transaction):
        if image.impression.is_latent and image.idc in marked:  # an examiner saw more in it than a machine does
            continue
        reason = _unusable(image)
        if reason:
            notes.append(reason)
            continue
        try:
            found = _prints(image, shop, name)
        except BiomatchError as error:
            notes.append(f"record {image.record} (type {image.type}): {error.message}")
            continue
        uploads += found
        notes += [f"record {image.record} (type {image.type}): {warning}" for warning in _warnings(found)]
    idcs = {image.idc for image in nist.images(transaction) if image.is_comparable and not image.impression.is_latent}
    uploads += _marked(transaction, marks, idcs, name)
    if not uploads:
        raise NoUsablePrint(notes[0] if notes else "it holds neither images nor marks of fingers")
    return Opened(transaction, tuple(uploads), tuple(notes))


def _unusable(image: ImageRecord) -> str:
    """Why an image takes no part; empty: it does."""
    if image.fault is not None:
        return str(image.fault)
    if not image.is_comparable:
        what = "palms and joints are" if not image.fingers else "images of 250 ppi, or of two levels, are"
        return f"record {image.record} (type {image.type}): {what} not compared"
    return ""


def _prints(image: ImageRecord, shop: Workshop, name: str) -> list[Upload]:
    whole = Upload(image.data, f"{name or 'transaction'}, record {image.record}", impression=image.impression, ppi=image.ppi)
    if len(image.fingers) == 1 and image.bare is None and not image.is_slap:
        return [replace(whole, position=image.fingers[0])]
    how = Cutting(image.fingers, _boxes(image), image.bare, image.limits)
    pieces, warnings = shop.cut(image.data, image.ppi, how)
    return [replace(whole, data=piece.picture, position=piece.position, ppi=500.0, warnings=warnings) for piece in pieces]


def _boxes(image: ImageRecord) -> tuple[Region, ...]:
    """The sender's, where there is one for each finger, and each lies in the image; else none, and we look ourselves."""
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


def _warnings(uploads: Iterable[Upload]) -> list[str]:
    return list(dict.fromkeys(warning for upload in uploads for warning in upload.warnings))


def _marked(transaction: Transaction, marks: Sequence[Marks], seen: set[int | None], name: str) -> list[Upload]:
    """Marks of latents, and those that no usable image stands beside."""
    return [
        Upload(one.template.to_bytes(), f"{name or 'transaction'}, record {one.record}")
        for one in marks
        if len(one.template.minutiae) and transaction.records[one.record - 1].idc not in seen
    ]


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


def kind_of(transaction: Transaction) -> str:
    """Its type, field 1.004."""
    return transaction.first.text(4).strip().upper()


def person_in(transaction: Transaction) -> str:
    """Who it is, as the sender calls them (2.009); empty where it does not say."""
    return _second(transaction, PERSON)


def expected_in(transaction: Transaction) -> int:
    """How many candidates are wanted (2.320)."""
    text = _second(transaction, EXPECTED)
    return min(max(int(text), 1), 1000) if text.isdecimal() and len(text) < 6 else RESPONDENTS


def _second(transaction: Transaction, number: int) -> str:
    for record in transaction.of_type(2):
        if isinstance(record, TaggedRecord) and number in record:
            return record.text(number).strip()
    return ""


def result_of(found: Identified, opened: Opened, origin: str) -> Transaction:
    """The answer to a search: SRE."""
    respondents = []
    for candidate in found.search.candidates:
        best = candidate.evidence[0]
        respondents.append(
            Respondent(candidate.rank, candidate.person, candidate.score, candidate.llr, int(best.position), best.print_id)
        )
    probes = [warning for probe in found.probes for warning in probe.warnings]
    notes = list(dict.fromkeys((*opened.notes, *probes)))
    return nist.result(respondents, _envelope(opened.transaction, origin), person=person_in(opened.transaction), notes=notes)


def receipt_of(person: str, prints: int, opened: Opened, origin: str) -> Transaction:
    """The answer to an enrolment: SRE without respondents, that says what was kept."""
    notes = [f"{prints} prints of {person} are enrolled", *opened.notes]
    return nist.result([], _envelope(opened.transaction, origin), person=person, notes=notes)


def error_of(error: BiomatchError, request: bytes, origin: str) -> Transaction:
    """The answer to what cannot be done: ERR, to whoever sent it, if that can be read."""
    try:
        asked: Transaction | None = nist.read(request)
    except BiomatchError:
        asked = None
    envelope = nist.Envelope(origin) if asked is None else _envelope(asked, origin)
    return nist.error([f"{error.code}: {error.message}"], envelope, person="" if asked is None else person_in(asked))


def _envelope(request: Transaction, origin: str) -> nist.Envelope:
    return nist.Envelope(
        origin, destination=request.first.text(8).strip() or "UNKNOWN", reference=request.first.text(9).strip()
    )
