"""A table from names to numbers in few bytes: a hash table of 128-bit digests, without the names themselves.

Two of a billion names share a digest with a chance of one in 10^21, so that none is compared. One thread at a time writes;
a reader that looks a name up meanwhile finds its number, or that there is none yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numba import njit

_FREE, _GONE = -1, -2  # values of places that never held a number, and that hold none any more
_FIRST_ROOM = 1_024  # places, a power of two
_FULL = 0.6  # share of places in use at which the table doubles: a search then looks at two places on average


class Keys:
    """Numbers by name: 20 bytes a place, 33 to 67 a name."""

    def __init__(self, digests: np.ndarray | None = None, values: np.ndarray | None = None):
        """Takes digests (n, 2) int64 and values (n,) int32, as `arrays` gave them; None: an empty table."""
        self._table = _room(_FIRST_ROOM) if digests is None or values is None else (digests, values)
        self._used = int(np.count_nonzero(self._table[1] != _FREE))
        self._length = int(np.count_nonzero(self._table[1] >= 0))

    def __len__(self) -> int:
        return self._length

    def get(self, name: str) -> int | None:
        return self.at(*digest_of(name))

    def at(self, a: int, b: int) -> int | None:
        """Returns the number of the name with this digest."""
        digests, values = self._table
        at = find(digests, values, a, b)
        return None if at < 0 or (value := int(values[at])) < 0 else value

    def put(self, names: Sequence[str], numbers: Sequence[int] | np.ndarray) -> None:
        """Adds names that are not there, each once, with a number below 2^31."""
        self.put_digests(np.array([digest_of(name) for name in names], np.int64).reshape(-1, 2), numbers)

    def put_digests(self, some: np.ndarray, numbers: Sequence[int] | np.ndarray) -> None:
        """Adds digests, (n, 2) int64, of names that are not there."""
        some = np.require(some, requirements="W")  # an array that may only be read would have the kernel compiled once more
        if self._used + len(some) > _FULL * len(self._table[1]):
            digests, values = self._table
            room = len(values)
            while self._length + len(some) > _FULL / 2 * room:
                room *= 2
            grown = _room(room)
            insert(*grown, digests[values >= 0], values[values >= 0])
            self._table, self._used = grown, self._length
        insert(*self._table, some, np.asarray(numbers, np.int32))
        self._used += len(some)
        self._length += len(some)

    def pop(self, name: str) -> int | None:
        """Forgets a name; returns the number that it had."""
        return self.pop_digest(*digest_of(name))

    def pop_digest(self, a: int, b: int) -> int | None:
        digests, values = self._table
        at = find(digests, values, a, b)
        if at < 0:
            return None
        number = int(values[at])
        values[at] = _GONE
        digests[at] = 0  # nobody can try whether a name was here
        self._length -= 1
        return number

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the digests (n, 2) int64 and the values (n,) int32."""
        return self._table


def digest_of(name: str) -> tuple[int, int]:
    digest = blake2b(name.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little", signed=True), int.from_bytes(digest[8:], "little", signed=True)


def _room(places: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((places, 2), np.int64), np.full(places, _FREE, np.int32)


@njit(nogil=True, cache=True)
def find(digests: np.ndarray, values: np.ndarray, a: int, b: int) -> int:
    """Finds the place of a digest (a, b), -1 where it is not: open addressing, one place after the other."""
    last = len(values) - 1
    at = a & last
    while values[at] != _FREE:
        if values[at] >= 0 and digests[at, 0] == a and digests[at, 1] == b:
            return at
        at = (at + 1) & last
    return -1


@njit(nogil=True, cache=True)
def insert(digests: np.ndarray, values: np.ndarray, new: np.ndarray, numbers: np.ndarray) -> None:
    """Puts digests (m, 2) with numbers (m,) int32 into free places, of which there must be enough."""
    last = len(values) - 1
    for i in range(len(new)):
        at = new[i, 0] & last
        while values[at] != _FREE:
            at = (at + 1) & last
        digests[at, 0], digests[at, 1] = new[i, 0], new[i, 1]
        values[at] = numbers[i]
