"""Enrol and search in one: who comes for the first time may have come before, under another name."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.bureau.cases import Actor, EnrolledPrint, Identified, Upload
from biomatch.bureau.enrolling import Enrolling
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.searching import Searching
from biomatch.gallery.filters import NOT_KNOWN, Biography, Filter


class Admitting(Searching, Enrolling):
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
        top: int = 20,
        where: Filter | None = None,
        fpir: float | None = None,
    ) -> tuple[tuple[EnrolledPrint, ...], Identified]:
        """Keeps an encounter, then searches with its prints for other persons; each print is extracted once.

        What a search needs is asked before anything is kept. Where the search does not come to its end the encounter is kept:
        sent again under the same idempotency key, it is searched with and not enrolled again. Raises as `enrol` and
        `identify_person` do.
        """
        actor.require(Scope.IDENTIFY)
        actor = self._searching(actor)
        self._refuse_unknown(where)
        kept = self.enrol(person, uploads, actor, encounter=encounter, labels=labels, biography=biography, active=active)
        first = kept[0]
        return kept, self.identify_person(first.person, actor, encounter=first.encounter, top=top, where=where, fpir=fpir)
