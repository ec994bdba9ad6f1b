"""Remove, and the care of a folder: compact, export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from biomatch.bureau import exporting
from biomatch.bureau.cases import Actor
from biomatch.bureau.once import ALONE, Keep, once
from biomatch.bureau.parts import Parts
from biomatch.bureau.scopes import Scope, needs
from biomatch.crypto import sha256
from biomatch.errors import BiomatchError, NothingGiven
from biomatch.gallery.interface import Entry
from biomatch.store import Item, StoredPrint
from biomatch.store.blobs import Original


class Removing(Parts):
    @needs(Scope.ENCOUNTER_WRITE)
    def remove(
        self, actor: Actor, *, person: str | None = None, encounter: str | None = None, print_id: str | None = None
    ) -> int:
        """Takes a person, an encounter of a person, or one print away: rows, index and originals. How many prints went.

        Of a person who has no print left the key is destroyed: what was sealed under it opens no more, wherever a copy lies.
        What the audit tree says of them is erased too: that something was removed, when and by whom, stays.
        Raises NothingGiven, PersonNotFound, EncounterNotFound, PrintNotFound, Unavailable.
        """

        def work(keep: Keep) -> int:
            with self._writing:
                gone = self._named(person, encounter, print_id)
                persons = self._store.prints.persons_of([stored.print_id for stored in gone])  # also those before a merge
                note = self._store.begin(persons, _originals(gone), removes=True)
                self._take_away(gone, persons, actor, keep)
                self._drop_unnamed(_originals(gone))
                self._store.destroy_keys(persons)
                self._store.end(note)
            return len(gone)

        removed: int = once(self._store, actor, ["remove", person, encounter, print_id], work)
        return removed

    @needs(Scope.LOCAL)
    def compact(self, actor: Actor) -> None:
        """Rewrites the index without what was removed; searches go on meanwhile."""
        self._gallery.compact()
        self._store.audit.record(self._act(actor, "compact"))

    @needs(Scope.LOCAL)
    def export(self, out: Path, actor: Actor) -> int:
        """Writes every template (own and ISO/IEC 19794-2:2005), every original and prints.csv. How many prints."""
        count = exporting.write(self._store, out)
        self._store.audit.record(self._act(actor, "export", count=count))
        return count

    def _drop_unnamed(self, originals: set[Original]) -> None:
        kept = self._store.prints.from_sources(sorted({digest for _, digest in originals}))
        self._store.blobs.remove(originals - _originals(kept))

    @contextmanager
    def _with_originals(
        self, entries: Iterable[Entry], originals: Iterable[tuple[str, bytes]], gone: Sequence[StoredPrint] = ()
    ) -> Iterator[None]:
        """Writes keys, then originals; rows follow: a kill leaves at most what no row names, which opening the folder removes.

        Where the rows are not written, what was to be theirs is taken away again, and the keys of who is not enrolled; but not
        before it is sure that they never come back, for without its key a row opens no gallery. The writer has their turn.

        entries    that the rows will be of
        originals  of those entries: person and bytes
        gone       prints that go with it, or become another person's: their originals are dropped in the end
        """
        waiting, persons = list(originals), {entry.person for entry in entries}
        made = {(person, sha256(data).hex()) for person, data in waiting}
        self._store.commits.refuse_growth()
        note = self._store.begin(persons, made | _originals(gone))
        try:
            self._store.blobs.put(waiting)
            self._trace("originals-synced", len(waiting))
            yield
        except Exception:
            with suppress(BiomatchError):  # what the disk refuses now goes, or stays, when the folder is opened
                self._store.outlive_failed_write()
                self._drop_unnamed(made)
                self._store.destroy_keys(persons)
                self._store.end(note)
            raise
        self._drop_unnamed(_originals(gone))
        self._store.end(note)

    def _take_away(self, gone: Sequence[StoredPrint], persons: Iterable[str], actor: Actor, keep: Keep = ALONE) -> None:
        """Removes rows and takes prints out of the index. persons: everybody whose prints these ever were."""
        names = [stored.print_id for stored in gone]
        by_person: dict[str, list[str]] = {}
        for stored in gone:
            by_person.setdefault(stored.person, []).append(stored.print_id)
        items = [Item({"person": person, "prints": prints}, person) for person, prints in by_person.items()]
        act = self._act(actor, "remove", items, prints=names)
        self._gallery.remove(names, keep(self._store.audit.along_removal(act, persons), len(gone)))
        self._trace("removed", len(gone))

    def _named(self, person: str | None, encounter: str | None, print_id: str | None) -> tuple[StoredPrint, ...]:
        if print_id is not None:
            return (self._print(print_id),)
        if person is None:
            raise NothingGiven("person or print to remove")
        return self._store.prints.of_person(person, encounter).prints


def _originals(prints: Iterable[StoredPrint]) -> set[Original]:
    return {(stored.person, stored.source_sha256) for stored in prints if stored.source_sha256}
