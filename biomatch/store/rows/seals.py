"""Seals over rows that lie in the clear. The gallery's keys are needed to make one, so an edit of the database is found.

Whoever has the keys can make a seal anew: against them stands the audit tree, once a checkpoint of it is kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from biomatch.crypto import sha256
from biomatch.store.audit.tree import canonical
from biomatch.store.keys.keyring import Keyring

COLUMN = "seal"  # of a table whose rows carry their own


def seal(keys: Keyring, table: Table, row: Mapping[Any, Any]) -> str:
    """Makes a seal, 64 hex digits that bind a row's columns to each other and to the table. Nobody without the keys can try
    values.

    row  values by column; a seal among them is left out, and so are columns without a value: later versions may add some
    """
    said = {name: _plain(value) for name, value in row.items() if name != COLUMN and value is not None}
    text = canonical({"table": table.name, "row": said})
    return sha256(f"{text}\n{keys.alias(text)}".encode()).hex()


def holds(keys: Keyring, table: Table, row: Mapping[Any, Any]) -> bool:
    """Tells whether a row that carries its seal is what was sealed."""
    return bool(row[COLUMN] == seal(keys, table, row))


def _plain(value: Any) -> Any:
    return {"sha256": sha256(bytes(value)).hex()} if isinstance(value, bytes | memoryview) else value
