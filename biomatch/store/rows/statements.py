"""Many rows in one statement, written or read: it is searches that come here, and they meet.

SQLite's driver lets go of the interpreter's lock at each row. Under load another thread takes it each time, and a search that
writes some fifty rows, or reads them, waits for the interpreter longer than for the disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, Text, cast, func, select

_AT_ONCE = 500  # rows in one statement: SQLite takes 32,766 values
_LIST = {"sqlite": func.json_array, "postgresql": func.json_build_array}
_LIST_OF_ROWS = {"sqlite": func.json_group_array, "postgresql": func.json_agg}


def add_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts rows, each with its values in the order of `columns`."""
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        statement = _insertion(table.name, tuple(columns), len(some), mark)
        connection.exec_driver_sql(statement, tuple(value for row in some for value in row))


@lru_cache(maxsize=256)
def _insertion(table: str, columns: tuple[str, ...], count: int, mark: str) -> str:
    row = f"({', '.join([mark] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"


def in_one_row(dialect: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """Selects texts and whole numbers of all rows as one JSON text, which `rows_of` reads. The caller limits it."""
    return select(cast(_LIST_OF_ROWS[dialect](_LIST[dialect](*columns)), Text))


def as_list(dialect: str, column: ColumnElement[Any], where: ColumnElement[bool]) -> ColumnElement[Any]:
    """Selects, as a column of such a query, the values that another table has there, as a list; null where it has none."""
    return select(_LIST_OF_ROWS[dialect](column)).where(where).scalar_subquery()


def rows_of(connection: Connection, query: Select[Any], values: dict[str, Any]) -> Iterator[list[Any]]:
    """Yields the rows that a query made by `in_one_row` finds."""
    text = connection.execute(query, values).scalar_one()
    return iter(() if text is None else json.loads(text))
