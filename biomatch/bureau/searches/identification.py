"""Searches for the person who left prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from biomatch.bureau.cases import ANY_SEARCH, Actor, Identified, SearchRequest, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.entries import new_id
from biomatch.bureau.prints import best_of
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.searches import probes
from biomatch.bureau.searches.items import candidate_item, filter_items, probe_item, verdict_of
from biomatch.formats.nist import Summary
from biomatch.store import StoredSearch
from biomatch.template import Template


class Identification:
    """Searches the gallery. What a search found is kept, so that it can be repeated."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.IDENTIFY)
    def identify(
        self,
        uploads: Sequence[Upload],
        actor: Actor,
        request: SearchRequest = ANY_SEARCH,
        *,
        details: bool = False,
    ) -> Identified:
        """Searches for the person who left these prints.

        details  whether `Identified.examined` is wanted, with pictures
        """
        actor = self._context.searching(actor, request.where)
        examined = probes.examined(uploads, self._context.workshop, picture=details)
        found = self._search([one.template for one in examined], actor, request)
        return replace(found, examined=tuple(examined)) if details else found

    @needs(Scope.IDENTIFY)
    def identify_person(
        self,
        person: str,
        actor: Actor,
        request: SearchRequest = ANY_SEARCH,
        *,
        encounter: str | None = None,
    ) -> Identified:
        """Searches for other persons with this person's prints, or with those of one encounter.

        At most MAX_PROBES prints take part: the best of each finger, then the others by quality.
        Raises PersonNotFound, EncounterNotFound, LabelNotFound, PurposeMissing, Unavailable.
        """
        actor = self._context.searching(actor, request.where)
        stored = best_of(self._context.store.prints.of_person(person, encounter).prints)
        templates = [self._context.store.prints.template(one.print_id) for one in stored]
        others = replace(request, where=replace(request.where, without=person))
        return self._search(templates, actor, others)

    @needs(Scope.IDENTIFY)
    def read_transaction(self, data: bytes, actor: Actor) -> Summary:
        """Reads a transaction in a worker; `Upload.summary` takes the result, so that it is read once.

        Raises BadTransaction, TransactionTooLarge, Unavailable.
        """
        return self._context.workshop.summary(data)

    def _search(self, templates: Sequence[Template], actor: Actor, request: SearchRequest) -> Identified:
        top, effort, where, fpir = request.top, request.effort, request.where, request.fpir
        search = self._context.gallery.identify(templates, top=top, effort=effort, where=where, fpir=fpir)
        items = [*map(probe_item, templates), *map(candidate_item, search.candidates), *filter_items(where)]
        sizes = {"probes": len(templates), "candidates": len(search.candidates), "searched": search.prints}
        found = {"effort": effort.value, "top": top, **sizes, **verdict_of(search)}
        name = self._context.store.searches.new_id() if where.without is None else new_id()
        kept = StoredSearch(name, search.sequence, top, effort, fpir, search.prints, search.compared, tuple(templates), where)
        self._context.store.searches.record(kept, self._context.act(actor, "identify", items, search.made_by, **found))
        names = [evidence.print_id for candidate in search.candidates for evidence in candidate.evidence]
        prints = self._context.store.prints.shown(names)
        left = [one for one in search.candidates if any(evidence.print_id in prints for evidence in one.evidence)]
        return Identified(tuple(templates), replace(search, candidates=tuple(left)), prints, kept.search)
