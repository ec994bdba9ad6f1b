"""The inputs and answers of the use cases. Plain data: it crosses threads, sockets and doors unchanged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from biomatch.bureau.scopes import FRESH, FRESH_MINUTES, Scope
from biomatch.comparison import Comparison
from biomatch.errors import BadText, NotAllowed, SignInTooOld
from biomatch.formats.nist import Summary
from biomatch.gallery.filters import EVERYBODY, NOT_KNOWN, Biography, Filter
from biomatch.gallery.interface import Candidate, Effort, Search
from biomatch.store import Shown, StoredPrint
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, ImpressionType
from biomatch.words import is_visible

OF_USER = "user/"  # before the name of a user, where a token's name stands
MAX_TEXT = 200  # characters of a purpose, a legal basis, a user's name


@dataclass(frozen=True)
class Actor:
    """The asker: a name, the door ("cli", "http"), and for a search what it is for and what allows it.

    token   that they came with, by its name; user/NAME of a user who signed in; empty: none
    key     idempotency key of the request: the same write under the same key is done once; empty: each is done
    scopes  what they may do; everything where nobody was asked: who runs commands here could read the folder as well
    unit    that has what they enrol; empty: no unit
    fresh   whether they signed in a short time ago; tokens and commands do not sign in, and are not asked
    """

    name: str
    door: str
    purpose: str = ""
    legal_basis: str = ""
    token: str = ""
    key: str = ""
    scopes: frozenset[Scope] = frozenset(Scope)
    unit: str = ""
    fresh: bool = True

    def require(self, scope: Scope) -> None:
        """Raises NotAllowed, SignInTooOld."""
        if scope not in self.scopes:
            raise NotAllowed(self.name, scope)
        if scope in FRESH and not self.fresh:
            raise SignInTooOld(FRESH_MINUTES)

    @property
    def user(self) -> str:
        """Returns the name of the user who signed in; empty: the asker is a token, a visitor or a command."""
        return self.token.removeprefix(OF_USER) if self.token.startswith(OF_USER) else ""

    @property
    def snapshot(self) -> dict[str, str]:
        """Returns what the audit tree keeps of the asker."""
        told = {"token": self.token, "unit": self.unit}
        return {"name": self.name, "door": self.door, **{name: value for name, value in told.items() if value}}

    def check_texts(self) -> None:
        """Checks the texts, which go into the audit tree, the database and the log. Raises BadText."""
        for what, text in (("purpose", self.purpose), ("legal basis", self.legal_basis), ("user's name", self.name)):
            unseen = bool(text.strip()) and not is_visible(text)
            if len(text) > MAX_TEXT or not text.isprintable() or "\ufffd" in text or unseen:
                raise BadText(what, text, MAX_TEXT)

    def repeating(self, key: str) -> Actor:
        return replace(self, key=key)

    def searching_for(self, purpose: str, legal_basis: str) -> Actor:
        return replace(self, purpose=purpose, legal_basis=legal_basis)


@dataclass(frozen=True)
class Upload:
    """One file as it came: an image, a template of ours, a minutiae record, or a transaction, which holds some of these.

    name        for messages only
    position    UNKNOWN: what the template says, if it is one
    ppi         resolution of the image; None: what the file says
    captured    the day on which the print was taken; None: not known
    warnings    what whoever reads a result of this print should know, in words
    summary     what a transaction holds, where it was read before; None: a worker reads it
    transaction of those handed over together, the number from 1 of the one that this print is of; 0: it came by itself
    left_out    what of that transaction should take part and cannot, in words
    """

    data: bytes
    name: str = ""
    position: FingerPosition = FingerPosition.UNKNOWN
    impression: ImpressionType = ImpressionType.UNKNOWN
    ppi: float | None = None
    warnings: tuple[str, ...] = ()
    captured: date | None = None
    summary: Summary | None = None
    transaction: int = 0
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchRequest:
    """Says what a search is asked for, whatever prints it is made with.

    top     persons on the list, at most
    effort  how hard it tries
    where   whom and what it is limited to
    fpir    share of non-mated searches that may wrongly call somebody a hit; None: nobody is called one
    """

    top: int = 20
    effort: Effort = Effort.NORMAL
    where: Filter = EVERYBODY
    fpir: float | None = None


ANY_SEARCH = SearchRequest()
"""Asks for nothing in particular."""


@dataclass(frozen=True)
class Enrolment:
    """One upload of a bulk enrolment. `encounter` None: one new encounter for each person of the batch."""

    person: str
    upload: Upload
    encounter: str | None = None
    labels: frozenset[str] = frozenset()
    biography: Biography = NOT_KNOWN


@dataclass(frozen=True)
class EnrolledPrint:
    """A print that is durable and searchable.

    Attributes
    ----------
    person, encounter, print_id
        Names under which it is kept.
    position, impression
        Which finger, and how it was taken, as far as it is known.
    quality
        0..100; None where nobody measured it (foreign records).
    minutiae
        How many were found.
    warnings
        What whoever enrolled it should know, in words.
    existed
        The same bytes came before, and were not kept again.
    left_out
        What of the print's transaction should have been enrolled with it and could not, in words.
    """

    person: str
    encounter: str
    print_id: str
    position: FingerPosition
    impression: ImpressionType
    quality: int | None
    minutiae: int
    warnings: tuple[str, ...]
    existed: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The result of one upload of a bulk enrolment: the prints (a record may hold several), or the error.

    Both, PartlyUsable being the error, where some records of a transaction were enrolled and others could not be.
    """

    enrolment: Enrolment
    prints: tuple[EnrolledPrint, ...] = ()
    error: Exception | None = None


