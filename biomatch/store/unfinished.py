"""What acts under way would leave behind if the process died: the only things that an opening takes away.

    unfinished/<id>   one act: JSON with the leaves of the audit tree before it, marks of keys, names of originals

An act that makes or takes away keys and originals notes them first, and strikes its note out at its end. An opening looks at
the notes that are left: a key or an original of theirs that the database does not name is taken away. All else stays, whatever
the database says: it may be an older copy, or somebody may have changed its rows. Marks and names are hashes with the gallery's
secret: a note names nobody.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from biomatch import private
from biomatch.json_text import parse
from biomatch.store.database import sync, translated

UNFINISHED = "unfinished"  # folder of the notes


@dataclass(frozen=True)
class Note:
    """leaves: of the tree before the act; keys: marks (`Keyring.mark_of`); originals: names (`Blobs.name_of`)."""

    path: Path
    leaves: int
    keys: frozenset[str]
    originals: frozenset[str]

    def strike(self) -> None:
        """The act is at its end. Raises StoreFailed."""
        with translated(self.path.parent.parent):
            self.path.unlink(missing_ok=True)


class Unfinished:
    """The notes of one gallery. Safe from many threads."""

    def __init__(self, folder: Path):
        self._folder = folder / UNFINISHED
        with translated(folder):
            private.make_folder(self._folder)

    def note(self, leaves: int, keys: Iterable[str], originals: Iterable[str], *, durable: bool) -> Note:
        """Before an act begins. Raises DiskFull, StoreFailed.

        durable  on the disk on return: what an act takes away must also go after a power cut. What it adds, a kill leaves here;
                 after a power cut, `check` names it
        """
        made = Note(self._folder / uuid.uuid4().hex, leaves, frozenset(keys), frozenset(originals))
        told = {"leaves": leaves, "keys": sorted(made.keys), "originals": sorted(made.originals)}
        with translated(self._folder.parent):
            try:
                with private.opened(made.path, "wb") as file:
                    file.write(json.dumps(told).encode())
                    if durable:
                        file.flush()
                        os.fsync(file.fileno())
                if durable:
                    sync(self._folder)
            except OSError:
                made.path.unlink(missing_ok=True)
                raise
        return made

    def left(self) -> list[Note]:
        """Of acts that did not come to their end, but for notes that do not read."""
        with translated(self._folder.parent):
            return [note for path in sorted(self._folder.iterdir()) if (note := _read(path)) is not None]

    def unreadable(self) -> list[str]:
        """Names of files that do not read as a note."""
        with translated(self._folder.parent):
            return [path.name for path in sorted(self._folder.iterdir()) if _read(path) is None]


def _read(path: Path) -> Note | None:
    try:
        told = parse(path.read_text(encoding="utf-8"))
        return Note(path, int(told["leaves"]), frozenset(told["keys"]), frozenset(told["originals"]))
    except FileNotFoundError:  # struck out meanwhile
        return Note(path, 0, frozenset(), frozenset())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
