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
                persons = self._take_away(gone, actor, keep)
                self._drop_originals(gone)
                self._store.destroy_keys(persons)
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

    def _drop_originals(self, gone: Sequence[StoredPrint]) -> None:
        """Those that no other print was made from."""
        self._drop_unnamed({(stored.person, stored.source_sha256) for stored in gone if stored.source_sha256})

    def _drop_unnamed(self, originals: set[Original]) -> None:
        kept = self._store.prints.from_sources(sorted({digest for _, digest in originals}))
        self._store.blobs.remove(originals - {(stored.person, stored.source_sha256) for stored in kept})

    @contextmanager
    def _with_originals(self, originals: Iterable[tuple[str, bytes]]) -> Iterator[None]:
        """Keys first, then originals, then rows: a kill leaves at most what no row names, which opening the folder removes.

        Where the rows are not written, what was to be theirs is taken away again, and the keys of who is not enrolled; but not
        before it is sure that they never come back, for without its key a row opens no gallery. The writer has their turn.

        originals  person and bytes
        """
        waiting = list(originals)
        self._store.commits.refuse_growth()
        try:
            self._store.blobs.put(waiting)
            self._trace("originals-synced", len(waiting))
            yield
        except Exception:
            with suppress(BiomatchError):  # what the disk refuses now goes, or stays, when the folder is opened
                self._store.outlive_failed_write()
                self._drop_unnamed({(person, sha256(data).hex()) for person, data in waiting})
                self._store.destroy_keys({person for person, _ in waiting})
            raise

    def _take_away(self, gone: Sequence[StoredPrint], actor: Actor, keep: Keep = ALONE) -> set[str]:
        """Rows and index. Returns everybody whose prints these ever were."""
        names = [stored.print_id for stored in gone]
        by_person: dict[str, list[str]] = {}
        for stored in gone:
            by_person.setdefault(stored.person, []).append(stored.print_id)
        items = [Item({"person": person, "prints": prints}, person) for person, prints in by_person.items()]
        act = self._act(actor, "remove", items, prints=names)
        persons = self._store.prints.persons_of(names)  # also those whose prints they were before a merge
        self._gallery.remove(names, keep(self._store.audit.along_removal(act, persons), len(gone)))
        self._trace("removed", len(gone))
        return persons

    def _named(self, person: str | None, encounter: str | None, print_id: str | None) -> tuple[StoredPrint, ...]:
        if print_id is not None:
            return (self._print(print_id),)
        if person is None:
            raise NothingGiven("person or print to remove")
        return self._store.prints.of_person(person, encounter).prints
