"""Keeps the index small."""

from __future__ import annotations

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs


class IndexCare:
    """Cares for the index while it is searched."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.LOCAL)
    def compact(self, actor: Actor) -> None:
        """Rewrites the index without what was removed; searches go on meanwhile."""
        self._context.gallery.compact()
        self._context.store.audit.record(self._context.act(actor, "compact"))
