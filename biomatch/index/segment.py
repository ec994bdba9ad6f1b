"""An immutable part of the index: a FAISS IVFPQFastScan built from the shipped codebooks, never trained, never changed.

Codes are of the vectors themselves, not of residuals: they stay valid when a vector moves to another list, so that
merging segments of different sizes needs no vectors. Search options travel in SearchParameters; index state is fixed.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from biomatch.errors import CacheDamaged
from biomatch.index import layout
from biomatch.index.codebooks import DIMENSIONS, Codebooks, as_float
from biomatch.index.fastscan import BLOCK, pack_block, unpack_block

CODE_BYTES = DIMENSIONS // 2
_ASSIGN_AT_ONCE = 65_536  # vectors: 17 MB of float32


@dataclass(frozen=True, eq=False)
class Contents:
    """Everything in a segment, as plain arrays.

    ids    (n,) int64        as `layout` packs them
    codes  (n, 32) uint8     as `Codebooks.encode` makes them
    lists  (n,) int32        coarse list, of a quantizer with `size` lists
    """

    ids: np.ndarray
    codes: np.ndarray
    lists: np.ndarray
    size: int


class Segment:
    """Searchable vectors. Safe to search from many threads."""

    def __init__(self, index: faiss.IndexIVFPQFastScan, codebooks: Codebooks):
        self._index = index
        self._coarse = codebooks.coarse(index.nlist)  # FAISS keeps a pointer only

    @classmethod
    def of(cls, ids: np.ndarray, vectors: np.ndarray, codebooks: Codebooks) -> Segment:
        """A segment of ids (n,) int64 and their descriptors (n, 64) int8."""
        size = codebooks.size_for(len(ids))
        coarse = codebooks.coarse(size)
        lists, codes = [np.zeros(0, np.int32)], [np.zeros((0, CODE_BYTES), np.uint8)]
        for at in range(0, len(ids), _ASSIGN_AT_ONCE):
            some = as_float(vectors[at : at + _ASSIGN_AT_ONCE])
            lists.append(coarse.assign(some).astype(np.int32))
            codes.append(codebooks.encode(some))
        return cls.build(Contents(ids, np.concatenate(codes), np.concatenate(lists), size), codebooks)

    @classmethod
    def build(cls, contents: Contents, codebooks: Codebooks) -> Segment:
        """A segment of vectors that are encoded and assigned already."""
        index = _empty(codebooks, contents.size)
        inverted = faiss.downcast_InvertedLists(index.invlists)
        order = np.lexsort((contents.ids, contents.lists))
        ends = np.cumsum(np.bincount(contents.lists, minlength=contents.size))
        start = 0
        for number, end in enumerate(ends.tolist()):
            if end > start:
                some = order[start:end]
                ids = np.ascontiguousarray(contents.ids[some])
                blocks = pack_block(contents.codes[some])
                inverted.add_entries(number, end - start, faiss.swig_ptr(ids), faiss.swig_ptr(blocks))
            start = end
        index.ntotal = len(order)
        return cls(index, codebooks)

    @classmethod
    def merge(cls, segments: Sequence[Segment], dead: np.ndarray, codebooks: Codebooks) -> Segment:
        """One segment of several, without the prints that `dead` (m,) bool marks by their number."""
        parts = [segment.contents() for segment in segments] or [_nothing(codebooks)]
        kept = [~dead[layout.prints(part.ids)] for part in parts]
        ids = np.concatenate([part.ids[keep] for part, keep in zip(parts, kept, strict=True)])
        codes = np.concatenate([part.codes[keep] for part, keep in zip(parts, kept, strict=True)])
        size = codebooks.size_for(len(ids))
        lists = [
            part.lists[keep] if part.size == size else _assign(part.codes[keep], codebooks, size)
            for part, keep in zip(parts, kept, strict=True)
        ]
        return cls.build(Contents(ids, codes, np.concatenate(lists), size), codebooks)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def lists(self) -> int:
        return int(self._index.nlist)

    def search(
        self, vectors: np.ndarray, k: int, nprobe: int, allowed: faiss.IDSelector | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k nearest of each vector.

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

    def contents(self) -> Contents:
        """The reverse of `build`, ordered by list, then by id."""
        inverted = faiss.downcast_InvertedLists(self._index.invlists)
        counts = np.array([inverted.list_size(number) for number in range(self.lists)], np.int64)
        ids, codes = np.empty(len(self), np.int64), np.empty((len(self), CODE_BYTES), np.uint8)
        at = 0
        for number in np.nonzero(counts)[0].tolist():
            n = int(counts[number])
            ids[at : at + n] = faiss.rev_swig_ptr(inverted.get_ids(number), n)
            size = -(-n // BLOCK) * BLOCK * CODE_BYTES
            codes[at : at + n] = unpack_block(faiss.rev_swig_ptr(inverted.get_codes(number), size), n)
            at += n
        return Contents(ids, codes, np.repeat(np.arange(self.lists, dtype=np.int32), counts), self.lists)

    def save(self, path: Path) -> int:
        """Writes the segment; on the disk on return. Returns the CRC-32 that `load` wants to see again."""
        data = faiss.serialize_index(self._index)
        with path.open("wb") as file:
            file.write(memoryview(data))
            file.flush()
            os.fsync(file.fileno())
        return zlib.crc32(data)

    @classmethod
    def load(cls, path: Path, checksum: int, codebooks: Codebooks) -> Segment:
        """Reads what `save` wrote. Raises CacheDamaged, naming the file."""
        try:
            data = np.fromfile(path, np.uint8)
        except OSError as error:
            raise CacheDamaged(str(path), str(error)) from None
        if zlib.crc32(data.tobytes()) != checksum:
            raise CacheDamaged(str(path), "its checksum is wrong")
        index = faiss.deserialize_index(data)
        if not isinstance(index, faiss.IndexIVFPQFastScan) or index.nlist not in codebooks.sizes:
            raise CacheDamaged(str(path), "it was built with other codebooks")
        return cls(index, codebooks)


def _nothing(codebooks: Codebooks) -> Contents:
    none = np.zeros(0, np.int64)
    return Contents(none, np.zeros((0, CODE_BYTES), np.uint8), none.astype(np.int32), codebooks.size_for(0))


def _empty(codebooks: Codebooks, size: int) -> faiss.IndexIVFPQFastScan:
    quantizer = codebooks.coarse(size).quantizer
    index = faiss.IndexIVFPQFastScan(quantizer, DIMENSIONS, size, DIMENSIONS, 4)
    index.by_residual = False
    faiss.copy_array_to_vector(codebooks.pq.reshape(-1), index.pq.centroids)
    index.is_trained = True
    return index


def _assign(codes: np.ndarray, codebooks: Codebooks, size: int) -> np.ndarray:
    coarse = codebooks.coarse(size)
    lists = np.empty(len(codes), np.int32)
    for at in range(0, len(codes), _ASSIGN_AT_ONCE):
        lists[at : at + _ASSIGN_AT_ONCE] = coarse.assign(codebooks.decode(codes[at : at + _ASSIGN_AT_ONCE]))
    return lists