@dataclass(frozen=True)
class Examined:
    """The result of extraction from one upload.

    template    the minutiae, and what is known of the print
    score       image quality 0..100; None where nobody measured it (foreign templates)
    passed      good enough to keep; False: take the print again
    reasons     in words: what is wrong with the image, if anything
    picture     the print as PNG, 8-bit grey at 500 ppi, on whose pixels the minutiae lie; empty for templates
    name        of the upload; for a print of a transaction, with the number of its record
    """

    template: Template
    score: int | None
    passed: bool
    reasons: tuple[str, ...]
    picture: bytes = b""
    name: str = ""


@dataclass(frozen=True)
class Identified:
    """A search's answer, the probes it was made with, the candidates' prints by id, and the id under which it is kept.

    examined  the same probes with quality and picture, in the same order; empty where nobody asked for them
    """

    probes: tuple[Template, ...]
    search: Search
    prints: dict[str, Shown]
    kept: str
    examined: tuple[Examined, ...] = ()


@dataclass(frozen=True)
class Verified:
    """One person's prints against a probe.

    Attributes
    ----------
    probes
        The prints that were handed over.
    candidate
        The person, with `score`, `llr` and the evidence, whatever the score is.
    threshold
        The score that was asked for.
    accepted
        The candidate's score reaches the threshold.
    prints
        The person's prints that spoke, by their id.
    """

    probes: tuple[Template, ...]
    candidate: Candidate
    threshold: float
    accepted: bool
    prints: dict[str, StoredPrint]


@dataclass(frozen=True)
class Compared:
    """Two prints against each other; `comparison` knows score, likelihood ratio and corresponding minutiae.

    accepted  the score reaches the threshold that was asked for
    """

    a: Template
    b: Template
    comparison: Comparison
    threshold: float
    accepted: bool


@dataclass(frozen=True)
class Info:
    """A gallery at a glance.

    labels, units, extractors  prints that carry each, that each has, that each version made
    extractor           version that images go through now
    calibration         name of the gallery's own that holds, or "shipped"
    engine              what the index and the comparison say of themselves
    sequence            of the last log record
    bytes_on_disk       by part of the folder
    """

    folder: str
    persons: int
    encounters: int
    prints: int
    labels: dict[str, int]
    units: dict[str, int]
    extractors: dict[str, int]
    extractor: str
    calibration: str
    engine: dict[str, object]
    sequence: int
    bytes_on_disk: dict[str, int]
