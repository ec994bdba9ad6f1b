"""The care of a bureau: is everything as it was written, and is there a second copy of it?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from biomatch import private
from biomatch.bureau.cases import Actor
from biomatch.bureau.parts import Parts
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import BackupChanged, BackupPlaceRefused, BadBackup, GalleryDamaged, NoKeysThere, SealKeyGone
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.store import DATABASE, Act, Backup, Finding, KeyPlace, Report, backup, open_store
from biomatch.store.keys.master_key import DATA_KEYS, KEYS, MASTER_KEY, lies_inside
from biomatch.store.reserve import RESERVE_BYTES
from biomatch.store.unfinished import UNFINISHED
from biomatch.words import counted

SHOWN = 3  # faults of one kind that a line names


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


@dataclass(frozen=True)
class Condition:
    """One thing about a folder. well: False where somebody should do something; words: what is so, and what to do."""

    what: str
    well: bool
    words: str


@dataclass(frozen=True)
class MasterKeyInfo:
    """id: names the key and tells nothing of it; place: where it is; persons: whose keys it wraps."""

    id: str
    place: str
    persons: int


class Keeping(Parts):
    @needs(Scope.LOCAL)
    def condition(self, actor: Actor) -> tuple[Condition, ...]:
        """How the folder is kept, at a glance; `check` looks at every print."""
        free, held = shutil.disk_usage(self.folder).free, _bytes_in(self.folder)
        entered = private.is_open(self.folder)
        loose = [path.name for path in (self.folder / KEYS).iterdir() if private.is_open(path)]
        faults, lost = self._store.faults() + self._store.risks(), self._store.lost_keys()
        with self._writing:  # a key is there before its row
            unknown = self._strange_keys()
        inside = lies_inside(self._store.keys, self.folder)
        behind, fault = self._store.log.head - self._gallery.state.sequence, self._gallery.info()["cache_fault"]
        lacks = f"lacks {counted(behind, 'record')} of the log"
        now, changed = datetime.now(UTC).isoformat(timespec="milliseconds"), self._store.setting_faults()
        tokens, strange = self._store.tokens.all(), self._store.tokens.faults()
        good = [token for token in tokens if token.revoked is None and token.expires > now]
        return (
            _condition("folder", not entered, "only its owner can enter", f"others can enter; chmod -R go= {self.folder}"),
            _condition(
                "keys", not loose, "only their owner can read them", f"others can read {', '.join(loose)}; chmod 600 them"
            ),
            _condition(
                "master key",
                not inside,
                f"lies apart, in {self._store.keys.master.place}",
                f"lies beside the data: whoever takes the disk has both; stop the gallery, mv {self.folder / MASTER_KEY} to "
                "another device, and set BIOMATCH_MASTER_KEY_FILE",
            ),
            _condition(
                "data keys",
                not lost and not unknown,
                f"of {counted(len(self._store.keys), 'person')}",
                f"those of {counted(len(lost), 'person')} are gone, who are not found: {', '.join(lost[:SHOWN])}"
                f"{', ...' if lost[SHOWN:] else ''}; put back the newest {DATA_KEYS}"
                if lost
                else f"{''.join(unknown)}; put back the newest {DATABASE}",
            ),
            _condition(
                "disk", free > held, f"{free / 1e9:,.1f} GB free", "no room for a second copy; free space, or move the folder"
            ),
            _condition(
                "reserve",
                self._store.reserve.fill(),
                f"{RESERVE_BYTES / 1e6:.0f} MB are kept for removals on a full disk",
                "the disk is full, and removals have taken from what is kept for them: nobody is enrolled until space is freed",
            ),
            _condition(
                "database",
                not faults,
                f"{self._store.describe()}: sound",
                f"{'; '.join(faults[:3])}; mend that, or restore a backup",
            ),
            _condition(
                "index",
                not behind and fault is None,
                "in step with the log",
                f"{fault or lacks}; run `biomatch check --mend`",
            ),
            _condition(
                "tokens",
                not strange and (bool(good) or not self._store.tokens.any()),
                f"{len(good)} of {len(tokens)} are good" if tokens else "none: `biomatch serve` makes the first one",
                f"{_said(strange)}: somebody wrote to the database past biomatch. `biomatch audit verify` says what else was "
                "changed; restore a backup"
                if strange
                else "all are revoked or expired: nobody comes in over HTTP; `biomatch token create`",
            ),
            _condition(
                "purpose",
                not changed,
                "asked of every search" if self._purpose_required else "not asked for; `biomatch init` does",
                f"{_said(changed)}: somebody wrote to the database past biomatch. What the audit tree says holds; "
                "restore a backup",
            ),
        )

    @needs(Scope.LOCAL)
    def rotate_key(self, actor: Actor, to: Path | None = None) -> MasterKeyInfo:
        """Wraps all data keys anew under a new master key; searches go on, enrolments wait a moment.

        to  file of the new key, made where it is not there; None: in the folder, where the old one is

        Raises NewPlaceNeeded, MasterKeyInUse, MasterKeyUnreadable, KeyDamaged, Unavailable.
        """
        made = self._store.rotate(to)
        self._store.audit.record(self._act(actor, "rotate-key", key=made.id))
        return MasterKeyInfo(made.id, made.place, len(self._store.keys))

    @needs(Scope.LOCAL)
    def check(self, actor: Actor, *, mend: bool = False) -> Checked:
        """Holds database, originals, audit tree, templates and index against each other; searches go on.

        mend  makes index and arena anew where they differ from the log: what else is wrong only a backup can mend
        """
        faults = [Finding("database", words) for words in self._store.faults()]
        words = f"has no key, and is not found: put back the newest {DATA_KEYS}"
        faults += [Finding(f"person {person}", words) for person in self._store.lost_keys()]
        with self._writing:  # an original is there before its row, and a key
            faults += [Finding(f"original {name}", "belongs to no print") for name in sorted(self._store.strays())]
            faults += [Finding("keys", words) for words in self._strange_keys()]
        faults += [
            Finding(f"{UNFINISHED}/{name}", "does not read: what an act that was cut short has left stays")
            for name in self._store.unreadable_notes()
        ]
        faults += [Finding(f"calibration {name}", words) for name, words in self._store.calibrations.faults().items()]
        report = self._store.audit.verify(self._store.blobs)
        index = self._index_faults()
        mended = bool(index) and mend
        if mended:
            self._gallery.rebuild()
            index = self._index_faults()
        findings = (*faults, *report.findings, *index)
        self._store.audit.record(self._act(actor, "check", findings=len(findings), mended=mended))
        return Checked(report.prints, report.originals, report.size, findings, mended)

    @needs(Scope.LOCAL)
    def backup(self, out: Path, actor: Actor, *, keys: Path) -> Backup:
        """Copies database and originals as they are at one moment, while searches and enrolments go on (store/backup.py).

        Raises BackupPlaceRefused, FolderNotEmpty, Unavailable.
        """
        _refuse_inside("the backup", out, "the gallery", self.folder)
        _refuse_inside("the copy of the keys", keys, "the gallery", self.folder)
        _refuse_inside("the copy of the keys", keys, "the backup", out)
        self._store.audit.record(self._act(actor, "backup"))
        return backup.write(self._store, out, keys)

    def _strange_keys(self) -> list[str]:
        """Counts, in words, the keys of persons whom the database does not know."""
        count = self._store.strange_keys()
        words = "whom the database does not name: it is an older copy, or somebody changed it"
        return [f"{counted(count, 'person')} with a key {words}"] if count else []

    def _index_faults(self) -> list[Finding]:
        try:
            return [Finding("index", words) for words in self._gallery.check()]
        except (GalleryDamaged, SealKeyGone) as error:
            return [Finding("index", error.message)]


def _refuse_inside(what: str, folder: Path, inside: str, place: Path) -> None:
    """Raises BackupPlaceRefused: whoever takes the outer folder would have what has to lie apart."""
    if folder.resolve().is_relative_to(place.resolve()):
        raise BackupPlaceRefused(what, str(folder), inside, str(place))


def _condition(what: str, well: bool, good: str, bad: str) -> Condition:
    return Condition(what, well, good if well else bad)


def _said(faults: dict[str, str]) -> str:
    """Puts the first of what is wrong into words, by name."""
    return "; ".join(f"{name} {what}" for name, what in sorted(faults.items())[:SHOWN])


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def restore(
    source: Path,
    keys: Path,
    folder: Path,
    actor: Actor,
    progress: Progress = NO_PROGRESS,
    *,
    database: str | None = None,
    master: KeyPlace | None = None,
) -> Report:
    """Makes a gallery's folder of a backup, and verifies it against the checkpoint that the backup carries.

    database  URL of an empty one that the rows shall be in; None: they are in the folder
    master    where the master key is; None: with the other keys

    Raises BadBackup, BackupChanged, NoKeysThere, BadDatabase, DatabaseNotEmpty, FolderNotEmpty, MasterKeyMissing,
    MasterKeyWrong, KeyMissing, KeyDamaged, Unavailable. Of what it cannot finish, nothing is left in the folder.
    """
    backup.read(source)
    if not (keys / DATA_KEYS.name).is_file():
        raise NoKeysThere(str(keys))
    with _emptied_on_failure(folder):
        try:
            found = backup.restore(source, keys, folder, progress, database=database, master=master)
        except BadBackup as error:  # what it says of itself was read before
            raise BackupChanged(str(source), str(error.values["reason"])) from None
        store = open_store(folder, master=master)
        try:
            report = store.audit.verify(store.blobs, [found.checkpoint])
            store.audit.record(Act("restore", actor.snapshot, details={"made": found.made, "findings": len(report.findings)}))
        finally:
            store.close()
    return report


@contextmanager
def _emptied_on_failure(folder: Path) -> Iterator[None]:
    """Puts a new or empty folder back as it was where filling it fails. From any other nothing is taken."""
    was_there = folder.exists()
    if was_there and (not folder.is_dir() or any(folder.iterdir())):
        yield
        return
    try:
        yield
    except BaseException:
        for path in folder.iterdir() if folder.exists() else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not was_there and folder.exists():
            folder.rmdir()
        raise
