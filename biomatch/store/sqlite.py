"""The parts that SQLite does in its own way: durable commits, one writer, its failures and checks, a copy while in use."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event

from biomatch.errors import BiomatchError, DiskFull, GalleryDamaged, NotAGallery

APPLICATION_ID = 0x42_4D_47_31  # "BMG1": tells a gallery's database from any other SQLite file
BUSY_MS = 10_000  # one process owns the folder; this waits for its own other threads

REWRITTEN_BYTES = 1 << 29  # some 80,000 prints, in seconds

LOG_PAGES = 8_000
"""Of the write-ahead log, 33 MB, after which it is copied into the file. A search writes some 46, many of them again and again:
with SQLite's own 1,000 one search in twenty waits for the copy."""

WRITES = "biomatch_writes"
"""Execution option of a connection whose transaction will write."""


def open_engine(url: URL, _folder: Path) -> Engine:
    with suppress(FileExistsError):  # SQLite gives the files that it makes beside this one the same mode
        _make(Path(url.database or ""))
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _settings)
    event.listen(engine, "begin", _begin)
    return engine


def refuse_others(engine: Engine, folder: Path) -> bool:
    """Tells whether a gallery is there. Raises NotAGallery where something else is."""
    with engine.connect() as connection:
        has_tables = bool(connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar())
        if not has_tables:
            connection.rollback()
            connection.connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            return False
        if connection.exec_driver_sql("PRAGMA application_id").scalar() != APPLICATION_ID:
            raise NotAGallery(str(folder), f"{Path(engine.url.database or '').name} is another program's database")
    return True


def finish(_connection: Connection) -> None:
    """Does nothing: nothing is left to do once the tables are there."""


def claim(_engine: Engine, _folder: Path) -> None:
    """Does nothing: the folder's lock is the file's, too."""


def cause(error: BaseException | None, folder: str) -> BiomatchError | None:
    """Says what a failure of the driver means; None: no cause that is known here."""
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & 0xFF
    if code == sqlite3.SQLITE_FULL or extended == sqlite3.SQLITE_IOERR_SHMSIZE:  # its index of the log could not grow
        return DiskFull(folder)
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return GalleryDamaged(folder, f"{error}")
    return None


def faults(connection: Connection) -> list[str]:
    """Lists what SQLite itself finds wrong with the file, in its words."""
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
    loose = [f"a row of {row[0]} belongs to nothing" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    return [words for words in found if words != "ok"] + loose


def triggers(connection: Connection) -> list[str]:
    """Lists by kind and name the triggers that somebody made."""
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name").scalars()
    return [f"trigger {name}" for name in names]


def risks(_connection: Connection) -> list[str]:
    """Returns nothing: SQLite promises what `_settings` asks for."""
    return []


def describe(_connection: Connection) -> str:
    return f"SQLite {sqlite3.sqlite_version}"


def settle(engine: Engine, thoroughly: bool) -> bool:
    """Writes a file that is not large anew, and empties the write-ahead log: nothing is left of what was deleted.

    SQLite overwrites deleted rows, but where a page was split before, a copy of one may lie in what the page does not use.

    thoroughly  also a large file: nobody writes meanwhile, some seconds a gigabyte
    returns     False: somebody reads what was there before
    """
    connection = engine.raw_connection()
    try:
        source = connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        if thoroughly or os.path.getsize(engine.url.database or "") <= REWRITTEN_BYTES:
            source.execute("VACUUM")
        return _checkpointed(source, "TRUNCATE")
    finally:
        connection.close()


def fold(engine: Engine) -> None:
    """Copies the write-ahead log into the file, so that the next write begins at its start, in blocks that it has already."""
    connection = engine.raw_connection()
    try:
        source = connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        _checkpointed(source, "RESTART")
    finally:
        connection.close()


def copy(engine: Engine, path: Path) -> None:
    """Writes the database as it is at one moment to an empty file; writers go on.

    Row by row: a copy of the pages would hold what free pages, and the unused part of others, still hold of deleted rows.
    """
    connection = engine.raw_connection()
    try:
        source = connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        source.execute("VACUUM INTO ?", (str(path),))
    finally:
        connection.close()
    with closing(sqlite3.connect(path)) as target:
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it


def new_file(path: Path) -> None:
    """Makes an empty file that only its owner may read, in the place of whatever is there."""
    path.unlink(missing_ok=True)
    _make(path)


def _make(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


def _checkpointed(source: sqlite3.Connection, how: str) -> bool:
    """Folds the log; tells whether no reader was in the way."""
    source.execute("PRAGMA busy_timeout = 100")  # so long writers wait for readers
    try:
        ((busy, _, _),) = source.execute(f"PRAGMA wal_checkpoint({how})").fetchall()
    finally:
        source.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return not busy


def _settings(connection: sqlite3.Connection, _record: object) -> None:
    """Sets that a transaction is on the disk when it is acknowledged, and that deleted rows are overwritten: templates are
    biometrics."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_MS}",
        f"wal_autocheckpoint = {LOG_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")
