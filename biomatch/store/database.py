"""Opens a gallery's database and brings it to this version's layout; its transactions, and its failures in biomatch's words.

It is SQLite's file in the folder, or PostgreSQL where the folder's `database.url` says so. What each does in its own way is in
the module of its name; all else is the same for both.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from sqlalchemy import URL, Connection, Engine, insert, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError

from biomatch.durable import sync
from biomatch.errors import (
    BadDatabase,
    BiomatchError,
    DatabaseNotEmpty,
    DiskFull,
    FileUnwritable,
    FolderTooNew,
    GalleryDamaged,
    OtherDatabase,
    StoreFailed,
)
from biomatch.store import layout, migrations, postgres, sqlite
from biomatch.store.rows import tables

DATABASE = "gallery.db"
ELSEWHERE = "database.url"  # in the folder of a gallery whose database is not

_COPIED_AT_ONCE = 1_000  # rows
_NOT_COPIED = (postgres.OWNER,)  # of meta: it says who has this database open


def url_of(folder: Path, wanted: str | None = None) -> URL:
    """Returns where the folder's database is. Raises BadDatabase, OtherDatabase, StoreFailed.

    wanted  where a new folder's shall be; None: in the folder
    """
    with translated(folder):
        known = (folder / ELSEWHERE).read_text().strip() if (folder / ELSEWHERE).exists() else None
    own = URL.create("sqlite", database=str(folder / DATABASE))
    if wanted is None:
        return own if known is None else _parsed(known)
    if known is not None and _parsed(known) != _parsed(wanted):
        raise OtherDatabase(str(folder), _parsed(known).render_as_string())
    if (folder / DATABASE).exists():
        raise OtherDatabase(str(folder), DATABASE)
    return _parsed(wanted)


def remember(folder: Path, url: URL) -> None:
    """Notes in the folder where its database is, if that is elsewhere. Durable on return."""
    if url.get_backend_name() == "sqlite" or (folder / ELSEWHERE).exists():
        return
    with translated(folder):
        new = folder / (ELSEWHERE + ".new")
        sqlite.new_file(new)
        new.write_text(url.render_as_string(hide_password=False) + "\n")
        sync(new)
        os.replace(new, folder / ELSEWHERE)
        sync(folder)


def connect(folder: Path, url: URL, *, new: bool = False, lost: bool = False) -> Engine:
    """Opens a database, makes its tables where there are none, and brings it to this version's layout.

    new   there must be no gallery in it
    lost  there must be one

    Raises NotAGallery, GalleryDamaged, FolderTooNew, DatabaseInUse, DatabaseNotEmpty, DiskFull, StoreFailed.
    """
    own = _OWN[url.get_backend_name()]
    with translated(folder):
        engine: Engine = own.open_engine(url, folder)
    try:
        with translated(folder, opening=True):
            there = own.refuse_others(engine, folder)
            if there and new:
                raise DatabaseNotEmpty(url.render_as_string())
            if lost and not there:
                raise GalleryDamaged(str(folder), f"its keys are there, but {_name(url)} is gone or empty")
            _refuse_triggers(engine, folder)
            _migrate(engine, folder)
            own.claim(engine, folder)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def writing(engine: Engine, folder: Path) -> Iterator[Connection]:
    """Opens a transaction that takes the write lock at once; durable on exit, undone on an exception."""
    with translated(folder), engine.connect().execution_options(**{sqlite.WRITES: True}) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine, folder: Path) -> Iterator[Connection]:
    """Opens a transaction that sees one state of the database, whatever is written meanwhile."""
    with translated(folder), engine.connect() as connection:
        yield connection


@contextmanager
def translated(folder: Path, *, opening: bool = False) -> Iterator[None]:
    """Turns failures of the database and of the disk into errors that say what to do."""
    try:
        yield
    except DBAPIError as error:
        known = sqlite.cause(error.orig, str(folder)) or postgres.cause(error.orig, str(folder))
        if known is None and isinstance(error, IntegrityError):
            words = "a row lies where another was to be written, `biomatch audit verify` says where"
            known = GalleryDamaged(str(folder), words)
        if known is None and (opening or isinstance(error, OperationalError | InterfaceError | InternalError)):
            known = StoreFailed(str(folder), " ".join(str(error.orig).split()))
        if known is None:
            raise
        raise known from error
    except sqlite3.Error as error:  # of what SQLAlchemy has no word for: VACUUM, checkpoints, copies
        raise sqlite.cause(error, str(folder)) or StoreFailed(str(folder), str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(str(folder)) from error
        if error.filename and Path(error.filename).is_file() and isinstance(error, FileExistsError | NotADirectoryError):
            raise FileUnwritable(str(error.filename), "it is a file, not a folder") from error
        raise StoreFailed(str(folder), error.strerror or str(error)) from error


def faults(engine: Engine, folder: Path) -> list[str]:
    """Lists in words what the database finds wrong with itself."""
    with reading(engine, folder) as connection:
        found: list[str] = _own(engine).faults(connection)
    return found


def risks(engine: Engine, folder: Path) -> list[str]:
    """Lists in words why acknowledged writes may be lost all the same."""
    with reading(engine, folder) as connection:
        found: list[str] = _own(engine).risks(connection)
    return found


def describe(engine: Engine, folder: Path) -> str:
    """Says which database it is, and where, without a password."""
    with reading(engine, folder) as connection:
        found: str = _own(engine).describe(connection)
    return found


def settle(engine: Engine, folder: Path, thoroughly: bool) -> bool:
    """Takes away what the database still holds of rows that were deleted. False: not now, and it is to be tried again.

    thoroughly  whatever it costs
    """
    with translated(folder):
        done: bool = _own(engine).settle(engine, thoroughly)
    return done


def fold(engine: Engine, folder: Path) -> None:
    """Makes room in the database's own log, where it can: nothing new is acknowledged, and nothing is lost."""
    with suppress(BiomatchError), translated(folder):
        _own(engine).fold(engine)


