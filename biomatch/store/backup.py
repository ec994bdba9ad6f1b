"""A copy of a gallery's folder, made while it is in use, and a folder made of such a copy.

    backup.json     written last: what the copy holds; a folder without it is no backup
    gallery.db      the database at one moment: a file of SQLite's, whichever database it was
    blobs/          the originals that it names
    calibrations/   those that the gallery's owner fitted

Keys go to another place, or whoever finds the copy has both: originals and templates are copied as they are sealed. Caches are
not copied: they are rebuilt.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from biomatch import private
from biomatch.crypto import write_secret
from biomatch.durable import sync
from biomatch.errors import BadBackup, CalibrationDamaged, FolderNotEmpty, SealBroken, SealKeyGone, reason_of
from biomatch.json_text import built, parse
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.store.blobs import Blobs, Original
from biomatch.store.calibrations import CALIBRATIONS, Calibrations
from biomatch.store.database import DATABASE, connect, load, remember, translated, url_of
from biomatch.store.keys.master_key import KEYS, KeyPlace, open_keyring
from biomatch.store.store import Store

MANIFEST = "backup.json"
LAYOUT = 1
_READ_AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True)
class Backup:
    """made: ISO 8601, UTC; checkpoint: signed note of the audit tree that the copy holds; copied: originals that were new."""

    bureau: str
    made: str
    database_sha256: str
    checkpoint: str
    prints: int
    originals: int
    copied: int


def write(store: Store, out: Path, keys: Path, progress: Progress = NO_PROGRESS) -> Backup:
    """Copies a folder that is in use. Into an earlier backup only what is new is copied, and what is gone goes there too.

    out   is no backup until all of it is written
    keys  folder for a copy of the keys, in another place: the keys of persons who were removed since go from it, too

    Raises FolderNotEmpty, DiskFull, StoreFailed.
    """
    with translated(out):
        private.make_folder(out)
        _refuse_others(out, {MANIFEST, DATABASE, "blobs", CALIBRATIONS}, store.bureau)
        private.close(out)
        (out / MANIFEST).unlink(missing_ok=True)
        new = out / (DATABASE + ".new")
        with store.blobs.held():
            checkpoint = store.audit.checkpoint()  # of a tree that the copy, which is made after it, goes on from
            with store.keys.held():  # a person of the copy has a key in the copy
                store.copy_database(new)
                _copy_keys(store, keys)
            os.replace(new, out / DATABASE)
            prints, originals = _contents(out / DATABASE)
            named = set(map(store.blobs.name_of, originals))
            copied = _copy_originals(store.blobs.folder, out / "blobs", named, progress)
            _copy_calibrations(store.calibrations, Calibrations(out))
        _remove_others(out / "blobs", named)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        found = Backup(store.bureau, made, _sha256(out / DATABASE), checkpoint, prints, len(named), copied)
        _write_manifest(out, found)
    return found


def read(folder: Path) -> Backup:
    """Reads what a backup says of itself. Raises BadBackup."""
    try:
        document = parse((folder / MANIFEST).read_text(encoding="utf-8"))
        if document.pop("layout") != LAYOUT:
            raise BadBackup(str(folder), "another version of biomatch made it")
        return built(Backup, document)
    except FileNotFoundError:
        raise BadBackup(str(folder), f"it holds no {MANIFEST}") from None
    except NotADirectoryError:
        raise BadBackup(str(folder), "it is a file, not a folder") from None
    except OSError as error:
        raise BadBackup(str(folder), f"{MANIFEST} cannot be read: {reason_of(error)}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadBackup(str(folder), f"{MANIFEST} does not read as one") from None


def restore(
    source: Path,
    keys: Path,
    folder: Path,
    progress: Progress = NO_PROGRESS,
    *,
    database: str | None = None,
    master: KeyPlace | None = None,
) -> Backup:
    """Makes a gallery's folder of a backup and its keys. Every byte is checked; the database comes last.

    database  URL of an empty one that the rows shall be in; None: they are in the folder
    master    where the master key is; None: with the other keys

    Raises BadBackup, BadDatabase, DatabaseNotEmpty, FolderNotEmpty, MasterKeyMissing, MasterKeyWrong, KeyMissing, KeyDamaged,
    DiskFull, StoreFailed.
    """
    found = read(source)
    if _sha256(source / DATABASE) != found.database_sha256:
        raise BadBackup(str(source), f"{DATABASE} is not what was backed up")
    if not any(keys.glob("*")):
        raise BadBackup(str(keys), "it holds no keys")
    with translated(folder):
        private.make_folder(folder)
        if any(folder.iterdir()):
            raise FolderNotEmpty(str(folder))
        private.close(folder)
        url = url_of(folder, database)
        (folder / KEYS).mkdir(mode=0o700)
        for path in keys.iterdir():
            _copy_file(path, folder / KEYS / path.name)
        _, originals = _contents(source / DATABASE)
        with closing(open_keyring(folder, master or KeyPlace(), "")) as opened:
            blobs = Blobs(folder / "blobs", opened)
            _copy_originals(source / "blobs", blobs.folder, set(map(blobs.name_of, originals)), progress)
            _check_originals(source, blobs, originals)
        _copy_calibrations(Calibrations(source), Calibrations(folder))
        new = folder / (DATABASE + ".new")
        _copy_file(source / DATABASE, new)
        if database is None:
            os.replace(new, folder / DATABASE)
        else:
            engine = connect(folder, url, new=True)
            try:
                load(new, engine, folder)
            finally:
                engine.dispose()
            new.unlink()
            remember(folder, url)
        sync(folder)
    return found


def _refuse_others(out: Path, ours: set[str], bureau: str) -> None:
    if {path.name for path in out.iterdir()} - {*ours, DATABASE + ".new"}:
        raise FolderNotEmpty(str(out))
    if (out / MANIFEST).exists() and read(out).bureau != bureau:
        raise FolderNotEmpty(str(out))


def _contents(database: Path) -> tuple[int, set[Original]]:
    """Reads how many prints a copied database holds, and all originals that it names."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as connection:
        (prints,) = connection.execute("SELECT count(*) FROM prints WHERE state <> 'past'").fetchone()
        rows = connection.execute(
            "SELECT DISTINCT person, source_sha256 FROM prints WHERE source_sha256 IS NOT NULL AND state <> 'past'"
        )
        return prints, {(person, sha256) for person, sha256 in rows}


