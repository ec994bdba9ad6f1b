"""Read: what is kept of a person or a print, and what the folder holds. Reading a person is an act; counting prints is none."""

from __future__ import annotations

import shutil
from pathlib import Path

from biomatch.bureau.cases import Actor, Info
from biomatch.bureau.parts import Parts
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import LabelNotFound, NotReady, OriginalNotKept
from biomatch.store import Item, StoredPerson, StoredPrint
from biomatch.template import Template
from biomatch.words import counted

LEAST_FREE = 256_000_000  # bytes on the disk: some minutes of writing
MAX_PAGE = 1_000  # encounters of one page of a gallery


class Reading(Parts):
    @needs(Scope.ENCOUNTER_READ)
    def read(self, person: str, actor: Actor, *, encounter: str | None = None) -> StoredPerson:
        """Raises PersonNotFound, EncounterNotFound."""
        found = self._store.prints.of_person(person, encounter)
        item = Item({"person": person, "encounter": encounter}, person)
        self._store.audit.record(self._act(actor, "read", [item]))
        return found

    @needs(Scope.ENCOUNTER_READ)
    def stored(self, print_id: str, actor: Actor) -> StoredPrint:
        """Raises PrintNotFound."""
        return self._opened(actor, "read", print_id)

    @needs(Scope.ENCOUNTER_READ)
    def template(self, print_id: str, actor: Actor) -> Template:
        """Raises PrintNotFound."""
        self._opened(actor, "read-template", print_id)
        return self._store.prints.template(print_id)

    @needs(Scope.ENCOUNTER_READ)
    def original(self, print_id: str, actor: Actor) -> tuple[bytes, str]:
        """The bytes that a print was enrolled from, and their media type. Raises PrintNotFound, OriginalNotKept."""
        return self._original(self._opened(actor, "read-original", print_id))

    @needs(Scope.ENCOUNTER_READ)
    def picture(self, print_id: str, actor: Actor) -> bytes:
        """The print as PNG, 8-bit grey at 500 ppi: its template's minutiae lie on it. Raises PrintNotFound, OriginalNotKept."""
        stored = self._opened(actor, "read-picture", print_id)
        if not stored.has_image:
            raise OriginalNotKept(print_id)
        data, _ = self._original(stored)
        return self._workshop.picture(data, stored.ppi)

    @needs(Scope.GALLERY_READ)
    def labels(self, actor: Actor) -> dict[str, int]:
        """OSIA's galleries: how many prints carry each label."""
        return self._store.prints.labels()

    @needs(Scope.GALLERY_READ)
    def gallery_page(
        self, label: str | None, actor: Actor, *, after: tuple[str, str] = ("", ""), limit: int = MAX_PAGE
    ) -> list[tuple[str, str]]:
        """Persons and encounters in a gallery (None: in any or none), in order, from behind `after` on.

        Raises LabelNotFound.
        """
        if label is not None and not self._store.prints.has_label(label):
            raise LabelNotFound(label)
        return self._store.prints.page(label, after, min(limit, MAX_PAGE))

    @needs(Scope.METRICS_READ)
    def gauges(self, actor: Actor) -> dict[str, tuple[str, float]]:
        """Sizes of this moment, for whoever watches the service: name -> what it is, value."""
        persons, encounters, prints = self._store.prints.counts()
        state, head = self._gallery.state, self._store.log.head
        waiting, busy = self._workshop.queue
        return {
            "persons": ("Persons enrolled.", persons),
            "encounters": ("Encounters enrolled.", encounters),
            "prints": ("Prints enrolled.", prints),
            "prints_searched": ("Prints that a search can find.", state.prints),
            "log_records": ("Records of the log.", head),
            "index_lag_records": ("Records of the log that the index lacks.", head - state.sequence),
            "index_segments": ("Segments of the index.", len(state.index.segments)),
            "index_delta_vectors": ("Vectors that no segment holds, and that are searched one by one.", len(state.index.delta)),
            "prints_removed_not_compacted": ("Removed prints whose blocks are still in the arena.", state.removed),
            "audit_leaves": ("Leaves of the audit tree.", self._store.audit.size()),
            "extractions_waiting": ("Images that wait for a process.", waiting),
            "extractions_running": ("Images that processes are working on.", busy),
            "commits_waiting": ("Writes that wait for the database.", self._store.commits.waiting),
            "tasks_open": ("Tasks that have not ended.", self._store.jobs.open()),
        }

    @needs(Scope.GALLERY_READ)
    def counts(self, actor: Actor) -> tuple[int, int, int]:
        """Persons, encounters, prints."""
        return self._store.prints.counts()

    def alive(self, actor: Actor) -> None:
        """Nothing, if the database answers: anybody may ask. Raises StoreFailed."""
        _ = self._store.log.head

    def ready(self, actor: Actor) -> None:
        """Nothing, if requests can be sent here now: anybody may ask. Raises NotReady, StoreFailed."""
        behind = self._store.log.head - self._gallery.state.sequence
        free = shutil.disk_usage(self.folder).free
        if behind > 0:
            raise NotReady(f"the index lacks {counted(behind, 'record')} of the log")
        if free < LEAST_FREE:
            raise NotReady(f"its disk has {free // 1_000_000} MB left")

    @needs(Scope.LOCAL)
    def info(self, actor: Actor) -> Info:
        """What the folder holds."""
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
            calibration=self._gallery.models.calibration,
            engine=self._gallery.info(),
            bytes_on_disk=_sizes(self.folder),
        )

    def _opened(self, actor: Actor, kind: str, print_id: str) -> StoredPrint:
        """Finds a print that somebody looks at, and records the act."""
        stored = self._print(print_id)
        item = Item({"person": stored.person, "print": print_id}, stored.person, print_id)
        self._store.audit.record(self._act(actor, kind, [item]))
        return stored


def _sizes(folder: Path) -> dict[str, int]:
    """Counts the bytes of each file and folder that lies directly in the gallery's folder."""
    return {
        place.name: sum(file.stat().st_size for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file())
        for place in sorted(folder.iterdir())
    }
