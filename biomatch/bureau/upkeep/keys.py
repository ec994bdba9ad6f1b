"""Wraps all keys anew, and finds those of nobody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.store import Store
from biomatch.words import counted


@dataclass(frozen=True)
class MasterKeyInfo:
    """id: names the key and tells nothing of it; place: where it is; persons: whose keys it wraps."""

    id: str
    place: str
    persons: int


class MasterKey:
    """Changes the key that wraps all others."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.LOCAL)
    def rotate_key(self, actor: Actor, to: Path | None = None) -> MasterKeyInfo:
        """Wraps all data keys anew under a new master key; searches go on, enrolments wait a moment.

        to  file of the new key, made where it is not there; None: in the folder, where the old one is

        Raises NewPlaceNeeded, MasterKeyInUse, MasterKeyUnreadable, KeyDamaged, Unavailable.
        """
        made = self._context.store.rotate(to)
        self._context.store.audit.record(self._context.act(actor, "rotate-key", key=made.id))
        return MasterKeyInfo(made.id, made.place, len(self._context.store.keys))


def strange_keys(store: Store) -> list[str]:
    """Counts, in words, the keys of persons whom the database does not know."""
    count = store.strange_keys()
    words = "whom the database does not name: it is an older copy, or somebody changed it"
    return [f"{counted(count, 'person')} with a key {words}"] if count else []
