"""The interface of a gallery to those who use one: its two protocols, what goes in, what comes out.

`Gallery` is the engine; `TemplateLog` is its truth, kept by whoever owns durability (`store/`, or memory in a test).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import numpy as np

from biomatch.gallery.filters import NOT_KNOWN, Biography, Filter, Traits
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition


class Effort(StrEnum):
    """The effort of a search: `FAST` and `NORMAL` ask the index, `EXHAUSTIVE` compares every print."""

    FAST = "fast"
    NORMAL = "normal"
    EXHAUSTIVE = "exhaustive"


@dataclass(frozen=True)
class Source:
    """The source of a template: the bytes handed over, their media type, and the resolution that the caller gave."""

    sha256: str
    media_type: str
    ppi: float | None = None

    @property
    def is_image(self) -> bool:
        """True where the source is an image, not a template or a minutiae record."""
        return self.media_type.startswith("image/")


@dataclass(frozen=True)
class Entry:
    """One print to enrol.

    Attributes
    ----------
    person, encounter
        Names of the person and of the occasion.
    print_id
        Unique in the gallery.
    template
        What is known of the print.
    labels
        Names of groups that it belongs to: OSIA's gallery ids.
    source
        What the template was made from; None: not known.
    active
        False: it is kept, and no search finds it.
    biography
        Of the person, as it was given with the encounter.
    captured
        The day on which it was taken; None: nobody said.
    enrolled
        ISO 8601, UTC: when it first came; None: now.
    unit
        Whose it is; empty: of no unit.
    """

    person: str
    encounter: str
    print_id: str
    template: Template
    labels: frozenset[str] = frozenset()
    source: Source | None = None
    active: bool = True
    biography: Biography = NOT_KNOWN
    captured: date | None = None
    enrolled: str | None = None
    unit: str = ""

    @property
    def image(self) -> str:
        """SHA-256 of the image that the print was made from, in hex; empty where it was made from none."""
        return self.source.sha256 if self.source is not None and self.source.is_image else ""

    @property
    def traits(self) -> Traits:
        """The traits that a filter looks at, beside person and labels."""
        enrolled = None if self.enrolled is None else date.fromisoformat(self.enrolled[:10])
        return Traits(self.template.position, self.biography, self.captured or enrolled, self.unit)


@dataclass(frozen=True)
class Appended:
    """A log record: this print was enrolled."""

    sequence: int
    entry: Entry


@dataclass(frozen=True)
class Tombstoned:
    """A log record: this print was removed."""

    sequence: int
    print_id: str


Work = Any
"""A unit of work of whoever owns the log: what is written in the same transaction. The gallery hands it on unread."""


class TemplateLog(Protocol):
    """The truth of a gallery: append, tombstone, change, replay. Sequence numbers grow by one a record, from 1."""

    @property
    def head(self) -> int:
        """Returns the sequence number of the last record, 0 when empty."""
        ...

    def append(self, entries: Sequence[Entry], work: Work = None) -> int:
        """Appends all entries or none; durable on return. Returns the new head. Raises Conflict when a print_id is taken.

        All are active.
        """
        ...

    def tombstone(self, print_ids: Sequence[str], work: Work = None) -> int:
        """Marks all these prints as removed, or none; durable on return. Returns the new head. Raises NotFound."""
        ...

    def change(self, entries: Sequence[Entry], gone: Sequence[str] = (), work: Work = None) -> int:
        """Changes prints to what the entries say, adds new ones, removes `gone`: all or none; durable on return.

        First a Tombstoned record for each that is gone, that was there before, or that is not active; then an Appended one
        for each that is active. Returns the new head. Raises NotFound where one of `gone` is not there.
        """
        ...

    def replay(self, after: int = 0) -> Iterator[Appended | Tombstoned]:
        """Yields the records with a sequence number above `after`, in order. A removed print's Appended record may be left
        out."""
        ...

    def settle(self, *, thoroughly: bool = False) -> bool:
        """Erases what was removed from where the log is kept; returns False where that cannot be done now, and is to be tried
        again.

        thoroughly  also where that takes so long that it has to be asked for
        """
        ...


class Pair(NamedTuple):
    """One correspondence: index of the probe's minutia, index of the reference's, similarity 0..1."""

    probe: int
    reference: int
    weight: float


@dataclass(frozen=True)
class Evidence:
    """The reason why a person is a candidate: a print of the probe, the enrolled print that spoke, and how they compare.

    Attributes
    ----------
    probe
        Number of the print that was searched with, from 0.
    print_id, encounter, position
        The enrolled print.
    score
        -10 log10 of the false match rate of this comparison.
    llr
        log10 of the likelihood ratio.
    extrapolated
        The score lies beyond what the calibration's non-mated pairs can show.
    votes
        What the index gave it; NaN where the index was not asked.
    matched
        Corresponding minutiae, best first: of the probe, of the reference (p,) int64, weights (p,) float64.
    motion
        (3,) dx, dy in px, turn in radians: lays the probe, so many times as large as `scale` says, on the reference.
    scale
        1 but for latents, whose size is searched for too.
    """

    probe: int
    print_id: str
    encounter: str
    position: FingerPosition
    score: float
    llr: float
    extrapolated: bool
    votes: float
    matched: tuple[np.ndarray, np.ndarray, np.ndarray]
    motion: np.ndarray
    scale: float = 1.0

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs one by one: made at the call, since few callers need them."""
        return tuple(map(Pair._make, zip(*(column.tolist() for column in self.matched), strict=True)))


