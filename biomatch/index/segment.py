"""An immutable part of the index: lists of codes in a file, about the shipped centroids, scanned by FAISS where they lie.

    head      64 bytes    "BMSEGM02", vectors int64, lists int64, unit int64, rest 0
    counts    (lists,) int64
    padding   to a multiple of 4,096 bytes
    lists     each: codes as FAISS's fast scan wants them, 32 vectors a block, 32 bytes a vector; then ids (int64), as many as
              the blocks have places

A file in the clear is mapped, not read: its lists take page cache and no memory of the process. A sealed one is opened into
memory. Codes are the vectors themselves, on their grid: nothing is lost, and they stay valid when a vector moves to another
list, so that merging segments of different sizes needs nothing else. Search options travel in SearchParameters; index state is
fixed.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import faiss
import numpy as np

from biomatch.descriptors import DIMENSIONS, grid
from biomatch.errors import CacheDamaged, SealBroken, SealKeyGone
from biomatch.index import layout
from biomatch.index.codebooks import Codebooks, as_float
from biomatch.index.fastscan import BLOCK, pack_blocks, unpack_blocks
from biomatch.sealing import CLEAR, Sealing

_ID_BYTES = 8
_MAGIC = b"BMSEGM02"
_HEAD_BYTES = 64
_PAGE = 4_096
_ASSIGN_AT_ONCE = 65_536  # vectors: 17 MB of float32
_MERGE_AT_ONCE = 1_000_000  # vectors: 40 MB of ids and codes, and as much again while they are put in order
_WRITE_AT_ONCE = 1 << 24  # bytes
_LEVELS = np.float32(grid.STEP / grid.GRID) * np.arange(-grid.BIAS, grid.BIAS, dtype=np.float32)  # what each code says


@dataclass(frozen=True, eq=False)
class Contents:
    """Vectors of a segment, as plain arrays.

    ids    (n,) int64        as `layout` packs them
    codes  (n, 32) uint8     vectors as `grid.packed` has them
    lists  (n,) int32        coarse list, of a quantizer with `size` lists
    unit   whose they are
    """

    ids: np.ndarray
    codes: np.ndarray
    lists: np.ndarray
    size: int
    unit: int = 0

    def __getitem__(self, which: np.ndarray | slice) -> Contents:
        return Contents(self.ids[which], self.codes[which], self.lists[which], self.size, self.unit)

    def ordered(self) -> Contents:
        """Returns the contents ordered by list, then by id."""
        return self[np.lexsort((self.ids, self.lists))]


class Segment:
    """Searchable vectors. Safe to search from many threads."""

    def __init__(self, data: np.ndarray, codebooks: Codebooks):
        """Takes data (n,) uint8: the bytes of a file of this layout, which are whole."""
        head = data[:_HEAD_BYTES].view(np.int64)
        self._data = data
        self._length = int(head[1])
        self.unit = int(head[3])
        self._counts = data[_HEAD_BYTES : _HEAD_BYTES + 8 * int(head[2])].view(np.int64)
        self._starts = _starts(self._counts)
        self._coarse = codebooks.coarse(len(self._counts))  # FAISS keeps a pointer only
        self._index = _scanner(codebooks, self._length, data, self._counts, self._starts)

    @classmethod
    def of(cls, ids: np.ndarray, vectors: np.ndarray, codebooks: Codebooks, size: int | None = None, unit: int = 0) -> Segment:
        """Makes a segment in memory, of ids (n,) int64 and their descriptors (n, 64) int8. size: lists; None: what suits n."""
        return cls.build(replace(encoded(ids, vectors, codebooks, size), unit=unit), codebooks)

    @classmethod
    def build(cls, contents: Contents, codebooks: Codebooks) -> Segment:
        """Makes a segment in memory, of vectors that are encoded and assigned already."""
        counts = np.bincount(contents.lists, minlength=contents.size).astype(np.int64)
        return cls(np.concatenate([_head(counts, contents.unit), *_bodies([contents.ordered()], counts)]), codebooks)

    @classmethod
    def merge(cls, segments: Sequence[Segment], dead: np.ndarray, codebooks: Codebooks) -> Segment:
        """Merges a unit's segments into one, in memory, without the prints that `dead` (m,) bool marks by their number."""
        return cls(np.concatenate(list(merged(segments, dead, codebooks))), codebooks)

    def __len__(self) -> int:
        return self._length

    @property
    def lists(self) -> int:
        return len(self._counts)

    def search(
        self, vectors: np.ndarray, k: int, nprobe: int, allowed: faiss.IDSelector | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Finds the k nearest of each vector.

        vectors  (n, 64) float32
        allowed  which ids take part; None: all
        returns  distances (n, k) float32, squared; ids (n, k) int64, -1 where fewer were found
        """
        params = faiss.SearchParametersIVF(nprobe=min(nprobe, self.lists), quantizer_params=self._coarse.search_params)
        if allowed is not None:
            params.sel = allowed
        faiss.omp_set_num_threads(1)  # of this thread: more of them double the CPU of so few vectors and save no time
        distances, ids = self._index.search(vectors, k, params=params)
        return distances, ids

    def contents(self, first: int = 0, end: int | None = None) -> Contents:
        """Returns what lists `first` to `end` hold, ordered by list, then by id."""
        some = slice(first, self.lists if end is None else end)
        counts, starts = self._counts[some], self._starts[some]
        codes = np.empty((int(counts.sum()), grid.BYTES), np.uint8)
        unpack_blocks(self._data, counts, starts, codes)
        lists = np.repeat(np.arange(some.start, some.stop, dtype=np.int32), counts)
        return Contents(self._ids(counts, starts), codes, lists, self.lists)

    def alive(self, dead: np.ndarray) -> np.ndarray:
        """Tells which vectors are of prints that `dead` (m,) bool does not mark: (n,) bool, in the order of `contents`."""
        return np.concatenate(
            [np.zeros(0, np.bool_)]
            + [
                ~dead[layout.prints(self._ids(self._counts[at : at + _PAGE], self._starts[at : at + _PAGE]))]
                for at in range(0, self.lists, _PAGE)
            ]
        )

    def save(self, path: Path, sealing: Sealing = CLEAR) -> int:
        """Writes the file, durable on return; the number that tells it from every other. Raises OSError."""
        parts = (self._data[at : at + _WRITE_AT_ONCE] for at in range(0, len(self._data), _WRITE_AT_ONCE))
        return sealing.write(path, parts)

    @classmethod
    def load(cls, path: Path, number: int, codebooks: Codebooks, sealing: Sealing = CLEAR) -> Segment:
        """Opens a file. Raises CacheDamaged, naming the file."""
        try:
            data = sealing.read(path, number)
        except (OSError, ValueError, SealBroken, SealKeyGone) as error:
            raise CacheDamaged(str(path), str(error)) from None
        if len(data) < _HEAD_BYTES or data[:8].tobytes() != _MAGIC or int(data[16:24].view(np.int64)[0]) not in codebooks.sizes:
            raise CacheDamaged(str(path), "it is of another layout, or was built with other coarse lists")
        return cls(data, codebooks)

    def _ids(self, counts: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Returns the ids of lists that hold so many and start there, (n,) int64."""
        at = starts + _places(counts) * grid.BYTES
        parts = [self._data[a : a + _ID_BYTES * n].view(np.int64) for a, n in zip(at.tolist(), counts.tolist(), strict=True)]
        return np.concatenate([np.zeros(0, np.int64), *parts])


def encoded(ids: np.ndarray, vectors: np.ndarray, codebooks: Codebooks, size: int | None = None) -> Contents:
    """Encodes vectors (n, 64) int8 as contents of a segment with `size` lists; None: what suits n."""
    size = size or codebooks.size_for(len(ids))
    lists, codes = assigned(vectors, codebooks, size)
    return Contents(ids, codes, lists, size)


def assigned(vectors: np.ndarray, codebooks: Codebooks, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Lists (n,) int32 and codes (n, 32) uint8 of vectors (n, 64) int8."""
    coarse = codebooks.coarse(size)
    lists = np.empty(len(vectors), np.int32)
    for at in range(0, len(vectors), _ASSIGN_AT_ONCE):
        lists[at : at + _ASSIGN_AT_ONCE] = coarse.assign(as_float(vectors[at : at + _ASSIGN_AT_ONCE]))
    return lists, grid.packed(vectors)


def fitting(contents: Contents, codebooks: Codebooks) -> Contents:
    """Returns the contents in as many lists as suit their number."""
    size = codebooks.size_for(len(contents.ids))
    return contents if size == contents.size else _moved(contents, size, codebooks)


def merged(segments: Sequence[Segment], dead: np.ndarray, codebooks: Codebooks) -> Iterator[np.ndarray]:
    """Yields the bytes of one segment merged from several of a unit, (n,) uint8 at a time, without the prints that `dead` (m,)
    bool marks."""
    kept = [segment.alive(dead) for segment in segments]
    size = codebooks.size_for(sum(int(mask.sum()) for mask in kept))
    parts = [_Part.of(segment, mask, size, codebooks) for segment, mask in zip(segments, kept, strict=True)]
    counts = sum((part.counts for part in parts), np.zeros(size, np.int64))
    yield _head(counts, segments[0].unit)
    yield from _bodies(_joined(parts, counts), counts)


class _Part:
    """The part that one segment gives to a merged one: its vectors by list of the new size, without the dead."""

    def __init__(self, segment: Segment | None, moved: Contents | None, keep: np.ndarray, counts: np.ndarray):
        self._segment = segment
        self._moved = moved
        self._keep = keep
        self.counts = counts
        self._ends = np.concatenate([[0], np.cumsum(counts if segment is None else segment._counts)])

    @classmethod
    def of(cls, segment: Segment, keep: np.ndarray, size: int, codebooks: Codebooks) -> _Part:
        if segment.lists == size:
            ends = [0, *np.cumsum(segment._counts).tolist()]
            counts = np.array([np.count_nonzero(keep[first:end]) for first, end in pairwise(ends)], np.int64)
            return cls(segment, None, keep, counts)
        moved = _moved(segment.contents()[keep], size, codebooks).ordered()
        return cls(None, moved, keep, np.bincount(moved.lists, minlength=size).astype(np.int64))

    def contents(self, first: int, end: int) -> Contents:
        """Returns the contents of lists `first` to `end` of the new size."""
        some = slice(int(self._ends[first]), int(self._ends[end]))
        if self._moved is not None:
            return self._moved[some]
        assert self._segment is not None
        return self._segment.contents(first, end)[self._keep[some]]


def _moved(contents: Contents, size: int, codebooks: Codebooks) -> Contents:
    """Returns the contents in another number of lists."""
    lists = np.concatenate([np.zeros(0, np.int32)] + [
        codebooks.coarse(size).assign(as_float(grid.unpacked(contents.codes[at : at + _ASSIGN_AT_ONCE]))).astype(np.int32)
        for at in range(0, len(contents.ids), _ASSIGN_AT_ONCE)
    ])  # fmt: skip
    return replace(contents, lists=lists, size=size)


def _joined(parts: Sequence[_Part], counts: np.ndarray) -> Iterator[Contents]:
    """Yields all parts together, some lists at a time, in order."""
    first, size = 0, len(counts)
    before = np.concatenate([[0], np.cumsum(counts)])
    while first < size:
        end = max(first + 1, int(np.searchsorted(before, before[first] + _MERGE_AT_ONCE, side="right")) - 1)
        some = [part.contents(first, end) for part in parts]
        yield Contents(
            np.concatenate([np.zeros(0, np.int64), *(c.ids for c in some)]),
            np.concatenate([np.zeros((0, grid.BYTES), np.uint8), *(c.codes for c in some)]),
            np.concatenate([np.zeros(0, np.int32), *(c.lists for c in some)]),
            size,
        ).ordered()
        first = end


def _bodies(parts: Iterator[Contents] | Sequence[Contents], counts: np.ndarray) -> Iterator[np.ndarray]:
    """Yields the bytes of the lists, (n,) uint8 at a time, of contents that come in order, whole lists at a time."""
    first = 0
    before = np.concatenate([[0], np.cumsum(counts)])
    for part in parts:
        end = max(first, int(np.searchsorted(before, before[first] + len(part.ids), side="right")) - 1)
        own = counts[first:end]
        starts = _starts(own) - _body_start(len(own))
        out = np.zeros(int((_places(own) * (grid.BYTES + _ID_BYTES)).sum()), np.uint8)
        pack_blocks(part.codes, own, starts, out)
        at = np.repeat((starts + _places(own) * grid.BYTES) // _ID_BYTES - (before[first:end] - before[first]), own)
        out.view(np.int64)[at + np.arange(len(part.ids))] = part.ids
        yield out
        first = end


def _head(counts: np.ndarray, unit: int) -> np.ndarray:
    """Returns all that stands before the lists, (n,) uint8."""
    out = np.zeros(_body_start(len(counts)), np.uint8)
    out[:8] = np.frombuffer(_MAGIC, np.uint8)
    out[8:32] = np.array([counts.sum(), len(counts), unit], np.int64).view(np.uint8)
    out[_HEAD_BYTES : _HEAD_BYTES + 8 * len(counts)] = counts.view(np.uint8)
    return out


def _body_start(lists: int) -> int:
    return -(-(_HEAD_BYTES + 8 * lists) // _PAGE) * _PAGE


def _places(counts: np.ndarray) -> np.ndarray:
    """Returns for how many vectors the blocks of each list have room."""
    return np.asarray(-(-counts // BLOCK) * BLOCK)


def _starts(counts: np.ndarray) -> np.ndarray:
    """Returns the first byte of each list, (lists,) int64."""
    sizes = _places(counts) * (grid.BYTES + _ID_BYTES)
    return np.asarray(_body_start(len(counts)) + np.cumsum(sizes) - sizes)


def _scanner(
    codebooks: Codebooks, length: int, data: np.ndarray, counts: np.ndarray, starts: np.ndarray
) -> faiss.IndexIVFPQFastScan:
    """Makes FAISS's index over lists that lie in `data`, which must outlive it."""
    size = len(counts)
    index = faiss.IndexIVFPQFastScan(codebooks.coarse(size).quantizer, DIMENSIONS, size, DIMENSIONS, 4)
    index.by_residual = False
    faiss.copy_array_to_vector(np.tile(_LEVELS, DIMENSIONS), index.pq.centroids)
    index.is_trained = True
    lists = faiss.OnDiskInvertedLists()
    lists.nlist, lists.code_size, lists.read_only = size, grid.BYTES, True
    lists.prefetch_nthread = 0
    table = np.stack([counts, _places(counts), starts], axis=1).astype(np.uint64)  # OnDiskOneList: size, capacity, offset
    lists.lists.resize(size)
    faiss.memcpy(lists.lists.data(), faiss.swig_ptr(table), table.nbytes)
    lists.ptr, lists.totsize = faiss.swig_ptr(data), len(data)
    index.replace_invlists(lists, False)
    index.ntotal = length
    index.referenced_objects = (lists, data)
    weakref.finalize(index, _let_go, lists)
    return index


def _let_go(lists: faiss.OnDiskInvertedLists) -> None:
    """Lets FAISS forget the lists, which it never mapped: it would unmap them."""
    lists.ptr = None
