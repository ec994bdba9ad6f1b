"""Files and folders that only their owner may read or enter, whatever the process's umask says.

The modes are given file by file: a umask belongs to the whole process, which may be somebody else's program.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

OTHERS = 0o077
"""Of a mode: all that the group and everybody else may do."""

_FOLDER, _FILE = 0o700, 0o600


def make_folder(path: Path) -> None:
    """Makes a folder, and those above it that are missing. A folder that exists stays as it is. One that is there stays as it
    is. Raises OSError."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    path.mkdir(mode=_FOLDER, exist_ok=True)


def opened(path: Path, mode: str, **how: Any) -> IO[Any]:
    """Opens a file for writing, as `open` does. A file that others could read before is closed to them. Raises OSError."""
    return open(path, mode, opener=_opener, **how)


def write_bytes(path: Path, data: bytes) -> None:
    """Raises OSError."""
    with opened(path, "wb") as file:
        file.write(data)


def is_open(path: Path) -> bool:
    """Tells whether anybody but the owner may do anything with a file or a folder. Raises OSError."""
    return bool(path.stat().st_mode & OTHERS)


def close(path: Path, *, inside: bool = True) -> None:
    """Takes the rights of all but the owner from a file, or from a folder and, by choice, from all that is in it.

    No link is followed. What belongs to another user stays as it is, and so does everything on a disk that keeps no modes:
    `is_open` tells. Raises OSError.
    """
    state = path.lstat()
    if stat.S_ISLNK(state.st_mode):
        return
    _restrict(path, state)
    if inside and stat.S_ISDIR(state.st_mode):
        for one in path.iterdir():
            close(one)


def _restrict(path: Path | int, state: os.stat_result) -> None:
    if state.st_mode & OTHERS and state.st_uid == os.geteuid():
        with suppress(PermissionError):  # a disk of FAT's kind, say
            os.chmod(path, stat.S_IMODE(state.st_mode) & ~OTHERS)


def _opener(path: str, flags: int) -> int:
    handle = os.open(path, flags, _FILE)
    state = os.fstat(handle)
    if stat.S_ISREG(state.st_mode):
        _restrict(handle, state)
    return handle
