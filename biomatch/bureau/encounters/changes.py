"""Changes what is enrolled: an encounter's prints, its status, its galleries, what is known of the person, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from biomatch.bureau.cases import Actor, EnrolledPrint, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.extraction import extract
from biomatch.bureau.encounters.writing import change, refuse_existing, with_originals
from biomatch.bureau.entries import check_names, new_entry
from biomatch.bureau.once import Once, from_json, said_of, said_of_person, to_json
from biomatch.bureau.prints import original_of
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import EncounterExists, SamePerson
from biomatch.gallery.filters import NOT_KNOWN, Biography
from biomatch.gallery.interface import Entry
from biomatch.store import StoredPrint, Work


class Changes:
    """Each change is one transaction with its leaf; any search that begins later finds what is true then.

    Under an idempotency key it is done once.
    """

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.ENCOUNTER_WRITE)
    def update(
        self,
        person: str,
        encounter: str,
        uploads: Sequence[Upload],
        actor: Actor,
        *,
        labels: frozenset[str] = frozenset(),
        biography: Biography = NOT_KNOWN,
        active: bool | None = None,
    ) -> tuple[EnrolledPrint, ...]:
        """Puts other prints in the place of an encounter's; what is not given of the rest stays, and so does its status.

        Raises BadInput for the first upload that cannot be used, PersonNotFound, EncounterNotFound, Unavailable.
        """
        check_names(person, encounter, labels)

        request = ["update", person, encounter, sorted(labels), said_of(uploads), *said_of_person(biography)]
        request += [] if active is None else ["active" if active else "inactive"]
        context, prints = self._context, self._context.store.prints
        with Once(context.store, actor, request, person=person) as asked:
            if asked.is_new:
                prints.of_person(person, encounter)
                made = extract(context, uploads)
                with context.writing, context.store.transaction() as work:
                    old = prints.of_person(person, encounter).prints  # somebody may have changed it meanwhile
                    kept = labels or frozenset(label for stored in old for label in stored.labels)
                    status = any(stored.active for stored in old) if active is None else active
                    about = old[0].biography if biography == NOT_KNOWN else biography
                    entries = [
                        replace(new_entry(person, encounter, template, upload, kept, about, active=status), unit=old[0].unit)
                        for upload, template in made.prints
                    ]
                    asked.keep(work, to_json(made.receipts(entries)))
                    with with_originals(context, entries, ((person, upload.data) for upload, _ in made.prints), old):
                        change(context, work, actor, "update", entries, gone=old)
        return from_json(asked.answer)

    @needs(Scope.ENCOUNTER_WRITE)
    def set_status(self, person: str, encounter: str, active: bool, actor: Actor) -> None:
        """Sets whether searches find an encounter's prints. Raises PersonNotFound, EncounterNotFound, Unavailable."""
        request = ["set-status", person, encounter, active]
        self._alter(person, encounter, actor, request, lambda entry: replace(entry, active=active))

    @needs(Scope.ENCOUNTER_WRITE)
    def set_galleries(self, person: str, encounter: str, labels: frozenset[str], actor: Actor) -> None:
        """Puts other labels in the place of an encounter's. Raises BadName, PersonNotFound, EncounterNotFound, Unavailable."""
        check_names(person, encounter, labels)
        request = ["set-galleries", person, encounter, sorted(labels)]
        self._alter(person, encounter, actor, request, lambda entry: replace(entry, labels=labels))

    @needs(Scope.ENCOUNTER_WRITE)
    def set_biography(self, person: str, encounter: str, biography: Biography, actor: Actor) -> None:
        """Puts what is known of the person in the place of what an encounter says. Raises as `set_status`."""
        request = ["set-biography", person, encounter, *said_of_person(biography)]
        self._alter(person, encounter, actor, request, lambda entry: replace(entry, biography=biography))

    @needs(Scope.ENCOUNTER_WRITE)
    def move(self, target: str, source: str, encounter: str, actor: Actor) -> None:
        """Makes one person's encounter another's, who may be new: so a merge is taken back.

        Raises BadName, SamePerson, PersonNotFound, EncounterNotFound, EncounterExists, Unavailable.
        """
        check_names(target, encounter, frozenset())
        if target == source:
            raise SamePerson(target)

        context = self._context
        with Once(context.store, actor, ["move", target, source, encounter]) as asked:
            if asked.is_new:
                with context.writing, context.store.transaction() as work:
                    prints = context.store.prints.of_person(source, encounter).prints
                    refuse_existing(context.store, target, encounter)
                    asked.keep(work, None)
                    self._give(work, actor, "move", target, prints)

    @needs(Scope.ENCOUNTER_WRITE)
    def merge(self, target: str, source: str, actor: Actor) -> None:
        """Makes all encounters of a person another's: they are one. `move` takes it back, encounter by encounter.

        Raises SamePerson, PersonNotFound, EncounterExists where both have an encounter of one id: nothing is changed then.
        """
        if target == source:
            raise SamePerson(target)

        context = self._context
        with Once(context.store, actor, ["merge", target, source]) as asked:
            if asked.is_new:
                with context.writing, context.store.transaction() as work:
                    known = context.store.prints.of_person(target).encounters
                    prints = context.store.prints.of_person(source).prints
                    for stored in prints:
                        if stored.encounter in known:
                            raise EncounterExists(target, stored.encounter)
                    asked.keep(work, None)
                    self._give(work, actor, "merge", target, prints)

    def _give(self, work: Work, actor: Actor, kind: str, person: str, prints: Sequence[StoredPrint]) -> None:
        """Makes prints another person's, and seals what they were made from under that person's key."""
        entries = [replace(entry, person=person) for entry in self._context.store.prints.entries(prints)]
        originals = ((person, original_of(self._context.store, stored)[0]) for stored in prints if stored.source_sha256)
        with with_originals(self._context, entries, originals, prints):
            change(self._context, work, actor, kind, entries)

    def _alter(self, person: str, encounter: str, actor: Actor, request: list[Any], changed: Callable[[Entry], Entry]) -> None:
        """Changes prints; what is so already stays untouched."""
        context, prints = self._context, self._context.store.prints
        with Once(context.store, actor, request) as asked:
            if asked.is_new:
                with context.writing, context.store.transaction() as work:
                    entries = prints.entries(prints.of_person(person, encounter).prints)
                    others = [after for before in entries if (after := changed(before)) != before]
                    if others:
                        asked.keep(work, None)
                        change(context, work, actor, request[0], others)
