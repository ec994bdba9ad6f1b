"""Enrols one encounter."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.bureau.cases import Actor, EnrolledPrint, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.extraction import extract
from biomatch.bureau.encounters.writing import add, refuse_existing
from biomatch.bureau.entries import check_names, new_entry, new_id
from biomatch.bureau.once import Once, from_json, said_of, said_of_person, to_json
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

        request = ["enrol", person, encounter, sorted(labels), said_of(uploads), *said_of_person(biography)]
        request += [] if active else ["inactive"]
        context = self._context
        with Once(context.store, actor, request, person=who) as asked:
            if asked.is_new:
                if encounter is not None:
                    refuse_existing(context.store, who, encounter)
                made = extract(context, uploads)
                entries = [
                    new_entry(who, which, template, upload, labels, biography, active=active)
                    for upload, template in made.prints
                ]
                with context.writing, context.store.transaction() as work:
                    if encounter is not None:  # another request may have made it meanwhile
                        refuse_existing(context.store, who, encounter)
                    asked.keep(work, to_json(made.receipts(entries)))
                    add(context, work, entries, [(who, upload.data) for upload, _ in made.prints], actor)
        return from_json(asked.answer)
