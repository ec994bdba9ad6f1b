"""The parts that PostgreSQL does in its own way: one owner of the database, one writer, its failures, and what its server
promises.

Two processes never write to one gallery. Whoever opens it holds an advisory lock on a connection of its own, and writes its
name into the row `owner` of `meta`; each writing transaction locks that row first and looks whose it is. So a process whose
lock got lost with its connection, and who was followed by another, writes nothing more.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event, text
from sqlalchemy.exc import NoSuchModuleError

from biomatch.errors import (
    BadRequest,
    BiomatchError,
    DatabaseInUse,
    DiskFull,
    ExtraMissing,
    GalleryDamaged,
    NotAGallery,
    StoreFailed,
)
from biomatch.store.sqlite import WRITES

OWNER = "owner"  # in meta: who may write
WAIT_MS = 5_000  # for the server to notice that the process which was here before is gone

_LOCK = "hashtextextended('biomatch gallery ' || current_schema(), 0)"
_LOCK_HELD = "55P03"
_DISK_FULL = "53100"
_CORRUPTED = ("XX001", "XX002")
_SAFE = {"fsync": "on", "full_page_writes": "on"}  # else what was acknowledged may be gone after a power cut


@dataclass
class _Claim:
    """owner: this process's name in `meta`; None: it has not claimed the database yet."""

    folder: str
    owner: str | None = None
    lock: PoolProxiedConnection | None = None  # holds the advisory lock, and is in no pool


_CLAIM = "biomatch_claim"  # execution option of an engine


def open_engine(url: URL, folder: Path) -> Engine:
    """Raises ExtraMissing."""
    try:
        engine = create_engine(url, connect_args={"application_name": "biomatch"}, pool_pre_ping=True, max_overflow=56)
    except (ImportError, NoSuchModuleError):
        raise ExtraMissing("psycopg", "postgres") from None
    engine.update_execution_options(**{_CLAIM: _Claim(str(folder))})
    event.listen(engine, "connect", _settings)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "engine_disposed", _let_go)
    return engine


def refuse_others(engine: Engine, folder: Path) -> bool:
    """Tells whether a gallery is there. Raises NotAGallery where something else is."""
    with engine.connect() as connection:
        tables = set(
            connection.execute(
                text("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
            ).scalars()
        )
    if tables and not {"meta", "records", "alembic_version"} <= tables:
        raise NotAGallery(str(folder), f"{_where(engine)} holds another program's tables")
    return bool(tables)


def finish(connection: Connection) -> None:
    """Makes names compare by their bytes, as SQLite does, whatever language the database speaks: pages keep their order."""
    rows = connection.execute(
        text(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND data_type IN ('character varying', 'text')"
            " AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'alembic_version'"
        )
    ).all()
    for table, column, kind in rows:
        connection.execute(text(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {kind} COLLATE "C"'))


def claim(engine: Engine, folder: Path) -> None:
    """Makes this process the one that writes, until the engine is disposed of. Raises DatabaseInUse."""
    found = _claim_of(engine)
    raw = engine.raw_connection()
    driver: Any = raw.driver_connection
    raw.detach()
    found.lock = raw
    driver.autocommit = True
    driver.execute(f"SET lock_timeout = {WAIT_MS}")
    try:
        driver.execute(f"SELECT pg_advisory_lock({_LOCK})")
    except driver.OperationalError as error:
        if error.sqlstate != _LOCK_HELD:
            raise
        raise DatabaseInUse(str(folder), _where(engine)) from None
    owner = uuid.uuid4().hex
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        connection.execute(
            text("INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = :value"),
            {"key": OWNER, "value": owner},
        )
    found.owner = owner


def cause(error: BaseException | None, folder: str) -> BiomatchError | None:
    """Says what a failure of the driver means; None: no cause that is known here."""
    state = getattr(error, "sqlstate", None)
    if state == _DISK_FULL:
        return DiskFull(folder)
    if state in _CORRUPTED:
        return GalleryDamaged(folder, f"{error}")
    if state is None and "NUL (0x00)" in str(error):  # the driver says so, and does not ask the server
        return BadRequest("a text holds a NUL character, which PostgreSQL does not keep")
    return None


def faults(connection: Connection) -> list[str]:
    """Lists what the server has found damaged."""
    broken = connection.execute(
        text(
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace"
        )
    ).scalars()
    failures = connection.execute(
        text("SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()")
    ).scalar_one_or_none()
    found = [f"its index {name} is not valid" for name in broken]
    return found + ([f"{failures} pages failed their checksum"] if failures else [])


def triggers(connection: Connection) -> list[str]:
    """Lists by kind and name the triggers and rules that somebody made."""
    made = connection.execute(
        text(
            "SELECT 'trigger ' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
            " UNION ALL SELECT 'rule ' || rulename FROM pg_rules WHERE schemaname = current_schema() ORDER BY 1"
        )
    )
    return list(made.scalars())


def risks(connection: Connection) -> list[str]:
    """Lists what the server does not promise."""
    return [
        f"the server runs with {name} = {value}: what was acknowledged may be lost in a power cut"
        for name, safe in _SAFE.items()
        if (value := connection.execute(text(f"SHOW {name}")).scalar_one()) != safe
    ]


def fold(_engine: Engine) -> None:
    """Does nothing: the server folds by itself, on a disk of its own."""


def settle(engine: Engine, _thoroughly: bool) -> bool:
    """Takes out rows that were deleted and that nobody reads any more.

    The server overwrites none of them, and keeps its log: what is sealed is gone with its key, names are not.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (TRUNCATE) prints, labels, audit_items, answers, searches, jobs, job_items"))
    return True


def describe(connection: Connection) -> str:
    version = connection.execute(text("SHOW server_version")).scalar_one().split()[0]
    return f"PostgreSQL {version}, {_where(connection.engine)}"


def _where(engine: Engine) -> str:
    """Returns the database's address, without its password."""
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=True)


def _settings(connection: Any, _record: object) -> None:
    """Sets that a transaction is on the disk when it is acknowledged, whatever the server does for others."""
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    )
    connection.commit()


def _begin(connection: Connection) -> None:
    found = _claim_of(connection.engine)
    if not connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    elif found.owner is not None:
        owner = connection.exec_driver_sql(f"SELECT value FROM meta WHERE key = '{OWNER}' FOR UPDATE").scalar_one_or_none()
        if owner != found.owner:
            raise StoreFailed(found.folder, "another process has opened its database since, and owns it now")


def _let_go(engine: Engine) -> None:
    found = _claim_of(engine)
    if found.lock is not None:
        found.lock.close()


def _claim_of(engine: Engine) -> _Claim:
    found: _Claim = engine.get_execution_options()[_CLAIM]
    return found
