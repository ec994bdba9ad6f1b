"""A file that is read through a mapping, and may be larger than the memory.

Where memory holds the file, the system reads ahead of every place that is read, and soon has all of it there. Where it does
not, that puts more out of memory than it brings. There the system reads what is asked for alone, and whoever is going to read
many places names them beforehand, so that the disk serves them side by side (madvise(2), MADV_RANDOM and MADV_WILLNEED).
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import numpy as np

LARGE_SHARE = 0.5  # of the memory, from which a file counts as too large for it: the index and others need the rest
_PAGE = mmap.PAGESIZE
_AT_ONCE = 1 << 17  # bytes named in one call: of more, Linux reads no more than it reads ahead on that disk, usually 128 kB
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))  # a container's (cgroups(7))


class Mapped:
    """The bytes of an open file, which may be closed then.

    data   (n,) uint8
    large  whether memory may not hold what is used of it
    """

    def __init__(self, descriptor: int, used: int):
        """Takes `used`: how many bytes of the file hold something; the rest is sparse."""
        self.data = np.zeros(0, np.uint8)
        self._most = LARGE_SHARE * memory()
        self.large = used > self._most
        if size := os.fstat(descriptor).st_size:
            self._mapping = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)
            self.data = np.frombuffer(self._mapping, np.uint8)
            if self.large:
                self._mapping.madvise(mmap.MADV_RANDOM)

    def serves(self, used: int) -> bool:
        """Tells whether so much of the file is mapped, and in the way that suits a file of that size."""
        return used <= len(self.data) and (self.large or used <= self._most)

    def expect(self, starts: np.ndarray, ends: np.ndarray) -> None:
        """Announces that these bytes of a large file are going to be read; starts and ends, (m,) int64, of each place."""
        for first, last in _stretches(starts // _PAGE, (ends - 1) // _PAGE):
            for at in range(first * _PAGE, (last + 1) * _PAGE, _AT_ONCE):
                self._mapping.madvise(mmap.MADV_WILLNEED, at, min(_AT_ONCE, (last + 1) * _PAGE - at))


def memory() -> int:
    """Returns the bytes of memory that the machine has, or that the container may take."""
    limits = [int(text) for path in _LIMITS if path.exists() and (text := path.read_text().strip()).isdigit()]
    return min([os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), *limits])


def _stretches(firsts: np.ndarray, lasts: np.ndarray) -> list[tuple[int, int]]:
    """Joins pages that lie side by side: first and last page of each stretch, once; firsts, lasts (m,) int64 of places."""
    if not len(firsts):
        return []
    order = np.argsort(firsts)
    firsts, lasts = firsts[order], np.maximum.accumulate(lasts[order])
    cuts = np.flatnonzero(firsts[1:] > lasts[:-1] + 1) + 1
    return list(zip(firsts[np.append(0, cuts)].tolist(), lasts[np.append(cuts - 1, -1)].tolist(), strict=True))
