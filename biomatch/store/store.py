"""One gallery's folder: its log, its reads and its originals, over one database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from biomatch.observe import NO_TRACE, Trace
from biomatch.store.blobs import Blobs
from biomatch.store.database import connect, translated
from biomatch.store.log import SqlTemplateLog
from biomatch.store.prints import Prints

DATABASE = "gallery.db"


class Store:
    """What `open_store` opened. The caller holds the folder's lock."""

    def __init__(self, folder: Path, engine: Engine, trace: Trace = NO_TRACE):
        self.folder = folder
        self.log = SqlTemplateLog(engine, folder, trace)
        self.prints = Prints(engine, folder)
        self.blobs = Blobs(folder / "blobs")
        self._engine = engine
        self.blobs.keep_only(self.prints.sources())

    def close(self) -> None:
        """Folds the write-ahead log into the database file and lets go of it."""
        self._engine.dispose()


def holds_gallery(folder: Path) -> bool:
    return (folder / DATABASE).is_file()


def open_store(folder: Path, *, trace: Trace = NO_TRACE) -> Store:
    """Opens a gallery's folder, and makes one when there is none. Raises Conflict, Unavailable."""
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return Store(folder, connect(folder / DATABASE), trace)
