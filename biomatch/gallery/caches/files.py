"""The files of a folder of caches: new ones get a name of their own, and what no snapshot names any more is deleted.

Caches of two versions may share the folder: those that serve, and those that are being built to take their place.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path

from biomatch import private
from biomatch.errors import CacheDamaged
from biomatch.gallery.caches import snapshot
from biomatch.sealing import Sealing


class Files:
    """Safe from many threads. Raises OSError where the folder cannot be made."""

    def __init__(self, folder: Path, sealing: Sealing):
        private.make_folder(folder)
        self.folder = folder
        self._sealing = sealing
        self._making: dict[str, str] = {}  # files that no snapshot names yet, each with the snapshot that is going to
        self._lock = threading.Lock()

    def new(self, kind: str, place: str) -> Path:
        """Makes an empty file ("arena", ...), which is not deleted before the snapshot `place` could name it."""
        with self._lock:
            path = snapshot.next_name(self.folder, kind)
            private.write_bytes(path, b"")
            self._making[path.name] = place
            return path

    def has(self, place: str) -> bool:
        """Tells whether there is a snapshot of this name."""
        return (self.folder / place).exists()

    def is_making(self, name: str) -> bool:
        return name in self._making

    def drop(self, names: Iterable[str]) -> None:
        """Marks files that no snapshot is going to name: they are deleted with the next tidying."""
        with self._lock:
            for name in names:
                self._making.pop(name, None)

    def tidy(self, named: Iterable[str] = ()) -> None:
        """Deletes what no snapshot names and nobody makes. named: by a snapshot that was just written."""
        with self._lock:
            for name in named:
                self._making.pop(name, None)
            self._tidy()

    def forget(self, place: str) -> None:
        """Deletes a snapshot, with all that it named and was going to name."""
        with self._lock:
            (self.folder / place).unlink(missing_ok=True)
            self._making = {name: of for name, of in self._making.items() if of != place}
            self._tidy()

    def replace(self, place: str, by: str) -> None:
        """Puts a snapshot in the place of another, whose files are deleted; durable on return. Raises OSError."""
        with self._lock:
            snapshot.move(self.folder, by, place)
            self._making = {name: place for name, of in self._making.items() if of == by}
            self._tidy()

    def _tidy(self) -> None:
        kept = {*self._making, *(name for place in snapshot.PLACES for name in self._named_by(place))}
        snapshot.tidy(self.folder, kept)
        self._sealing.keep_files(kept)

    def _named_by(self, place: str) -> Iterable[str]:
        with contextlib.suppress(CacheDamaged):
            if found := snapshot.read(self.folder, None, place):
                return found.files
        return ()
