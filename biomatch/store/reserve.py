"""Room on the disk that is kept for the time when it is full: for removals, which make room, and for the leaves of reads.

    reserve   in the gallery's folder: blocks that hold nothing

When such a write meets a full disk, a piece of the file is given back to the file system, and it is tried again. Until the disk
has room for the whole file again, whatever else would write is refused, so that no enrolment takes what a removal needs.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

RESERVE = "reserve"
RESERVE_BYTES = 1 << 22
"""A removal writes 50 kB to the write-ahead log, one of a person with 100 prints 250 kB, and gives back more than that with its
originals; a leaf stays with 0.5 kB."""
PIECE_BYTES = 1 << 19  # given back at once: another program on the same disk may be faster

FOR_REMOVALS = 0  # bytes of the reserve that are left over, at least, when a write has taken from it
FOR_LEAVES = RESERVE_BYTES // 2  # reads leave half of it to removals


class Reserve:
    """Safe from many threads. Believed to be whole until `fill` has looked."""

    def __init__(self, folder: Path):
        self._path = folder / RESERVE
        self._lock = threading.Lock()
        self._whole = True

    @property
    def whole(self) -> bool:
        return self._whole

    def fill(self) -> bool:
        """Makes it whole where the disk has room. Whether it is."""
        with self._lock:
            self._whole = self._filled()
            return self._whole

    def let_go(self, least: int) -> bool:
        """Gives a piece back to the file system. False: it has no more than `least` bytes."""
        with self._lock:
            try:
                size = self._path.stat().st_size
                if size <= least:
                    return False
                self._whole = False
                os.truncate(self._path, max(size - PIECE_BYTES, least))
            except OSError:
                return False
            return True

    def _filled(self) -> bool:
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            _allocate(handle, RESERVE_BYTES)
        except OSError:
            return False
        finally:
            os.close(handle)
        return True


def _allocate(handle: int, size: int) -> None:
    """Allocates blocks for the first `size` bytes of a file: none of it is sparse. Raises OSError, and the file is what it
    was."""
    before = os.fstat(handle).st_size
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(handle, 0, size)
        else:
            for at in range(before, size, PIECE_BYTES):
                os.pwrite(handle, bytes(min(PIECE_BYTES, size - at)), at)
    except OSError:
        os.ftruncate(handle, before)
        raise
