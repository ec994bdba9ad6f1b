"""Access to a gallery's folder: its owner may enter it, and nobody else."""

from __future__ import annotations

import logging
from pathlib import Path

from biomatch import private
from biomatch.store.calibrations import CALIBRATIONS
from biomatch.store.database import DATABASE, ELSEWHERE, translated
from biomatch.store.reserve import RESERVE
from biomatch.store.unfinished import UNFINISHED

_OURS = frozenset(("keys", "blobs", "caches", "lock", CALIBRATIONS, RESERVE, UNFINISHED))
_FAMILIES = (DATABASE, ELSEWHERE)  # with files beside them that have longer names, such as gallery.db-wal
_DISK = "lost+found"  # lies at the top of a disk of its own

_log = logging.getLogger(__name__)


def mend(folder: Path) -> None:
    """Closes a gallery's folder, and what biomatch keeps in it, to all but their owner. Raises StoreFailed.

    A folder that also holds other things stays open, for they may be for others: only the gallery's own files are closed.
    """
    with translated(folder):
        held = list(folder.iterdir())
        ours = [path for path in held if path.name in _OURS or path.name.startswith(_FAMILIES)]
        if all(path in ours or path.name == _DISK for path in held):
            private.close(folder, inside=False)
        for path in ours:
            private.close(path)


def warn_if_open(folder: Path) -> None:
    """Logs a warning where others may enter the folder. Raises StoreFailed."""
    with translated(folder):
        if private.is_open(folder):
            _log.warning(
                "others than its owner may enter the gallery's folder; this closes it: chmod -R go=",
                extra={"folder": str(folder)},
            )
