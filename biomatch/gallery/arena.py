"""What a comparison reads of every enrolled print, one block a print, in a memory-mapped file.

    block:  head       5 x uint32      CRC-32 of what follows it in the block (0: overwritten), bytes of the block, minutiae,
                                       bytes of the ridge picture, bytes of the texts
                       2 x uint16      width, height
                       4 x uint8       position, impression, quality (255: none), 0
            vectors    (n, 64) int8    descriptors
            columns    (n, 4) float32  x, y, angle, quality; then kind (n,) uint8
            ridges     the ridge picture as the template has it
            texts      UTF-8, three groups separated by U+001E, their parts by U+001F: print id, person, encounter; labels;
                       extractor, warnings
            padding    to a multiple of 8 bytes

Blocks are written with write calls, so that a full disk is an error and not a bus error, and read through the mapping. Only the
end of the file grows; a block never changes, but that the template of a removed print is overwritten. Whoever reads holds a
`View`, which sees the prints that were there when it was handed out. Without a folder the file has no name and goes away with
the process.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import weakref
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit

from biomatch.comparison import Block, Prepared
from biomatch.descriptors import DIMENSIONS
from biomatch.errors import CacheDamaged
from biomatch.gallery.interface import Entry
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

GONE = -1  # the start of a print whose block was compacted away
_HEAD = struct.Struct("<5I2H4B")
_CRC = struct.Struct("<I")
_COUNT_AT = 8  # of the head: where the number of minutiae stands
_COLUMNS = ("x", "y", "angle", "quality")
_COLUMN_BYTES = 4 * len(_COLUMNS)
_MINUTIA_BYTES = DIMENSIONS + _COLUMN_BYTES + 1
_NO_QUALITY = 255
_FIRST_CAPACITY = 1 << 20  # bytes
_PART, _GROUP = "\x1f", "\x1e"
_CHECKED = 1 << 30  # bytes up to which every block is checked when a file is opened: a second; others when they are read


@dataclass(frozen=True)
class Names:
    """Whose print it is."""

    print_id: str
    person: str
    encounter: str
    labels: frozenset[str]


class _Head(NamedTuple):
    """`start` of a block, then what its head says."""

    start: int
    checksum: int
    size: int
    minutiae: int
    ridges: int
    texts: int
    width: int
    height: int
    position: int
    impression: int
    quality: int


@dataclass(frozen=True, eq=False)
class View:
    """The prints of an arena at one moment.

    data    (capacity,) uint8  the mapped file
    starts  (capacity,) int64  first byte of each print's block, by print number; GONE: compacted away
    length  prints
    """

    data: np.ndarray
    starts: np.ndarray
    length: int

    def block(self, numbers: np.ndarray) -> Block:
        """These prints' minutiae, laid end to end; numbers (m,) int64."""
        return Block(*gathered(self.data, self.starts[numbers], _HEAD.size, _COUNT_AT, DIMENSIONS))

    def prepared(self, number: int) -> Prepared:
        """One print, as the comparison's later steps want it; without minutiae when it is removed. Raises CacheDamaged."""
        start = int(self.starts[number])
        head = self._head(number)
        block = self.data[start : start + head.size].tobytes()
        if not head.checksum or _checksum(block) != head.checksum:
            if self._head(number).checksum:
                raise CacheDamaged("arena", f"the block of print number {number} is not what was written")
            return Prepared(Template(Minutiae.none(), head.width, head.height), np.zeros((0, DIMENSIONS), np.int8))
        data = np.frombuffer(block, np.uint8)
        n, at = head.minutiae, _HEAD.size
        vectors = data[at : at + n * DIMENSIONS].view(np.int8).reshape(n, DIMENSIONS)
        at += n * DIMENSIONS
        x, y, angle, quality = np.ascontiguousarray(data[at : at + _COLUMN_BYTES * n].view(np.float32).reshape(n, 4).T)
        at += _COLUMN_BYTES * n
        kind = data[at : at + n]
        ridges = data[at + n : at + n + head.ridges].tobytes()
        extractor, *warnings = self._texts(head)[2].split(_PART)
        template = Template(
            Minutiae(x, y, angle, kind, quality),
            head.width,
            head.height,
            FingerPosition(head.position),
            ImpressionType(head.impression),
            None if head.quality == _NO_QUALITY else head.quality,
            extractor,
            ridges,
            tuple(warnings),
        )
        return Prepared(template, vectors)

    def names(self, number: int) -> Names:
        names, labels, _ = self._texts(self._head(number))
        print_id, person, encounter = names.split(_PART)
        return Names(print_id, person, encounter, frozenset(labels.split(_PART) if labels else ()))

    def position(self, number: int) -> FingerPosition:
        return FingerPosition(self._head(number).position)

    def raw(self, number: int) -> bytes:
        """The bytes of one block."""
        head = self._head(number)
        return self.data[head.start : head.start + head.size].tobytes()

    def _head(self, number: int) -> _Head:
        start = int(self.starts[number])
        return _Head(start, *_HEAD.unpack(self.data[start : start + _HEAD.size].tobytes())[:-1])

    def _texts(self, head: _Head) -> list[str]:
        """The three groups: names, labels, provenance."""
        at = head.start + _HEAD.size + head.minutiae * _MINUTIA_BYTES + head.ridges
        return self.data[at : at + head.texts].tobytes().decode().split(_GROUP)


