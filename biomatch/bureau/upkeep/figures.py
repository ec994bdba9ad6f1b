"""Counts what a gallery holds, and says whether it can be used now. No figure tells of a person: none is an act."""

from __future__ import annotations

import shutil
from pathlib import Path

from biomatch.bureau.cases import Actor, Info
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import NotReady
from biomatch.words import counted

LEAST_FREE = 256_000_000  # bytes on the disk: some minutes of writing


class Figures:
    """Tells sizes and states of this moment."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.METRICS_READ)
    def gauges(self, actor: Actor) -> dict[str, tuple[str, float]]:
        """Measures the sizes of this moment, for whoever watches the service: name -> what it is, value."""
        persons, encounters, prints = self._context.store.prints.counts()
        state, head = self._context.gallery.state, self._context.store.log.head
        waiting, busy = self._context.workshop.queue
        return {
            "persons": ("Persons enrolled.", persons),
            "encounters": ("Encounters enrolled.", encounters),
            "prints": ("Prints enrolled.", prints),
            "prints_searched": ("Prints that a search can find.", state.prints),
            "log_records": ("Records of the log.", head),
            "index_lag_records": ("Records of the log that the index lacks.", head - state.sequence),
            "index_segments": ("Segments of the index.", len(state.index.segments)),
            "index_delta_vectors": (
                "Vectors that no segment holds, and that are searched one by one.",
                state.index.delta_vectors,
            ),
            "prints_removed_not_compacted": ("Removed prints whose blocks are still in the arena.", state.removed),
            "audit_leaves": ("Leaves of the audit tree.", self._context.store.audit.size()),
            "extractions_waiting": ("Images that wait for a process.", waiting),
            "extractions_running": ("Images that processes are working on.", busy),
            "commits_waiting": ("Writes that wait for the database.", self._context.store.commits.waiting),
            "tasks_open": ("Tasks that have not ended.", self._context.store.jobs.open()),
        }

    @needs(Scope.GALLERY_READ)
    def counts(self, actor: Actor) -> tuple[int, int, int]:
        """Counts persons, encounters and prints."""
        return self._context.store.prints.counts()

    def alive(self, actor: Actor) -> None:
        """Returns if the database answers: anybody may ask. Raises StoreFailed."""
        _ = self._context.store.log.head

    def ready(self, actor: Actor) -> None:
        """Returns if requests can be sent here now: anybody may ask. Raises NotReady, StoreFailed."""
        behind = self._context.store.log.head - self._context.gallery.state.sequence
        free = shutil.disk_usage(self._context.folder).free
        if behind > 0:
            raise NotReady(f"the index lacks {counted(behind, 'record')} of the log")
        if free < LEAST_FREE:
            raise NotReady(f"its disk has {free // 1_000_000} MB left")

    @needs(Scope.LOCAL)
    def info(self, actor: Actor) -> Info:
        """Tells what the folder holds."""
        persons, encounters, prints = self._context.store.prints.counts()
        return Info(
            folder=str(self._context.folder),
            persons=persons,
            encounters=encounters,
            prints=prints,
            labels=self._context.store.prints.labels(),
            units=self._context.store.prints.units(),
            sequence=self._context.store.log.head,
            extractors=self._context.store.prints.extractors(),
            extractor=self._context.workshop.version,
            calibration=self._context.gallery.models.calibration,
            engine=self._context.gallery.info(),
            bytes_on_disk=_sizes(self._context.folder),
        )


def _sizes(folder: Path) -> dict[str, int]:
    """Counts the bytes of each file and folder that lies directly in the gallery's folder."""
    return {
        place.name: sum(file.stat().st_size for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file())
        for place in sorted(folder.iterdir())
    }
