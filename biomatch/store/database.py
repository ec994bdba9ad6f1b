"""Opens the SQLite file: durable settings, migrations on open, and its failures in biomatch's words."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from biomatch.errors import CorruptTemplate, DiskFull, FolderTooNew, GalleryDamaged, NotAGallery, StoreFailed
from biomatch.template import Template

APPLICATION_ID = 0x42_4D_47_31  # "BMG1": tells a gallery's database from any other SQLite file
BUSY_MS = 10_000  # one process owns the folder; this waits for its own other threads

_IMMEDIATE = "biomatch_immediate"


def connect(path: Path) -> Engine:
    """The database at `path`, created when missing and brought to this version's layout.

    Raises NotAGallery, GalleryDamaged, FolderTooNew, DiskFull, StoreFailed.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _settings)
    event.listen(engine, "begin", _begin)
    try:
        with translated(path.parent, opening=True):
            _refuse_strangers(engine, path)
            _migrate(engine, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def writing(engine: Engine, folder: Path) -> Iterator[Connection]:
    """A transaction that takes the write lock at once; durable on exit, undone on an exception."""
    with translated(folder), engine.connect().execution_options(**{_IMMEDIATE: True}) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine, folder: Path) -> Iterator[Connection]:
    """A transaction that sees one state of the database, whatever is written meanwhile."""
    with translated(folder), engine.connect() as connection:
        yield connection


@contextmanager
def translated(folder: Path, *, opening: bool = False) -> Iterator[None]:
    """Failures of the database and of the disk, as errors that say what to do."""
    try:
        yield
    except DatabaseError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise DiskFull(str(folder)) from error
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise GalleryDamaged(str(folder), f"{error.orig}") from error
        if opening or isinstance(error, OperationalError):
            raise StoreFailed(str(folder), str(error.orig)) from error
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(str(folder)) from error
        raise StoreFailed(str(folder), error.strerror or str(error)) from error


def faults(engine: Engine, folder: Path) -> list[str]:
    """What SQLite itself finds wrong with the file, in its words."""
    with reading(engine, folder) as connection:
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        loose = [f"a row of {row[0]} belongs to nothing" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    return [words for words in found if words != "ok"] + loose


def copy(engine: Engine, folder: Path, path: Path) -> None:
    """Writes the database as it is at one moment to a file that only its owner may read; writers go on. Durable on return."""
    with translated(path.parent):
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    connection = engine.raw_connection()
    try:
        with translated(folder), closing(sqlite3.connect(path)) as target:
            source = connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    finally:
        connection.close()
    sync(path)


def sync(path: Path) -> None:
    """What was written to a file, or which names are in a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_template(data: bytes, print_id: str, folder: Path) -> Template:
    """A row's template. Raises GalleryDamaged, which names the print."""
    try:
        return Template.from_bytes(data)
    except CorruptTemplate as error:
        raise GalleryDamaged(str(folder), f"print {print_id} cannot be read, {error.values['reason']}") from error


def _settings(connection: sqlite3.Connection, _record: object) -> None:
    """A transaction is on the disk when it is acknowledged, and deleted rows are overwritten: templates are biometrics."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_IMMEDIATE) else "BEGIN")


def _refuse_strangers(engine: Engine, path: Path) -> None:
    with engine.connect() as connection:
        has_tables = bool(connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar())
        if not has_tables:
            connection.rollback()
            connection.connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            return
        if connection.exec_driver_sql("PRAGMA application_id").scalar() != APPLICATION_ID:
            raise NotAGallery(str(path.parent), f"{path.name} is another program's database")


def _migrate(engine: Engine, path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in scripts.walk_revisions()}
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    with writing(engine, path.parent) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in known:
            raise FolderTooNew(str(path.parent), found)
        if found != scripts.get_current_head():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
