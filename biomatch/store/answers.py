"""What was answered to writes that carried an idempotency key: sent again, they get the same answer and nothing is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, select

from biomatch.gallery.interface import Along
from biomatch.store import tables
from biomatch.store.database import reading

KEPT = timedelta(days=30)  # longer than a field post is without a link
_AT_ONCE = 500  # names in one statement


@dataclass(frozen=True)
class Answer:
    """asked: digest of the request; text: JSON."""

    asked: bytes
    text: str


class Answered(Exception):
    """The write was done already: nothing was written now. No failure, and it never leaves the bureau."""

    def __init__(self, answer: Answer):
        super().__init__()
        self.answer = answer


class Answers:
    """Safe from many threads."""

    def __init__(self, engine: Engine, folder: Path, bureau: str):
        self._engine = engine
        self._folder = folder
        self._bureau = bureau

    def find(self, token: str, key: str) -> Answer | None:
        with reading(self._engine, self._folder) as connection:
            return _find(connection, token, key)

    def along(self, token: str, key: str, answer: Answer, person: str | None) -> Along:
        """Keeps the answer in the transaction of the write itself. Raises Answered there.

        person  at whose erasure it is erased
        """

        def write(connection: Connection) -> None:
            if (known := _find(connection, token, key)) is not None:
                raise Answered(known)
            now = datetime.now(UTC)
            connection.execute(delete(tables.answers).where(tables.answers.c.created < _at(now - KEPT)))
            row = {
                "token": token,
                "key": key,
                "asked": answer.asked,
                "answer": answer.text,
                "person": person,
                "created": _at(now),
                "bureau": self._bureau,
            }
            connection.execute(insert(tables.answers).values(row))

        return write


def erase(connection: Connection, persons: Sequence[str]) -> None:
    """Takes away what these persons' writes were answered."""
    for start in range(0, len(persons), _AT_ONCE):
        some = tables.answers.c.person.in_(persons[start : start + _AT_ONCE])
        connection.execute(delete(tables.answers).where(some))


def _find(connection: Connection, token: str, key: str) -> Answer | None:
    c = tables.answers.c
    row = connection.execute(select(c.asked, c.answer).where(c.token == token, c.key == key)).first()
    return None if row is None else Answer(bytes(row.asked), row.answer)


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
