"""Enrols many prints at once: part of a bulk enrolment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from biomatch.bureau.cases import Actor, Enrolment, Outcome, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.batch import Batch
from biomatch.bureau.encounters.extraction import contradiction, templates_of
from biomatch.bureau.encounters.removal import take_away
from biomatch.bureau.encounters.writing import add
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.uploads import MAX_PRINTS, lost_records, opened, record_fault, two_names, warned
from biomatch.bureau.workshop import Workshop
from biomatch.errors import BiomatchError, FingersSwapped, PartlyUsable, TooManyPrints
from biomatch.gallery.interface import Entry
from biomatch.store import Prints, Work
from biomatch.template import Template


class Batches:
    """Keeps what can be used of many prints."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.ENCOUNTER_WRITE)
    def enrol_batch(self, enrolments: Sequence[Enrolment], actor: Actor) -> list[Outcome]:
        """Enrols a part: what can be used is kept in one transaction, the rest comes back with its error.

        Bytes that the person already has from this extractor's version are skipped, and replace those of another version:
        a bulk enrolment that was interrupted is simply run again. Raises Unavailable: nothing was kept.
        """
        made = self.extract(enrolments)
        with self._context.writing, self._context.store.transaction() as work:
            settled = made.settle(self._context.store.prints)
            self.write(work, settled, actor)
        return settled.outcomes

    def extract(self, enrolments: Sequence[Enrolment]) -> Extracted:
        """Makes the templates of what is not there yet. Raises Unavailable."""
        context = self._context
        parts = [_parts_of(each, context.workshop) for each in enrolments]
        groups = [part for part in parts if not isinstance(part, BiomatchError)]
        batch = Batch([each for group in groups for each in group], context.workshop.version)
        batch.find_stored(context.store.prints)
        todo = batch.todo()
        made = dict(zip(map(id, todo), templates_of([each.upload for each in todo], context.workshop), strict=True))
        for group in groups:  # what came as one file is refused as one
            own = [id(each) for each in group if id(each) in made]
            results = [made[each] for each in own]
            if error := _refusal(group, results, context.pairs):
                made |= dict.fromkeys(own, error)
            else:
                made |= zip(own, _warned([each.upload for each in group if id(each) in made], results), strict=True)
        batch.take([made[id(each)] for each in todo])
        context.trace("extracted", len(made))
        return Extracted(enrolments, parts, batch)

    def write(self, work: Work, settled: Settled, actor: Actor) -> None:
        """Keeps what was settled, with the rest of the work; prints that it replaces then go. The writer has their turn."""
        if settled.entries:
            add(self._context, work, settled.entries, settled.originals, actor)
        if stale := settled.stale:
            prints = self._context.store.prints
            with self._context.store.transaction() as removal:
                take_away(self._context, removal, list(prints.named(stale).values()), prints.persons_of(stale), actor)


@dataclass(frozen=True)
class Extracted:
    """Part of a bulk enrolment whose templates are made.

    parts  of each enrolment: one of each of its prints, or why there is none
    """

    enrolments: Sequence[Enrolment]
    parts: Sequence[list[Enrolment] | BiomatchError]
    batch: Batch

    def settle(self, prints: Prints) -> Settled:
        """Decides what is kept, as the gallery is now. The writer has their turn."""
        self.batch.find_stored(prints)
        entries, originals = self.batch.entries()
        found = iter(self.batch.outcomes(prints))
        outcomes = [
            Outcome(whole, error=part) if isinstance(part, BiomatchError) else _joined(whole, list(islice(found, len(part))))
            for whole, part in zip(self.enrolments, self.parts, strict=True)
        ]
        return Settled(entries, originals, self.batch.stale(), outcomes)


@dataclass(frozen=True)
class Settled:
    """The kept half of a part: entries, their originals (person and bytes), prints that they replace (stale), and the result of
    each enrolment."""

    entries: list[Entry]
    originals: list[tuple[str, bytes]]
    stale: list[str]
    outcomes: list[Outcome]


def _parts_of(whole: Enrolment, workshop: Workshop) -> list[Enrolment] | BiomatchError:
    """Splits the enrolment of a transaction into one of each of its prints."""
    try:
        return [replace(whole, upload=upload) for upload in opened([whole.upload], workshop)]
    except BiomatchError as error:
        return error


def _refusal(
    group: Sequence[Enrolment], results: Sequence[list[Template] | BiomatchError], pairs: PairComparer
) -> BiomatchError | None:
    """Says why a file's prints are not kept, if so."""
    if words := two_names([each.upload for each in group]):
        return FingersSwapped(words)
    prints = sum(len(found) for found in results if not isinstance(found, BiomatchError))
    return TooManyPrints(prints, MAX_PRINTS) if prints > MAX_PRINTS else contradiction(results, pairs)


def _warned(
    uploads: Sequence[Upload], results: Sequence[list[Template] | BiomatchError]
) -> list[list[Template] | BiomatchError]:
    """Adds to the prints of one transaction what is wrong with its records that cannot be used."""
    lost = [fault for faults in lost_records(uploads, results).values() for fault in faults]
    return [one if isinstance(one, BiomatchError) else [warned(each, lost) for each in one] for one in results]


def _joined(whole: Enrolment, outcomes: Sequence[Outcome]) -> Outcome:
    """Joins what became of a transaction's prints: those kept, and what could not be; with none kept, the first error."""
    prints = tuple(each for one in outcomes for each in one.prints)
    failed = [one for one in outcomes if one.error is not None]
    if not prints:
        return Outcome(whole, error=failed[0].error if failed else None)
    faults = [record_fault(one.enrolment.upload, one.error) for one in failed if isinstance(one.error, BiomatchError)]
    left_out = (*outcomes[0].enrolment.upload.left_out, *faults)
    return Outcome(whole, prints, PartlyUsable(len(prints), left_out) if left_out else None)
