"""Whether the database holds the tables and indexes of this version and nothing else: no trigger, view or foreign table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, inspect

from biomatch.store import postgres, sqlite, tables

_OF_MIGRATIONS = "alembic_version"
_STRANGE, _MISSING = "is strange: somebody added it", "is missing"


def faults(connection: Connection) -> Iterator[tuple[str, str]]:
    """What is strange or missing, by kind and name, and how, in words."""
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
    if connection.dialect.name == "postgresql":
        for name in sorted(found.get_foreign_table_names()):
            yield f"table {name}", _STRANGE


def triggers(connection: Connection) -> list[str]:
    """What changes rows when others are written, by kind and name: biomatch makes none."""
    own = postgres if connection.dialect.name == "postgresql" else sqlite
    return own.triggers(connection)


def _of_table(found: Any, table: Table) -> Iterator[tuple[str, str]]:
    if {one["name"] for one in found.get_columns(table.name)} != set(table.c.keys()):
        yield f"table {table.name}", "has other columns than this version made"
    there = {one["name"]: (tuple(one["column_names"]), bool(one["unique"])) for one in found.get_indexes(table.name)}
    wanted = {str(one.name): (tuple(column.name for column in one.columns), bool(one.unique)) for one in table.indexes}
    for name in sorted(there.keys() | wanted.keys()):
        if name not in wanted:
            yield f"index {name}", _STRANGE
        elif name not in there:
            yield f"index {name}", _MISSING
        elif there[name] != wanted[name]:
            yield f"index {name}", "is not the one that this version made"
