"""A whole gallery against itself: who is enrolled twice?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from biomatch.bureau.cases import Actor
from biomatch.bureau.results import Agreement, Duplicate, item_of
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.searching import Searching, best_of
from biomatch.bureau.tasks import Tasks, actor_of
from biomatch.errors import BadRequest, NotFound, SealKeyGone
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import Candidate, Effort, Search
from biomatch.store import Act, Item, Step, StoredJob, StoredPrint

FIND_DUPLICATES = "find-duplicates"
FPIR = 1e-3  # of each person's search, where nothing else is said
TOP = 20  # candidates of each person: whoever has more twins is found from their side
SHOWN = 3  # agreements of a pair
_AT_ONCE = 16  # persons of a step: a second or so, which a kill repeats


class Duplicates(Searching, Tasks):
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
        actor = self._searching(actor)
        self._refuse_unknown(Filter(label=label))
        if fpir is None and score is None and llr is None:
            fpir = FPIR
        wish = {"label": label, "fpir": fpir, "score": score, "llr": llr, "effort": effort.value}
        total = self._store.prints.count_persons(label)
        return self._begin_task(FIND_DUPLICATES, wish, actor, request=[wish], total=total)

    def _duplicates_step(self, job: StoredJob) -> None:
        """Searches with the next persons, in the order of their names: who is enrolled meanwhile may be among them."""
        wish, after = job.parameters, (job.place or {"after": ""})["after"]
        persons = self._store.prints.persons_behind(after, wish["label"], _AT_ONCE)
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
        self._write_step(job, step, self._told(job, wish, len(persons), found, made_by))

    def _twins(self, person: str, wish: dict[str, Any]) -> tuple[list[Duplicate], dict[str, str]]:
        """Searches for others who may be this person; with them the versions that took part."""
        label = wish["label"]
        try:
            prints = self._store.prints.of_person(person).prints
        except NotFound:  # removed meanwhile
            return [], {}
        return self._twins_of(person, [one for one in prints if label is None or label in one.labels], wish)

    def _twins_of(
        self, person: str, prints: Sequence[StoredPrint], wish: dict[str, Any]
    ) -> tuple[list[Duplicate], dict[str, str]]:
        """Searches likewise with these prints of the person."""
        mine = best_of([one for one in prints if one.active])
        try:
            probes = [self._store.prints.template(one.print_id) for one in mine]
        except (NotFound, SealKeyGone):  # removed meanwhile
            return [], {}
        if not probes:
            return [], {}
        where = Filter(label=wish["label"], without=person)
        search = self._gallery.identify(probes, top=TOP, effort=Effort(wish["effort"]), where=where, fpir=wish["fpir"])
        return list(twins_in(search, person, mine, wish["score"], wish["llr"])), search.made_by

    def _told(
        self, job: StoredJob, wish: dict[str, Any], persons: int, found: Sequence[Duplicate], made_by: dict[str, str]
    ) -> Act:
        """Makes the act that tells of pairs, with an item for each of the two: each is erased with its person."""
        items = [
            Item({"pair": number, "person": who, "score": pair.score, "llr": pair.llr}, who)
            for number, pair in enumerate(found)
            for who in (pair.person, pair.other)
        ]
        told = {name: value for name, value in wish.items() if name != "label"}
        return self._act(
            actor_of(job), FIND_DUPLICATES, items, made_by, task=job.job, searched=persons, pairs=len(found), **told
        )


def twins_in(
    search: Search, person: str, prints: Sequence[StoredPrint], score: float | None, llr: float | None
) -> Iterable[Duplicate]:
    """Candidates that pass: at the search's own threshold, where it has one, and at these.

    prints  of the person, that were searched with
    """
    for candidate in search.candidates:
        if search.threshold is not None and candidate.score < search.threshold:
            continue
        if (score is None or candidate.score >= score) and (llr is None or candidate.llr >= llr):
            yield _pair(person, candidate, prints)


def _pair(person: str, candidate: Candidate, prints: Sequence[StoredPrint]) -> Duplicate:
    agreements = tuple(
        Agreement(
            prints[one.probe].print_id, one.print_id, one.position.name, round(float(one.score), 3), round(float(one.llr), 4)
        )
        for one in candidate.evidence[:SHOWN]
    )
    score, llr = round(float(candidate.score), 3), round(float(candidate.llr), 4)
    return Duplicate(person, candidate.person, score, llr, bool(candidate.extrapolated), agreements)
