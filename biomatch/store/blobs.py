"""Originals as files, each sealed under the key of its person: blobs/aa/<name>. Written once, never changed.

A name is a hash keyed with the gallery's secret, of the person and of the sha256 of the bytes: the same bytes of two persons
are two files, and whoever has an image cannot tell whether it is here.
"""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from biomatch import private
from biomatch.durable import sync
from biomatch.errors import SealBroken, SealKeyGone
from biomatch.sealing import of_person
from biomatch.store.database import translated
from biomatch.store.keys.keyring import Keyring

Original = tuple[str, str]
"""Person, and sha256 of the bytes."""


class Blobs:
    """The originals of one gallery. What `put` returned for is on the disk under its final name."""

    def __init__(self, folder: Path, keys: Keyring):
        self.folder = folder
        self._keys = keys
        self._incoming = folder / "incoming"
        self._lock = threading.Lock()
        self._holders = 0
        self._condemned: set[str] = set()  # names, to be removed when nobody holds
        with translated(folder.parent):
            private.make_folder(self._incoming)

    def sweep(self) -> None:
        """Takes away originals that were cut off while they were written. Raises StoreFailed."""
        with translated(self.folder.parent):
            for unfinished in self._incoming.iterdir():
                unfinished.unlink()

    def put(self, originals: Iterable[tuple[str, bytes]]) -> list[str]:
        """Keeps bytes of persons, all durable on return; their sha256 in order. Raises DiskFull, StoreFailed."""
        waiting = list(originals)
        self._keys.ready(of_person(person) for person, _ in waiting)
        sha256s, touched = [], set()
        with translated(self.folder.parent):
            for person, data in waiting:
                sha256 = hashlib.sha256(data).hexdigest()
                sha256s.append(sha256)
                name = self.name_of((person, sha256))
                place = self._place(name)
                with self._lock:
                    self._condemned.discard(name)
                if not self._opens(place, sha256):
                    self._write(place, self._keys.seal(of_person(person), _bound(sha256), data))
                    touched.add(place.parent)
            for folder in touched:
                sync(folder)
        return sha256s

    def get(self, person: str, sha256: str) -> bytes | None:
        """Returns the bytes, or None when they are not kept. Raises SealBroken, SealKeyGone."""
        try:
            sealed = self._place(self.name_of((person, sha256))).read_bytes()
        except FileNotFoundError:
            return None
        return self._keys.open(_bound(sha256), sealed)

    def remove(self, originals: Iterable[Original]) -> None:
        self.remove_named(map(self.name_of, originals))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds back removals inside the block; what was asked for meanwhile is removed at the end."""
        with self._lock:
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if not self._holders:
                    self._execute()

    def name_of(self, original: Original) -> str:
        """Returns the name of the file that holds an original."""
        person, sha256 = original
        return self._keys.alias(f"original/{sha256}/{person}")

    def names(self) -> set[str]:
        """Returns the names of all files that are kept."""
        return {entry.name for folder in self.folder.iterdir() if len(folder.name) == 2 for entry in os.scandir(folder)}

    def remove_named(self, names: Iterable[str]) -> None:
        """Removes originals that are known by the names of their files alone."""
        self._remove(set(names))

    def waiting(self, names: Set[str]) -> bool:
        """Tells whether any of these is still to be removed."""
        with self._lock:
            return not names.isdisjoint(self._condemned)

    def strays(self, originals: Set[Original]) -> set[str]:
        """Returns the names of files that hold none of these originals."""
        return self.names() - {self.name_of(original) for original in originals}

    def _remove(self, names: Set[str]) -> None:
        with self._lock:
            self._condemned |= names
            if not self._holders:
                self._execute()

    def _execute(self) -> None:
        """Removes the files that are waiting. Durable on return: the notes that they must go may be struck out then."""
        touched = set()
        with translated(self.folder.parent):
            for name in tuple(self._condemned):
                place = self._place(name)
                place.unlink(missing_ok=True)
                touched.add(place.parent)
                self._condemned.discard(name)
            for folder in filter(Path.exists, touched):
                sync(folder)

    def _opens(self, place: Path, sha256: str) -> bool:
        """Tells whether a file is there that opens with the key that the person has now: a person who was removed and came back
        has another."""
        try:
            self._keys.open(_bound(sha256), place.read_bytes())
        except (FileNotFoundError, SealBroken, SealKeyGone):
            return False
        return True

    def _place(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def _write(self, place: Path, data: bytes) -> None:
        if not place.parent.exists():
            private.make_folder(place.parent)
            sync(self.folder)
        unfinished = self._incoming / uuid.uuid4().hex
        try:
            with private.opened(unfinished, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, place)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


def _bound(sha256: str) -> bytes:
    return f"the original {sha256}".encode()
