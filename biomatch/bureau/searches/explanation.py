"""Explains how two prints compare, minutia by minutia, in figures and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomatch.bureau.cases import Actor, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.drawing import Kind, Panel, pair_picture
from biomatch.bureau.prints import best_of, original_of, print_of
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.searches.items import probe_item
from biomatch.bureau.searches.probes import about_the_only
from biomatch.bureau.uploads import check_count, opened
from biomatch.comparison import Comparison
from biomatch.errors import FingerNotFound, TooManyPrints
from biomatch.store import Item, StoredPrint
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition
from biomatch.words import counted


@dataclass(frozen=True)
class Enrolled:
    """A print of the gallery: by its id; or by its person, and where known by encounter and position.

    Of several that fit, the one that compares best.
    """

    print_id: str | None = None
    person: str | None = None
    encounter: str | None = None
    position: FingerPosition = FingerPosition.UNKNOWN


Side = Upload | Enrolled


@dataclass(frozen=True)
class ExplainedPrint:
    """One of the two prints. stored: what the gallery knows of it; None: it came with the request.

    picture  PNG, 8-bit grey at 500 ppi, on which the minutiae lie; empty where there is none, or none was wanted
    """

    template: Template
    stored: StoredPrint | None = None
    picture: bytes = b""


@dataclass(frozen=True)
class Explained:
    """drawn: both prints side by side, corresponding minutiae numbered alike; empty: not wanted."""

    first: ExplainedPrint
    second: ExplainedPrint
    comparison: Comparison
    drawn: bytes = b""


class Explanation:
    """Shows how two prints compare."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.VERIFY)
    def explain(self, first: Side, second: Side, actor: Actor, *, draw: Kind | None = None) -> Explained:
        """Explains how two prints compare. An enrolled print is shown to those who may read it.

        Raises BadInput, NotAllowed, PrintNotFound, PersonNotFound, EncounterNotFound, FingerNotFound, Unavailable.
        """
        if isinstance(first, Enrolled) or isinstance(second, Enrolled):
            actor.require(Scope.ENCOUNTER_READ)
        ours, theirs = (self._shown(side, draw is not None) for side in (first, second))
        a, b, comparison = self._closest(ours, theirs)
        result = Item({"score": float(comparison.score), "llr": float(comparison.llr)})
        self._context.store.audit.record(
            self._context.act(actor, "explain", [_item(a), _item(b), result], drawn=draw is not None)
        )
        if draw is None:
            return Explained(a, b, comparison)
        a, b = (self._with_picture(one) for one in (a, b))
        pairs = np.column_stack(comparison.pairs[:2])
        return Explained(a, b, comparison, pair_picture(_panel("first", a), _panel("second", b), pairs, draw))

    def _shown(self, side: Side, picture: bool) -> list[ExplainedPrint]:
        """Lists the prints that a side may mean: of an upload one."""
        if isinstance(side, Enrolled):
            return [ExplainedPrint(self._context.store.prints.template(one.print_id), one) for one in self._meant(side)]
        with about_the_only([side]):
            uploads = opened([side], self._context.workshop)
            check_count(uploads, 1)
            found = self._context.workshop.examine(uploads[0], picture=picture)
            if len(found) > 1:
                raise TooManyPrints(len(found), 1)
        return [ExplainedPrint(found[0].template, None, found[0].picture)]

    def _meant(self, side: Enrolled) -> Sequence[StoredPrint]:
        if side.print_id is not None:
            return [print_of(self._context.store, side.print_id)]
        found = self._context.store.prints.of_person(side.person or "", side.encounter).prints
        if side.position is not FingerPosition.UNKNOWN:
            found = tuple(one for one in found if one.position is side.position)
            if not found:
                raise FingerNotFound(side.person or "", side.position.words)
        return best_of(found)

    def _closest(
        self, ours: Sequence[ExplainedPrint], theirs: Sequence[ExplainedPrint]
    ) -> tuple[ExplainedPrint, ExplainedPrint, Comparison]:
        compared = [(a, b, self._context.pairs.compare(a.template, b.template)) for a in ours for b in theirs]
        return max(compared, key=lambda one: one[2].score)

    def _with_picture(self, shown: ExplainedPrint) -> ExplainedPrint:
        """Adds the picture of an enrolled image, where it was kept."""
        if shown.stored is None or not shown.stored.has_image:
            return shown
        data, _ = original_of(self._context.store, shown.stored)
        return ExplainedPrint(shown.template, shown.stored, self._context.workshop.picture(data, shown.stored.ppi))


def _item(shown: ExplainedPrint) -> Item:
    stored = shown.stored
    if stored is None:
        return probe_item(shown.template)
    return Item({"person": stored.person, "print": stored.print_id}, stored.person, stored.print_id)


def _panel(name: str, shown: ExplainedPrint) -> Panel:
    stored = shown.stored
    whose = "" if stored is None else f"   {stored.person[:40]}"
    return Panel.of(
        f"{name}{whose}   {counted(len(shown.template.minutiae), 'minutia', 'minutiae')}", shown.template, shown.picture
    )
