"""Enrols and searches in one: a person who comes for the first time may have come before, under another name."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.bureau.cases import ANY_SEARCH, Actor, EnrolledPrint, Identified, SearchRequest, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.enrolment import Enrolling
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.searches.searches import Searches
from biomatch.gallery.filters import NOT_KNOWN, Biography


class Admission:
    """Enrols and searches in one."""

    def __init__(self, context: Context, enrolling: Enrolling, searches: Searches):
        self._context, self._enrolling, self._searches = context, enrolling, searches

    @needs(Scope.ENCOUNTER_WRITE)
    def enrol_and_identify(
        self,
        person: str | None,
        uploads: Sequence[Upload],
        actor: Actor,
        *,
        encounter: str | None = None,
        labels: frozenset[str] = frozenset(),
        biography: Biography = NOT_KNOWN,
        active: bool = True,
        request: SearchRequest = ANY_SEARCH,
    ) -> tuple[tuple[EnrolledPrint, ...], Identified]:
        """Keeps an encounter, then searches with its prints for other persons; each print is extracted once.

        request  of the search

        What a search needs is asked before anything is kept. Where the search does not come to its end the encounter is kept:
        sent again under the same idempotency key, it is searched with and not enrolled again. Raises as `enrol` and
        `identify_person` do.
        """
        actor.require(Scope.IDENTIFY)
        actor = self._context.searching(actor, request.where)
        kept = self._enrolling.enrol(
            person, uploads, actor, encounter=encounter, labels=labels, biography=biography, active=active
        )
        first = kept[0]
        return kept, self._searches.identify_person(first.person, actor, request, encounter=first.encounter)
