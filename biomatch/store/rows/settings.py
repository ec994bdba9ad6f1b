"""The settings that the folder's maker decided, and what names its keys. The table has them; they count where a leaf says the
same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from biomatch.store import postgres
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import seals, tables

OUTLIVED = "outlived"  # another value after each write that failed
_PASSING = (postgres.OWNER, OUTLIVED)  # change with each opening or failure, and decide nothing


def all_of(connection: Connection) -> dict[str, str]:
    """Returns the settings by name, but for those that pass."""
    c = tables.meta.c
    rows = connection.execute(select(c.key, c.value).where(c.key.not_in(_PASSING)).order_by(c.key))
    return {row.key: row.value for row in rows}


def written(connection: Connection, name: str) -> str | None:
    """Returns what the table says, whatever the leaves say."""
    c = tables.meta.c
    return connection.execute(select(c.value).where(c.key == name)).scalar_one_or_none()


def write(connection: Connection, name: str, value: str) -> None:
    connection.execute(delete(tables.meta).where(tables.meta.c.key == name))
    connection.execute(insert(tables.meta).values(key=name, value=value))


def told(keys: Keyring, values: Mapping[str, str]) -> dict[str, Any]:
    """Writes what a leaf says of settings: their values, and seals, so that nobody without the keys can write such a leaf."""
    return {"settings": dict(values), "seals": {name: _seal(keys, name, value) for name, value in values.items()}}


def read(keys: Keyring, details: Mapping[str, Any]) -> dict[str, str]:
    """Reads the settings that a leaf tells of; those whose seal does not hold are left out. Those whose seal does not hold
    count as not told."""
    seals = details.get("seals", {})
    return {name: value for name, value in details.get("settings", {}).items() if seals.get(name) == _seal(keys, name, value)}


def _seal(keys: Keyring, name: str, value: str) -> str:
    return seals.seal(keys, tables.meta, {"key": name, "value": value})


def faults(connection: Connection, known: Mapping[str, str]) -> dict[str, str]:
    """Finds settings that are not what the leaves say (`known`), and says how each differs, in words."""
    kept = all_of(connection)
    found = dict.fromkeys(kept.keys() - known.keys(), "is there, and no act set it")
    found |= dict.fromkeys(known.keys() - kept.keys(), "is missing, and an act set it")
    return found | {name: "is not what an act set" for name in kept.keys() & known.keys() if kept[name] != known[name]}
