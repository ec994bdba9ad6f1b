"""Tokens of the HTTP service: who carries one may do what its scopes say. The secret itself is not kept, only its digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from biomatch.errors import TokenNotFound
from biomatch.gallery.interface import Along
from biomatch.store import tables
from biomatch.store.commits import Commits
from biomatch.store.database import reading


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

    All are held in memory, for each request asks: nobody else writes to the database meanwhile.
    """

    def __init__(self, engine: Engine, folder: Path, commits: Commits, bureau: str):
        self._commits = commits
        self._bureau = bureau
        c = tables.tokens.c
        with reading(engine, folder) as connection:
            rows = connection.execute(select(tables.tokens).order_by(c.created, c.token)).all()
        self._known = {row.token: (_stored(row), bytes(row.digest)) for row in rows}

    def add(self, token: StoredToken, digest: bytes, along: Along) -> None:
        """Durable on return."""

        def write(connection: Connection) -> None:
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
            connection.execute(insert(tables.tokens).values(row))
            along(connection)

        self._commits.run(write)
        self._known[token.token] = token, digest

    def revoke(self, token: str, at: str, along: Along) -> None:
        """A second time changes nothing. Raises TokenNotFound."""
        if token not in self._known:
            raise TokenNotFound(token)

        def write(connection: Connection) -> int:
            c = tables.tokens.c
            good = update(tables.tokens).where(c.token == token, c.revoked.is_(None))
            changed = connection.execute(good.values(revoked=at)).rowcount
            along(connection)
            return changed

        if self._commits.run(write):
            stored, digest = self._known[token]
            self._known[token] = replace(stored, revoked=at), digest

    def find(self, token: str) -> tuple[StoredToken, bytes] | None:
        """With the digest of its secret."""
        return self._known.get(token)

    def all(self) -> list[StoredToken]:
        """In the order in which they were made."""
        return sorted((stored for stored, _ in list(self._known.values())), key=lambda one: (one.created, one.token))

    def any(self) -> bool:
        """Whether there ever was one."""
        return bool(self._known)


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
