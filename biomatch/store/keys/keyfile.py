"""One file of wrapped keys, `keys/data.keys`, and what it holds in memory.

    places of 80 bytes, numbered from 0; a place is never given twice
      place 0        magic 8, id of the master key 8, wrapped secret 60 (32 and a seal's 28), CRC-32 4
      others         id 16, wrapped key 60, CRC-32 4; all zeros: the key was destroyed

An id is the kind of owner (1 byte) and a hash of its name keyed with the secret: the file names nobody. To destroy a key, its
place is overwritten where it lies: a new file in the place of the old one would leave the old one's blocks, wrapped keys and
all, in the disk's free space.
"""

from __future__ import annotations

import os
import struct
import threading
import weakref
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from biomatch.crypto import KEY_BYTES, SEALED_BYTES, MasterKey, erase_secret, write_secret
from biomatch.errors import KeyDamaged, KeyMissing, MasterKeyWrong
from biomatch.gallery.caches.names import Keys

ID_BYTES = 16
NUMBER = struct.Struct("<I")

_MAGIC = b"BMKEYS01"
_WRAPPED = slice(ID_BYTES, ID_BYTES + KEY_BYTES + SEALED_BYTES)  # of a place
_PLACE_BYTES = _WRAPPED.stop + 4
_READY = 1 << 17  # keys kept unwrapped: some 20 MB; their ciphers would take 2.4 kB each, and are made in 1 us


