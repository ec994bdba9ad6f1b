"""Write what is enrolled or changed: rows, their leaf of the audit tree, and the index."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.originals import with_originals
from biomatch.errors import EncounterExists, NotFound
from biomatch.gallery.interface import Entry
from biomatch.store import Store, StoredPrint, Work
from biomatch.store.audit import committed


def refuse_existing(store: Store, person: str, encounter: str) -> None:
    """Refuses an encounter that is there. Raises EncounterExists."""
    try:
        store.prints.of_person(person, encounter)
    except NotFound:
        return
    raise EncounterExists(person, encounter)


def add(context: Context, work: Work, entries: Sequence[Entry], originals: Sequence[tuple[str, bytes]], actor: Actor) -> None:
    """Writes originals (person and bytes), then rows with their leaf and the rest of the work, then the index."""
    made_by = {"extractor": ", ".join(sorted({entry.template.extractor for entry in entries}))}
    items = [committed.of_entry(entry) for entry in entries]
    inactive = [entry.print_id for entry in entries if not entry.active]
    more = {"gone": [], "inactive": inactive} if inactive else {}
    work.tell(context.act(actor, "enrol", items, made_by, prints=[entry.print_id for entry in entries], **more))
    with with_originals(context, entries, originals):
        if inactive:  # the log appends active prints only; a change may add others
            context.gallery.change(entries, work=work)
        else:
            context.gallery.enrol(entries, work)
    context.trace("searchable", len(entries))


def change(
    context: Context, work: Work, actor: Actor, kind: str, entries: Sequence[Entry], *, gone: Sequence[StoredPrint] = ()
) -> None:
    """Writes changed prints in place of what they were, with their leaf and the rest of the work, then the index.

    gone  prints that go with it
    """
    act = context.act(
        actor,
        kind,
        [committed.of_entry(entry) for entry in entries],
        {"extractor": ", ".join(sorted({entry.template.extractor for entry in entries}))},
        prints=[entry.print_id for entry in entries],
        inactive=[entry.print_id for entry in entries if not entry.active],
        gone=[stored.print_id for stored in gone],
    )
    work.tell_change(act)
    context.gallery.change(entries, act.details["gone"], work)
    context.trace("searchable", len(entries))
