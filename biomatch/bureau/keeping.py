"""The care of a bureau: is everything as it was written, and is there a second copy of it?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from biomatch.bureau.cases import Actor
from biomatch.bureau.parts import Parts
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import GalleryDamaged
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.store import Act, Backup, Finding, Report, backup, open_store


@dataclass(frozen=True)
class Checked:
    """What was held against each other, and where it differs. mended: index and arena were made anew, and agree since."""

    prints: int
    originals: int
    leaves: int
    findings: tuple[Finding, ...]
    mended: bool = False

    @property
    def ok(self) -> bool:
        return not self.findings


class Keeping(Parts):
    @needs(Scope.LOCAL)
    def check(self, actor: Actor, *, mend: bool = False) -> Checked:
        """Holds database, originals, audit tree, templates and index against each other; searches go on.

        mend  makes index and arena anew where they differ from the log: what else is wrong only a backup can mend
        """
        faults = [Finding("database", words) for words in self._store.faults()]
        with self._writing:  # an original is there before its row
            faults += [Finding(f"original {name}", "belongs to no print") for name in sorted(self._store.strays())]
        report = self._store.audit.verify(self._store.blobs.get)
        index = self._index_faults()
        mended = bool(index) and mend
        if mended:
            self._gallery.rebuild()
            index = self._index_faults()
        findings = (*faults, *report.findings, *index)
        self._store.audit.record(self._act(actor, "check", findings=len(findings), mended=mended))
        return Checked(report.prints, report.originals, report.size, findings, mended)

    @needs(Scope.LOCAL)
    def backup(self, out: Path, actor: Actor, *, keys: Path | None = None) -> Backup:
        """Copies database and originals as they are at one moment, while searches and enrolments go on (store/backup.py).

        Raises FolderNotEmpty, Unavailable.
        """
        self._store.audit.record(self._act(actor, "backup", keys=keys is not None))
        return backup.write(self._store, out, keys)

    def _index_faults(self) -> list[Finding]:
        try:
            return [Finding("index", words) for words in self._gallery.check()]
        except GalleryDamaged as error:
            return [Finding("index", error.message)]


def restore(source: Path, keys: Path, folder: Path, actor: Actor, progress: Progress = NO_PROGRESS) -> Report:
    """Makes a gallery's folder of a backup, and verifies it against the checkpoint that the backup carries.

    Raises BadBackup, FolderNotEmpty, Unavailable.
    """
    found = backup.restore(source, keys, folder, progress)
    store = open_store(folder)
    try:
        report = store.audit.verify(store.blobs.get, [found.checkpoint])
        store.audit.record(Act("restore", actor.snapshot, details={"made": found.made, "findings": len(report.findings)}))
    finally:
        store.close()
    return report
