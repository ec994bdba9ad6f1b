"""Compares everything in a gallery's folder with everything else: is it as it was written?"""

from __future__ import annotations

from dataclasses import dataclass

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.upkeep.keys import strange_keys
from biomatch.errors import GalleryDamaged, SealKeyGone
from biomatch.store import Finding
from biomatch.store.keys.master_key import DATA_KEYS
from biomatch.store.unfinished import UNFINISHED


@dataclass(frozen=True)
class Checked:
    """The counts of what was compared, and where it differs. mended: index and arena were made anew, and agree since."""

    prints: int
    originals: int
    leaves: int
    findings: tuple[Finding, ...]
    mended: bool = False

    @property
    def ok(self) -> bool:
        return not self.findings


class Check:
    """Finds what is not as it was written, and mends the index."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.LOCAL)
    def check(self, actor: Actor, *, mend: bool = False) -> Checked:
        """Holds database, originals, audit tree, templates and index against each other; searches go on.

        mend  makes index and arena anew where they differ from the log: what else is wrong only a backup can mend
        """
        faults = [Finding("database", words) for words in self._context.store.faults()]
        words = f"has no key, and is not found: put back the newest {DATA_KEYS}"
        faults += [Finding(f"person {person}", words) for person in self._context.store.lost_keys()]
        with self._context.writing:  # an original is there before its row, and a key
            faults += [Finding(f"original {name}", "belongs to no print") for name in sorted(self._context.store.strays())]
            faults += [Finding("keys", words) for words in strange_keys(self._context.store)]
        faults += [
            Finding(f"{UNFINISHED}/{name}", "does not read: what an act that was cut short has left stays")
            for name in self._context.store.unreadable_notes()
        ]
        faults += [Finding(f"calibration {name}", words) for name, words in self._context.store.calibrations.faults().items()]
        report = self._context.store.audit.verify(self._context.store.blobs)
        index = self._index_faults()
        mended = bool(index) and mend
        if mended:
            self._context.gallery.rebuild()
            index = self._index_faults()
        findings = (*faults, *report.findings, *index)
        self._context.store.audit.record(self._context.act(actor, "check", findings=len(findings), mended=mended))
        return Checked(report.prints, report.originals, report.size, findings, mended)

    def _index_faults(self) -> list[Finding]:
        try:
            return [Finding("index", words) for words in self._context.gallery.check()]
        except (GalleryDamaged, SealKeyGone) as error:
            return [Finding("index", error.message)]
