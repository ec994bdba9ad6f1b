"""Change what is enrolled: an encounter's prints, its status, its galleries, what is known of the person, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from biomatch.bureau.cases import Actor, EnrolledPrint, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.extraction import extract
from biomatch.bureau.encounters.originals import with_originals
from biomatch.bureau.encounters.writing import change, refuse_existing
from biomatch.bureau.entries import check_names, new_entry
from biomatch.bureau.once import Keep, from_json, once, said_of, said_of_person, to_json
from biomatch.bureau.prints import original_of
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import EncounterExists, SamePerson
from biomatch.gallery.filters import NOT_KNOWN, Biography
from biomatch.gallery.interface import Entry
from biomatch.store import StoredPrint


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

        def work(keep: Keep) -> list[dict[str, Any]]:
            prints = self._context.store.prints
            prints.of_person(person, encounter)
            made = extract(self._context, uploads)
            with self._context.writing:
                old = prints.of_person(person, encounter).prints  # somebody may have changed it meanwhile
                kept = labels or frozenset(label for stored in old for label in stored.labels)
                status = any(stored.active for stored in old) if active is None else active
                about = old[0].biography if biography == NOT_KNOWN else biography
                entries = [
                    new_entry(person, encounter, template, upload, kept, about, active=status)
                    for upload, template in made.prints
                ]
                answer = to_json(made.receipts(entries))
                with with_originals(self._context, entries, ((person, upload.data) for upload, _ in made.prints), old):
                    change(self._context, actor, "update", entries, gone=old, keep=keep, answer=answer)
            return answer

        request = ["update", person, encounter, sorted(labels), said_of(uploads), *said_of_person(biography)]
        request += [] if active is None else ["active" if active else "inactive"]
        return from_json(once(self._context.store, actor, request, work, person=person))

    @needs(Scope.ENCOUNTER_WRITE)
    def set_status(self, person: str, encounter: str, active: bool, actor: Actor) -> None:
        """Whether searches find an encounter's prints. Raises PersonNotFound, EncounterNotFound, Unavailable."""
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

        def work(keep: Keep) -> None:
            with self._context.writing:
                prints = self._context.store.prints.of_person(source, encounter).prints
                refuse_existing(self._context.store, target, encounter)
                self._give(actor, "move", target, prints, keep)

        once(self._context.store, actor, ["move", target, source, encounter], work)

    @needs(Scope.ENCOUNTER_WRITE)
    def merge(self, target: str, source: str, actor: Actor) -> None:
        """Makes all encounters of a person another's: they are one. `move` takes it back, encounter by encounter.

        Raises SamePerson, PersonNotFound, EncounterExists where both have an encounter of one id: nothing is changed then.
        """
        if target == source:
            raise SamePerson(target)

        def work(keep: Keep) -> None:
            with self._context.writing:
                known = self._context.store.prints.of_person(target).encounters
                prints = self._context.store.prints.of_person(source).prints
                for stored in prints:
                    if stored.encounter in known:
                        raise EncounterExists(target, stored.encounter)
                self._give(actor, "merge", target, prints, keep)

        once(self._context.store, actor, ["merge", target, source], work)

    def _give(self, actor: Actor, kind: str, person: str, prints: Sequence[StoredPrint], keep: Keep) -> None:
        """Makes prints another person's, and seals what they were made from under that person's key."""
        entries = [replace(entry, person=person) for entry in self._context.store.prints.entries(prints)]
        originals = ((person, original_of(self._context.store, stored)[0]) for stored in prints if stored.source_sha256)
        with with_originals(self._context, entries, originals, prints):
            change(self._context, actor, kind, entries, keep=keep)

    def _alter(self, person: str, encounter: str, actor: Actor, request: list[Any], changed: Callable[[Entry], Entry]) -> None:
        """Changes prints; what is so already stays untouched."""

        def work(keep: Keep) -> None:
            with self._context.writing:
                prints = self._context.store.prints
                entries = prints.entries(prints.of_person(person, encounter).prints)
                others = [after for before in entries if (after := changed(before)) != before]
                if others:
                    change(self._context, actor, request[0], others, keep=keep)

        once(self._context.store, actor, request, work)
