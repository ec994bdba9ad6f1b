"""Search and compare: who left these prints, are they this person's, are two of one finger, are they good enough?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from biomatch.bureau.cases import Actor, Compared, Examined, Identified, Upload, Verified
from biomatch.bureau.entries import new_id
from biomatch.bureau.items import candidate_item, filter_items, probe_item, verdict_of
from biomatch.bureau.parts import MAX_PRINTS, MAX_PROBES, Parts, check_count
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import BiomatchError, LabelNotFound
from biomatch.formats import nist
from biomatch.formats.nist import Summary
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.interface import Effort
from biomatch.store import Item, StoredPrint, StoredSearch
from biomatch.template import Template

ACCEPT = 40.0  # -10 log10(FMR): one stranger in 10,000 would be accepted


class Searching(Parts):
    @needs(Scope.IDENTIFY)
    def identify(
        self,
        uploads: Sequence[Upload],
        actor: Actor,
        *,
        top: int = 20,
        effort: Effort = Effort.NORMAL,
        where: Filter | None = None,
        fpir: float | None = None,
        details: bool = False,
    ) -> Identified:
        """Who left these prints of one person? Raises BadInput, LabelNotFound, PurposeMissing, Unavailable.

        details  whether `Identified.examined` is wanted, with pictures
        """
        actor = self._searching(actor)
        self._refuse_unknown(where)
        examined = self._examined_probes(uploads, picture=details)
        found = self._search([one.template for one in examined], actor, top, effort, where or EVERYBODY, fpir)
        return replace(found, examined=tuple(examined)) if details else found

    @needs(Scope.IDENTIFY)
    def identify_person(
        self,
        person: str,
        actor: Actor,
        *,
        encounter: str | None = None,
        top: int = 20,
        effort: Effort = Effort.NORMAL,
        where: Filter | None = None,
        fpir: float | None = None,
    ) -> Identified:
        """Who else left this person's prints, or those of one encounter? The person is no candidate.

        At most MAX_PROBES prints take part: the best of each finger, then the others by quality.
        Raises PersonNotFound, EncounterNotFound, LabelNotFound, PurposeMissing, Unavailable.
        """
        actor = self._searching(actor)
        self._refuse_unknown(where)
        stored = best_of(self._store.prints.of_person(person, encounter).prints)
        probes = [self._store.prints.template(one.print_id) for one in stored]
        return self._search(probes, actor, top, effort, replace(where or EVERYBODY, without=person), fpir)

    def _refuse_unknown(self, where: Filter | None) -> None:
        if where is not None and where.label is not None and not self._store.prints.has_label(where.label):
            raise LabelNotFound(where.label)

    def _search(
        self, probes: Sequence[Template], actor: Actor, top: int, effort: Effort, where: Filter, fpir: float | None
    ) -> Identified:
        search = self._gallery.identify(probes, top=top, effort=effort, where=where, fpir=fpir)
        items = [*map(probe_item, probes), *map(candidate_item, search.candidates), *filter_items(where)]
        sizes = {"probes": len(probes), "candidates": len(search.candidates), "searched": search.prints}
        found = {"effort": effort.value, "top": top, **sizes, **verdict_of(search)}
        name = self._store.searches.new_id() if where.without is None else new_id()
        kept = StoredSearch(name, search.sequence, top, effort, fpir, search.prints, search.compared, tuple(probes), where)
        self._store.searches.record(kept, self._act(actor, "identify", items, search.made_by, **found))
        names = [evidence.print_id for candidate in search.candidates for evidence in candidate.evidence]
        prints = self._store.prints.shown(names)
        left = [one for one in search.candidates if any(evidence.print_id in prints for evidence in one.evidence)]
        return Identified(tuple(probes), replace(search, candidates=tuple(left)), prints, kept.search)

    @needs(Scope.IDENTIFY)
    def read_transaction(self, data: bytes, actor: Actor) -> Summary:
        """What a transaction holds, as a worker reads it; `Upload.summary` takes it, so that it is read once.

        Raises BadTransaction, TransactionTooLarge, Unavailable.
        """
        return self._workshop.summary(data)

    @needs(Scope.VERIFY)
    def verify(
        self,
        person: str,
        uploads: Sequence[Upload],
        actor: Actor,
        *,
        label: str | None = None,
        threshold: float = ACCEPT,
    ) -> Verified:
        """Are these this person's prints? Raises BadInput, PersonNotFound, LabelNotFound, Unavailable."""
        known = self._store.prints.of_person(person).prints
        if label is not None and not any(label in stored.labels for stored in known):
            raise LabelNotFound(label)
        probes = self._probes(uploads)
        candidate = self._gallery.verify(probes, person)
        items = [*map(probe_item, probes), candidate_item(candidate)]
        self._store.audit.record(self._act(actor, "verify", items, probes=len(probes), threshold=threshold))
        return Verified(
            tuple(probes),
            candidate,
            threshold,
            candidate.score >= threshold,
            {stored.print_id: stored for stored in known},
        )

    @needs(Scope.VERIFY)
    def compare(
        self, first: Sequence[Upload], second: Sequence[Upload], actor: Actor, *, threshold: float = ACCEPT
    ) -> Compared:
        """Are these two prints of one finger? The gallery takes no part. Raises BadInput, Unavailable."""
        a, b = self._one(first), self._one(second)
        comparison = self._pairs.compare(a, b)
        result = Item({"score": float(comparison.score), "llr": float(comparison.llr)})
        self._store.audit.record(self._act(actor, "compare", [probe_item(a), probe_item(b), result]))
        return Compared(a, b, comparison, threshold, comparison.score >= threshold)

    @needs(Scope.QUALITY_READ)
    def examine(
        self, uploads: Sequence[Upload], actor: Actor, *, picture: bool = False
    ) -> list[list[Examined] | BiomatchError]:
        """Quality and minutiae of each upload, or why there are none. Nothing is kept.

        Raises NothingGiven, TooManyPrints, Unavailable.
        """
        check_count(uploads, MAX_PRINTS)
        if not any(nist.is_transaction(upload.data) for upload in uploads):
            return self._workshop.examine_each(uploads, MAX_PRINTS, picture=picture)
        return [self._examined(upload, picture) for upload in uploads]

    def _examined(self, upload: Upload, picture: bool) -> list[Examined] | BiomatchError:
        """Examines all prints of a transaction that can be, or says why none can."""
        try:
            results = self._workshop.examine_each(self._prints_in([upload]), MAX_PRINTS, picture=picture)
        except BiomatchError as error:
            return error
        good = [each for result in results if not isinstance(result, BiomatchError) for each in result]
        return good or next(result for result in results if isinstance(result, BiomatchError))


def best_of(prints: Sequence[StoredPrint]) -> list[StoredPrint]:
    """At most MAX_PROBES: the best of each finger, then the others by quality. An image that was enrolled twice counts once."""
    best = sorted(prints, key=lambda one: (-(one.quality or 0), one.print_id))
    images = {(one.source_sha256 if one.has_image else one.print_id): one for one in reversed(best)}
    by_quality = [one for one in best if one in images.values()]
    first = {one.position: one for one in reversed(by_quality)}.values()
    return sorted(by_quality, key=lambda one: one not in first)[:MAX_PROBES]
