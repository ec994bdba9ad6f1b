"""The answers to writes that carried an idempotency key: a write that is sent again gets the same answer, and nothing is done.

Of a request and of its idempotency key only digests are kept, keyed with a secret of the gallery: without its keys nobody can
try names against them. An older version kept the key as it was sent: it is found as well, and goes after KEPT.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from biomatch.crypto import sha256
from biomatch.deadlines import Turns
from biomatch.errors import GalleryDamaged
from biomatch.store.database import reading
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import seals, tables

KEPT = timedelta(days=30)  # longer than a field post is without a link
_AT_ONCE = 500  # names in one statement


@dataclass(frozen=True)
class Answer:
    """asked: keyed digest of the request, of `Answers.digest`; text: JSON."""

    asked: bytes
    text: str


class Answered(Exception):
    """The write was done already: nothing was written now. No failure, and it never leaves the bureau."""

    def __init__(self, answer: Answer):
        super().__init__()
        self.answer = answer


class Answers:
    """Safe from many threads. turns: of the writes that are at work, by token and key."""

    def __init__(self, engine: Engine, folder: Path, keys: Keyring, bureau: str):
        self._engine = engine
        self._folder = folder
        self._keys = keys
        self._bureau = bureau
        self.turns = Turns()

    def digest(self, request: bytes) -> bytes:
        """Digests a request, (16,)."""
        return _keyed(self._keys, sha256(request))

    def find(self, token: str, key: str) -> Answer | None:
        """Raises GalleryDamaged where the answer is not what was written."""
        with reading(self._engine, self._folder) as connection:
            return self._find(connection, token, key)

    def write(self, connection: Connection, token: str, key: str, answer: Answer, person: str | None) -> None:
        """Keeps the answer in the transaction of the write itself. Raises Answered, GalleryDamaged.

        person  at whose erasure it is erased
        """
        if (known := self._find(connection, token, key)) is not None:
            raise Answered(known)
        now = datetime.now(UTC)
        connection.execute(delete(tables.answers).where(tables.answers.c.created < _at(now - KEPT)))
        row = {
            "token": token,
            "key": _name(self._keys, token, key),
            "asked": answer.asked,
            "answer": answer.text,
            "person": person,
            "created": _at(now),
            "bureau": self._bureau,
        }
        sealed = row | {"seal": seals.seal(self._keys, tables.answers, row)}
        connection.execute(insert(tables.answers).values(sealed))

    def _find(self, connection: Connection, token: str, key: str) -> Answer | None:
        c = tables.answers.c
        named = c.key.in_((_name(self._keys, token, key), key))
        row = connection.execute(select(tables.answers).where(c.token == token, named)).first()
        if row is None:
            return None
        if not seals.holds(self._keys, tables.answers, row._mapping):
            raise GalleryDamaged(str(self._folder), f"the answer that is kept under the key '{key}' is not what was written")
        return Answer(bytes(row.asked), row.answer)


def erase(connection: Connection, persons: Sequence[str]) -> None:
    """Takes away what these persons' writes were answered."""
    for start in range(0, len(persons), _AT_ONCE):
        some = tables.answers.c.person.in_(persons[start : start + _AT_ONCE])
        connection.execute(delete(tables.answers).where(some))


def faults(connection: Connection, keys: Keyring) -> Iterator[str]:
    """Yields the names of the answers that are not what was written."""
    found = connection.execute(select(tables.answers).order_by(tables.answers.c.token, tables.answers.c.key))
    for row in found.yield_per(_AT_ONCE):
        if not seals.holds(keys, tables.answers, row._mapping):
            yield row.key


def adopt(connection: Connection, keys: Keyring) -> None:
    """Seals what an older version wrote.

    Its idempotency keys, and its digests, which have no key, become keyed digests: requests are known as before.
    """
    c = tables.answers.c
    for row in connection.execute(select(tables.answers).where(c.seal.is_(None))).all():
        values: dict[str, Any] = {"asked": _keyed(keys, bytes(row.asked)), "key": _name(keys, row.token, row.key)}
        values["seal"] = seals.seal(keys, tables.answers, {**row._mapping, **values})
        connection.execute(update(tables.answers).where(c.token == row.token, c.key == row.key).values(values))


def _name(keys: Keyring, token: str, key: str) -> str:
    """Returns the name under which an answer is kept, for the idempotency key that its request carried."""
    return keys.alias(f"idempotency/{token}/{key}")


def _keyed(keys: Keyring, digest: bytes) -> bytes:
    return bytes.fromhex(keys.alias(f"request/{digest.hex()}"))


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
