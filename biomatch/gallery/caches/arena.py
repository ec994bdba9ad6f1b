"""The part of every enrolled print that a comparison reads, one block a print (caches/block.py), in a memory-mapped file.

Both parts are sealed for the print's person, bound to the print's number and to the arena's lineage: a block opens in no other
place, and not in an arena that was made from the log anew. Blocks are written with write calls, so that a full disk is an error
and not a bus error, and read through the mapping. Only the end of the file grows; a block never changes, but that one of a
removed print is overwritten. Whoever reads holds a `View`, which sees the prints that were there when it was handed out.
Without a folder the file has no name and goes away with the process.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np

from biomatch.comparison import Block, Prepared
from biomatch.descriptors import DIMENSIONS
from biomatch.errors import CacheDamaged, SealBroken, SealKeyGone
from biomatch.gallery.caches.block import (
    CRC,
    EMPTY,
    FAR,
    HEAD,
    NEAR,
    NEAR_HEAD,
    Names,
    block_of,
    bound,
    checksum,
    gathered,
    names_of,
    print_of,
)
from biomatch.gallery.caches.mapped import Mapped
from biomatch.gallery.interface import Entry
from biomatch.sealing import CLEAR, Sealing
from biomatch.template import Minutiae, Template

GONE = -1  # the start of a print whose block was compacted away
LINEAGE_BYTES = 16
_FIRST_CAPACITY = 1 << 20  # bytes
_NEAR_EXPECTED, _BLOCK_EXPECTED = 1 << 12, 1 << 16  # bytes asked for before reading: most near parts, and blocks, have fewer
_CHECKED = 1 << 28  # bytes up to which every block is checked when a file is opened: the start waits; others when they are read
NOTHING_OPENED: Mapping[int, bytes] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class View:
    """The prints of an arena at one moment.

    mapped  the file
    starts  (capacity,) int64  first byte of each print's block, by print number; GONE: compacted away
    length  prints
    """

    mapped: Mapped
    starts: np.ndarray
    length: int
    lineage: bytes
    sealing: Sealing = CLEAR

    @property
    def data(self) -> np.ndarray:
        """The bytes of the file, (capacity,) uint8."""
        return self.mapped.data

    @cached_property
    def _bytes(self) -> memoryview:
        return memoryview(self.data)  # type: ignore[arg-type]

    def expect(self, numbers: np.ndarray | Sequence[int], most: int = _BLOCK_EXPECTED) -> None:
        """Announces that these prints are going to be read: where memory does not hold the arena, their blocks are fetched side
        by side, or the first `most` bytes of each."""
        if not self.mapped.large:
            return
        asked = np.asarray(numbers, np.int64)
        starts = self.starts[asked]
        following = self.starts[np.minimum(asked + 1, self.length - 1)]  # near enough: the block itself tells its end
        there = starts != GONE
        ends = starts + np.clip(following - starts, _NEAR_EXPECTED, most)
        self.mapped.expect(starts[there], np.minimum(ends, len(self.data))[there])

    def block(self, numbers: np.ndarray, opened: dict[int, bytes] | None = None) -> Block:
        """Returns these prints' minutiae, laid end to end; numbers (m,) int64. A removed print has none.

        opened  is given what was unsealed, by number: `read` need not unseal it again
        """
        data, at, head = self.near(numbers, opened)
        return Block(*gathered(data, at, head))

    def near(self, numbers: np.ndarray, opened: dict[int, bytes] | None = None) -> tuple[np.ndarray, np.ndarray, int]:
        """Returns where the near parts of these prints lie, as in `gathered`: data, starts, head. opened: as in `block`."""
        self.expect(numbers, _NEAR_EXPECTED)
        if not self.sealing.seals:
            return self.data, self.starts[numbers] + HEAD.size, NEAR_HEAD.size
        parts = [self._part(number, NEAR) or EMPTY for number in numbers.tolist()]
        if opened is not None:
            opened.update(zip(numbers.tolist(), parts, strict=True))
        ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        return np.frombuffer(b"".join(parts), np.uint8), np.concatenate([_FIRST, ends])[: len(parts)], NEAR_HEAD.size

    def prepared(self, number: int) -> Prepared:
        """Returns one print as the comparison's later steps read it; without minutiae when it is removed, or its key is gone.

        Raises CacheDamaged.
        """
        return self.read(number)[0]

    def read(self, number: int, opened: Mapping[int, bytes] = NOTHING_OPENED) -> tuple[Prepared, Names | None]:
        """Returns the same, and whose print it is. opened: by `block`."""
        if not self.sealing.seals and not self._whole(number):
            raise _damaged(number)
        near, far = opened.get(number) or self._part(number, NEAR), self._part(number, FAR)
        if near is None or far is None:
            return Prepared(Template(Minutiae.none(), 1, 1), np.zeros((0, DIMENSIONS), np.int8)), None
        return print_of(near, far)

    def holds(self, number: int) -> bool:
        """Tells whether a print is in the gallery and not removed."""
        start = int(self.starts[number])
        return start != GONE and bool(self._head(start)[0])

    def names(self, number: int) -> Names | None:
        """Returns whose print it is; None: the print is removed, or its key is gone. Raises CacheDamaged."""
        far = self._part(number, FAR)
        return None if far is None else names_of(far)

    def raw(self, number: int) -> bytes:
        """Returns the bytes of one block, as they lie."""
        start = int(self.starts[number])
        return bytes(self._bytes[start : start + self._head(start)[1]])

    def _part(self, number: int, part: int) -> bytes | None:
        """Opens one part of a block; returns None where it is overwritten, or compacted away, or its key is gone: this print is
        not found then, and all others are."""
        start = int(self.starts[number])
        if start == GONE:
            return None
        held = self._bytes
        written, _, near, far = HEAD.unpack_from(held, start)
        if not written:
            return None
        at = start + HEAD.size + part * near
        try:
            return self.sealing.open(bound(self.lineage, number, part), held[at : at + (far if part else near)])
        except SealKeyGone:
            return None
        except SealBroken:
            if not self._head(start)[0]:  # removed meanwhile
                return None
            raise _damaged(number) from None

    def _head(self, start: int) -> tuple[int, int, int, int]:
        found: tuple[int, int, int, int] = HEAD.unpack_from(self._bytes, start)
        return found

    def _whole(self, number: int) -> bool:
        start = int(self.starts[number])
        written, size = self._head(start)[:2]
        return not written or checksum(self._bytes[start : start + size]) == written or not self._head(start)[0]


_FIRST = np.zeros(1, np.int64)


def _damaged(number: int) -> CacheDamaged:
    return CacheDamaged("arena", f"the block of print number {number} is not what was written")


@dataclass(frozen=True)
class Staged:
    """Blocks that are written, but not counted yet: where they start, and what `used` becomes."""

    starts: Sequence[int]
    used: int


class Arena:
    """The writer's side. One thread at a time writes; any number read their views."""

    def __init__(self, path: Path | None = None, sealing: Sealing = CLEAR, lineage: bytes | None = None):
        """Makes a new, empty arena; an old file at `path` is overwritten.

        lineage  of an arena whose blocks this one will take over; None: a new one
        """
        self.path = path
        self.lineage = os.urandom(LINEAGE_BYTES) if lineage is None else lineage
        self._sealing = sealing
        self._take(_nameless() if path is None else os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        self.used = 0
        self._starts = np.empty(1_024, np.int64)
        self._length = 0
        self._mapped: Mapped | None = None

    @classmethod
    def open(cls, path: Path, used: int, starts: np.ndarray, sealing: Sealing, lineage: bytes) -> Arena:
        """Opens an arena that was written before; starts (n,) int64. Raises CacheDamaged when its blocks cannot be those."""
        arena = cls.__new__(cls)
        arena.path, arena.lineage, arena._sealing = path, lineage, sealing
        try:
            arena._take(os.open(path, os.O_RDWR))
        except OSError as error:
            raise CacheDamaged(str(path), str(error)) from None
        arena.used = used
        arena._starts, arena._length = starts.astype(np.int64), len(starts)
        arena._mapped = None
        if os.fstat(arena._descriptor).st_size < used:
            arena.close()
            raise CacheDamaged(str(path), "it ends too early")
        if used <= _CHECKED:
            arena._check(path)
        return arena

    def __len__(self) -> int:
        """Counts the print numbers given, those of removed prints included."""
        return self._length

    def blocks_of(self, entries: Sequence[Entry], vectors: Sequence[np.ndarray]) -> list[bytes]:
        """Returns the blocks of prints that get the next numbers; vectors (n, 64) int8 of each."""
        return [
            block_of(entry, rows, number, self._sealing, self.lineage)
            for number, (entry, rows) in enumerate(zip(entries, vectors, strict=True), self._length)
        ]

    def stage(self, blocks: Sequence[bytes | None]) -> Staged:
        """Writes prints behind the others; None: a number whose print is gone. Nobody sees them before `commit`.

        Raises OSError, and then the arena holds what it held.
        """
        starts, at = [], self.used
        for block in blocks:
            starts.append(GONE if block is None else at)
            at += len(block or b"")
        written = b"".join(block for block in blocks if block is not None)
        if os.fstat(self._descriptor).st_size < at:
            os.ftruncate(self._descriptor, _capacity(at))
        _write_all(self._descriptor, written, self.used)
        return Staged(starts, at)

    def commit(self, staged: Staged) -> None:
        """Gives the next numbers to the prints that were staged last."""
        length = self._length + len(staged.starts)
        if length > len(self._starts):
            grown = np.empty(max(length, 2 * len(self._starts)), np.int64)
            grown[: self._length] = self._starts[: self._length]
            self._starts = grown
        self._starts[self._length : length] = staged.starts
        self._length, self.used = length, staged.used

    def view(self) -> View:
        """Returns a view of what is in the arena now."""
        if self._mapped is None or not self._mapped.serves(self.used):
            self._mapped = Mapped(self._descriptor, self.used)
        return View(self._mapped, self._starts, self._length, self.lineage, self._sealing)

    def overwrite(self, number: int) -> None:
        """Overwrites a removed print, of which nothing is left. Raises OSError."""
        start = int(self._starts[number])
        if start == GONE:
            return
        _, size, _, _ = HEAD.unpack(os.pread(self._descriptor, HEAD.size, start))
        _write_all(self._descriptor, CRC.pack(0), start)
        _write_all(self._descriptor, bytes(size - HEAD.size), start + HEAD.size)

    def sync(self) -> None:
        """Returns when everything appended so far is on the disk."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Closes the file. Views that are still held stay readable."""
        self._close()

    def _check(self, path: Path) -> None:
        """Raises CacheDamaged when a block is not what was written."""
        view = self.view()
        for start in view.starts[: view.length].tolist():
            if start == GONE:
                continue
            head = view.data[start : start + HEAD.size].tobytes().ljust(HEAD.size, b"\0")
            written, size, near, far = HEAD.unpack(head)
            block = view.data[start : start + size].tobytes()
            if size < HEAD.size + near + far or (written and checksum(block) != written):
                self.close()
                raise CacheDamaged(str(path), "its checksum is wrong")

    def _take(self, descriptor: int) -> None:
        """Holds a file until it is closed, or nobody knows this arena any more."""
        self._descriptor = descriptor
        self._close = weakref.finalize(self, os.close, descriptor)


def _capacity(size: int) -> int:
    """Returns the file size for so many bytes in use: growing by halves keeps remapping rare. The file is sparse."""
    return _FIRST_CAPACITY if size <= _FIRST_CAPACITY else size + size // 2


def _nameless() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written
