"""Reads what is kept of a person or a print, which is an act; and lists labels and encounters, which is none."""

from __future__ import annotations

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.prints import original_of, print_of
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import LabelNotFound, OriginalNotKept
from biomatch.store import Item, StoredPerson, StoredPrint
from biomatch.template import Template

MAX_PAGE = 1_000  # encounters of one page of a gallery


class Reading:
    """Shows what is enrolled."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.ENCOUNTER_READ)
    def read(self, person: str, actor: Actor, *, encounter: str | None = None) -> StoredPerson:
        """Raises PersonNotFound, EncounterNotFound."""
        found = self._context.store.prints.of_person(person, encounter)
        item = Item({"person": person, "encounter": encounter}, person)
        self._context.store.audit.record(self._context.act(actor, "read", [item]))
        return found

    @needs(Scope.ENCOUNTER_READ)
    def stored(self, print_id: str, actor: Actor) -> StoredPrint:
        """Raises PrintNotFound."""
        return self._opened(actor, "read", print_id)

    @needs(Scope.ENCOUNTER_READ)
    def template(self, print_id: str, actor: Actor) -> Template:
        """Raises PrintNotFound."""
        self._opened(actor, "read-template", print_id)
        return self._context.store.prints.template(print_id)

    @needs(Scope.ENCOUNTER_EXPORT)
    def original(self, print_id: str, actor: Actor) -> tuple[bytes, str]:
        """Returns the bytes that a print was enrolled from, and their media type. Raises PrintNotFound, OriginalNotKept."""
        return original_of(self._context.store, self._opened(actor, "read-original", print_id))

    @needs(Scope.ENCOUNTER_READ)
    def picture(self, print_id: str, actor: Actor) -> bytes:
        """Returns the print as PNG, 8-bit grey at 500 ppi: its template's minutiae lie on it. Raises PrintNotFound,
        OriginalNotKept."""
        stored = self._opened(actor, "read-picture", print_id)
        if not stored.has_image:
            raise OriginalNotKept(print_id)
        data, _ = original_of(self._context.store, stored)
        return self._context.workshop.picture(data, stored.ppi)

    @needs(Scope.GALLERY_READ)
    def labels(self, actor: Actor) -> dict[str, int]:
        """Counts the prints that carry each label (OSIA's galleries)."""
        return self._context.store.prints.labels()

    @needs(Scope.GALLERY_READ)
    def gallery_page(
        self, label: str | None, actor: Actor, *, after: tuple[str, str] = ("", ""), limit: int = MAX_PAGE
    ) -> list[tuple[str, str]]:
        """Lists persons and encounters in a gallery (None: in any or none), in order, after `after`.

        Raises LabelNotFound.
        """
        if label is not None and not self._context.store.prints.has_label(label):
            raise LabelNotFound(label)
        return self._context.store.prints.page(label, after, min(limit, MAX_PAGE))

    def _opened(self, actor: Actor, kind: str, print_id: str) -> StoredPrint:
        """Finds a print that somebody looks at, and records the act."""
        stored = print_of(self._context.store, print_id)
        item = Item({"person": stored.person, "print": print_id}, stored.person, print_id)
        self._context.store.audit.record(self._context.act(actor, kind, [item]))
        return stored
