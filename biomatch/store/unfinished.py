"""Notes on acts under way: what they would leave behind if the process died. An opening takes away nothing else.

    unfinished/<id>   one act: JSON with the leaves of the audit tree before it, marks of keys, names of originals

An act that makes or takes away keys and originals notes them first, durably, and strikes its note out at its end. An opening
looks at the notes that are left: a key or an original of theirs that the database does not name is taken away. All else stays,
whatever the database says: it may be an older copy, or somebody may have changed its rows. Marks and names are hashes with the
gallery's secret: a note names nobody.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from biomatch import private
from biomatch.durable import sync
from biomatch.json_text import parse
from biomatch.store.database import translated

UNFINISHED = "unfinished"  # folder of the notes
_NEW = ".new"  # of a note that is being written: its act has not begun


@dataclass(frozen=True)
class Note:
    """leaves: of the tree before the act; keys: marks (`Keyring.mark_of`); originals: names (`Blobs.name_of`)."""

    path: Path
    leaves: int
    keys: frozenset[str]
    originals: frozenset[str]

    def strike(self) -> None:
        """Strikes the note: the act is at its end. Raises StoreFailed."""
        with translated(self.path.parent.parent):
            self.path.unlink(missing_ok=True)


class Unfinished:
    """The notes of one gallery. Safe from many threads."""

    def __init__(self, folder: Path):
        self._folder = folder / UNFINISHED
        with translated(folder):
            private.make_folder(self._folder)
            sync(folder)

    def sweep(self) -> None:
        """Takes away notes that were cut off while they were written: their acts never began. Raises StoreFailed."""
        with translated(self._folder.parent):
            for new in self._folder.glob(f"*{_NEW}"):
                new.unlink()

    def note(self, leaves: int, keys: Iterable[str], originals: Iterable[str]) -> Note:
        """Notes an act before it begins. Durable on return, and whole or not there. Raises DiskFull, StoreFailed."""
        made = Note(self._folder / uuid.uuid4().hex, leaves, frozenset(keys), frozenset(originals))
        told = {"leaves": leaves, "keys": sorted(made.keys), "originals": sorted(made.originals)}
        new = made.path.with_suffix(_NEW)
        with translated(self._folder.parent):
            try:
                with private.opened(new, "wb") as file:
                    file.write(json.dumps(told).encode())
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(new, made.path)
                sync(self._folder)
            except OSError:
                new.unlink(missing_ok=True)
                made.path.unlink(missing_ok=True)
                raise
        return made

    def left(self) -> list[Note]:
        """Returns the notes of acts that did not come to their end, but for notes that cannot be read."""
        return [note for path in self._paths() if (note := _read(path)) is not None]

    def unreadable(self) -> list[str]:
        """Names the files that cannot be read as a note."""
        return [path.name for path in self._paths() if _read(path) is None]

    def _paths(self) -> list[Path]:
        with translated(self._folder.parent):
            return sorted(path for path in self._folder.iterdir() if path.suffix != _NEW)


def _read(path: Path) -> Note | None:
    try:
        told = parse(path.read_text(encoding="utf-8"))
        return Note(path, int(told["leaves"]), frozenset(told["keys"]), frozenset(told["originals"]))
    except FileNotFoundError:  # struck out meanwhile
        return Note(path, 0, frozenset(), frozenset())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
