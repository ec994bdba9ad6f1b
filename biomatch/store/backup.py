"""A copy of a gallery's folder, made while it is in use, and a folder made of such a copy.

    backup.json     written last: what the copy holds; a folder without it is no backup
    gallery.db      the database at one moment: a file of SQLite's, whichever database it was
    blobs/          the originals that it names

Keys go to another place, or whoever finds the copy has both. Caches are not copied: they are rebuilt.
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

from biomatch.errors import BadBackup, FolderNotEmpty
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.store.database import DATABASE, connect, load, remember, sync, translated, url_of
from biomatch.store.store import Store
from biomatch.store.trail import KEYS

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


def write(store: Store, out: Path, keys: Path | None = None, progress: Progress = NO_PROGRESS) -> Backup:
    """Copies a folder that is in use. Into an earlier backup only what is new is copied, and what is gone goes there too.

    out   is no backup until all of it is written
    keys  folder for a copy of the keys; None: they are not copied

    Raises FolderNotEmpty, DiskFull, StoreFailed.
    """
    with translated(out):
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_others(out, {MANIFEST, DATABASE, "blobs"}, store.bureau)
        (out / MANIFEST).unlink(missing_ok=True)
        new = out / (DATABASE + ".new")
        with store.blobs.held():
            checkpoint = store.audit.checkpoint()  # of a tree that the copy, which is made after it, goes on from
            store.copy_database(new)
            os.replace(new, out / DATABASE)
            prints, named = _contents(out / DATABASE)
            copied = _copy_originals(store.blobs.folder, out / "blobs", named, progress)
        _remove_others(out / "blobs", named)
        if keys is not None:
            _copy_keys(store.folder / KEYS, keys)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        found = Backup(store.bureau, made, _sha256(out / DATABASE), checkpoint, prints, len(named), copied)
        _write_manifest(out, found)
    return found


def read(folder: Path) -> Backup:
    """What a backup says of itself. Raises BadBackup."""
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if document.pop("layout") != LAYOUT:
            raise BadBackup(str(folder), "another version of biomatch made it")
        return Backup(**document)
    except FileNotFoundError:
        raise BadBackup(str(folder), f"it holds no {MANIFEST}") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadBackup(str(folder), f"{MANIFEST} does not read ({error!r})") from None


def restore(source: Path, keys: Path, folder: Path, progress: Progress = NO_PROGRESS, *, database: str | None = None) -> Backup:
    """Makes a gallery's folder of a backup and its keys. Every byte is checked; the database comes last.

    database  URL of an empty one that the rows shall be in; None: they are in the folder

    Raises BadBackup, BadDatabase, DatabaseNotEmpty, FolderNotEmpty, DiskFull, StoreFailed.
    """
    found = read(source)
    if _sha256(source / DATABASE) != found.database_sha256:
        raise BadBackup(str(source), f"{DATABASE} is not what was backed up")
    if not any(keys.glob("*")):
        raise BadBackup(str(keys), "it holds no keys")
    with translated(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FolderNotEmpty(str(folder))
        url = url_of(folder, database)
        _, named = _contents(source / DATABASE)
        _copy_originals(source / "blobs", folder / "blobs", named, progress, checked=True)
        _copy_keys(keys, folder / KEYS)
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


def _contents(database: Path) -> tuple[int, set[str]]:
    """How many prints a copied database holds, and the sha256 of all originals that it names."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as connection:
        (prints,) = connection.execute("SELECT count(*) FROM prints WHERE state <> 'past'").fetchone()
        rows = connection.execute("SELECT DISTINCT source_sha256 FROM prints WHERE source_sha256 IS NOT NULL")
        return prints, {row[0] for row in rows}


def _copy_originals(source: Path, out: Path, names: Iterable[str], progress: Progress, *, checked: bool = False) -> int:
    """Copies those that are not there; how many. Raises BadBackup where a checked one is not what its name says."""
    missing = [name for name in sorted(names) if not (out / name[:2] / name).exists()]
    progress.start("Copying originals", len(missing))
    out.mkdir(mode=0o700, exist_ok=True)
    for name in missing:
        place = out / name[:2] / name
        place.parent.mkdir(mode=0o700, exist_ok=True)
        if checked and not (source / name[:2] / name).exists():
            raise BadBackup(str(source.parent), f"original {name} is missing")
        new = place.with_name(name + ".new")
        if _copy_file(source / name[:2] / name, new) != name and checked:
            raise BadBackup(str(source.parent), f"original {name} is not what was backed up")
        os.replace(new, place)
        progress.advance()
    for folder in {(out / name[:2]) for name in missing} | {out}:
        sync(folder)
    return len(missing)


def _remove_others(blobs: Path, named: set[str]) -> None:
    for folder in blobs.iterdir():
        for entry in os.scandir(folder):
            if entry.name not in named:
                os.unlink(entry)


def _copy_keys(source: Path, out: Path) -> None:
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in source.iterdir():
        _copy_file(path, out / path.name)
    sync(out)


def _copy_file(source: Path, out: Path) -> str:
    """Durable on return, readable by its owner only; the sha256 of what was copied."""
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
    new.write_text(json.dumps({"layout": LAYOUT, **asdict(found)}, indent=2), encoding="utf-8")
    sync(new)
    os.replace(new, out / MANIFEST)
    sync(out)
