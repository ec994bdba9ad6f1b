"""The context that every use case works with: one gallery's folder, opened."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biomatch.bureau.access.challenges import Challenges
from biomatch.bureau.access.guesses import Guesses
from biomatch.bureau.access.quotas import Quotas
from biomatch.bureau.access.resets import Resets
from biomatch.bureau.access.sessions import Sessions
from biomatch.bureau.access.sign_in import SignIn
from biomatch.bureau.cases import Actor
from biomatch.bureau.folder.lock import FolderLock
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.workshop import Workshop
from biomatch.deadlines import Turn
from biomatch.errors import LabelNotFound, PurposeMissing, UnitNotFound
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.local import LocalGallery
from biomatch.observe import NO_TRACE, Trace
from biomatch.store import Act, Item, Store

PURPOSE_REQUIRED = "purpose_required"  # a setting of the folder
UNSPECIFIED = "unspecified"  # purpose and legal basis where the folder asks for none

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Context:
    """The parts of an open folder. Use cases share them, and know nothing of each other.

    trace             told of each point that an enrolment or a removal has passed
    writing           held while originals and rows change: a removal must not take what is being enrolled
    purpose_required  nobody searches without a purpose and a legal basis
    """

    store: Store
    gallery: LocalGallery
    workshop: Workshop
    pairs: PairComparer
    lock: FolderLock
    trace: Trace = NO_TRACE
    writing: Turn = field(default_factory=Turn)
    quotas: Quotas = field(default_factory=Quotas)
    sessions: Sessions = field(default_factory=Sessions)
    resets: Resets = field(default_factory=Resets)
    guesses: Guesses = field(default_factory=Guesses)
    sign_in: SignIn = field(default_factory=SignIn)
    challenges: Challenges = field(default_factory=Challenges)
    purpose_required: bool = field(init=False)

    def __post_init__(self) -> None:
        self.purpose_required = self.store.setting(PURPOSE_REQUIRED) == "yes"

    @property
    def folder(self) -> Path:
        """The gallery's folder."""
        return self.store.folder

    def act(
        self,
        actor: Actor,
        kind: str,
        items: Sequence[Item] = (),
        made_by: dict[str, str] | None = None,
        **details: Any,
    ) -> Act:
        """Makes what the audit tree is told of a use case; a line in the log, without personal data, says the same."""
        sizes = {name: len(value) if isinstance(value, list | tuple) else value for name, value in details.items()}
        counts = {name: value for name, value in sizes.items() if isinstance(value, int | float)}
        _log.info("act", extra={"act": kind, "door": actor.door, "counts": counts})
        return Act(kind, actor.snapshot, actor.purpose, actor.legal_basis, details, made_by or {}, tuple(items))

    def searching(self, actor: Actor, where: Filter = EVERYBODY) -> Actor:
        """Gives the actor a purpose and a legal basis. Raises PurposeMissing; LabelNotFound, UnitNotFound: no print has it."""
        if self.purpose_required and not (actor.purpose.strip() and actor.legal_basis.strip()):
            raise PurposeMissing
        if where.label is not None and not self.store.prints.has_label(where.label):
            raise LabelNotFound(where.label)
        for unit in sorted((where.units or frozenset()) - self.gallery.units):
            raise UnitNotFound(unit)
        return actor.searching_for(actor.purpose or UNSPECIFIED, actor.legal_basis or UNSPECIFIED)
