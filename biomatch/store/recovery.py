"""Brings a gallery's folder in order when it is opened: the one place that takes anything away without being asked.

What an older version left in the clear is sealed, and its tables are committed to. What acts that were cut short have left is
taken away, as far as this database knows of them: where it may be an older copy, it stays.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from biomatch.errors import GalleryDamaged
from biomatch.sealing import of_person
from biomatch.store.audit import adoption, standing, tree
from biomatch.store.database import reading
from biomatch.store.keys import first_sealing
from biomatch.store.rows import settings
from biomatch.store.rows.templates import key_numbers

if TYPE_CHECKING:
    from biomatch.store.store import Store

SEALED = "sealed"  # in the table of settings: the identity of the keys that everything is sealed with
_LOOKED_AT = 100  # of the newest prints, at each opening: whether the file of keys is older than they are
_KEYS_EACH = 64  # numbers that an act takes at most: a search to come takes 32 of them at once

_log = logging.getLogger(__name__)


def recover(store: Store) -> None:
    """Recovers the folder, before anything else is asked of the store. A kill leaves it to be done again.

    Raises GalleryDamaged, CorruptTemplate, DiskFull, StoreFailed.
    """
    store.calibrations.sweep()
    store.blobs.sweep()
    store.unfinished.sweep()
    if store.written(SEALED) is None:
        _seal_first(store)
    store.audit.begin()
    _adopt_tables(store)
    store.tokens.load()
    store.users.load()
    store.passkeys.load()
    store.load_settings()
    _pass_over_unknown_keys(store)
    _warn_of_lost_keys(store)
    _end_unfinished(store)
    store.jobs.destroy_left_keys()
    store.reserve.fill()


def _seal_first(store: Store) -> None:
    """Seals what a version before encryption left in the clear; of a new gallery, nothing. Raises GalleryDamaged."""
    with reading(store.engine, store.folder) as connection:
        if SEALED in standing.of_rules(connection, store.keys).settings:
            raise GalleryDamaged(str(store.folder), f"setting {SEALED} is missing, and an act set it")

    def mark(connection: Connection) -> None:
        settings.write(connection, SEALED, store.keys.identity)

    first_sealing.seal_all(store.folder, store.commits, store.keys, store.blobs, store.unfinished, mark)
    store.log.settle()


def _adopt_tables(store: Store) -> None:
    """Commits to what an older version left in the tables, once."""
    with reading(store.engine, store.folder) as connection:
        if not tree.is_older(connection):
            return
    leaf = store.commits.run(lambda connection: adoption.adopt_tables(connection, store.keys, store.bureau))
    _log.warning(
        "an older version wrote this gallery: the audit tree commits to its tables from now on",
        extra={"counts": {"leaf": leaf}},
    )


def _pass_over_unknown_keys(store: Store) -> None:
    """Passes over keys that only a newer file has: where the file of keys is older than the rows, a new key gets none of their
    numbers; else rows would name another key than they were sealed under."""
    keys = store.keys
    with reading(store.engine, store.folder) as connection:
        newest = max(map(keys.number_in, key_numbers(connection, limit=_LOOKED_AT)), default=0)
        if newest < keys.places:
            return
        head = store.log.head + tree.size(connection)
        possible = keys.places + _KEYS_EACH * (head + 1)  # else a row was changed, and names any number
        numbers = map(keys.number_in, key_numbers(connection))
        newest = max((number for number in numbers if number < possible), default=0)
    keys.pass_over(newest)
    _log.warning("the file of keys is older than the gallery: stop, and put back the newest keys/data.keys")


def _warn_of_lost_keys(store: Store) -> None:
    """Says in the log that there are persons whose key is not there."""
    if lost := store.lost_keys():
        _log.warning(
            "prints cannot be opened, and are left out of searches, for the keys of their persons are gone: put back the "
            "newest keys/data.keys; `biomatch check` names them",
            extra={"counts": {"persons": len(lost)}},
        )


def _end_unfinished(store: Store) -> None:
    """Takes away what acts that were cut short have left, as far as this database knows of them: where its tree is shorter
    than it was when an act began, it is an older copy, and the note waits for the newer one."""
    size = store.audit.size()
    notes = [note for note in store.unfinished.left() if note.leaves <= size]
    if not notes:
        return
    persons = {store.keys.mark_of(of_person(person)) for person in store.prints.persons() | store.audit.persons()}
    originals = set(map(store.blobs.name_of, store.prints.originals()))
    for note in notes:
        store.keys.destroy_marked(note.keys - persons)
        store.blobs.remove_named(note.originals - originals)
        if note.leaves < size or note.keys.isdisjoint(persons):  # else it may be a copy of just before a removal
            note.strike()
