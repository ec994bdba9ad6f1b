"""The calibration of the owner's own sensor: which of its prints are enrolled, which calibration holds, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.learned import SHIPPED
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.store.audit.standing import CALIBRATE
from biomatch.store.calibrations import CALIBRATION
from biomatch.template import Template

ENROLLED = 60.0  # score of FMR 1e-6: a print that compares so well with an enrolled one is of an enrolled finger ...
BY_CHANCE = 1e-3  # ... unless the gallery is so large that a non-mated person reaches it more often than this


class Calibration:
    """Keeps calibrations that the owner fitted, and says which one holds."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.LOCAL)
    def enrolled_among(self, prints: Sequence[Template], actor: Actor, progress: Progress = NO_PROGRESS) -> list[int]:
        """Returns the numbers of the prints that are of fingers which this gallery seems to hold. Raises PurposeMissing."""
        actor = self._context.searching(actor)
        progress.start("Looking for enrolled fingers", len(prints))
        found = []
        for number, one in enumerate(prints):
            search = self._context.gallery.identify([one], top=1)
            if search.candidates and search.candidates[0].score >= ENROLLED and (search.false_positive or 0.0) <= BY_CHANCE:
                found.append(number)
            progress.advance()
        progress.done()
        self._context.store.audit.record(self._context.act(actor, "calibrate-check", searched=len(prints), enrolled=len(found)))
        return found

    @needs(Scope.LOCAL)
    def calibrate(self, files: Mapping[str, bytes], actor: Actor, *, prints: int, fingers: int) -> str:
        """Keeps a calibration, which holds from the next opening on; its name.

        files   by path within the calibration, as `store.calibrations` lays them out
        prints, fingers   that it was fitted to

        Raises DiskFull, StoreFailed.
        """
        name = self._context.store.calibrations.keep(files)
        act = self._context.act(actor, CALIBRATE, calibration=name, before=self._calibration, prints=prints, fingers=fingers)
        self._context.store.decide(CALIBRATION, name, act)
        return name

    @needs(Scope.LOCAL)
    def calibrate_as_shipped(self, actor: Actor) -> str:
        """Makes the shipped calibration hold from the next opening on; returns the name of the one that held. Raises DiskFull,
        StoreFailed."""
        before = self._calibration
        self._context.store.decide(
            CALIBRATION, SHIPPED, self._context.act(actor, CALIBRATE, calibration=SHIPPED, before=before)
        )
        return before

    @property
    def _calibration(self) -> str:
        """The calibration that the audit tree names."""
        return self._context.store.setting(CALIBRATION) or SHIPPED
