"""One gallery's folder: its log, its reads, its originals and its audit tree, over one database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy import URL, Connection, Engine

from biomatch import private
from biomatch.crypto import MasterKey
from biomatch.errors import BiomatchError, DiskFull, GalleryDamaged, KeyDamaged
from biomatch.observe import NO_TRACE, Trace
from biomatch.sealing import of_person
from biomatch.store import recovery
from biomatch.store.audit import standing, tree
from biomatch.store.audit.trail import KEY, AuditTrail
from biomatch.store.audit.tree import Act
from biomatch.store.blobs import Blobs, Original
from biomatch.store.calibrations import Calibrations
from biomatch.store.commits import Commits
from biomatch.store.database import (
    DATABASE,
    ELSEWHERE,
    connect,
    copy,
    describe,
    faults,
    reading,
    remember,
    risks,
    translated,
    url_of,
)
from biomatch.store.folder import mend
from biomatch.store.jobs.jobs import Jobs
from biomatch.store.keys import master_key
from biomatch.store.keys.keyring import PERSON, Keyring
from biomatch.store.keys.master_key import DATA_KEYS, KeyPlace, open_keyring
from biomatch.store.reserve import FOR_LEAVES, FOR_REMOVALS, Reserve
from biomatch.store.rows import settings
from biomatch.store.rows.answers import Answers
from biomatch.store.rows.log import SqlTemplateLog
from biomatch.store.rows.passkeys import Passkeys
from biomatch.store.rows.prints import Prints
from biomatch.store.rows.searches import Searches
from biomatch.store.rows.tokens import Tokens
from biomatch.store.rows.users import Users
from biomatch.store.unfinished import Note, Unfinished
from biomatch.store.work import Work

_BUREAU = "bureau"  # in the table of settings


class Store:
    """The open parts of one gallery's folder, as `open_store` opened them. The caller holds the folder's lock."""

    def __init__(self, folder: Path, engine: Engine, master: KeyPlace, trace: Trace = NO_TRACE):
        """Takes nothing in, and nothing away: `recover` does, before anything else is asked."""
        self.folder = folder
        self.engine = engine
        self._trace = trace
        self.bureau = self.written(_BUREAU) or ""
        self._leaving: set[str] = set()
        self._settings: dict[str, str] = {}
        self.reserve = Reserve(folder)
        self.commits = Commits(engine, folder, self.reserve)
        self.keys = self._open_keys(master)
        self.log = SqlTemplateLog(engine, folder, self.commits, self.keys, self.bureau, trace)
        self.prints = Prints(engine, folder, self.keys)
        self.answers = Answers(engine, folder, self.keys, self.bureau)
        self.searches = Searches(engine, folder, self.commits, self.keys, self.bureau)
        self.jobs = Jobs(engine, folder, self.commits, self.keys, self.bureau)
        self.blobs = Blobs(folder / "blobs", self.keys)
        self.calibrations = Calibrations(folder)
        self.unfinished = Unfinished(folder)
        self.audit = AuditTrail(engine, folder, self.commits, self.keys, self.bureau)
        self.tokens = Tokens(engine, folder, self.commits, self.keys, self.bureau)
        self.users = Users(engine, folder, self.commits, self.keys, self.bureau)
        self.passkeys = Passkeys(engine, folder, self.commits, self.keys, self.bureau)

    @contextmanager
    def transaction(self) -> Iterator[Work]:
        """Begins a unit of work: what is collected in it is written together, at the end, or when the log commits it."""
        work = Work(self.commits, self.log, self.audit, self.answers, self.jobs)
        yield work
        work.end()

    def load_settings(self) -> None:
        """Reads what was decided, as the audit tree has it."""
        with reading(self.engine, self.folder) as connection:
            self._settings = standing.of_rules(connection, self.keys).settings

    def written(self, name: str) -> str | None:
        """Returns what the table has for a setting, whatever the audit tree says of it."""
        with reading(self.engine, self.folder) as connection:
            return settings.written(connection, name)

    def setting(self, name: str) -> str | None:
        """Returns a setting of the folder's maker, as the audit tree has it: a row that is gone from the table changes no
        rule."""
        return self._settings.get(name)

    def setting_faults(self) -> dict[str, str]:
        """Finds settings that the table has otherwise than the audit tree, and says how each differs, in words."""
        with reading(self.engine, self.folder) as connection:
            return settings.faults(connection, standing.of_rules(connection, self.keys).settings)

    def decide(self, name: str, value: str, act: Act) -> None:
        """Decides a setting, durable on return, with its leaf."""
        act = replace(act, details=act.details | settings.told(self.keys, {name: value}))

        def write(connection: Connection) -> None:
            settings.write(connection, name, value)
            tree.append(connection, act, self.bureau)

        self.commits.run(write)
        self._settings[name] = value

    def outlive_failed_write(self) -> None:
        """Commits something small. A write whose commit failed may lie in the database's log, and be back after a kill; from
        the next commit on, which lies in its stead, it is not. Raises DiskFull, StoreFailed: it still may be.
        """
        self.commits.run(lambda connection: settings.write(connection, settings.OUTLIVED, uuid.uuid4().hex), least=FOR_REMOVALS)

    def destroy_keys(self, persons: Iterable[str]) -> None:
        """Destroys the keys of those of these persons whose rows are all gone: what was sealed for them is never opened
        again."""
        self._leaving |= set(persons)  # with those of whom the disk refused it before
        gone = [of_person(person) for person in sorted(self._leaving) if not self.prints.has_rows(person)]
        self.keys.destroy(gone)
        self._leaving.clear()

    def begin(self, persons: Iterable[str], originals: Iterable[Original], *, removes: bool = False) -> Note:
        """Notes the keys and the originals that an act is about to make or to take away: were it killed, the next opening takes
        away those of them that no row and no leaf names then. `end` it.

        removes  it takes away: the note finds room on a full disk

        Durable on return. Raises DiskFull, StoreFailed.
        """
        marks = [self.keys.mark_of(of_person(person)) for person in persons]
        names = list(map(self.blobs.name_of, originals))
        while True:
            try:
                return self.unfinished.note(self.audit.size(), marks, names)
            except DiskFull:
                if not removes or not self.reserve.let_go(FOR_REMOVALS):
                    raise

    def end(self, note: Note) -> None:
        """Ends a noted act: nothing is left to be taken away; or a backup still holds it, and the next opening looks. Raises
        StoreFailed."""
        if not self.blobs.waiting(note.originals):
            note.strike()

    def strange_keys(self) -> int:
        """Counts the persons who have a key and of whom no row and no leaf tells: the database is older than they are, or was
        changed."""
        return self.keys.others(PERSON, map(of_person, self.prints.persons() | self.audit.persons()))

    def unreadable_notes(self) -> list[str]:
        """Lists files that should tell of an act that was cut short, and cannot be read."""
        return self.unfinished.unreadable()

    def lost_keys(self) -> list[str]:
        """Lists persons whose rows are there, and whose key is not."""
        return sorted(person for person in self.prints.persons() if not self.keys.has(of_person(person)))

    def rotate(self, to: Path | None) -> MasterKey:
        """Wraps all keys anew, under a new master key (store/keys/master_key.py). Raises BadInput, Conflict, Unavailable."""
        return master_key.rotate(self.keys, self.folder, to, self._trace)

    def faults(self) -> list[str]:
        """Lists in words what the database finds wrong with itself."""
        return faults(self.engine, self.folder)

    def risks(self) -> list[str]:
        """Lists in words why acknowledged writes may be lost all the same."""
        return risks(self.engine, self.folder)

    def describe(self) -> str:
        """Says which database it is, and where."""
        return describe(self.engine, self.folder)

    def strays(self) -> set[str]:
        """Returns the names of files of originals that no print was made from."""
        return self.blobs.strays(self.prints.originals())

    def copy_database(self, path: Path) -> None:
        """Copies the database as it is at one moment into a file of SQLite's, whatever it is; writers go on. Durable on
        return."""
        copy(self.engine, self.folder, path)

    def close(self) -> None:
        """Folds the write-ahead log into the database file and closes it."""
        with suppress(BiomatchError):  # keys that nothing was sealed under
            self.searches.close()
        self.keys.close()
        self.engine.dispose()

    def _open_keys(self, master: KeyPlace) -> Keyring:
        known = self.written(recovery.SEALED)
        keys = open_keyring(self.folder, master, known, self._trace)
        if known is not None and known != keys.identity:
            keys.close()
            raise KeyDamaged(str(self.folder / DATA_KEYS), "its keys are another gallery's")
        return keys


def holds_gallery(folder: Path) -> bool:
    return (folder / DATABASE).is_file() or (folder / ELSEWHERE).is_file()


def has_keys(folder: Path) -> bool:
    return (folder / DATA_KEYS).exists() or (folder / KEY).exists()


def refuse_lost(folder: Path) -> None:
    """Refuses a folder whose gallery was lost. Raises GalleryDamaged where there was one: its keys are there."""
    if has_keys(folder):
        raise GalleryDamaged(str(folder), f"its keys are there, but {DATABASE} is gone")


def open_store(folder: Path, *, database: str | None = None, master: KeyPlace | None = None, trace: Trace = NO_TRACE) -> Store:
    """Opens a gallery's folder, and makes one that only its owner can enter when there is none.

    database  URL of the PostgreSQL database that a new folder's rows shall be in; None: they are in the folder
    master    where the master key is; None: in the folder

    Raises BadDatabase, Conflict, Unavailable.
    """
    with translated(folder):
        private.make_folder(folder)
    if not holds_gallery(folder):
        if database is None:
            refuse_lost(folder)
        mend(folder)
    url = url_of(folder, database)
    while True:
        try:
            return _opened(folder, url, master or KeyPlace(), trace)
        except DiskFull:
            if not Reserve(folder).let_go(FOR_LEAVES):
                raise


def _opened(folder: Path, url: URL, master: KeyPlace, trace: Trace) -> Store:
    engine = connect(folder, url, lost=has_keys(folder))
    try:
        store = Store(folder, engine, master, trace)
        recovery.recover(store)
        remember(folder, url)
    except BaseException:
        engine.dispose()
        raise
    return store
