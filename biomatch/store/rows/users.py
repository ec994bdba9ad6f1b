"""Persons who sign in: their names, roles and ends, the hash of a password, and the sealed secret of their one-time codes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from biomatch.errors import SealBroken, SealKeyGone
from biomatch.store.audit import standing, tree
from biomatch.store.audit.standing import KnownUser
from biomatch.store.audit.tree import Act
from biomatch.store.commits import Commits
from biomatch.store.database import reading
from biomatch.store.keys.keyring import USER, Keyring
from biomatch.store.rows import seals, tables

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredUser:
    """name: to sign in with; display: the name that others see; times: ISO 8601, UTC; ends: None, never."""

    name: str
    display: str
    roles: tuple[str, ...]
    created: str
    ends: str | None = None


@dataclass(frozen=True)
class Secrets:
    """password: its Argon2 hash; one_time: the secret of the one-time codes, base32."""

    password: str
    one_time: str


class Users:
    """Safe from many threads. A row stays when a user ends: a name is never given to somebody else.

    All are held in memory, for each request of a session asks. A row is held only if the last leaf on the user bears it out,
    and its secret opens.
    """

    def __init__(self, engine: Engine, folder: Path, commits: Commits, keys: Keyring, bureau: str):
        self._engine = engine
        self._folder = folder
        self._commits = commits
        self._keys = keys
        self._bureau = bureau
        self._known: dict[str, tuple[StoredUser, Secrets]] = {}
        self._names: set[str] = set()  # that were ever given

    def load(self) -> None:
        """Reads the users who may sign in; warns of rows that no leaf bears out."""
        keys = self._keys
        with reading(self._engine, self._folder) as connection:
            known = standing.of_rules(connection, keys).users
            rows = _rows(connection)
            refused = faults(connection, keys, known)
        self._known = {row.name: (_stored(row), _secrets(keys, row)) for row in rows if row.name not in refused}
        self._names = {row.name for row in rows} | set(known)
        if refused:
            _log.warning(
                "users are not what the audit tree says of them; `biomatch doctor` names them",
                extra={"counts": {"users": len(refused)}},
            )

    def put(self, user: StoredUser, secrets: Secrets, act: Act) -> None:
        """Writes a user, new or changed, durable on return, with the leaf of the act."""
        row = {
            "name": user.name,
            "display": user.display,
            "roles": " ".join(user.roles),
            "password": secrets.password,
            "one_time": self._keys.seal(f"{USER}/{user.name}", _place(user.name), secrets.one_time.encode()),
            "created": user.created,
            "ends": user.ends,
            "bureau": self._bureau,
        }
        act = replace(act, details=act.details | {"user": user.name, "row": seals.seal(self._keys, tables.users, row)})

        def write(connection: Connection) -> None:
            connection.execute(delete(tables.users).where(tables.users.c.name == user.name))
            connection.execute(insert(tables.users).values(row))
            tree.append(connection, act, self._bureau)

        self._commits.run(write)
        self._known[user.name] = user, secrets
        self._names.add(user.name)

    def find(self, user: str) -> tuple[StoredUser, Secrets] | None:
        """Returns a user with what they sign in with."""
        return self._known.get(user)

    def all(self) -> list[StoredUser]:
        """Returns all users in the order of their names."""
        return sorted((stored for stored, _ in list(self._known.values())), key=lambda one: one.name)

    def any(self) -> bool:
        """Tells whether there ever was a user."""
        return bool(self._names)

    def was_given(self, name: str) -> bool:
        """Tells whether a user ever had the name, also one who is not served."""
        return name in self._names

    def faults(self) -> dict[str, str]:
        """Finds users whose rows, as they are now, are not what the audit tree says; how each differs, in words."""
        with reading(self._engine, self._folder) as connection:
            return faults(connection, self._keys, standing.of_rules(connection, self._keys).users)


def faults(connection: Connection, keys: Keyring, known: Mapping[str, KnownUser]) -> dict[str, str]:
    """Finds users whose rows are not what the leaves say (`known`), and says how each differs, in words."""
    found, rows = {}, {row.name: row for row in _rows(connection)}
    for name, row in rows.items():
        if name not in known:
            found[name] = "is there, and no act made it"
        elif known[name].row != seals.seal(keys, tables.users, row._mapping):
            found[name] = f"is not what leaf {known[name].leaf} committed to"
        else:
            try:
                _secrets(keys, row)
            except (SealBroken, SealKeyGone) as error:
                found[name] = f"cannot be opened: {error.message}"
    return found | {name: f"is missing, and leaf {one.leaf} tells of it" for name, one in known.items() if name not in rows}


def _rows(connection: Connection) -> list[Any]:
    return list(connection.execute(select(tables.users).order_by(tables.users.c.name)))


def _stored(row: Any) -> StoredUser:
    return StoredUser(row.name, row.display, tuple(row.roles.split()), row.created, row.ends)


def _secrets(keys: Keyring, row: Any) -> Secrets:
    """Raises SealBroken, SealKeyGone."""
    return Secrets(row.password, keys.open(_place(row.name), row.one_time).decode())


def _place(user: str) -> bytes:
    return f"user {user}".encode()