def copy(engine: Engine, folder: Path, path: Path) -> None:
    """Writes the database as it is at one moment to a file of SQLite's that only its owner may read; writers go on. Durable."""
    with translated(path.parent):
        sqlite.new_file(path)
    if engine.dialect.name == "sqlite":
        with translated(folder):
            sqlite.copy(engine, path)
    else:
        _transfer(engine, folder, path)
    sync(path)


def load(path: Path, engine: Engine, folder: Path) -> None:
    """Fills a database whose tables are new with what a file that `copy` wrote holds. The file is brought to this layout."""
    source = connect(path.parent, URL.create("sqlite", database=str(path)))
    try:
        with reading(source, folder) as of, writing(engine, folder) as into:
            _copy_rows(of, into)
    finally:
        source.dispose()


_OWN: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgres}


def _own(engine: Engine) -> ModuleType:
    return _OWN[engine.dialect.name]


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        raise BadDatabase(text) from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise BadDatabase(url.render_as_string())
    return url.set(drivername="postgresql+psycopg")


def _name(url: URL) -> str:
    return DATABASE if url.get_backend_name() == "sqlite" else f"the database {url.render_as_string()}"


def _transfer(engine: Engine, folder: Path, path: Path) -> None:
    """Copies all rows into a new SQLite database."""
    target = connect(path.parent, URL.create("sqlite", database=str(path)))
    try:
        with reading(engine, folder) as of, writing(target, path.parent) as into:
            _copy_rows(of, into)
        with translated(path.parent):
            raw = target.raw_connection()
            raw.driver_connection.execute("PRAGMA journal_mode = DELETE")  # type: ignore[union-attr]
            raw.close()
    finally:
        target.dispose()


def _copy_rows(of: Connection, into: Connection) -> None:
    for table in reversed(tables.metadata.sorted_tables):
        kept = table.c.key.in_(_NOT_COPIED) if table is tables.meta else None
        into.execute(table.delete() if kept is None else table.delete().where(~kept))
    for table in tables.metadata.sorted_tables:
        query = select(table) if table is not tables.meta else select(table).where(table.c.key.not_in(_NOT_COPIED))
        with of.execute(query.execution_options(yield_per=_COPIED_AT_ONCE)) as found:
            for rows in found.mappings().partitions():
                into.execute(insert(table), [dict(row) for row in rows])


def _refuse_triggers(engine: Engine, folder: Path) -> None:
    """Raises GalleryDamaged where something else than biomatch would write when biomatch does."""
    with reading(engine, folder) as connection:
        found = layout.triggers(connection)
    if found:
        raise GalleryDamaged(str(folder), f"somebody added to its database what changes rows, {', '.join(found)}")


def _migrate(engine: Engine, folder: Path) -> None:
    with writing(engine, folder) as connection:
        try:
            changed = migrations.upgrade(connection)
        except migrations.UnknownLayout as error:
            raise FolderTooNew(str(folder), str(error)) from None
        if changed:
            _own(engine).finish(connection)
