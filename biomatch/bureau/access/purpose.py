"""Asks of every search what it is for, and what allows it."""

from __future__ import annotations

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import PURPOSE_REQUIRED, Context
from biomatch.bureau.scopes import Scope, needs


class Purpose:
    """Decides whether searches need a purpose."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.LOCAL)
    def require_purpose(self, actor: Actor) -> None:
        """Refuses, from now on, every search of this gallery that has no purpose or no legal basis."""
        self._context.store.decide(PURPOSE_REQUIRED, "yes", self._context.act(actor, "require-purpose"))
        self._context.purpose_required = True
