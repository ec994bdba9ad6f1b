"""Makes the prints with which a search or a comparison is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from biomatch.bureau.cases import Examined, Upload
from biomatch.bureau.uploads import (
    MAX_PROBES,
    check_count,
    distinct,
    is_transaction,
    marked,
    opened,
    or_raise,
    warned,
    without_lost,
)
from biomatch.bureau.workshop import Workshop
from biomatch.errors import BadInput, TooManyPrints
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition


def examined(uploads: Sequence[Upload], workshop: Workshop, *, picture: bool = False) -> list[Examined]:
    """Examines the prints that a search is made with, in the order of `Evidence.probe`. Raises BadInput, Unavailable."""
    if any(map(is_transaction, uploads)):
        uploads = probes_of(opened(uploads, workshop), MAX_PROBES)
    check_count(uploads, MAX_PROBES)
    first, of = distinct(uploads)
    results = workshop.examine_each(first, MAX_PROBES, picture=picture)
    left = without_lost(first, results)
    found = [
        [replace(one, template=warned(one.template, lost)) for one in prints]
        for prints, lost in zip(or_raise(left.uploads, left.results), left.lost, strict=True)
    ]
    probes: list[Examined] = []
    for at, number in enumerate(of):
        copy = number in of[:at]
        probes += (replace(one, template=marked(one.template)) if copy else one for one in found[number])
    return probes


def templates(uploads: Sequence[Upload], workshop: Workshop) -> list[Template]:
    """Extracts them likewise, without quality or picture. Raises BadInput, Unavailable."""
    return [one.template for one in examined(uploads, workshop)]


def single(uploads: Sequence[Upload], workshop: Workshop) -> Template:
    """Extracts one side of a comparison of two: an error names the upload that it is about. Raises BadInput, Unavailable."""
    with about_the_only(uploads):
        found = templates(uploads, workshop)
        if len(found) > 1:
            raise TooManyPrints(len(found), 1)
    return found[0]


@contextmanager
def about_the_only(uploads: Sequence[Upload]) -> Iterator[None]:
    """Wraps the work on one of two prints: an error of the input names the print, if it has a name."""
    try:
        yield
    except BadInput as error:
        raise error.about(uploads[0].name) if len(uploads) == 1 and uploads[0].name else error from None


def probes_of(uploads: Sequence[Upload], most: int) -> list[Upload]:
    """Chooses the prints to search with: one print of each finger, a rolled one before a plain one, and those without a
    finger's name."""
    best: dict[FingerPosition, Upload] = {}
    nameless = []
    for upload in uploads:
        if upload.position is FingerPosition.UNKNOWN:
            nameless.append(upload)
        elif upload.position not in best or (upload.impression.is_rolled and not best[upload.position].impression.is_rolled):
            best[upload.position] = upload
    return [*(best[position] for position in sorted(best)), *nameless][:most]
