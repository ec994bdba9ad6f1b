"""A check that the database holds the tables and indexes of this version and nothing else: no trigger, view or foreign
table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, create_engine, inspect

from biomatch.store import migrations, postgres, sqlite
from biomatch.store.rows import tables

_OF_MIGRATIONS = "alembic_version"
_STRANGE, _MISSING = "is strange: somebody added it", "is missing"


def faults(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yields what is strange or missing, by kind and name, and how, in words."""
    found: Any = inspect(connection)
    there, wanted = set(found.get_table_names()), {*tables.metadata.tables, _OF_MIGRATIONS}
    for name in sorted(there ^ wanted):
        yield f"table {name}", _MISSING if name in wanted else _STRANGE
    for name in sorted(found.get_view_names()):
        yield f"view {name}", _STRANGE
    for name in triggers(connection):
        yield name, _STRANGE
    for table in tables.metadata.sorted_tables:
        if table.name in there:
            yield from _of_table(found, table)
    if connection.dialect.name == "sqlite":
        yield from _of_statements(connection)
    if connection.dialect.name == "postgresql":
        for name in sorted(found.get_foreign_table_names()):
            yield f"table {name}", _STRANGE


def triggers(connection: Connection) -> list[str]:
    """Lists by kind and name what changes rows when others are written: biomatch makes none."""
    own = postgres if connection.dialect.name == "postgresql" else sqlite
    return own.triggers(connection)


def _of_table(found: Any, table: Table) -> Iterator[tuple[str, str]]:
    if {one["name"] for one in found.get_columns(table.name)} != set(table.c.keys()):
        yield f"table {table.name}", "has other columns than this version made"
    elif _laws(found, table.name) != _laws_of(table):
        yield f"table {table.name}", "has other constraints than this version made"
    kind = found.dialect.name
    there = {one["name"]: _index(one, kind) for one in found.get_indexes(table.name)}
    wanted = {
        str(one.name): (
            tuple(column.name for column in one.columns),
            bool(one.unique),
            _plain(one.dialect_options[kind]["where"]),
        )
        for one in table.indexes
    }
    for name in sorted(there.keys() | wanted.keys()):
        if name not in wanted:
            yield f"index {name}", _STRANGE
        elif name not in there:
            yield f"index {name}", _MISSING
        elif there[name] != wanted[name]:
            yield f"index {name}", "is not the one that this version made"


def _index(found: Any, kind: str) -> tuple[tuple[str, ...], bool, str]:
    """Returns the index's columns, whether it is unique, and for which rows it is."""
    where = found.get("dialect_options", {}).get(f"{kind}_where")
    return tuple(found["column_names"]), bool(found["unique"]), _plain(where)


def _plain(condition: Any) -> str:
    """Returns a condition without the brackets and types that PostgreSQL writes into it."""
    return "" if condition is None else re.sub(r"::\w+( varying)?|[()]", "", str(condition))


def _laws(found: Any, table: str) -> tuple[Any, ...]:
    """Reads the laws of a table's rows: columns that are never null, the key, rows of other tables, and how many laws
    beside."""
    never = {one["name"] for one in found.get_columns(table) if not one["nullable"]}
    others = {
        (*one["constrained_columns"], one["referred_table"], *one["referred_columns"], one["options"].get("ondelete"))
        for one in found.get_foreign_keys(table)
    }
    key = tuple(found.get_pk_constraint(table)["constrained_columns"])
    more = [*found.get_unique_constraints(table), *found.get_check_constraints(table)]
    return never, key, others, len(more)


def _laws_of(table: Table) -> tuple[Any, ...]:
    """Returns the laws as this version means them."""
    others = {
        (one.parent.name, one.column.table.name, one.column.name, one.ondelete) for one in table.foreign_keys
    }  # each of one column
    never = {column.name for column in table.columns if not column.nullable}
    return never, tuple(column.name for column in table.primary_key), others, 0


def _of_statements(connection: Connection) -> Iterator[tuple[str, str]]:
    """Compares the statements that SQLite keeps of its tables and indexes: they say more than can be asked for, such as
    collations."""
    there, made = _statements(connection), _as_made()
    for name in sorted(there.keys() & made.keys()):
        if there[name] != made[name]:
            yield name, "was made by another statement than this version's"


def _statements(connection: Connection) -> dict[str, str]:
    """Returns the statements by kind and name. Migrations give new columns the bureau's id as their default: it is left out."""
    found = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {f"{kind} {name}": re.sub(r"DEFAULT '[0-9a-f]{32}' ", "", " ".join(sql.split())) for kind, name, sql in found}


@cache
def _as_made() -> dict[str, str]:
    """Returns the statements of a new gallery's database."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        migrations.upgrade(connection)
        found = _statements(connection)
    engine.dispose()
    return found
