"""Originals as files that are named by their content: blobs/aa/<sha256>. Written once, never changed."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from biomatch.store.database import sync, translated


class Blobs:
    """The originals of one gallery. What `put` returned for is on the disk under its final name."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._incoming = folder / "incoming"
        self._lock = threading.Lock()
        self._holders = 0
        self._condemned: set[str] = set()  # to be removed when nobody holds
        with translated(folder.parent):
            self._incoming.mkdir(parents=True, exist_ok=True)
            for unfinished in self._incoming.iterdir():
                unfinished.unlink()

    def put(self, blobs: Iterable[bytes]) -> list[str]:
        """Keeps them, all durable on return; their sha256 in order. Raises DiskFull, StoreFailed."""
        names, touched = [], set()
        with translated(self.folder.parent):
            for data in blobs:
                name = hashlib.sha256(data).hexdigest()
                names.append(name)
                place = self._place(name)
                with self._lock:
                    self._condemned.discard(name)
                    there = place.exists()
                if not there:
                    self._write(place, data)
                    touched.add(place.parent)
            for folder in touched:
                sync(folder)
        return names

    def get(self, name: str) -> bytes | None:
        """The bytes, or None when they are not kept."""
        try:
            return self._place(name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        with self._lock:
            self._condemned |= set(names)
            if not self._holders:
                self._execute()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nothing is removed while it lasts; what was asked for meanwhile goes at the end."""
        with self._lock:
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if not self._holders:
                    self._execute()

    def names(self) -> set[str]:
        """sha256 of all that are kept."""
        return {entry.name for folder in self.folder.iterdir() if len(folder.name) == 2 for entry in os.scandir(folder)}

    def keep_only(self, names: Set[str]) -> int:
        """Removes what no row names: left by a kill between file and row. How many were removed."""
        strays = self.names() - names
        self.remove(strays)
        return len(strays)

    def _execute(self) -> None:
        with translated(self.folder.parent):
            for name in tuple(self._condemned):
                self._place(name).unlink(missing_ok=True)
                self._condemned.discard(name)

    def _place(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def _write(self, place: Path, data: bytes) -> None:
        if not place.parent.exists():
            place.parent.mkdir(exist_ok=True)
            sync(self.folder)
        unfinished = self._incoming / uuid.uuid4().hex
        try:
            with open(unfinished, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, place)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
