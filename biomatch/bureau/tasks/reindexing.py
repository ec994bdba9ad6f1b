"""Reindexes a gallery: every print whose original is an image is extracted anew, by the extractor that runs now.

The new templates wait aside, each sealed under its person's key, while the old index serves. When all are there the log is told
of them in one transaction, and a new index takes the place of the old one when it holds them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from biomatch.bureau.cases import Actor, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.prints import original_of
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.tasks.ledger import Ledger, actor_of
from biomatch.bureau.tasks.results import Failure, item_of, packed, unpacked
from biomatch.errors import BiomatchError, OriginalNotKept, SealKeyGone
from biomatch.gallery.interface import Entry
from biomatch.sealing import of_person
from biomatch.store import Act, JobItem, Step, StoredJob, StoredPrint
from biomatch.store.audit import committed
from biomatch.store.jobs.items import STAGED
from biomatch.template import Template

REINDEX = "reindex"
_AT_ONCE = 32  # prints of a step: seconds, which a kill repeats
_PAGE = 500  # prints of a leaf


class Reindexing:
    """Makes every template anew."""

    def __init__(self, context: Context, ledger: Ledger):
        self._context, self._ledger = context, ledger

    @needs(Scope.LOCAL)
    def reindex(self, actor: Actor) -> StoredJob:
        """Begins to extract anew what another extractor, or another version of this one, has extracted.

        Prints that came as templates or records stay as they came; so do images that are lost or cannot be extracted any more,
        which the task tells as failures. Raises Unavailable.
        """
        version = self._context.workshop.version
        return self._ledger.begin(
            REINDEX, {"extractor": version}, actor, request=[version], total=self._context.store.prints.count_outdated(version)
        )

    def step(self, job: StoredJob) -> None:
        """Extracts the next prints anew; when all are there, makes them those that searches find. Raises JobLost."""
        place = job.place or {"after": 0}
        version = self._context.workshop.version
        found = self._context.store.prints.outdated(version, place["after"], _AT_ONCE)
        if not found:
            self._switch(job)
            return
        made = self._extracted_anew([stored for _, stored in found])
        items = [
            _staged(stored, one) if isinstance(one, Template) else replace(item_of(_failure(stored, one)), enrolled=True)
            for (_, stored), one in zip(found, made, strict=True)
        ]
        staged = sum(isinstance(one, Template) for one in made)
        counts = {"extracted": staged, "failed": len(made) - staged}
        self._ledger.write(job, Step({"after": found[-1][0]}, job.done + len(found), counts=counts, items=items))

    def _extracted_anew(self, prints: Sequence[StoredPrint]) -> list[Template | BiomatchError]:
        uploads: dict[str, Upload] = {}
        lost: dict[str, BiomatchError] = {}
        for stored in prints:
            try:
                data, _ = original_of(self._context.store, stored)
                uploads[stored.print_id] = Upload(data, stored.print_id, stored.position, stored.impression, stored.ppi)
            except (OriginalNotKept, SealKeyGone) as error:
                lost[stored.print_id] = error
        results = dict(zip(uploads, self._context.workshop.each(list(uploads.values())), strict=True))
        found: list[Template | BiomatchError] = []
        for stored in prints:
            result = lost.get(stored.print_id) or results[stored.print_id]
            found.append(result if isinstance(result, BiomatchError) else result[0])
        return found

    def _switch(self, job: StoredJob) -> None:
        """Makes every print the new one from one moment on, in the log and then in the index."""
        with self._context.writing, self._context.gallery.renewing():
            with self._context.store.transaction() as work:
                work.rewrite(_Pages(self._context, job))
                self._ledger.step(work, job, Step(place=None, done=job.done))
            self._context.trace("change-committed", 0)


@dataclass(frozen=True)
class _Pages:
    """Prints as they are now, whatever changed since, with the templates that waited; and the leaf of each page."""

    context: Context
    job: StoredJob

    def __iter__(self) -> Iterator[tuple[Sequence[Entry], Act]]:
        after, store = -1, self.context.store
        while items := store.jobs.items(self.job.job, STAGED, after=after, limit=_PAGE):
            after = items[-1][0]
            templates = dict(_template_of(content) for _, _, content in items)
            stored = store.prints.named(list(templates))
            entries = [store.prints.entry(one, templates[name]) for name, one in stored.items()]
            act = self.context.act(
                actor_of(self.job),
                REINDEX,
                [committed.of_entry(entry) for entry in entries],
                {"extractor": self.job.parameters["extractor"]},
                task=self.job.job,
                prints=[entry.print_id for entry in entries],
                inactive=[entry.print_id for entry in entries if not entry.active],
                gone=[],
            )
            yield entries, act


def _staged(stored: StoredPrint, template: Template) -> JobItem:
    return JobItem(
        STAGED,
        packed({"print": stored.print_id}, template.to_bytes()),
        (stored.person,),
        name=stored.print_id,
        owner=of_person(stored.person),
        enrolled=True,
    )


def _template_of(content: bytes) -> tuple[str, Template]:
    told, template = unpacked(content)
    return told["print"], Template.from_bytes(template)


def _failure(stored: StoredPrint, error: BiomatchError) -> Failure:
    return Failure(stored.print_id, stored.person, error.code, error.message)
