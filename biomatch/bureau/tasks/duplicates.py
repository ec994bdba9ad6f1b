"""Searches a whole gallery against itself: who is enrolled twice?"""

from __future__ import annotations

import math
from typing import Any

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.tasks.ledger import Ledger
from biomatch.bureau.tasks.results import Duplicate, item_of
from biomatch.bureau.tasks.twins import FIND_DUPLICATES, act_of, twins_of
from biomatch.errors import BadRequest, NotFound
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import Effort
from biomatch.store import Step, StoredJob

FPIR = 1e-3  # of each person's search, where nothing else is said
_AT_ONCE = 16  # persons of a step: a second or so, which a kill repeats


class Duplicates:
    """Looks for every person's twins."""

    def __init__(self, context: Context, ledger: Ledger):
        self._context, self._ledger = context, ledger

    @needs(Scope.IDENTIFY)
    def find_duplicates(
        self,
        actor: Actor,
        *,
        label: str | None = None,
        fpir: float | None = None,
        score: float | None = None,
        llr: float | None = None,
        effort: Effort = Effort.NORMAL,
    ) -> StoredJob:
        """Begins to search with every person's prints for other persons. Each pair is told once.

        A pair is told where its score is one that a stranger reaches with probability `fpir` in a gallery of this size, and
        where it has at least the score (-10 log10 FMR) and log10 likelihood ratio that were given; nothing given: FPIR.
        Raises BadRequest, LabelNotFound, PurposeMissing, Unavailable.
        """
        if not all(value is None or math.isfinite(value) for value in (fpir, score, llr)):
            raise BadRequest("a threshold is not a number")
        actor = self._context.searching(actor, Filter(label=label))
        if fpir is None and score is None and llr is None:
            fpir = FPIR
        wish = {"label": label, "fpir": fpir, "score": score, "llr": llr, "effort": effort.value}
        total = self._context.store.prints.count_persons(label)
        return self._ledger.begin(FIND_DUPLICATES, wish, actor, request=[wish], total=total)

    def step(self, job: StoredJob) -> None:
        """Searches with the next persons, in the order of their names: who is enrolled meanwhile may be among them."""
        wish, after = job.parameters, (job.place or {"after": ""})["after"]
        persons = self._context.store.prints.persons_behind(after, wish["label"], _AT_ONCE)
        found, made_by = list[Duplicate](), dict[str, str]()
        for person in persons:
            pairs, versions = self._twins(person, wish)
            found += pairs
            made_by |= versions
        ended = len(persons) < _AT_ONCE
        step = Step(
            place=None if ended else {"after": persons[-1]},
            done=job.done + len(persons),
            items=[item_of(pair) for pair in found],
        )
        self._ledger.write(job, step, act_of(self._context, job, wish, len(persons), found, made_by))

    def _twins(self, person: str, wish: dict[str, Any]) -> tuple[list[Duplicate], dict[str, str]]:
        """Searches for others who may be this person; with them the versions that took part."""
        label = wish["label"]
        try:
            prints = self._context.store.prints.of_person(person).prints
        except NotFound:  # removed meanwhile
            return [], {}
        return twins_of(self._context, person, [one for one in prints if label is None or label in one.labels], wish)
