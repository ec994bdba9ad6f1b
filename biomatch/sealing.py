"""The form in which a gallery's caches are written: sealed under keys that the gallery's owner keeps (`store/`), or plain.

What is of one person is sealed apart and opened apart; a file that holds many persons' vectors has a key of its own, which goes
when the file does. `place` says where sealed bytes belong: they open nowhere else.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from biomatch import private
from biomatch.errors import SealBroken

_READ_AT_ONCE = 1 << 24  # bytes
Buffer = Any
"""bytes, memoryview, or an array."""


def of_person(name: str) -> str:
    """Returns the owner's name for what is sealed for a person."""
    return f"person/{name}"


class Sealing(Protocol):
    """Safe from many threads."""

    version: str
    """What is written under another version cannot be read."""
    seals: bool
    """False: bytes lie in files as they are, and can be mapped."""

    def seal(self, owner: str, place: bytes, data: bytes) -> bytes: ...

    def open(self, place: bytes, sealed: Buffer) -> bytes:
        """Raises SealBroken; SealKeyGone where the owner's key was destroyed."""
        ...

    def write(self, path: Path, parts: Iterable[Buffer]) -> int:
        """Writes a file, durable on return; a number that tells it from every other. Raises OSError."""
        ...

    def read(self, path: Path, number: int) -> np.ndarray:
        """Reads a file's content, (n,) uint8, read only. Raises SealBroken, SealKeyGone, OSError."""
        ...

    def keep_files(self, names: Set[str]) -> None:
        """Names the files that exist: what other files of this folder held is never read again. Raises OSError."""
        ...


class Clear:
    """Nothing is sealed: for galleries that nobody needs to protect, and for measurements."""

    version = "clear"
    seals = False

    def seal(self, owner: str, place: bytes, data: bytes) -> bytes:
        return data

    def open(self, place: bytes, sealed: Buffer) -> bytes:
        return bytes(sealed)

    def write(self, path: Path, parts: Iterable[Buffer]) -> int:
        """Writes a file; its number is its CRC-32."""
        checksum = 0
        with private.opened(path, "wb") as file:
            for part in parts:
                some = memoryview(part)
                file.write(some)
                checksum = zlib.crc32(some, checksum)
            file.flush()
            os.fsync(file.fileno())
        return checksum

    def read(self, path: Path, number: int) -> np.ndarray:
        """Maps a file."""
        with path.open("rb") as file:
            seen = 0
            while some := file.read(_READ_AT_ONCE):
                seen = zlib.crc32(some, seen)
            if seen != number:
                raise SealBroken(str(path), "its checksum is wrong")
            if not file.tell():
                return np.zeros(0, np.uint8)
            return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)

    def keep_files(self, names: Set[str]) -> None:
        pass


CLEAR: Sealing = Clear()
