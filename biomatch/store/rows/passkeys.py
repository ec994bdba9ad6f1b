"""Passkeys of users: whose each is, its public key, and what its authenticator counts."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from biomatch.store.audit import standing, tree
from biomatch.store.audit.standing import KnownPasskey
from biomatch.store.audit.tree import Act
from biomatch.store.commits import Commits
from biomatch.store.database import reading
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import seals, tables

_CHANGING = ("count", "used", seals.COLUMN)  # columns that each sign-in changes: the row's seal binds them, and no leaf does

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredPasskey:
    """credential: its id, base64url; name: that its user gave it; public_key: COSE; times: ISO 8601, UTC.

    count  of signatures, as the authenticator said it last; 0: it does not count
    used   to sign in, for the last time; None: never
    """

    credential: str
    user: str
    name: str
    public_key: bytes
    created: str
    count: int = 0
    used: str | None = None


class Passkeys:
    """Safe from many threads, but for two writes of one passkey: the caller sees to that.

    All are held in memory. A row is held only if its leaf and its seal bear it out.
    """

    def __init__(self, engine: Engine, folder: Path, commits: Commits, keys: Keyring, bureau: str):
        self._engine = engine
        self._folder = folder
        self._commits = commits
        self._keys = keys
        self._bureau = bureau
        self._known: dict[str, StoredPasskey] = {}

    def load(self) -> None:
        """Reads the passkeys that open something; warns of rows that nothing bears out."""
        with reading(self._engine, self._folder) as connection:
            refused = faults(connection, self._keys, standing.of_rules(connection, self._keys).passkeys)
            rows = _rows(connection)
        self._known = {row.credential: _stored(row) for row in rows if row.credential not in refused}
        if refused:
            _log.warning(
                "passkeys are not what the audit tree says of them; `biomatch doctor` names them",
                extra={"counts": {"passkeys": len(refused)}},
            )

    def add(self, passkey: StoredPasskey, act: Act) -> None:
        """Writes a new passkey, durable on return, with the leaf of the act."""
        row = self._row(passkey)
        said = {"user": passkey.user, "passkey": passkey.credential, "row": _lasting(self._keys, row)}
        act = replace(act, details=act.details | said)

        def write(connection: Connection) -> None:
            connection.execute(insert(tables.passkeys).values(row))
            tree.append(connection, act, self._bureau)

        self._commits.run(write)
        self._known[passkey.credential] = passkey

    def note_use(self, passkey: StoredPasskey, count: int, at: str) -> None:
        """Writes what the authenticator counted and when the passkey was used, durable on return."""
        used = replace(passkey, count=count, used=at)
        row = self._row(used)

        def write(connection: Connection) -> None:
            which = tables.passkeys.c.credential == used.credential
            connection.execute(update(tables.passkeys).where(which).values({name: row[name] for name in _CHANGING}))

        self._commits.run(write)
        self._known[used.credential] = used

    def remove(self, credentials: Collection[str], act: Act) -> None:
        """Deletes passkeys, durable on return, with the leaf of the act."""
        act = replace(act, details=act.details | {"passkeys": sorted(credentials)})

        def write(connection: Connection) -> None:
            connection.execute(delete(tables.passkeys).where(tables.passkeys.c.credential.in_(credentials)))
            tree.append(connection, act, self._bureau)

        self._commits.run(write)
        for one in credentials:
            self._known.pop(one, None)

    def find(self, credential: str) -> StoredPasskey | None:
        return self._known.get(credential)

    def of(self, user: str) -> list[StoredPasskey]:
        """Returns a user's passkeys, the oldest first."""
        return sorted((one for one in list(self._known.values()) if one.user == user), key=lambda one: one.created)

    def handle_of(self, user: str) -> bytes:
        """Returns what authenticators call a user: 16 bytes that tell nothing of the name."""
        return bytes.fromhex(self._keys.alias(f"passkeys of {user}"))

    def faults(self) -> dict[str, str]:
        """Finds passkeys whose rows, as they are now, are not what the audit tree says; how each differs, in words."""
        with reading(self._engine, self._folder) as connection:
            return faults(connection, self._keys, standing.of_rules(connection, self._keys).passkeys)

    def _row(self, passkey: StoredPasskey) -> dict[str, Any]:
        row = vars(passkey) | {"bureau": self._bureau}
        return row | {seals.COLUMN: seals.seal(self._keys, tables.passkeys, row)}


def faults(connection: Connection, keys: Keyring, known: Mapping[str, KnownPasskey]) -> dict[str, str]:
    """Finds passkeys whose rows are not what the leaves say (`known`), and says how each differs, in words."""
    found, rows = {}, {row.credential: row for row in _rows(connection)}
    for name, row in rows.items():
        if name not in known:
            found[name] = "is there, and no act made it"
        elif known[name].row != _lasting(keys, row._mapping):
            found[name] = f"is not what leaf {known[name].leaf} committed to"
        elif not seals.holds(keys, tables.passkeys, row._mapping):
            found[name] = "has a count or a use that was changed"
    return found | {name: f"is missing, and leaf {one.leaf} tells of it" for name, one in known.items() if name not in rows}


def _lasting(keys: Keyring, row: Mapping[Any, Any]) -> str:
    """Makes the seal of what stays as it is."""
    return seals.seal(keys, tables.passkeys, {name: value for name, value in row.items() if name not in _CHANGING})


def _rows(connection: Connection) -> list[Any]:
    return list(connection.execute(select(tables.passkeys)))


def _stored(row: Any) -> StoredPasskey:
    return StoredPasskey(row.credential, row.user, row.name, bytes(row.public_key), row.created, row.count, row.used)
