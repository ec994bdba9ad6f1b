"""Tokens of the HTTP service: who carries one may do what its scopes say. The secret itself is not kept, only its digest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from biomatch.errors import TokenNotFound
from biomatch.gallery.interface import Along
from biomatch.store import tables
from biomatch.store.commits import Commits
from biomatch.store.database import reading

_FIND = select(tables.tokens).where(tables.tokens.c.token == bindparam("token"))  # made once: each request comes here


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
    """Safe from many threads. Rows stay when a token is revoked: a bureau that once had tokens never opens to everybody."""

    def __init__(self, engine: Engine, folder: Path, commits: Commits, bureau: str):
        self._engine = engine
        self._folder = folder
        self._commits = commits
        self._bureau = bureau

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

    def revoke(self, token: str, at: str, along: Along) -> None:
        """A second time changes nothing. Raises TokenNotFound."""

        def write(connection: Connection) -> None:
            c = tables.tokens.c
            if connection.execute(select(c.token).where(c.token == token)).first() is None:
                raise TokenNotFound(token)
            connection.execute(update(tables.tokens).where(c.token == token, c.revoked.is_(None)).values(revoked=at))
            along(connection)

        self._commits.run(write)

    def find(self, token: str) -> tuple[StoredToken, bytes] | None:
        """With the digest of its secret."""
        with reading(self._engine, self._folder) as connection:
            row = connection.execute(_FIND, {"token": token}).first()
        return None if row is None else (_stored(row), bytes(row.digest))

    def all(self) -> list[StoredToken]:
        """In the order in which they were made."""
        c = tables.tokens.c
        with reading(self._engine, self._folder) as connection:
            return [_stored(row) for row in connection.execute(select(tables.tokens).order_by(c.created, c.token))]

    def any(self) -> bool:
        """Whether there ever was one."""
        with reading(self._engine, self._folder) as connection:
            return connection.execute(select(tables.tokens.c.token).limit(1)).first() is not None


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
