"""Uploads of one request: how many there may be, the prints of transactions among them, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from biomatch.bureau.cases import Upload
from biomatch.bureau.transactions import prints_in
from biomatch.bureau.workshop import Workshop
from biomatch.errors import BadInput, BiomatchError, NothingGiven, TooManyPrints
from biomatch.formats import nist

MAX_PROBES = 10  # a person's fingers: what one search fuses
MAX_PRINTS = 100  # of one encounter: ten fingers rolled and plain, several times over

Result = TypeVar("Result")


def is_transaction(upload: Upload) -> bool:
    """Tells whether an upload is an ANSI/NIST-ITL transaction, which may hold several prints."""
    return nist.is_transaction(upload.data)


def opened(uploads: Sequence[Upload], workshop: Workshop) -> list[Upload]:
    """Puts the prints of transactions in their stead. Raises BadInput, which names one of several uploads."""
    found: list[Upload] = []
    for number, upload in enumerate(uploads, start=1):
        try:
            if is_transaction(upload):
                found += (replace(one, transaction=number) for one in prints_in(upload, workshop))
            else:
                found.append(upload)
        except BadInput as error:
            raise error.about(upload.name) if len(uploads) > 1 and upload.name else error from None
    return found


def check_count(uploads: Sequence[Upload], limit: int) -> None:
    """Refuses a request with no upload, or with more than `limit`. Raises NothingGiven, TooManyPrints."""
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
