"""A write that carries an idempotency key is done once, however often it is sent: the answer is kept in its own transaction."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any

from biomatch.bureau.cases import Actor, EnrolledPrint, Upload
from biomatch.crypto import sha256
from biomatch.errors import KeyReused
from biomatch.gallery.filters import NOT_KNOWN, Biography
from biomatch.gallery.interface import Along
from biomatch.store import Answer, Answered, Store
from biomatch.vocabulary import FingerPosition, ImpressionType

Keep = Callable[[Along, Any], Along]
"""keep(along, answer): writes the answer (what JSON knows) beside what `along` writes."""


def _alone(along: Along, _answer: Any) -> Along:
    return along


ALONE: Keep = _alone
"""Of a write without a key: no answer is kept."""


def once(store: Store, actor: Actor, request: Sequence[Any], work: Callable[[Keep], Any], *, person: str | None = None) -> Any:
    """What `work` returns; or, if the request was done before under the actor's key, what it returned then.

    request  everything that makes it another request, as JSON knows it
    person   at whose erasure the answer is erased

    Raises KeyReused, GalleryDamaged, and what `work` raises.
    """
    if not actor.key:
        return work(ALONE)
    asked = store.answers.digest(json.dumps(request, sort_keys=True).encode())
    with store.answers.turns.of((actor.token, actor.key)):  # sent again while it is at work, it waits for the answer
        if (known := store.answers.find(actor.token, actor.key)) is not None:
            return _told(known, asked, actor.key)

        def keep(along: Along, answer: Any) -> Along:
            kept = store.answers.along(actor.token, actor.key, Answer(asked, json.dumps(answer)), person)

            def write(connection: Any) -> None:
                kept(connection)
                along(connection)

            return write

        try:
            return work(keep)
        except Answered as answered:
            return _told(answered.answer, asked, actor.key)


def _told(known: Answer, asked: bytes, key: str) -> Any:
    if known.asked != asked:
        raise KeyReused(key)
    return json.loads(known.text)


def said_of(uploads: Sequence[Upload]) -> list[list[Any]]:
    """Uploads in a request."""
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
    """A biography in a request; nothing where nothing is known."""
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