class KeyFile:
    """The keys under one master key. Many threads read; one that holds the ring's lock appends and wipes.

    master  the key that wraps them
    secret  32 bytes: keys the hashes of names
    ready   keys by number that are unwrapped already. Only `key` adds to it
    """

    def __init__(self, path: Path, descriptor: int, data: bytes, master: MasterKey, secret: bytes):
        """Takes the file's descriptor for writing, which is closed with this, and its data."""
        self.path, self.master, self.secret = path, master, secret
        self.ready: dict[int, bytes] = {}
        self._readying = threading.Lock()
        self._descriptor = descriptor
        self._close = weakref.finalize(self, os.close, descriptor)
        self._length = len(data) // _PLACE_BYTES
        self._places = np.frombuffer(data, np.uint8, self._length * _PLACE_BYTES).reshape(-1, _PLACE_BYTES).copy()
        for number in np.nonzero(self._places[:, 0])[0].tolist():
            if not _whole(self._places[number].tobytes()):  # it was being written when the process died
                self._places[number] = 0
        self._numbers = Keys()
        self._number_all(np.nonzero(self._places[1:, 0])[0] + 1)

    @classmethod
    def open(cls, path: Path, master: MasterKey) -> KeyFile:
        """Raises KeyMissing, KeyDamaged, MasterKeyWrong."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            raise KeyMissing(str(path)) from None
        except OSError as error:
            raise KeyDamaged(str(path), error.strerror or str(error)) from None
        try:
            data = path.read_bytes()
            secret = _secret(path, data, master)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, OSError):
                raise KeyDamaged(str(path), error.strerror or str(error)) from None
            raise
        return cls(path, descriptor, data, master, secret)

    @classmethod
    def make(cls, path: Path, master: MasterKey) -> None:
        """Makes an empty file of keys. Raises OSError."""
        write_secret(path, _head(master, os.urandom(KEY_BYTES)))

    def rewrapped(self, path: Path, master: MasterKey) -> KeyFile:
        """Returns the same keys, with the same numbers, under another master key. Their file is written to `path`, synced, and
        is to be put in the place of this one. Raises KeyDamaged, OSError."""
        places = [_head(master, self.secret)]
        for number in range(1, self._length):
            place = self._places[number].tobytes()
            places.append(_place(place[:ID_BYTES], number, self._unwrapped(place, number), master) if any(place) else place)
        data = b"".join(places)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, data, 0)
            os.fsync(descriptor)
        except BaseException:
            os.close(descriptor)
            with suppress(OSError):  # the next opening does it
                erase_secret(path)
            raise
        made = KeyFile(self.path, descriptor, data, master, self.secret)
        with self._readying:
            made.ready = dict(self.ready)
        return made

    def lies_at(self, path: Path) -> bool:
        """Tells whether the file of this name is this one. Raises OSError."""
        return os.path.samestat(os.fstat(self._descriptor), path.stat())

    def __len__(self) -> int:
        """Counts the places, the head and destroyed keys among them."""
        return self._length

    def number_of(self, name: bytes) -> int | None:
        return self._numbers.at(*struct.unpack("<qq", name))

    def of_kind(self, kind: int) -> dict[bytes, int]:
        """Returns the numbers of the keys whose id begins with this byte, by id."""
        places = self._places[: self._length]
        numbers = np.nonzero(places[:, 0] == kind)[0]
        return {places[number, :ID_BYTES].tobytes(): number for number in numbers.tolist()}

    def count(self, kind: int) -> int:
        return int(np.count_nonzero(self._places[: self._length, 0] == kind))

    def key(self, number: int) -> bytes | None:
        """Returns a key, which is kept ready from now on. None: it was destroyed. Raises KeyDamaged."""
        place = self._places[number].tobytes()
        if not place[0]:
            return None
        key = self._unwrapped(place, number)
        with self._readying:
            if not self._places[number, 0]:
                return None
            if len(self.ready) >= _READY:
                self.ready = {}
            self.ready[number] = key
        return key

    def append(self, names: Sequence[bytes]) -> None:
        """Appends new keys under these ids, which have none; durable on return. Raises OSError."""
        first, last = self._length, self._length + len(names)
        made = b"".join(_place(name, first + i, os.urandom(KEY_BYTES), self.master) for i, name in enumerate(names))
        _write_all(self._descriptor, made, first * _PLACE_BYTES)
        os.fsync(self._descriptor)
        if last > len(self._places):
            grown = np.zeros((max(last, 2 * len(self._places), 1_024), _PLACE_BYTES), np.uint8)
            grown[:first] = self._places[:first]
            self._places = grown
        self._places[first:last] = np.frombuffer(made, np.uint8).reshape(-1, _PLACE_BYTES)
        self._length = last  # whoever reads a number below it finds its place
        self._number_all(np.arange(first, last))

    def wipe(self, numbers: Sequence[int]) -> None:
        """Overwrites these keys, each once, where they lie; durable on return. Raises OSError."""
        for number in numbers:
            _write_all(self._descriptor, bytes(_PLACE_BYTES), number * _PLACE_BYTES)
        os.fsync(self._descriptor)
        with self._readying:
            for number in numbers:
                self._numbers.pop_digest(*self._places[number, :ID_BYTES].view(np.int64).tolist())
                self._places[number] = 0
                self.ready.pop(number, None)

    def pad(self, length: int) -> None:
        """Adds places of destroyed keys, until there are so many: they were given to keys that this file has never held.
        Durable on return. Raises OSError.
        """
        more = np.zeros((max(0, length - self._length), _PLACE_BYTES), np.uint8)
        _write_all(self._descriptor, more.tobytes(), self._length * _PLACE_BYTES)
        os.fsync(self._descriptor)
        self._places = np.concatenate([self._places[: self._length], more])
        self._length = max(self._length, length)

    def close(self) -> None:
        """Closes the file: nothing can be written any more. A second time does nothing."""
        self._descriptor = -1
        self._close()

    def _number_all(self, numbers: np.ndarray) -> None:
        digests = np.ascontiguousarray(self._places[numbers, :ID_BYTES]).view(np.int64).reshape(-1, 2)
        self._numbers.put_digests(digests, numbers)

    def _unwrapped(self, place: bytes, number: int) -> bytes:
        key = self.master.unwrap(place[_WRAPPED], place[:ID_BYTES] + NUMBER.pack(number))
        if key is None:
            raise KeyDamaged(str(self.path), f"the key at place {number} is not what was written")
        return key


def _secret(path: Path, data: bytes, master: MasterKey) -> bytes:
    """Raises KeyDamaged, MasterKeyWrong."""
    if len(data) < _PLACE_BYTES or data[:8] != _MAGIC or not _whole(data[:_PLACE_BYTES]):
        raise KeyDamaged(str(path), "its head is not what was written")
    if data[8:ID_BYTES].hex() != master.id:
        raise MasterKeyWrong(str(path.parent.parent), data[8:ID_BYTES].hex(), master.id, master.place)
    secret = master.unwrap(data[_WRAPPED], _MAGIC)
    if secret is None:
        raise KeyDamaged(str(path), "its head is not what was written")
    return secret


def _head(master: MasterKey, secret: bytes) -> bytes:
    return _closed(_MAGIC + bytes.fromhex(master.id) + master.wrap(secret, _MAGIC))


def _place(name: bytes, number: int, key: bytes, master: MasterKey) -> bytes:
    return _closed(name + master.wrap(key, name + NUMBER.pack(number)))


def _closed(data: bytes) -> bytes:
    return data + NUMBER.pack(zlib.crc32(data))


def _whole(place: bytes) -> bool:
    return zlib.crc32(place[:-4]) == NUMBER.unpack(place[-4:])[0]


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written
