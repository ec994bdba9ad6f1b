"""Looks at prints that are not kept: are they good enough?"""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.bureau.cases import Actor, Examined, Upload
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.uploads import MAX_PRINTS, check_count, is_transaction, opened
from biomatch.errors import BiomatchError


class Examination:
    """Tells quality and minutiae of prints, and keeps nothing."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.QUALITY_READ)
    def examine(
        self, uploads: Sequence[Upload], actor: Actor, *, picture: bool = False
    ) -> list[list[Examined] | BiomatchError]:
        """Tells quality and minutiae of each upload, or why there are none. Nothing is kept.

        Raises NothingGiven, TooManyPrints, Unavailable.
        """
        check_count(uploads, MAX_PRINTS)
        if not any(map(is_transaction, uploads)):
            return self._context.workshop.examine_each(uploads, MAX_PRINTS, picture=picture)
        return [self._examined(upload, picture) for upload in uploads]

    def _examined(self, upload: Upload, picture: bool) -> list[Examined] | BiomatchError:
        """Examines all prints of a transaction that can be, or says why none can."""
        try:
            results = self._context.workshop.examine_each(opened([upload], self._context.workshop), MAX_PRINTS, picture=picture)
        except BiomatchError as error:
            return error
        good = [each for result in results if not isinstance(result, BiomatchError) for each in result]
        return good or next(result for result in results if isinstance(result, BiomatchError))
