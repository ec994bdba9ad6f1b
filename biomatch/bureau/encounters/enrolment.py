"""Enrol one encounter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from biomatch.bureau.cases import Actor, EnrolledPrint, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.extraction import extract
from biomatch.bureau.encounters.writing import add, refuse_existing
from biomatch.bureau.entries import check_names, new_entry, new_id
from biomatch.bureau.once import Keep, from_json, once, said_of, said_of_person, to_json
from biomatch.bureau.scopes import Scope, needs
from biomatch.gallery.filters import NOT_KNOWN, Biography


class Enrolling:
    """Keeps new encounters."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.ENCOUNTER_WRITE)
    def enrol(
        self,
        person: str | None,
        uploads: Sequence[Upload],
        actor: Actor,
        *,
        encounter: str | None = None,
        labels: frozenset[str] = frozenset(),
        biography: Biography = NOT_KNOWN,
        active: bool = True,
    ) -> tuple[EnrolledPrint, ...]:
        """Keeps one encounter of a person (None: of a new one); all prints or none. Durable and searchable on return.

        active  False: it is kept, and no search finds it until `set_status` lets it in

        Raises BadInput for the first upload that cannot be used, FingersSwapped, EncounterExists, Unavailable.
        """
        who = new_id() if person is None else person
        which = new_id() if encounter is None else encounter
        check_names(who, encounter, labels)

        def work(keep: Keep) -> list[dict[str, Any]]:
            if encounter is not None:
                refuse_existing(self._context.store, who, encounter)
            made = extract(self._context, uploads)
            entries = [
                new_entry(who, which, template, upload, labels, biography, active=active) for upload, template in made.prints
            ]
            answer = to_json(made.receipts(entries))
            with self._context.writing:
                if encounter is not None:  # another request may have made it meanwhile
                    refuse_existing(self._context.store, who, encounter)
                add(self._context, entries, [(who, upload.data) for upload, _ in made.prints], actor, keep, answer)
            return answer

        request = ["enrol", person, encounter, sorted(labels), said_of(uploads), *said_of_person(biography)]
        request += [] if active else ["inactive"]
        return from_json(once(self._context.store, actor, request, work, person=who))
