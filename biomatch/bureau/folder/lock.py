"""One process owns a gallery's folder. The lock file names it, and the socket on which it answers others."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from biomatch.errors import FolderInUse
from biomatch.json_text import built, parse
from biomatch.store.database import translated

LOCK = "lock"


@dataclass(frozen=True)
class Holder:
    """The holder of a folder. `since`: ISO 8601, UTC. `door`: path of its Unix socket; empty when it answers nobody."""

    pid: int
    host: str
    since: str
    door: str = ""


class FolderLock:
    """Held from construction to `release`; the kernel lets go of it when the process dies. Raises FolderInUse.

    before  who held it last and did not release it: a process that was killed
    """

    def __init__(self, folder: Path):
        self._path = folder / LOCK
        with translated(folder):
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise in_use(folder) from None
        self.before = read_holder(folder)
        self._holder = Holder(os.getpid(), socket.gethostname(), datetime.now(UTC).isoformat(timespec="seconds"))
        self._write(self._holder)

    def announce(self, door: Path) -> None:
        """Names the socket on which this process answers commands."""
        self._write(Holder(self._holder.pid, self._holder.host, self._holder.since, str(door)))

    def release(self) -> None:
        os.pwrite(self._handle, bytes(os.fstat(self._handle).st_size), 0)
        os.close(self._handle)

    def _write(self, holder: Holder) -> None:
        """Writes over what is there: a file that was cut first would need a block of a disk that may be full."""
        text = json.dumps(asdict(holder)).encode()
        with translated(self._path.parent):
            os.pwrite(self._handle, text, 0)
            os.ftruncate(self._handle, len(text))


def read_holder(folder: Path) -> Holder | None:
    """Reads who holds the folder; returns None when nobody does or the file is being written."""
    try:
        return built(Holder, parse((folder / LOCK).read_text()))
    except (OSError, ValueError):
        return None


def in_use(folder: Path) -> FolderInUse:
    holder = read_holder(folder) or Holder(0, "an unknown host", "a moment ago")
    return FolderInUse(str(folder), holder.pid, holder.host, holder.since)
