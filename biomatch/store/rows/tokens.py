"""Tokens of the HTTP service: the bearer of one may do what its scopes say. The secret itself is not kept, only its digest."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from biomatch.errors import TokenNotFound
from biomatch.store.audit import standing, tree
from biomatch.store.audit.standing import KnownToken
from biomatch.store.audit.tree import Act
from biomatch.store.commits import Commits
from biomatch.store.database import reading
from biomatch.store.keys.keyring import Keyring
from biomatch.store.reserve import FOR_LEAVES
from biomatch.store.rows import seals, tables

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredToken:
    """token: its own name, no secret; name: who carries it; times: ISO 8601, UTC; per_minute: requests, None: any number."""

    token: str
    name: str
    scopes: tuple[str, ...]
    per_minute: int | None
    created: str
    expires: str
    revoked: str | None = None


class Tokens:
    """Safe from many threads. Rows stay when a token is revoked: a bureau that once had tokens never opens to everybody.

    All are held in memory, for each request asks: nobody else writes to the database meanwhile. A row is held only if the leaf
    that made the token bears it out; a row that was put in or changed is not served, and opening the gallery logs their number.
    """

    def __init__(self, engine: Engine, folder: Path, commits: Commits, keys: Keyring, bureau: str):
        self._engine = engine
        self._folder = folder
        self._commits = commits
        self._keys = keys
        self._bureau = bureau
        self._known: dict[str, tuple[StoredToken, bytes]] = {}
        self._ever = False

    def load(self) -> None:
        """Reads the tokens that are served; warns of rows that are not."""
        keys = self._keys
        with reading(self._engine, self._folder) as connection:
            known = standing.of_rules(connection, keys).tokens
            rows = _rows(connection)
            refused = faults(connection, keys, known)
        self._known = {
            row.token: (replace(_stored(row), revoked=known[row.token].revoked or row.revoked), bytes(row.digest))
            for row in rows
            if row.token in known and _is_borne_out(keys, row, known[row.token])
        }
        self._ever = bool(rows or known)
        if refused:
            _log.warning(
                "tokens are not what the audit tree says of them; `biomatch doctor` names them",
                extra={"counts": {"tokens": len(refused)}},
            )

    def add(self, token: StoredToken, digest: bytes, act: Act) -> None:
        """Adds a token, durable on return, with the leaf of its making."""
        row = {
            "token": token.token,
            "name": token.name,
            "digest": digest,
            "scopes": " ".join(token.scopes),
            "per_minute": token.per_minute,
            "created": token.created,
            "expires": token.expires,
            "bureau": self._bureau,
        }
        act = replace(act, details=act.details | {"row": seal(self._keys, row)})

        def write(connection: Connection) -> None:
            connection.execute(insert(tables.tokens).values(row))
            tree.append(connection, act, self._bureau)

        self._commits.run(write)
        self._known[token.token] = token, digest
        self._ever = True

    def revoke(self, token: str, at: str, act: Act) -> None:
        """Revokes a token, durable on return, with its leaf. A second time changes nothing. Raises TokenNotFound."""
        if token not in self._known:
            raise TokenNotFound(token)
        act = replace(act, details=act.details | {"revoked": at})

        def write(connection: Connection) -> int:
            c = tables.tokens.c
            good = update(tables.tokens).where(c.token == token, c.revoked.is_(None))
            changed = connection.execute(good.values(revoked=at)).rowcount
            tree.append(connection, act, self._bureau)
            return changed

        if self._commits.run(write, least=FOR_LEAVES):
            stored, digest = self._known[token]
            self._known[token] = replace(stored, revoked=at), digest

    def find(self, token: str) -> tuple[StoredToken, bytes] | None:
        """Returns a token with the digest of its secret."""
        return self._known.get(token)

    def all(self) -> list[StoredToken]:
        """Returns all tokens in the order in which they were made."""
        return sorted((stored for stored, _ in list(self._known.values())), key=lambda one: (one.created, one.token))

    def any(self) -> bool:
        """Tells whether there ever was a token."""
        return self._ever

    def faults(self) -> dict[str, str]:
        """Finds tokens whose rows, as they are now, are not what the audit tree says; how each differs, in words."""
        with reading(self._engine, self._folder) as connection:
            return faults(connection, self._keys, standing.of_rules(connection, self._keys).tokens)


def seal(keys: Keyring, row: Mapping[Any, Any]) -> str:
    """Seals what the leaf of a token's making says of its row: all columns but `revoked`, which another leaf says."""
    return seals.seal(keys, tables.tokens, {name: value for name, value in row.items() if name != "revoked"})


def faults(connection: Connection, keys: Keyring, known: Mapping[str, KnownToken]) -> dict[str, str]:
    """Finds tokens whose rows are not what the leaves say (`known`), and says how each differs, in words."""
    found, rows = {}, {row.token: row for row in _rows(connection)}
    for name, row in rows.items():
        if name not in known:
            found[name] = "is there, and no act made it"
        elif not _is_borne_out(keys, row, known[name]):
            found[name] = f"is not what leaf {known[name].leaf} committed to"
        elif row.revoked != known[name].revoked:
            found[name] = f"was revoked at another time than leaf {known[name].leaf} says, or not at all"
    found |= {name: f"is missing, and leaf {one.leaf} tells of it" for name, one in known.items() if name not in rows}
    return found


def adopted(connection: Connection, keys: Keyring, known: Mapping[str, KnownToken]) -> dict[str, dict[str, str | None]]:
    """Returns what a leaf over an older folder says of each token. Rows that the older leaves (`known`) gainsay are left
    out."""
    return {
        row.token: {"row": seal(keys, row._mapping), "revoked": row.revoked}
        for row in _rows(connection)
        if (said := known.get(row.token)) is not None
        and said.said == (row.name, tuple(row.scopes.split()), row.expires)
        and (said.revoked is None) == (row.revoked is None)
    }


def _is_borne_out(keys: Keyring, row: Any, known: KnownToken) -> bool:
    """Tells whether a row is what its leaf committed to, but for its revocation."""
    return known.row is not None and known.row == seal(keys, row._mapping)


def _rows(connection: Connection) -> list[Any]:
    c = tables.tokens.c
    return list(connection.execute(select(tables.tokens).order_by(c.created, c.token)))


def _stored(row: Any) -> StoredToken:
    return StoredToken(
        token=row.token,
        name=row.name,
        scopes=tuple(row.scopes.split()),
        per_minute=row.per_minute,
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
    )
