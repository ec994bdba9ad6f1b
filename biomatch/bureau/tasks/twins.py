"""Finds other persons who may be the same individual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from biomatch.bureau.context import Context
from biomatch.bureau.prints import best_of
from biomatch.bureau.tasks.ledger import actor_of
from biomatch.bureau.tasks.results import Agreement, Duplicate
from biomatch.errors import NotFound, SealKeyGone
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import Candidate, Effort, Search
from biomatch.store import Act, Item, StoredJob, StoredPrint

FIND_DUPLICATES = "find-duplicates"  # the act, whichever task looks
TOP = 20  # candidates of each person: whoever has more twins is found from their side
SHOWN = 3  # agreements of a pair


def twins_of(
    context: Context, person: str, prints: Sequence[StoredPrint], wish: dict[str, Any]
) -> tuple[list[Duplicate], dict[str, str]]:
    """Searches with these prints of a person for others who may be the same; with them the versions that took part."""
    mine = best_of([one for one in prints if one.active])
    try:
        probes = [context.store.prints.template(one.print_id) for one in mine]
    except (NotFound, SealKeyGone):  # removed meanwhile
        return [], {}
    if not probes:
        return [], {}
    where = Filter(label=wish["label"], without=person)
    search = context.gallery.identify(probes, top=TOP, effort=Effort(wish["effort"]), where=where, fpir=wish["fpir"])
    return list(twins_in(search, person, mine, wish["score"], wish["llr"])), search.made_by


def act_of(
    context: Context, job: StoredJob, wish: dict[str, Any], persons: int, found: Sequence[Duplicate], made_by: dict[str, str]
) -> Act:
    """Makes the act that tells of pairs, with an item for each of the two: each is erased with its person."""
    items = [
        Item({"pair": number, "person": who, "score": pair.score, "llr": pair.llr}, who)
        for number, pair in enumerate(found)
        for who in (pair.person, pair.other)
    ]
    limits = {name: value for name, value in wish.items() if name != "label"}
    return context.act(
        actor_of(job), FIND_DUPLICATES, items, made_by, task=job.job, searched=persons, pairs=len(found), **limits
    )


def twins_in(
    search: Search, person: str, prints: Sequence[StoredPrint], score: float | None, llr: float | None
) -> Iterable[Duplicate]:
    """Yields the candidates that pass: at the search's own threshold, where it has one, and at these.

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
