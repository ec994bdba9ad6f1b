"""Removes a person, an encounter or a print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.writing import drop_unnamed, originals_of
from biomatch.bureau.once import Once
from biomatch.bureau.prints import print_of
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import NothingGiven
from biomatch.store import Item, Store, StoredPrint, Work


class Removal:
    """Takes prints away, with all that was made from them."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.ENCOUNTER_DELETE)
    def remove(
        self, actor: Actor, *, person: str | None = None, encounter: str | None = None, print_id: str | None = None
    ) -> int:
        """Takes a person, an encounter of a person, or one print away: rows, index and originals. How many prints went.

        Of a person who has no print left the key is destroyed: what was sealed under it opens no more, wherever a copy lies.
        What the audit tree says of them is erased too: that something was removed, when and by whom, stays.
        Raises NothingGiven, PersonNotFound, EncounterNotFound, PrintNotFound, Unavailable.
        """
        context, store = self._context, self._context.store
        with Once(store, actor, ["remove", person, encounter, print_id]) as asked:
            if asked.is_new:
                with context.writing:
                    gone = _named(store, person, encounter, print_id)
                    persons = store.prints.persons_of([stored.print_id for stored in gone])  # also those before a merge
                    note = store.begin(persons, originals_of(gone), removes=True)
                    with store.transaction() as work:
                        asked.keep(work, len(gone))
                        take_away(context, work, gone, persons, actor)
                    drop_unnamed(store, originals_of(gone))
                    store.destroy_keys(persons)
                    store.end(note)
        removed: int = asked.answer
        return removed


def take_away(context: Context, work: Work, gone: Sequence[StoredPrint], persons: Iterable[str], actor: Actor) -> None:
    """Removes rows and takes prints out of the index. persons: everybody whose prints these ever were."""
    names = [stored.print_id for stored in gone]
    by_person: dict[str, list[str]] = {}
    for stored in gone:
        by_person.setdefault(stored.person, []).append(stored.print_id)
    items = [Item({"person": person, "prints": prints}, person) for person, prints in by_person.items()]
    work.tell_removal(context.act(actor, "remove", items, prints=names), persons)
    context.gallery.remove(names, work)
    context.trace("removed", len(gone))


def _named(store: Store, person: str | None, encounter: str | None, print_id: str | None) -> tuple[StoredPrint, ...]:
    if print_id is not None:
        return (print_of(store, print_id),)
    if person is None:
        raise NothingGiven("person or print to remove")
    return store.prints.of_person(person, encounter).prints
