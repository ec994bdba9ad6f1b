"""What every use case works with, and the steps that several of them share."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from biomatch.bureau.cases import Actor, Examined, Upload
from biomatch.bureau.copies import distinct, marked, warned
from biomatch.bureau.lock import FolderLock
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.quotas import Quotas
from biomatch.bureau.sessions import Sessions
from biomatch.bureau.transactions import prints_in, probes_of, without_lost
from biomatch.bureau.workshop import Workshop
from biomatch.deadlines import Turn
from biomatch.errors import BadInput, BiomatchError, NothingGiven, OriginalNotKept, PrintNotFound, PurposeMissing, TooManyPrints
from biomatch.formats import nist
from biomatch.gallery.local import LocalGallery
from biomatch.observe import NO_TRACE, Trace
from biomatch.store import Act, Item, Store, StoredPrint
from biomatch.template import Template

MAX_PROBES = 10  # a person's fingers: what one search fuses
MAX_PRINTS = 100  # of one encounter: ten fingers rolled and plain, several times over
PURPOSE_REQUIRED = "purpose_required"  # a setting of the folder
UNSPECIFIED = "unspecified"  # purpose and legal basis where the folder asks for none

_log = logging.getLogger(__name__)

Result = TypeVar("Result")


class Parts:
    """One gallery's folder, opened. Each group of use cases builds on it."""

    def __init__(
        self,
        store: Store,
        gallery: LocalGallery,
        workshop: Workshop,
        pairs: PairComparer,
        lock: FolderLock,
        *,
        trace: Trace = NO_TRACE,
    ):
        self.folder = store.folder
        self._store = store
        self._gallery = gallery
        self._workshop = workshop
        self._pairs = pairs
        self._lock = lock
        self._trace = trace
        self._writing = Turn()  # originals and rows change together: a removal must not take what is being enrolled
        self._quotas = Quotas()
        self._sessions = Sessions()
        self._purpose_required = store.setting(PURPOSE_REQUIRED) == "yes"

    def _act(
        self,
        actor: Actor,
        kind: str,
        items: Sequence[Item] = (),
        made_by: dict[str, str] | None = None,
        **details: Any,
    ) -> Act:
        """Makes what the audit tree is told of a use case; a line in the log, without personal data, says the same."""
        sizes = {name: len(value) if isinstance(value, list | tuple) else value for name, value in details.items()}
        counts = {name: value for name, value in sizes.items() if isinstance(value, int | float)}
        _log.info("act", extra={"act": kind, "door": actor.door, "counts": counts})
        return Act(kind, actor.snapshot, actor.purpose, actor.legal_basis, details, made_by or {}, tuple(items))

    def _searching(self, actor: Actor) -> Actor:
        """Gives the actor a purpose and a legal basis. Raises PurposeMissing."""
        if self._purpose_required and not (actor.purpose.strip() and actor.legal_basis.strip()):
            raise PurposeMissing
        return actor.searching_for(actor.purpose or UNSPECIFIED, actor.legal_basis or UNSPECIFIED)

    def _prints_in(self, uploads: Sequence[Upload]) -> list[Upload]:
        """Puts the prints of transactions in their stead. Raises BadInput, which names one of several uploads."""
        found: list[Upload] = []
        for number, upload in enumerate(uploads, start=1):
            try:
                if _is_transaction(upload):
                    found += (replace(one, transaction=number) for one in prints_in(upload, self._workshop))
                else:
                    found.append(upload)
            except BadInput as error:
                raise error.about(upload.name) if len(uploads) > 1 and upload.name else error from None
        return found

    def _probes(self, uploads: Sequence[Upload]) -> list[Template]:
        return [one.template for one in self._examined_probes(uploads)]

    def _examined_probes(self, uploads: Sequence[Upload], *, picture: bool = False) -> list[Examined]:
        """Examines the prints that a search is made with, in the order of `Evidence.probe`. Raises BadInput, Unavailable."""
        if any(_is_transaction(upload) for upload in uploads):
            uploads = probes_of(self._prints_in(uploads), MAX_PROBES)
        check_count(uploads, MAX_PROBES)
        first, of = distinct(uploads)
        results = self._workshop.examine_each(first, MAX_PROBES, picture=picture)
        left = without_lost(first, results)
        found = [
            [_warned(one, lost) for one in prints]
            for prints, lost in zip(or_raise(left.uploads, left.results), left.lost, strict=True)
        ]
        probes: list[Examined] = []
        for at, number in enumerate(of):
            copy = number in of[:at]
            probes += (replace(one, template=marked(one.template)) if copy else one for one in found[number])
        return probes

    def _one(self, uploads: Sequence[Upload]) -> Template:
        """Extracts one side of a comparison of two: an error names the upload that it is about."""
        with about_the_only(uploads):
            probes = self._probes(uploads)
            if len(probes) > 1:
                raise TooManyPrints(len(probes), 1)
        return probes[0]

    def _print(self, print_id: str) -> StoredPrint:
        try:
            return self._store.prints.named([print_id])[print_id]
        except KeyError:
            raise PrintNotFound(print_id) from None

    def _original(self, stored: StoredPrint) -> tuple[bytes, str]:
        data = self._store.blobs.get(stored.person, stored.source_sha256) if stored.source_sha256 else None
        if data is None or stored.media_type is None:
            raise OriginalNotKept(stored.print_id)
        return data, stored.media_type


def _warned(examined: Examined, warnings: Sequence[str]) -> Examined:
    """Adds warnings to an examined print."""
    return replace(examined, template=warned(examined.template, warnings))


def _is_transaction(upload: Upload) -> bool:
    return nist.is_transaction(upload.data)


@contextmanager
def about_the_only(uploads: Sequence[Upload]) -> Iterator[None]:
    """Around what is done with one of two prints: what is wrong with the input names it, if it has a name."""
    try:
        yield
    except BadInput as error:
        raise error.about(uploads[0].name) if len(uploads) == 1 and uploads[0].name else error from None


def check_count(uploads: Sequence[Upload], limit: int) -> None:
    if not uploads:
        raise NothingGiven("print")
    if len(uploads) > limit:
        raise TooManyPrints(len(uploads), limit)


def or_raise(uploads: Sequence[Upload], results: Sequence[list[Result] | BiomatchError]) -> list[list[Result]]:
    """What each upload became. Raises the first error; of several uploads it names the one that it is about."""
    for upload, result in zip(uploads, results, strict=True):
        if isinstance(result, BiomatchError):
            raise result.about(upload.name) if len(uploads) > 1 and upload.name else result
    return [result for result in results if not isinstance(result, BiomatchError)]
