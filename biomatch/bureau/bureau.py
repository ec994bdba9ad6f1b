"""The use cases, each one method that says the order of what happens. Command line and HTTP both come through here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from biomatch.bureau import exporting
from biomatch.bureau.batch import Batch
from biomatch.bureau.cases import (
    Actor,
    Compared,
    EnrolledPrint,
    Enrolment,
    Examined,
    Identified,
    Info,
    Outcome,
    Upload,
    Verified,
)
from biomatch.bureau.door import Door
from biomatch.bureau.entries import check_names, new_entry, new_id, receipt
from biomatch.bureau.lock import FolderLock
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.workshop import Workshop
from biomatch.errors import (
    BiomatchError,
    EncounterExists,
    LabelNotFound,
    NotFound,
    NothingGiven,
    OriginalNotKept,
    PrintNotFound,
    TooManyPrints,
)
from biomatch.gallery.interface import Effort, Entry, Filter
from biomatch.gallery.local import LocalGallery
from biomatch.observe import NO_TRACE, Trace
from biomatch.store import Store, StoredPerson, StoredPrint
from biomatch.template import Template

MAX_PROBES = 10  # a person's fingers: what one search fuses
MAX_PRINTS = 100  # of one encounter: ten fingers rolled and plain, several times over
ACCEPT = 40.0  # -10 log10(FMR): one stranger in 10,000 would be accepted

_log = logging.getLogger(__name__)


class Bureau:
    """One gallery's folder, opened. Safe from many threads; `close` when done."""

    def __init__(
        self,
        store: Store,
        gallery: LocalGallery,
        workshop: Workshop,
        pairs: PairComparer,
        lock: FolderLock,
        *,
        trace: Trace = NO_TRACE,
    ):
        self.folder = store.folder
        self._store = store
        self._gallery = gallery
        self._workshop = workshop
        self._pairs = pairs
        self._lock = lock
        self._door: Door | None = None
        self._closed = False
        self._trace = trace
        self._writing = threading.Lock()  # originals and rows change together: a removal must not take what is being enrolled

    # enrol

    def enrol(
        self,
        person: str,
        uploads: Sequence[Upload],
        actor: Actor,
        *,
        encounter: str | None = None,
        labels: frozenset[str] = frozenset(),
    ) -> tuple[EnrolledPrint, ...]:
        """Keeps one encounter of a person; all prints or none. Durable and searchable on return.

        Raises BadInput for the first upload that cannot be used, EncounterExists, Unavailable.
        """
        check_names(person, encounter, labels)
        _check_count(uploads, MAX_PRINTS)
        if encounter is not None:
            self._refuse_existing(person, encounter)
        found = [_or_raise(result) for result in self._workshop.each(uploads)]
        self._trace("extracted", len(found))
        encounter_id = encounter or new_id()
        entries = [
            new_entry(person, encounter_id, template, upload, labels)
            for upload, templates in zip(uploads, found, strict=True)
            for template in templates
        ]
        with self._writing:
            if encounter is not None:  # another request may have made it meanwhile
                self._refuse_existing(person, encounter)
            self._keep(entries, [upload.data for upload in uploads])
        _note(actor, "enrol", prints=len(entries))
        return tuple(receipt(entry) for entry in entries)

    def enrol_batch(self, enrolments: Sequence[Enrolment], actor: Actor) -> list[Outcome]:
        """Part of a bulk enrolment: what can be used is kept in one transaction, the rest comes back with its error.

        Bytes that the person already has from this extractor's version are skipped, and replace those of another version:
        a bulk enrolment that was interrupted is simply run again. Raises Unavailable: nothing was kept.
        """
        batch = Batch(enrolments, self._workshop.version)
        batch.find_stored(self._store.prints)
        batch.take(self._workshop.each([enrolment.upload for enrolment in batch.todo()]))
        self._trace("extracted", len(enrolments))
        with self._writing:
            batch.find_stored(self._store.prints)
            entries, originals = batch.entries()
            if entries:
                self._keep(entries, originals)
            if stale := batch.stale():
                self._gallery.remove(stale)
        _note(actor, "enrol", prints=len(entries), replaced=len(stale))
        return batch.outcomes(self._store.prints)

    # search and compare

    def identify(
        self,
        uploads: Sequence[Upload],
        actor: Actor,
        *,
        top: int = 20,
        effort: Effort = Effort.NORMAL,
        where: Filter | None = None,
        fpir: float | None = None,
    ) -> Identified:
        """Who left these prints of one person? Raises BadInput, LabelNotFound, Unavailable."""
        if where is not None and where.label is not None and not self._store.prints.has_label(where.label):
            raise LabelNotFound(where.label)
        probes = self._probes(uploads)
        search = self._gallery.identify(probes, top=top, effort=effort, where=where, fpir=fpir)
        names = [evidence.print_id for candidate in search.candidates for evidence in candidate.evidence]
        _note(actor, "identify", probes=len(probes), candidates=len(search.candidates))
        return Identified(tuple(probes), search, self._store.prints.named(names))

    def verify(
        self,
        person: str,
        uploads: Sequence[Upload],
        actor: Actor,
        *,
        label: str | None = None,
        threshold: float = ACCEPT,
    ) -> Verified:
        """Are these this person's prints? Raises BadInput, PersonNotFound, LabelNotFound, Unavailable."""
        known = self._store.prints.of_person(person).prints
        if label is not None and not any(label in stored.labels for stored in known):
            raise LabelNotFound(label)
        probes = self._probes(uploads)
        candidate = self._gallery.verify(probes, person)
        _note(actor, "verify", probes=len(probes))
        return Verified(
            tuple(probes),
            candidate,
            threshold,
            candidate.score >= threshold,
            {stored.print_id: stored for stored in known},
        )

    def compare(
        self, first: Sequence[Upload], second: Sequence[Upload], actor: Actor, *, threshold: float = ACCEPT
    ) -> Compared:
        """Are these two prints of one finger? The gallery takes no part. Raises BadInput, Unavailable."""
        a, b = self._one(first), self._one(second)
        comparison = self._pairs.compare(a, b)
        _note(actor, "compare")
        return Compared(a, b, comparison, threshold, comparison.score >= threshold)

    def examine(
        self, uploads: Sequence[Upload], actor: Actor, *, picture: bool = False
    ) -> list[list[Examined] | BiomatchError]:
        """Quality and minutiae of each upload, or why there are none. Nothing is kept. Raises Unavailable."""
        _note(actor, "examine", uploads=len(uploads))
        return self._workshop.examine_each(uploads, picture=picture)

    # read

    def read(self, person: str, actor: Actor, *, encounter: str | None = None) -> StoredPerson:
        """Raises PersonNotFound, EncounterNotFound."""
        _note(actor, "read")
        return self._store.prints.of_person(person, encounter)

    def stored(self, print_id: str, actor: Actor) -> StoredPrint:
        """Raises PrintNotFound."""
        _note(actor, "read")
        return self._print(print_id)

    def template(self, print_id: str, actor: Actor) -> Template:
        """Raises PrintNotFound."""
        _note(actor, "read-template")
        return self._store.prints.template(print_id)

    def original(self, print_id: str, actor: Actor) -> tuple[bytes, str]:
        """The bytes that a print was enrolled from, and their media type. Raises PrintNotFound, OriginalNotKept."""
        _note(actor, "read-original")
        return self._original(self._print(print_id))

    def picture(self, print_id: str, actor: Actor) -> bytes:
        """The print as PNG, 8-bit grey at 500 ppi: its template's minutiae lie on it. Raises PrintNotFound, OriginalNotKept."""
        _note(actor, "read-picture")
        stored = self._print(print_id)
        if not stored.has_image:
            raise OriginalNotKept(print_id)
        data, _ = self._original(stored)
        return self._workshop.picture(data, stored.ppi)

    def labels(self, actor: Actor) -> dict[str, int]:
        """OSIA's galleries: how many prints carry each label."""
        _note(actor, "labels")
        return self._store.prints.labels()

    def counts(self, actor: Actor) -> tuple[int, int, int]:
        """Persons, encounters, prints."""
        _note(actor, "counts")
        return self._store.prints.counts()

    def info(self, actor: Actor) -> Info:
        """What the folder holds."""
        _note(actor, "info")
        persons, encounters, prints = self._store.prints.counts()
        return Info(
            folder=str(self.folder),
            persons=persons,
            encounters=encounters,
            prints=prints,
            labels=self._store.prints.labels(),
            sequence=self._store.log.head,
            extractors=self._store.prints.extractors(),
            extractor=self._workshop.version,
            engine=self._gallery.info(),
            bytes_on_disk=_sizes(self.folder),
        )

    # remove and care

    def remove(
        self, actor: Actor, *, person: str | None = None, encounter: str | None = None, print_id: str | None = None
    ) -> int:
        """Takes a person, an encounter of a person, or one print away: rows, index and originals. How many prints went.

        Raises NothingGiven, PersonNotFound, EncounterNotFound, PrintNotFound, Unavailable.
        """
        with self._writing:
            gone = self._named(person, encounter, print_id)
            self._gallery.remove([stored.print_id for stored in gone])
            self._trace("removed", len(gone))
            sources = {stored.source_sha256 for stored in gone if stored.source_sha256}
            still = {stored.source_sha256 for stored in self._store.prints.from_sources(sorted(sources))}
            self._store.blobs.remove(sources - still)
        _note(actor, "remove", prints=len(gone))
        return len(gone)

    def compact(self, actor: Actor) -> None:
        """Rewrites the index without what was removed; searches go on meanwhile."""
        _note(actor, "compact")
        self._gallery.compact()

    def export(self, out: Path, actor: Actor) -> int:
        """Writes every template (own and ISO/IEC 19794-2:2005), every original and prints.csv. How many prints."""
        _note(actor, "export")
        return exporting.write(self._store, out)

    def warm(self) -> None:
        """Starts the workers and compiles what a search needs, so that the first request does not wait for it."""
        self._workshop.warm()
        self._gallery.warm()

    def answer(self) -> None:
        """Lets commands of other processes in, through a socket that the lock file names, until `close`."""
        self._door = Door(self)
        self._lock.announce(self._door.path)

    def close(self) -> None:
        """Lets go of the folder; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._door is not None:
            self._door.close()
        self._workshop.close()
        self._gallery.close()
        self._store.close()
        self._lock.release()

    def __enter__(self) -> Bureau:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # parts

    def _probes(self, uploads: Sequence[Upload]) -> list[Template]:
        _check_count(uploads, MAX_PROBES)
        probes = [template for result in self._workshop.each(uploads) for template in _or_raise(result)]
        if len(probes) > MAX_PROBES:
            raise TooManyPrints(len(probes), MAX_PROBES)
        return probes

    def _one(self, uploads: Sequence[Upload]) -> Template:
        probes = self._probes(uploads)
        if len(probes) > 1:
            raise TooManyPrints(len(probes), 1)
        return probes[0]

    def _refuse_existing(self, person: str, encounter: str) -> None:
        try:
            self._store.prints.of_person(person, encounter)
        except NotFound:
            return
        raise EncounterExists(person, encounter)

    def _keep(self, entries: Sequence[Entry], originals: Sequence[bytes]) -> None:
        """Originals first: a kill leaves at most a file that no row names, which opening the folder removes."""
        self._store.blobs.put(originals)
        self._trace("originals-synced", len(originals))
        self._gallery.enrol(entries)
        self._trace("searchable", len(entries))

    def _print(self, print_id: str) -> StoredPrint:
        try:
            return self._store.prints.named([print_id])[print_id]
        except KeyError:
            raise PrintNotFound(print_id) from None

    def _original(self, stored: StoredPrint) -> tuple[bytes, str]:
        data = self._store.blobs.get(stored.source_sha256) if stored.source_sha256 else None
        if data is None or stored.media_type is None:
            raise OriginalNotKept(stored.print_id)
        return data, stored.media_type

    def _named(self, person: str | None, encounter: str | None, print_id: str | None) -> tuple[StoredPrint, ...]:
        if print_id is not None:
            return (self._print(print_id),)
        if person is None:
            raise NothingGiven("person or print to remove")
        return self._store.prints.of_person(person, encounter).prints


def _check_count(uploads: Sequence[Upload], limit: int) -> None:
    if not uploads:
        raise NothingGiven("print")
    if len(uploads) > limit:
        raise TooManyPrints(len(uploads), limit)


def _or_raise(result: list[Template] | BiomatchError) -> list[Template]:
    if isinstance(result, BiomatchError):
        raise result
    return result


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file and folder that lies directly in the gallery's folder."""
    return {
        place.name: sum(file.stat().st_size for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file())
        for place in sorted(folder.iterdir())
    }


def _note(actor: Actor, act: str, **counts: int) -> None:
    """One line an act, without personal data."""
    _log.info("%s door=%s%s", act, actor.door, "".join(f" {name}={count}" for name, count in counts.items()))