def warm() -> None:
    """Compiles what a search needs of this file: of data that may only be read, as a mapped file."""
    data = np.zeros(64, np.uint8)
    data.flags.writeable = False
    View(data, np.zeros(1, np.int64), 1).block(np.zeros(1, np.int64))


@dataclass(frozen=True)
class Staged:
    """Written, not yet counted: where the new blocks start, and what `used` becomes."""

    starts: Sequence[int]
    used: int


class Arena:
    """The writer's side. One thread at a time writes; any number read their views."""

    def __init__(self, path: Path | None = None):
        """A new, empty arena; an old file at `path` is overwritten."""
        self.path = path
        self._take(_nameless() if path is None else os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        self.used = 0
        self._starts = np.empty(1_024, np.int64)
        self._length = 0
        self._data = np.zeros(0, np.uint8)

    @classmethod
    def open(cls, path: Path, used: int, starts: np.ndarray) -> Arena:
        """An arena that was written before; starts (n,) int64. Raises CacheDamaged when its blocks cannot be those."""
        arena = cls.__new__(cls)
        arena.path = path
        try:
            arena._take(os.open(path, os.O_RDWR))
        except OSError as error:
            raise CacheDamaged(str(path), str(error)) from None
        arena.used = used
        arena._starts, arena._length = starts.astype(np.int64), len(starts)
        arena._data = np.zeros(0, np.uint8)
        if os.fstat(arena._descriptor).st_size < used:
            arena.close()
            raise CacheDamaged(str(path), "it ends too early")
        if used <= _CHECKED:
            arena._check(path)
        return arena

    def __len__(self) -> int:
        """Print numbers given, those of removed prints included."""
        return self._length

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
        """What was staged last becomes prints with the next numbers."""
        length = self._length + len(staged.starts)
        if length > len(self._starts):
            grown = np.empty(max(length, 2 * len(self._starts)), np.int64)
            grown[: self._length] = self._starts[: self._length]
            self._starts = grown
        self._starts[self._length : length] = staged.starts
        self._length, self.used = length, staged.used

    def view(self) -> View:
        """What is in the arena now."""
        if len(self._data) < self.used:
            size = os.fstat(self._descriptor).st_size
            self._data = np.frombuffer(mmap.mmap(self._descriptor, size, access=mmap.ACCESS_READ), np.uint8)
        return View(self._data, self._starts, self._length)

    def overwrite(self, number: int) -> None:
        """Nothing is left of the template of a removed print; its names stay, for searches that still run. Raises OSError."""
        start = int(self._starts[number])
        if start == GONE:
            return
        head = _HEAD.unpack(os.pread(self._descriptor, _HEAD.size, start))
        _write_all(self._descriptor, _CRC.pack(0), start)
        _write_all(self._descriptor, bytes(head[2] * _MINUTIA_BYTES + head[3]), start + _HEAD.size)

    def sync(self) -> None:
        """Everything appended so far is on the disk."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Views that are still held stay readable."""
        self._close()

    def _check(self, path: Path) -> None:
        """Raises CacheDamaged when a block is not what was written."""
        view = self.view()
        for start in view.starts[: view.length].tolist():
            if start == GONE:
                continue
            checksum, size = _HEAD.unpack(view.data[start : start + _HEAD.size].tobytes().ljust(_HEAD.size, b"\0"))[:2]
            if not size or (checksum and _checksum(view.data[start : start + size].tobytes()) != checksum):
                self.close()
                raise CacheDamaged(str(path), "its checksum is wrong")

    def _take(self, descriptor: int) -> None:
        """Holds a file until it is closed, or nobody knows this arena any more."""
        self._descriptor = descriptor
        self._close = weakref.finalize(self, os.close, descriptor)


@njit(nogil=True, cache=True)
def gathered(data, starts, head, count_at, dimensions):  # type: ignore[no-untyped-def]
    """Minutiae of many blocks, laid end to end.

    data        (n,) uint8   the arena
    starts      (m,) int64   first byte of each block
    head        bytes of a block's head; count_at: where in it the number of minutiae stands, uint32
    dimensions  of a vector
    returns     x, y, angle, quality (N,) float32, vectors (N, dimensions) int8, (m + 1,) int64: where each print's begin

    Twin: `View.prepared`, one by one
    """
    ends = np.zeros(len(starts) + 1, np.int64)
    for i in range(len(starts)):
        ends[i + 1] = ends[i] + data[starts[i] + count_at : starts[i] + count_at + 4].view(np.uint32)[0]
    rows = np.empty((4, ends[-1]), np.float32)
    vectors = np.empty((ends[-1], dimensions), np.int8)
    for i in range(len(starts)):
        n = ends[i + 1] - ends[i]
        at = starts[i] + head
        vectors[ends[i] : ends[i + 1]].reshape(-1)[:] = data[at : at + n * dimensions].view(np.int8)
        at += n * dimensions
        columns = data[at : at + 16 * n].view(np.float32)
        for j in range(n):
            for k in range(4):
                rows[k, ends[i] + j] = columns[4 * j + k]
    return rows[0], rows[1], rows[2], rows[3], vectors, ends


def block_of(entry: Entry, vectors: np.ndarray) -> bytes:
    """The block of one print; vectors (n, 64) int8."""
    template = entry.template
    minutiae = template.minutiae
    texts = _GROUP.join((
        _PART.join((entry.print_id, entry.person, entry.encounter)),
        _PART.join(sorted(entry.labels)),
        _PART.join((template.extractor, *template.warnings)),
    )).encode()  # fmt: skip
    body = b"".join((
        np.ascontiguousarray(vectors, np.int8).tobytes(),
        np.stack([getattr(minutiae, column) for column in _COLUMNS], axis=1).astype("<f4").tobytes(),
        minutiae.kind.tobytes(),
        template.ridges,
        texts,
    ))  # fmt: skip
    size = -(-(_HEAD.size + len(body)) // 8) * 8
    quality = _NO_QUALITY if template.quality is None else template.quality
    head = _HEAD.pack(
        0, size, len(minutiae), len(template.ridges), len(texts),
        template.width, template.height, int(template.position), int(template.impression), quality, 0,
    )  # fmt: skip
    block = (head + body).ljust(size, b"\0")
    return _CRC.pack(_checksum(block)) + block[_CRC.size :]


def _checksum(block: bytes) -> int:
    """CRC-32 of what follows it in a block, never 0."""
    return zlib.crc32(memoryview(block)[_CRC.size :]) or 1


def _capacity(size: int) -> int:
    """File size for so many bytes in use: growing by halves keeps remapping rare. The file is sparse."""
    return _FIRST_CAPACITY if size <= _FIRST_CAPACITY else size + size // 2


def _nameless() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written
