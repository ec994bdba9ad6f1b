"""ANSI/NIST-ITL transactions: their prints as uploads, and the answers to them.

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
from biomatch.formats.nist import ImageRecord, Marks, Respondent, TaggedRecord, Transaction
from biomatch.imaging.slap import Region
from biomatch.vocabulary import FingerPosition

PERSON, EXPECTED = 9, 320  # fields of type 2: who it is, at the sender's; how many candidates are wanted
RESPONDENTS = 20  # where the request does not say
ENROLMENTS = frozenset((nist.ENROL,))
SEARCHES = frozenset((nist.SEARCH, nist.NON_CRIMINAL_SEARCH, nist.LATENT_SEARCH))
"""INTERPOL's types of transaction that ask for prints to be kept, and for whose they are."""


def prints_in(data: bytes, shop: Workshop, name: str = "") -> list[Upload]:
    """A transaction's prints that can be compared, slaps cut into fingers.

    Raises BadTransaction; NoUsablePrint: there is none; and what cutting a slap raises.
    """
    transaction = nist.read(data)
    marks = [one for one in nist.marks(transaction)[0] if len(one.template.minutiae)]
    marked = {transaction.records[one.record - 1].idc for one in marks}
    usable = [image for image in nist.images(transaction) if not _unusable(image)]
    seen = [image for image in usable if not (image.impression.is_latent and image.idc in marked)]  # marks say more of a latent
    found = [upload for image in seen for upload in _prints(image, shop, name)]
    found += _marked(transaction, marks, {image.idc for image in seen}, name)
    if not found:
        notes = notes_of(transaction)
        raise NoUsablePrint(notes[0] if notes else "it holds neither images nor marks of fingers")
    return found


def notes_of(transaction: Transaction) -> list[str]:
    """What is wrong with a transaction, and what of it takes no part, in words."""
    faults = [*transaction.faults, *nist.marks(transaction)[1]]
    return [*map(str, faults), *(reason for image in nist.images(transaction) if (reason := _unusable(image)))]


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


def _marked(transaction: Transaction, marks: Sequence[Marks], seen: set[int | None], name: str) -> list[Upload]:
    """Marks of latents, and those that no usable image stands beside."""
    return [
        Upload(one.template.to_bytes(), f"{name or 'transaction'}, record {one.record}")
        for one in marks
        if transaction.records[one.record - 1].idc not in seen
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


def result_of(found: Identified, request: Transaction, origin: str) -> Transaction:
    """The answer to a search: SRE."""
    respondents = []
    for candidate in found.search.candidates:
        best = candidate.evidence[0]
        respondents.append(
            Respondent(candidate.rank, candidate.person, candidate.score, candidate.llr, int(best.position), best.print_id)
        )
    warnings = [warning for probe in found.probes for warning in probe.warnings]
    notes = list(dict.fromkeys((*notes_of(request), *warnings)))
    return nist.result(respondents, _envelope(request, origin), person=person_in(request), notes=notes)


def receipt_of(person: str, prints: Sequence[EnrolledPrint], request: Transaction, origin: str) -> Transaction:
    """The answer to an enrolment: SRE without respondents, that says what was kept."""
    warnings = dict.fromkeys(warning for one in prints for warning in one.warnings)
    notes = [f"{len(prints)} prints of {person} are enrolled", *notes_of(request), *warnings]
    return nist.result([], _envelope(request, origin), person=person, notes=notes)


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
