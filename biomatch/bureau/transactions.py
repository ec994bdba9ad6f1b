"""Answers ANSI/NIST-ITL transactions. A worker reads them (formats/nist/summary.py); `uploads` makes prints of them."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.bureau.cases import EnrolledPrint, Identified
from biomatch.errors import BiomatchError
from biomatch.formats import nist
from biomatch.formats.nist import Respondent, Summary, Transaction
from biomatch.words import counted

RESPONDENTS = 20  # where the request does not say
ENROLMENTS = frozenset((nist.ENROL,))
SEARCHES = frozenset((nist.SEARCH, nist.NON_CRIMINAL_SEARCH, nist.LATENT_SEARCH))
"""INTERPOL's types of transaction that ask for prints to be kept, and for whose they are."""


def expected_in(request: Summary) -> int:
    """Returns how many candidates are wanted."""
    return RESPONDENTS if request.expected is None else min(max(request.expected, 1), 1000)


def result_of(found: Identified, request: Summary, origin: str) -> Transaction:
    """Makes the answer to a search: SRE."""
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
    """Makes the answer to an enrolment: SRE without respondents, that says what was kept."""
    warnings = dict.fromkeys(warning for one in prints for warning in one.warnings)
    kept = f"{counted(len(prints), 'print')} of {person} {'is' if len(prints) == 1 else 'are'} enrolled"
    notes = dict.fromkeys((kept, *request.notes, *warnings))
    return nist.result([], _envelope(request, origin), person=person, notes=list(notes))


def error_of(error: BiomatchError, request: Summary | None, origin: str) -> Transaction:
    """Makes the answer to what cannot be done: ERR, to the sender. request: None where it could not be read."""
    envelope = nist.Envelope(origin) if request is None else _envelope(request, origin)
    return nist.error([f"{error.code}: {error.message}"], envelope, person="" if request is None else request.person)


def _envelope(request: Summary, origin: str) -> nist.Envelope:
    return nist.Envelope(origin, destination=request.sender or "UNKNOWN", reference=request.number)
