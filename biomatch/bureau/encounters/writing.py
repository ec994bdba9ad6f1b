"""Writes what is enrolled or changed: originals, rows with their leaf of the audit tree, and the index.

Originals stay in step with the rows that name them: what is enrolled has its original, what is removed leaves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.crypto import sha256
from biomatch.errors import BiomatchError, EncounterExists, NotFound
from biomatch.gallery.interface import Entry
from biomatch.store import Store, StoredPrint, Work
from biomatch.store.audit import committed
from biomatch.store.blobs import Original


def refuse_existing(store: Store, person: str, encounter: str) -> None:
    """Refuses an encounter that is there. Raises EncounterExists."""
    try:
        store.prints.of_person(person, encounter)
    except NotFound:
        return
    raise EncounterExists(person, encounter)


def add(context: Context, work: Work, entries: Sequence[Entry], originals: Sequence[tuple[str, bytes]], actor: Actor) -> None:
    """Writes originals (person and bytes), then rows with their leaf and the rest of the work, then the index.

    What is enrolled is of the actor's unit.
    """
    entries = [replace(entry, unit=actor.unit) for entry in entries]
    made_by = {"extractor": ", ".join(sorted({entry.template.extractor for entry in entries}))}
    items = [committed.of_entry(entry) for entry in entries]
    inactive = [entry.print_id for entry in entries if not entry.active]
    more = {"gone": [], "inactive": inactive} if inactive else {}
    work.tell(context.act(actor, "enrol", items, made_by, prints=[entry.print_id for entry in entries], **more))
    with with_originals(context, entries, originals):
        if inactive:  # the log appends active prints only; a change may add others
            context.gallery.change(entries, work=work)
        else:
            context.gallery.enrol(entries, work)
    context.trace("searchable", len(entries))


def change(
    context: Context, work: Work, actor: Actor, kind: str, entries: Sequence[Entry], *, gone: Sequence[StoredPrint] = ()
) -> None:
    """Writes changed prints in place of what they were, with their leaf and the rest of the work, then the index.

    gone  prints that go with it
    """
    act = context.act(
        actor,
        kind,
        [committed.of_entry(entry) for entry in entries],
        {"extractor": ", ".join(sorted({entry.template.extractor for entry in entries}))},
        prints=[entry.print_id for entry in entries],
        inactive=[entry.print_id for entry in entries if not entry.active],
        gone=[stored.print_id for stored in gone],
    )
    work.tell_change(act)
    context.gallery.change(entries, act.details["gone"], work)
    context.trace("searchable", len(entries))


def originals_of(prints: Iterable[StoredPrint]) -> set[Original]:
    """Names the originals of prints that have one."""
    return {(stored.person, stored.source_sha256) for stored in prints if stored.source_sha256}


def drop_unnamed(store: Store, originals: set[Original]) -> None:
    """Takes away those of these originals that no row names any more."""
    kept = store.prints.from_sources(sorted({digest for _, digest in originals}))
    store.blobs.remove(originals - originals_of(kept))


@contextmanager
def with_originals(
    context: Context, entries: Iterable[Entry], originals: Iterable[tuple[str, bytes]], gone: Sequence[StoredPrint] = ()
) -> Iterator[None]:
    """Writes keys, then originals; rows follow: a kill leaves at most what no row names, which opening the folder removes.

    Where the rows are not written, what was to be theirs is taken away again, and the keys of who is not enrolled; but not
    before it is sure that they never come back, for without its key a row opens no gallery. The writer has their turn.

    entries    that the rows will be of
    originals  of those entries: person and bytes
    gone       prints that go with it, or become another person's: their originals are dropped in the end
    """
    store = context.store
    waiting, persons = list(originals), {entry.person for entry in entries}
    made = {(person, sha256(data).hex()) for person, data in waiting}
    store.commits.refuse_growth()
    note = store.begin(persons, made | originals_of(gone))
    try:
        store.blobs.put(waiting)
        context.trace("originals-synced", len(waiting))
        yield
    except Exception:
        with suppress(BiomatchError):  # what the disk refuses now goes, or stays, when the folder is opened
            store.outlive_failed_write()
            drop_unnamed(store, made)
            store.destroy_keys(persons)
            store.end(note)
        raise
    drop_unnamed(store, originals_of(gone))
    store.end(note)
