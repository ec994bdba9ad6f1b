"""Makes the prints that are to be kept of uploads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from biomatch.bureau.cases import EnrolledPrint, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.entries import of_copy, receipt
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.uploads import MAX_PRINTS, check_count, distinct, opened, or_raise, two_names, warned, without_lost
from biomatch.bureau.workshop import Workshop
from biomatch.errors import BiomatchError, FingersSwapped, NoFingerprint
from biomatch.gallery.interface import Entry
from biomatch.quality import NOTHING
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
        """The prints that are kept: no print twice."""
        return [(one, template) for one, templates in zip(self.uploads, self.found, strict=True) for template in templates]

    def receipts(self, entries: Sequence[Entry]) -> list[EnrolledPrint]:
        """Returns the receipts for all prints that came, in order; the receipt of a copy names the print that was kept.
        Entries: of `prints`."""
        rest = iter(entries)
        kept = [
            [replace(receipt(entry), left_out=one.left_out) for entry in islice(rest, len(templates))]
            for one, templates in zip(self.uploads, self.found, strict=True)
        ]
        told: list[EnrolledPrint] = []
        for at, number in enumerate(self.of):
            told += map(of_copy, kept[number]) if number in self.of[:at] else kept[number]
        return told


def extract(context: Context, uploads: Sequence[Upload]) -> Made:
    """Makes every print that came, with its upload. Raises what the first upload that cannot be used does.

    At most MAX_PRINTS, those of records counted one by one: every plain one is held against every rolled one.
    """
    prints = opened(uploads, context.workshop)
    check_count(prints, MAX_PRINTS)
    if words := two_names(prints):
        raise FingersSwapped(words)
    first, of = distinct(prints)
    left = without_lost(first, templates_of(first, context.workshop, MAX_PRINTS))
    found = [
        [warned(one, lost) for one in prints]
        for prints, lost in zip(or_raise(left.uploads, left.results), left.lost, strict=True)
    ]
    context.trace("extracted", len(found))
    if error := contradiction(found, context.pairs):
        raise error
    return Made(left.uploads, found, of)


def templates_of(
    uploads: Sequence[Upload], workshop: Workshop, most: int | None = None
) -> list[list[Template] | BiomatchError]:
    """Extracts what is kept of each upload, or says why nothing is: an image that shows no print would never be found."""
    return [
        NoFingerprint() if not isinstance(found, BiomatchError) and _is_empty(upload, found) else found
        for upload, found in zip(uploads, workshop.each(uploads, most), strict=True)
    ]


def contradiction(results: Sequence[list[Template] | BiomatchError], pairs: PairComparer) -> FingersSwapped | None:
    """Finds what is wrong with the fingers' names of one person's rolled and plain prints, if anything."""
    wrong = pairs.misnamed([each for found in results if not isinstance(found, BiomatchError) for each in found])
    return FingersSwapped("; ".join(one.words for one in wrong)) if wrong else None


def _is_empty(upload: Upload, found: Sequence[Template]) -> bool:
    """Tells whether an image shows no print. Of a latent the examiner decides, whatever the measures say."""
    return not upload.impression.is_latent and any(NOTHING in one.warnings for one in found)
