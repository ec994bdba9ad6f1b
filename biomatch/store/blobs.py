"""Originals as files that are named by their content: blobs/aa/<sha256>. Written once, never changed."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Set
from pathlib import Path

from biomatch.store.database import translated


class Blobs:
    """The originals of one gallery. What `put` returned for is on the disk under its final name."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._incoming = folder / "incoming"
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
                if not place.exists():
                    self._write(place, data)
                    touched.add(place.parent)
            for folder in touched:
                _sync_folder(folder)
        return names

    def get(self, name: str) -> bytes | None:
        """The bytes, or None when they are not kept."""
        try:
            return self._place(name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        with translated(self.folder.parent):
            for name in names:
                self._place(name).unlink(missing_ok=True)

    def keep_only(self, names: Set[str]) -> int:
        """Removes what no row names: left by a kill between file and row. How many were removed."""
        strays = [
            entry.name
            for folder in self.folder.iterdir()
            if len(folder.name) == 2
            for entry in os.scandir(folder)
            if entry.name not in names
        ]
        self.remove(strays)
        return len(strays)

    def _place(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def _write(self, place: Path, data: bytes) -> None:
        if not place.parent.exists():
            place.parent.mkdir(exist_ok=True)
            _sync_folder(self.folder)
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


def _sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable: fsync of a file does not cover the name that it lies under."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
