"""Compares one with one: are these a person's prints, and are two of one finger?"""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.bureau.cases import Actor, Compared, Upload, Verified
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.searches import probes
from biomatch.bureau.searches.items import candidate_item, probe_item
from biomatch.errors import LabelNotFound
from biomatch.store import Item

ACCEPT = 40.0  # -10 log10(FMR): one non-mated print in 10,000 would be accepted


class Verification:
    """Compares prints with a person's, or with one another."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.VERIFY)
    def verify(
        self,
        person: str,
        uploads: Sequence[Upload],
        actor: Actor,
        *,
        label: str | None = None,
        threshold: float = ACCEPT,
    ) -> Verified:
        """Tells whether these are this person's prints."""
        known = self._context.store.prints.of_person(person).prints
        if label is not None and not any(label in stored.labels for stored in known):
            raise LabelNotFound(label)
        ours = probes.templates(uploads, self._context.workshop)
        candidate = self._context.gallery.verify(ours, person)
        items = [*map(probe_item, ours), candidate_item(candidate)]
        self._context.store.audit.record(self._context.act(actor, "verify", items, probes=len(ours), threshold=threshold))
        return Verified(
            tuple(ours),
            candidate,
            threshold,
            candidate.score >= threshold,
            {stored.print_id: stored for stored in known},
        )

    @needs(Scope.VERIFY)
    def compare(
        self, first: Sequence[Upload], second: Sequence[Upload], actor: Actor, *, threshold: float = ACCEPT
    ) -> Compared:
        """Tells whether these two prints are of one finger. Raises BadInput, Unavailable."""
        a, b = probes.single(first, self._context.workshop), probes.single(second, self._context.workshop)
        comparison = self._context.pairs.compare(a, b)
        result = Item({"score": float(comparison.score), "llr": float(comparison.llr)})
        self._context.store.audit.record(self._context.act(actor, "compare", [probe_item(a), probe_item(b), result]))
        return Compared(a, b, comparison, threshold, comparison.score >= threshold)
