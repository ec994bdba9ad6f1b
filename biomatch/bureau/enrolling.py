"""Enrol: one encounter, or part of a bulk enrolment."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.bureau.batch import Batch
from biomatch.bureau.cases import Actor, EnrolledPrint, Enrolment, Outcome, Upload
from biomatch.bureau.entries import check_names, new_entry, new_id, receipt
from biomatch.bureau.parts import MAX_PRINTS, check_count, or_raise
from biomatch.bureau.removing import Removing
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import EncounterExists, NotFound
from biomatch.gallery.interface import Entry
from biomatch.store import contents


class Enrolling(Removing):
    @needs(Scope.ENCOUNTER_WRITE)
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
        check_count(uploads, MAX_PRINTS)
        if encounter is not None:
            self._refuse_existing(person, encounter)
        found = [or_raise(result) for result in self._workshop.each(uploads)]
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
            self._keep(entries, [upload.data for upload in uploads], actor)
        return tuple(receipt(entry) for entry in entries)

    @needs(Scope.ENCOUNTER_WRITE)
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
                self._keep(entries, originals, actor)
            if stale := batch.stale():
                self._take_away(list(self._store.prints.named(stale).values()), actor)
        return batch.outcomes(self._store.prints)

    def _refuse_existing(self, person: str, encounter: str) -> None:
        try:
            self._store.prints.of_person(person, encounter)
        except NotFound:
            return
        raise EncounterExists(person, encounter)

    def _keep(self, entries: Sequence[Entry], originals: Sequence[bytes], actor: Actor) -> None:
        """Originals first: a kill leaves at most a file that no row names, which opening the folder removes."""
        self._store.blobs.put(originals)
        self._trace("originals-synced", len(originals))
        made_by = {"extractor": ", ".join(sorted({entry.template.extractor for entry in entries}))}
        items = [contents.of_entry(entry) for entry in entries]
        act = self._act(actor, "enrol", items, made_by, prints=[entry.print_id for entry in entries])
        self._gallery.enrol(entries, self._store.audit.along(act))
        self._trace("searchable", len(entries))