def _copy_originals(source: Path, out: Path, names: Iterable[str], progress: Progress) -> int:
    """Copies those that are not there; how many. Raises BadBackup where one is missing."""
    missing = [name for name in sorted(names) if not (out / name[:2] / name).exists()]
    progress.start("Copying originals", len(missing))
    private.make_folder(out)
    for name in missing:
        place = out / name[:2] / name
        private.make_folder(place.parent)
        new = place.with_name(name + ".new")
        try:
            _copy_file(source / name[:2] / name, new)
        except FileNotFoundError:
            raise BadBackup(str(source.parent), f"the file {name} is missing") from None
        os.replace(new, place)
        progress.advance()
    for folder in {(out / name[:2]) for name in missing} | {out}:
        sync(folder)
    return len(missing)


def _check_originals(source: Path, blobs: Blobs, originals: Iterable[Original]) -> None:
    """Raises BadBackup where one is not what was handed over."""
    for person, sha256 in sorted(originals):
        try:
            data = blobs.get(person, sha256)
        except (SealBroken, SealKeyGone) as error:
            raise BadBackup(str(source), f"original {sha256}: {error.message}") from None
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            raise BadBackup(str(source), f"original {sha256} is not what was backed up")


def _copy_calibrations(source: Calibrations, out: Calibrations) -> None:
    """Raises BadBackup where one is not what was kept."""
    for name in source.names():
        try:
            out.keep(source.read(name))
        except CalibrationDamaged as error:
            raise BadBackup(str(source.folder), f"calibration {name}: {error.values['reason']}") from None


def _remove_others(blobs: Path, named: set[str]) -> None:
    for folder in blobs.iterdir():
        for entry in os.scandir(folder):
            if entry.name not in named:
                os.unlink(entry)


def _copy_keys(store: Store, out: Path) -> None:
    private.make_folder(out)
    names = {path.name for path in (store.folder / KEYS).iterdir()}
    if all(path.name in names for path in out.iterdir()):  # a folder of its own, and not the top of somebody's disk
        private.close(out)
    store.keys.copy(out / store.keys.path.name)
    for path in (store.folder / KEYS).iterdir():
        if not path.name.startswith(store.keys.path.name):  # nor what a rotation that failed has left of it
            write_secret(out / path.name, path.read_bytes())


def _copy_file(source: Path, out: Path) -> str:
    """Copies a file, durable on return and readable by its owner only; returns the sha256 of what was copied."""
    digest = hashlib.sha256()
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(source, "rb") as file, os.fdopen(handle, "wb") as copied:
        while piece := file.read(_READ_AT_ONCE):
            digest.update(piece)
            copied.write(piece)
        copied.flush()
        os.fsync(copied.fileno())
    shutil.copystat(source, out)
    os.chmod(out, 0o600)
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise BadBackup(str(path.parent), f"{path.name} is missing") from None


def _write_manifest(out: Path, found: Backup) -> None:
    new = out / (MANIFEST + ".new")
    private.write_bytes(new, json.dumps({"layout": LAYOUT, **asdict(found)}, indent=2).encode())
    sync(new)
    os.replace(new, out / MANIFEST)
    sync(out)