@dataclass(frozen=True)
class Candidate:
    """A person who may have left the prints.

    Attributes
    ----------
    person
        Name that was given at enrolment.
    rank
        Place on the list, from 1.
    score
        -10 log10 of the false match rate, of all prints together.
    llr
        log10 of the likelihood ratio, of all prints together.
    extrapolated
        The score lies beyond what the calibration's non-mated pairs can show.
    evidence
        Prints that spoke, strongest first.
    """

    person: str
    rank: int
    score: float
    llr: float
    extrapolated: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class ComparedPrint:
    """An enrolled print that a search compared in every step.

    probe   number of the probe's print that it was compared with
    scale   size of the probe's print that spoke, in that of the print as it was handed over
    votes   what the index gave it; NaN where the index was not asked
    ridges  whether its ridges took part: those of the best did
    """

    probe: int
    print_id: str
    scale: float
    votes: float
    ridges: bool


@dataclass(frozen=True)
class Search:
    """The result of a search.

    Attributes
    ----------
    candidates
        Persons, best first.
    hit
        Whether the first candidate passes at the FPIR that was asked for; None where none was asked for.
    threshold
        The score that a hit needs at that FPIR and this gallery's size; None likewise.
    miss
        Probability that an enrolled mate is not on the list, estimated from the probe and the gallery's size.
    false_positive
        For the first candidate: probability that a non-mated search reaches its score in a gallery of this size.
    prints
        Prints searched, after filters.
    effort
        How hard the search tried.
    made_by
        Versions that a repeat of this search needs: extractor, models, index, numpy, faiss, SIMD level.
    seconds
        Time by stage.
    sequence
        The last record of the log that the gallery had taken in.
    compared
        What a repeat of this search compares again.
    """

    candidates: tuple[Candidate, ...]
    hit: bool | None
    threshold: float | None
    miss: float
    false_positive: float | None
    prints: int
    effort: Effort
    made_by: dict[str, str]
    seconds: dict[str, float]
    sequence: int = 0
    compared: tuple[ComparedPrint, ...] = ()


class Gallery(Protocol):
    """Enrolled prints, and the search for a person among them. Safe to search from many threads while it changes."""

    def enrol(self, entries: Sequence[Entry], work: Work = None) -> None:
        """Enrols all entries or none; durable and searchable on return. Raises Conflict."""
        ...

    def remove(self, print_ids: Sequence[str], work: Work = None) -> None:
        """Removes all these prints or none; durable, and never found again, on return. Raises NotFound."""
        ...

    def change(self, entries: Sequence[Entry], gone: Sequence[str] = (), work: Work = None) -> None:
        """Changes prints to what the entries say, enrols new ones, removes `gone`; durable and so found on return.

        All or none. A search that runs meanwhile may pass over them. Raises NotFound.
        """
        ...

    def identify(
        self,
        probes: Sequence[Template],
        *,
        top: int = 20,
        effort: Effort = Effort.NORMAL,
        where: Filter | None = None,
        fpir: float | None = None,
    ) -> Search:
        """Searches for one person with one to ten prints; candidates come best first."""
        ...

    def verify(self, probes: Sequence[Template], person: str, *, where: Filter | None = None) -> Candidate:
        """Compares with one person's prints, whatever the score. where: which take part; None: all. Raises NotFound."""
        ...

    @property
    def units(self) -> frozenset[str]:
        """Names units that have, or had, a print that searches found."""
        ...

    def __len__(self) -> int:
        """Counts the prints that a search can find."""
        ...
