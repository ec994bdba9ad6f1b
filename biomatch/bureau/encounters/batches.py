"""Enrol many prints at once: part of a bulk enrolment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from biomatch.bureau.cases import Actor, Enrolment, Outcome, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.copies import two_names, warned
from biomatch.bureau.encounters.batch import Batch
from biomatch.bureau.encounters.extraction import contradiction, templates_of
from biomatch.bureau.encounters.removal import take_away
from biomatch.bureau.encounters.writing import add
from biomatch.bureau.once import ALONE, Keep
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.transactions import lost_records, record_fault
from biomatch.bureau.uploads import MAX_PRINTS, opened
from biomatch.bureau.workshop import Workshop
from biomatch.errors import BiomatchError, FingersSwapped, PartlyUsable, TooManyPrints
from biomatch.gallery.interface import Along
from biomatch.template import Template

Beside = Callable[[list[Outcome]], Along]
"""What is written in the transaction that keeps a part of a bulk enrolment, of what becomes of it."""


class Batches:
    """Keeps what can be used of many prints."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.ENCOUNTER_WRITE)
    def enrol_batch(self, enrolments: Sequence[Enrolment], actor: Actor) -> list[Outcome]:
        """Part of a bulk enrolment: what can be used is kept in one transaction, the rest comes back with its error.

        Bytes that the person already has from this extractor's version are skipped, and replace those of another version:
        a bulk enrolment that was interrupted is simply run again. Raises Unavailable: nothing was kept.
        """
        return self.keep(enrolments, actor)

    def keep(self, enrolments: Sequence[Enrolment], actor: Actor, beside: Beside | None = None) -> list[Outcome]:
        """Does the same for a task, whose actor was looked at when it began."""
        parts = [_parts_of(each, self._context.workshop) for each in enrolments]

        def joined(outcomes: Sequence[Outcome]) -> list[Outcome]:
            found = iter(outcomes)
            return [
                Outcome(whole, error=part)
                if isinstance(part, BiomatchError)
                else _joined(whole, list(islice(found, len(part))))
                for whole, part in zip(enrolments, parts, strict=True)
            ]

        groups = [part for part in parts if not isinstance(part, BiomatchError)]
        told = None if beside is None else lambda outcomes: beside(joined(outcomes))
        return joined(self._enrol_parts(groups, actor, told))

    def _enrol_parts(self, groups: Sequence[Sequence[Enrolment]], actor: Actor, beside: Beside | None = None) -> list[Outcome]:
        """groups: what came as one file, and is refused as one: of too many prints, or whose fingers' names contradict each
        other."""
        context, store = self._context, self._context.store
        batch = Batch([each for group in groups for each in group], context.workshop.version)
        batch.find_stored(store.prints)
        todo = batch.todo()
        made = dict(zip(map(id, todo), templates_of([each.upload for each in todo], context.workshop), strict=True))
        for group in groups:
            own = [id(each) for each in group if id(each) in made]
            results = [made[each] for each in own]
            if error := _refusal(group, results, context.pairs):
                made |= dict.fromkeys(own, error)
            else:
                made |= zip(own, _warned([each.upload for each in group if id(each) in made], results), strict=True)
        batch.take([made[id(each)] for each in todo])
        context.trace("extracted", len(made))
        with context.writing:
            batch.find_stored(store.prints)
            entries, originals = batch.entries()
            outcomes = batch.outcomes(store.prints)
            told = None if beside is None else beside(outcomes)
            if entries:
                add(context, entries, originals, actor, keep=ALONE if told is None else _with(told))
            elif told is not None:
                store.commits.run(told)
            if stale := batch.stale():
                take_away(context, list(store.prints.named(stale).values()), store.prints.persons_of(stale), actor)
        return outcomes


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


def _with(told: Along) -> Keep:
    def keep(along: Along, _answer: Any) -> Along:
        def write(connection: Any) -> None:
            told(connection)
            along(connection)

        return write

    return keep


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
