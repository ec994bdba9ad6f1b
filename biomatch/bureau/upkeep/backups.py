"""Makes a second copy of a gallery's folder, and a folder from a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import BackupChanged, BackupPlaceRefused, BadBackup, NoKeysThere
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.store import Act, Backup, KeyPlace, Report, backup, open_store
from biomatch.store.keys.master_key import DATA_KEYS


class Backups:
    """Copies the folder while it is being used."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.LOCAL)
    def backup(self, out: Path, actor: Actor, *, keys: Path) -> Backup:
        """Copies database and originals as they are at one moment, while searches and enrolments go on (store/backup.py).

        Raises BackupPlaceRefused, FolderNotEmpty, Unavailable.
        """
        _refuse_inside("the backup", out, "the gallery", self._context.folder)
        _refuse_inside("the copy of the keys", keys, "the gallery", self._context.folder)
        _refuse_inside("the copy of the keys", keys, "the backup", out)
        self._context.store.audit.record(self._context.act(actor, "backup"))
        return backup.write(self._context.store, out, keys)


def _refuse_inside(what: str, folder: Path, inside: str, place: Path) -> None:
    """Raises BackupPlaceRefused: whoever takes the outer folder would have what has to lie apart."""
    if folder.resolve().is_relative_to(place.resolve()):
        raise BackupPlaceRefused(what, str(folder), inside, str(place))


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
