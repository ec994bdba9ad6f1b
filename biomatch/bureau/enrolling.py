"""Enrol: one encounter, or part of a bulk enrolment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from biomatch.bureau.batch import Batch
from biomatch.bureau.cases import Actor, EnrolledPrint, Enrolment, Outcome, Upload
from biomatch.bureau.copies import distinct, two_names, warned
from biomatch.bureau.entries import check_names, new_entry, new_id, of_copy, receipt
from biomatch.bureau.once import ALONE, Keep, from_json, once, said_of, said_of_person, to_json
from biomatch.bureau.parts import MAX_PRINTS, check_count, or_raise
from biomatch.bureau.removing import Removing
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.transactions import lost_records, record_fault, without_lost
from biomatch.errors import BiomatchError, EncounterExists, FingersSwapped, NoFingerprint, NotFound, PartlyUsable, TooManyPrints
from biomatch.gallery.filters import NOT_KNOWN, Biography
from biomatch.gallery.interface import Along, Entry
from biomatch.quality import NOTHING
from biomatch.store.audit import committed
from biomatch.template import Template


@dataclass(frozen=True)
class Made:
    """The prints of a request.

    uploads  each once
    found    templates of each
    of       for every print that came: the number of its upload; a copy has that of the first
    """

    uploads: Sequence[Upload]
    found: Sequence[list[Template]]
    of: Sequence[int]

    @property
    def prints(self) -> list[tuple[Upload, Template]]:
        """What is to be kept: no print twice."""
        return [(one, template) for one, templates in zip(self.uploads, self.found, strict=True) for template in templates]

    def receipts(self, entries: Sequence[Entry]) -> list[EnrolledPrint]:
        """Of every print that came, in order; those of a copy name the print that was kept. Entries: of `prints`."""
        rest = iter(entries)
        kept = [
            [replace(receipt(entry), left_out=one.left_out) for entry in islice(rest, len(templates))]
            for one, templates in zip(self.uploads, self.found, strict=True)
        ]
        told: list[EnrolledPrint] = []
        for at, number in enumerate(self.of):
            told += map(of_copy, kept[number]) if number in self.of[:at] else kept[number]
        return told


Beside = Callable[[list[Outcome]], Along]
"""What is written in the transaction that keeps a part of a bulk enrolment, of what becomes of it."""


class Enrolling(Removing):
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
                self._refuse_existing(who, encounter)
            made = self._made(uploads)
            entries = [
                new_entry(who, which, template, upload, labels, biography, active=active) for upload, template in made.prints
            ]
            answer = to_json(made.receipts(entries))
            with self._writing:
                if encounter is not None:  # another request may have made it meanwhile
                    self._refuse_existing(who, encounter)
                self._keep(entries, [(who, upload.data) for upload, _ in made.prints], actor, keep, answer)
            return answer

        request = ["enrol", person, encounter, sorted(labels), said_of(uploads), *said_of_person(biography)]
        request += [] if active else ["inactive"]
        return from_json(once(self._store, actor, request, work, person=who))

    def _made(self, uploads: Sequence[Upload]) -> Made:
        """Makes every print that came, with its upload. Raises what the first upload that cannot be used does.

        At most MAX_PRINTS, those of records counted one by one: every plain one is held against every rolled one.
        """
        prints = self._prints_in(uploads)
        check_count(prints, MAX_PRINTS)
        if words := two_names(prints):
            raise FingersSwapped(words)
        first, of = distinct(prints)
        left = without_lost(first, self._templates(first, MAX_PRINTS))
        found = [
            [warned(one, lost) for one in prints]
            for prints, lost in zip(or_raise(left.uploads, left.results), left.lost, strict=True)
        ]
        self._trace("extracted", len(found))
        if error := self._contradiction(found):
            raise error
        return Made(left.uploads, found, of)

    @needs(Scope.ENCOUNTER_WRITE)
    def enrol_batch(self, enrolments: Sequence[Enrolment], actor: Actor) -> list[Outcome]:
        """Part of a bulk enrolment: what can be used is kept in one transaction, the rest comes back with its error.

        Bytes that the person already has from this extractor's version are skipped, and replace those of another version:
        a bulk enrolment that was interrupted is simply run again. Raises Unavailable: nothing was kept.
        """
        return self._enrol_batch(enrolments, actor)

    def _enrol_batch(self, enrolments: Sequence[Enrolment], actor: Actor, beside: Beside | None = None) -> list[Outcome]:
        parts = [self._parts_of(each) for each in enrolments]

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

    def _parts_of(self, whole: Enrolment) -> list[Enrolment] | BiomatchError:
        """Splits the enrolment of a transaction into one of each of its prints."""
        try:
            return [replace(whole, upload=upload) for upload in self._prints_in([whole.upload])]
        except BiomatchError as error:
            return error

    def _enrol_parts(self, groups: Sequence[Sequence[Enrolment]], actor: Actor, beside: Beside | None = None) -> list[Outcome]:
        """groups: what came as one file, and is refused as one: of too many prints, or whose fingers' names contradict each
        other."""
        batch = Batch([each for group in groups for each in group], self._workshop.version)
        batch.find_stored(self._store.prints)
        todo = batch.todo()
        made = dict(zip(map(id, todo), self._templates([each.upload for each in todo]), strict=True))
        for group in groups:
            own = [id(each) for each in group if id(each) in made]
            results = [made[each] for each in own]
            if error := self._refusal(group, results):
                made |= dict.fromkeys(own, error)
            else:
                made |= zip(own, _warned([each.upload for each in group if id(each) in made], results), strict=True)
        batch.take([made[id(each)] for each in todo])
        self._trace("extracted", len(made))
        with self._writing:
            batch.find_stored(self._store.prints)
            entries, originals = batch.entries()
            outcomes = batch.outcomes(self._store.prints)
            told = None if beside is None else beside(outcomes)
            if entries:
                self._keep(entries, originals, actor, keep=ALONE if told is None else _with(told))
            elif told is not None:
                self._store.commits.run(told)
            if stale := batch.stale():
                self._take_away(list(self._store.prints.named(stale).values()), self._store.prints.persons_of(stale), actor)
        return outcomes

    def _templates(self, uploads: Sequence[Upload], most: int | None = None) -> list[list[Template] | BiomatchError]:
        """Extracts what is kept of each upload, or says why nothing is: an image that shows no print would never be found."""
        return [
            NoFingerprint() if not isinstance(found, BiomatchError) and _is_empty(upload, found) else found
            for upload, found in zip(uploads, self._workshop.each(uploads, most), strict=True)
        ]

    def _refusal(self, group: Sequence[Enrolment], results: Sequence[list[Template] | BiomatchError]) -> BiomatchError | None:
        """Says why a file's prints are not kept, if so."""
        if words := two_names([each.upload for each in group]):
            return FingersSwapped(words)
        prints = sum(len(found) for found in results if not isinstance(found, BiomatchError))
        return TooManyPrints(prints, MAX_PRINTS) if prints > MAX_PRINTS else self._contradiction(results)

    def _contradiction(self, results: Sequence[list[Template] | BiomatchError]) -> FingersSwapped | None:
        """Finds what is wrong with the fingers' names of one person's rolled and plain prints, if anything."""
        wrong = self._pairs.misnamed([each for found in results if not isinstance(found, BiomatchError) for each in found])
        return FingersSwapped("; ".join(one.words for one in wrong)) if wrong else None

    def _refuse_existing(self, person: str, encounter: str) -> None:
        try:
            self._store.prints.of_person(person, encounter)
        except NotFound:
            return
        raise EncounterExists(person, encounter)

    def _keep(
        self,
        entries: Sequence[Entry],
        originals: Sequence[tuple[str, bytes]],
        actor: Actor,
        keep: Keep = ALONE,
        answer: Any = None,
    ) -> None:
        """Writes originals (person and bytes), then rows with their leaf, then the index."""
        made_by = {"extractor": ", ".join(sorted({entry.template.extractor for entry in entries}))}
        items = [committed.of_entry(entry) for entry in entries]
        inactive = [entry.print_id for entry in entries if not entry.active]
        more = {"gone": [], "inactive": inactive} if inactive else {}
        act = self._act(actor, "enrol", items, made_by, prints=[entry.print_id for entry in entries], **more)
        along = keep(self._store.audit.along(act), answer)
        with self._with_originals(entries, originals):
            if inactive:  # the log appends active prints only; a change may add others
                self._gallery.change(entries, along=along)
            else:
                self._gallery.enrol(entries, along)
        self._trace("searchable", len(entries))


def _is_empty(upload: Upload, found: Sequence[Template]) -> bool:
    """Tells whether an image shows no print. Of a latent the examiner decides, whatever the measures say."""
    return not upload.impression.is_latent and any(NOTHING in one.warnings for one in found)


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
