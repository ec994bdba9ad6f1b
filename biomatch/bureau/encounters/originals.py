"""Keep originals in step with the rows that name them: what is enrolled has its original, what is removed leaves none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from biomatch.bureau.context import Context
from biomatch.crypto import sha256
from biomatch.errors import BiomatchError
from biomatch.gallery.interface import Entry
from biomatch.store import Store, StoredPrint
from biomatch.store.blobs import Original


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
