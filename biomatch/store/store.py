"""One gallery's folder: its log, its reads, its originals and its audit tree, over one database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, select

from biomatch.gallery.interface import Along
from biomatch.observe import NO_TRACE, Trace
from biomatch.store import tables
from biomatch.store.answers import Answers
from biomatch.store.blobs import Blobs
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
from biomatch.store.log import SqlTemplateLog
from biomatch.store.prints import Prints
from biomatch.store.tokens import Tokens
from biomatch.store.trail import KEY, AuditTrail


class Store:
    """What `open_store` opened. The caller holds the folder's lock."""

    def __init__(self, folder: Path, engine: Engine, trace: Trace = NO_TRACE):
        self.folder = folder
        self._engine = engine
        with reading(engine, folder) as connection:
            c = tables.meta.c
            self.bureau: str = connection.execute(select(c.value).where(c.key == "bureau")).scalar_one()
        self.commits = Commits(engine, folder)
        self.log = SqlTemplateLog(engine, folder, self.commits, self.bureau, trace)
        self.prints = Prints(engine, folder)
        self.blobs = Blobs(folder / "blobs")
        self.answers = Answers(engine, folder, self.bureau)
        self.tokens = Tokens(engine, folder, self.commits, self.bureau)
        self.audit = AuditTrail(engine, folder, self.commits, self.bureau)
        self.blobs.keep_only(self.prints.sources())

    def setting(self, name: str) -> str | None:
        """What whoever made the folder decided."""
        c = tables.meta.c
        with reading(self._engine, self.folder) as connection:
            return connection.execute(select(c.value).where(c.key == name)).scalar_one_or_none()

    def decide(self, name: str, value: str, along: Along) -> None:
        def write(connection: Connection) -> None:
            connection.execute(delete(tables.meta).where(tables.meta.c.key == name))
            connection.execute(insert(tables.meta).values(key=name, value=value))
            along(connection)

        self.commits.run(write)

    def faults(self) -> list[str]:
        """What the database finds wrong with itself, in words."""
        return faults(self._engine, self.folder)

    def risks(self) -> list[str]:
        """Why what was acknowledged may be lost all the same, in words."""
        return risks(self._engine, self.folder)

    def describe(self) -> str:
        """Which database it is, and where."""
        return describe(self._engine, self.folder)

    def strays(self) -> set[str]:
        """sha256 of originals that no print was made from."""
        return self.blobs.names() - self.prints.sources()

    def copy_database(self, path: Path) -> None:
        """The database as it is at one moment, as a file of SQLite's whatever it is; writers go on. Durable on return."""
        copy(self._engine, self.folder, path)

    def close(self) -> None:
        """Folds the write-ahead log into the database file and lets go of it."""
        self._engine.dispose()


def holds_gallery(folder: Path) -> bool:
    return (folder / DATABASE).is_file() or (folder / ELSEWHERE).is_file()


def open_store(folder: Path, *, database: str | None = None, trace: Trace = NO_TRACE) -> Store:
    """Opens a gallery's folder, and makes one that only its owner can enter when there is none.

    database  URL of the PostgreSQL database that a new folder's rows shall be in; None: they are in the folder

    Raises BadDatabase, Conflict, Unavailable.
    """
    with translated(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = url_of(folder, database)
    engine = connect(folder, url, lost=(folder / KEY).exists())
    try:
        store = Store(folder, engine, trace)
        remember(folder, url)
    except BaseException:
        engine.dispose()
        raise
    return store
