"""A write that carries an idempotency key is done once, however often it is sent: the answer is kept in its own transaction."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from biomatch.bureau.cases import Actor, EnrolledPrint, Upload
from biomatch.crypto import sha256
from biomatch.errors import KeyReused
from biomatch.gallery.filters import NOT_KNOWN, Biography
from biomatch.store import Answer, Answered, Store, Work
from biomatch.vocabulary import FingerPosition, ImpressionType


class Once:
    """A write under the actor's idempotency key, around which it is entered:

        with Once(store, actor, request) as asked:
            if asked.is_new:
                ... with store.transaction() as work: ... asked.keep(work, answer) ...
        return asked.answer

    request  everything that makes it another request, as JSON knows it
    person   at whose erasure the answer is erased

    The same request that is sent again while it is at work waits for the answer. Without a key every request is new.
    Raises KeyReused, GalleryDamaged.
    """

    def __init__(self, store: Store, actor: Actor, request: Sequence[Any], *, person: str | None = None):
        self._store, self._actor, self._person = store, actor, person
        self._asked = store.answers.digest(json.dumps(request, sort_keys=True).encode()) if actor.key else b""
        self._turn = ExitStack()
        self.is_new = True
        self.answer: Any = None

    def __enter__(self) -> Self:
        token, key = self._actor.token, self._actor.key
        if key:
            self._turn.enter_context(self._store.answers.turns.of((token, key)))
            try:
                if (known := self._store.answers.find(token, key)) is not None:
                    self._take(known)
            except BaseException:
                self._turn.close()
                raise
        return self

    def keep(self, work: Work, answer: Any) -> None:
        """Keeps the answer (as JSON) with the rest of the work."""
        self.answer = answer
        if self._actor.key:
            work.keep(self._actor.token, self._actor.key, Answer(self._asked, json.dumps(answer)), self._person)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        """Takes an answer that came meanwhile from elsewhere: nothing was written."""
        with self._turn:
            if isinstance(error, Answered):
                self._take(error.answer)
                return True
        return False

    def _take(self, known: Answer) -> None:
        if known.asked != self._asked:
            raise KeyReused(self._actor.key)
        self.is_new, self.answer = False, json.loads(known.text)


def said_of(uploads: Sequence[Upload]) -> list[list[Any]]:
    """Lists what a request says of its uploads."""
    return [
        [
            sha256(one.data).hex(),
            int(one.position),
            int(one.impression),
            one.ppi,
            *([one.captured.isoformat()] if one.captured else []),
        ]
        for one in uploads
    ]


def said_of_person(biography: Biography | None) -> list[Any]:
    """Lists what a request says of a person; nothing where nothing is known."""
    if biography in (None, NOT_KNOWN):
        return []
    return [int(biography.sex), None if biography.born is None else biography.born.isoformat()]


def to_json(receipts: Sequence[EnrolledPrint]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(one) | {"position": int(one.position), "impression": int(one.impression)} for one in receipts]


def from_json(receipts: Sequence[dict[str, Any]]) -> tuple[EnrolledPrint, ...]:
    return tuple(
        EnrolledPrint(
            **one
            | {
                "position": FingerPosition(one["position"]),
                "impression": ImpressionType(one["impression"]),
                "warnings": tuple(one["warnings"]),
                "left_out": tuple(one.get("left_out", ())),
            }
        )
        for one in receipts
    )
