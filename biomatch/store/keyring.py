"""The data keys of one gallery: one for each person, wrapped by the master key, in a file of their own.

    keys/data.keys   places of 80 bytes, numbered from 0; a place is never given twice
      place 0        magic 8, id of the master key 8, wrapped secret 60 (32 and a seal's 28), CRC-32 4
      others         id 16, wrapped key 60, CRC-32 4; all zeros: the key was destroyed

An id is the kind of owner (1 byte) and a hash of its name keyed with the secret: the file names nobody. A key is durable
before anything is sealed under it. To destroy one, its place is overwritten where it lies: a new file in the place of the old
one would leave the old one's blocks, wrapped keys and all, in the disk's free space.

    sealed bytes     place of the key uint32, then nonce, ciphertext and tag
    sealed file      "BMSEAL01", place of the key uint32, bytes of a chunk uint32; then chunks, each with its tag: their nonces
                     count, and the last one's says that it is the last. The key is the file's own.
"""

from __future__ import annotations

import os
import struct
import threading
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager, nullcontext
from hashlib import blake2b
from pathlib import Path

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from biomatch import crypto, private
from biomatch.crypto import KEY_BYTES, NONCE_BYTES, SEALED_BYTES, TAG_BYTES, MasterKey, write_secret
from biomatch.errors import KeyDamaged, KeyMissing, MasterKeyWrong, SealBroken, SealKeyGone
from biomatch.gallery.keys import Keys
from biomatch.observe import NO_TRACE, Trace
from biomatch.sealing import Buffer
from biomatch.store.database import translated

PERSON, SEARCH, FILE, JOB = "person", "search", "file", "job"
_KINDS = {PERSON: 1, SEARCH: 2, FILE: 3, JOB: 4}

_MAGIC = b"BMKEYS01"
_ID_BYTES = 16
_WRAPPED_BYTES = KEY_BYTES + SEALED_BYTES
_PLACE_BYTES = _ID_BYTES + _WRAPPED_BYTES + 4
_PLACE = struct.Struct("<I")
_NONCE = slice(_PLACE.size, _PLACE.size + NONCE_BYTES)  # of sealed bytes
_SEALED = slice(_PLACE.size + NONCE_BYTES, None)
_UNWRAPPED = 1 << 17  # keys kept ready for use: some 20 MB; their ciphers would take 2.4 kB each, and are made in 1 us

_FILE_MAGIC = b"BMSEAL01"
_FILE_HEAD = struct.Struct("<8sII")
_CHUNK_BYTES = 1 << 22


class Keyring:
    """Implements `Sealing`. Owners are "person/NAME", "search/ID", "job/ID" and "file/NAME". Safe from many threads."""

    version = "aes-256-gcm/1"
    seals = True

    def __init__(self, path: Path, master: MasterKey, trace: Trace = NO_TRACE):
        """Raises KeyMissing, KeyDamaged, MasterKeyWrong."""
        self.path = path
        self._folder = path.parent.parent
        self._trace = trace
        self._writing = threading.Lock()
        self._destroying = threading.Lock()
        self._unwrapped: dict[int, bytes] = {}
        self._close: Callable[[], object] = lambda: None
        data = _read(path)
        if len(data) < _PLACE_BYTES or data[:8] != _MAGIC or not _whole(data[:_PLACE_BYTES]):
            raise KeyDamaged(str(path), "its head is not what was written")
        if data[8:16].hex() != master.id:
            raise MasterKeyWrong(str(self._folder), data[8:16].hex(), master.id, master.place)
        secret = master.unwrap(data[_ID_BYTES : _ID_BYTES + _WRAPPED_BYTES], _MAGIC)
        if secret is None:
            raise KeyDamaged(str(path), "its head is not what was written")
        self._master, self._secret = master, secret
        self._take(data)

    @classmethod
    def make(cls, path: Path, master: MasterKey) -> None:
        """An empty file of keys. Raises OSError."""
        write_secret(path, _head(master, os.urandom(KEY_BYTES)))

    @property
    def master(self) -> MasterKey:
        return self._master

    @property
    def identity(self) -> str:
        """Tells this gallery's keys from another's, whatever master key wraps them."""
        return crypto.sha256(b"biomatch data keys\n" + self._secret)[:8].hex()

    def __len__(self) -> int:
        """Keys of persons."""
        return int(np.count_nonzero(self._places[: self._length, 0] == _KINDS[PERSON]))

    def seal(self, owner: str, place: bytes, data: bytes) -> bytes:
        """The owner gets a key where there is none. Raises DiskFull, StoreFailed."""
        return self._sealed(self._made(owner), place, data)

    def seal_known(self, owner: str, place: bytes, data: bytes) -> bytes:
        """The same for an owner who must have a key. Raises SealKeyGone."""
        number = self._number(owner)
        if number is None:
            raise SealKeyGone(owner)
        return self._sealed(number, place, data)

    def _sealed(self, number: int, place: bytes, data: bytes) -> bytes:
        return _PLACE.pack(number) + crypto.seal(self._cipher(number, place), data, place)

    def open(self, place: bytes, sealed: Buffer) -> bytes:
        """Raises SealBroken, SealKeyGone."""
        if len(sealed) < _PLACE.size + SEALED_BYTES:
            raise SealBroken(_words(place), "it is too short")
        (number,) = _PLACE.unpack_from(sealed)
        key = self._unwrapped.get(number) or self._opened(number, place)
        try:  # written out, for a search comes here some hundred times
            return AESGCM(key).decrypt(sealed[_NONCE], sealed[_SEALED], place)
        except InvalidTag:
            raise SealBroken(_words(place), "it was changed, or was sealed for another place") from None

    def ready(self, owners: Iterable[str]) -> None:
        """Each of them has a key, which is durable on return. Raises DiskFull, StoreFailed."""
        with self._writing:
            new = [owner for owner in dict.fromkeys(owners) if self._number(owner) is None]
            self._append(new)

    def destroy(self, owners: Iterable[str]) -> None:
        """What was sealed for them is never opened again; durable on return. Raises StoreFailed."""
        numbers = [number for owner in owners if (number := self._number(owner)) is not None]
        self._wipe(numbers)

    def keep_only(self, kind: str, owners: Iterable[str]) -> None:
        """Destroys the keys of this kind's other owners."""
        wanted = set(map(self._id, owners))
        places = self._places[: self._length]
        numbers = np.nonzero(places[:, 0] == _KINDS[kind])[0]
        self._wipe([number for number in numbers.tolist() if places[number, :_ID_BYTES].tobytes() not in wanted])

    def has(self, owner: str) -> bool:
        return self._number(owner) is not None

    def alias(self, text: str) -> str:
        """A name for a file that tells nothing of the text: hex of 32 digits."""
        return blake2b(text.encode(), key=self._secret, digest_size=16).hexdigest()

    def write(self, path: Path, parts: Iterable[Buffer]) -> int:
        """Writes a sealed file under a new key, durable on return; the key's number. Raises OSError, DiskFull, StoreFailed."""
        owner = f"{FILE}/{path.name}"
        self.destroy([owner])
        number = self._made(owner)
        cipher, head = self._cipher(number), _FILE_HEAD.pack(_FILE_MAGIC, number, _CHUNK_BYTES)
        with private.opened(path, "wb") as file:
            file.write(head)
            for nonce, chunk in _numbered(_chunks(parts)):
                file.write(cipher.encrypt(nonce, chunk, head))
            file.flush()
            os.fsync(file.fileno())
        return number

    def read(self, path: Path, number: int) -> np.ndarray:
        """(n,) uint8, read only: the content of a sealed file, in memory. Raises SealBroken, SealKeyGone, OSError."""
        with path.open("rb") as file:
            head = file.read(_FILE_HEAD.size)
            if head != _FILE_HEAD.pack(_FILE_MAGIC, number, _CHUNK_BYTES):
                raise SealBroken(str(path), "it is not the file that was sealed")
            cipher = self._cipher(number, str(path).encode())
            sealed = os.fstat(file.fileno()).st_size - _FILE_HEAD.size
            count = max(1, -(-sealed // (_CHUNK_BYTES + TAG_BYTES)))
            if sealed < count * TAG_BYTES:
                raise SealBroken(str(path), "it ends too early")
            out = np.empty(sealed - count * TAG_BYTES, np.uint8)
            for i in range(count):
                try:
                    chunk = cipher.decrypt(_counted(i, i == count - 1), file.read(_CHUNK_BYTES + TAG_BYTES), head)
                except InvalidTag:
                    raise SealBroken(str(path), "it was changed") from None
                out[i * _CHUNK_BYTES : i * _CHUNK_BYTES + len(chunk)] = np.frombuffer(chunk, np.uint8)
        out.flags.writeable = False
        return out

    def keep_files(self, names: Set[str]) -> None:
        self.keep_only(FILE, [f"{FILE}/{name}" for name in names])

    @contextmanager
    def held(self) -> Iterator[None]:
        """No key but a file's is destroyed while it lasts: whoever wants to waits."""
        with self._destroying:
            yield

    def copy(self, out: Path) -> None:
        """The file of keys as it is now. Durable on return. Raises OSError."""
        with self._writing:
            data = self.path.read_bytes()
        write_secret(out, data)

    def rewrap(self, master: MasterKey) -> None:
        """All keys under another master key; a kill leaves the file before or that after. Raises KeyDamaged, StoreFailed."""
        with self._destroying, self._writing, translated(self._folder):
            places = [_head(master, self._secret)]
            for number in range(1, self._length):
                name = self._places[number, :_ID_BYTES].tobytes()
                key = self._key(number) if any(name) else None
                places.append(bytes(_PLACE_BYTES) if key is None else _place(name, number, key, master))
            data = b"".join(places)
            write_secret(self.path, data)
            self._master = master
            self._take(data)

    def close(self) -> None:
        """Nothing can be written any more. A second time does nothing."""
        self._close()

    def _take(self, data: bytes) -> None:
        """Holds what the file holds. A place that is not whole holds no key: it was being written when the process died."""
        self.close()
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        self._close = weakref.finalize(self, os.close, self._descriptor)
        self._length = len(data) // _PLACE_BYTES
        places = np.frombuffer(data, np.uint8, self._length * _PLACE_BYTES).reshape(-1, _PLACE_BYTES).copy()
        for number in np.nonzero(places[:, 0])[0].tolist():
            if not _whole(places[number].tobytes()):
                places[number] = 0
        self._places = places
        numbers = np.nonzero(places[1:, 0])[0] + 1
        self._numbers = Keys()
        self._numbers.put_digests(np.ascontiguousarray(places[numbers, :_ID_BYTES]).view(np.int64).reshape(-1, 2), numbers)

    def _append(self, owners: Sequence[str]) -> None:
        if not owners:
            return
        first = self._length
        made = [_place(self._id(owner), first + i, os.urandom(KEY_BYTES), self._master) for i, owner in enumerate(owners)]
        with translated(self._folder):
            _write_all(self._descriptor, b"".join(made), first * _PLACE_BYTES)
            os.fsync(self._descriptor)
        if first + len(made) > len(self._places):
            grown = np.zeros((max(first + len(made), 2 * len(self._places), 1_024), _PLACE_BYTES), np.uint8)
            grown[:first] = self._places[:first]
            self._places = grown
        some = np.frombuffer(b"".join(made), np.uint8).reshape(-1, _PLACE_BYTES)
        self._places[first : first + len(made)] = some
        self._length = first + len(made)
        digests = np.ascontiguousarray(some[:, :_ID_BYTES]).view(np.int64).reshape(-1, 2)
        self._numbers.put_digests(digests, np.arange(first, first + len(made)))
        self._trace("keys-synced", len(made))

    def _wipe(self, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        only_files = (self._places[numbers, 0] == _KINDS[FILE]).all()
        with nullcontext() if only_files else self._destroying, self._writing, translated(self._folder):
            for number in numbers:
                _write_all(self._descriptor, bytes(_PLACE_BYTES), number * _PLACE_BYTES)
            os.fsync(self._descriptor)
            for number in numbers:
                self._numbers.pop_digest(*self._places[number, :_ID_BYTES].view(np.int64).tolist())
                self._places[number] = 0
                self._unwrapped.pop(number, None)
        self._trace("keys-destroyed", len(numbers))

    def _id(self, owner: str) -> bytes:
        kind = _KINDS[owner.partition("/")[0]]
        return bytes((kind,)) + blake2b(owner.encode(), key=self._secret, digest_size=_ID_BYTES - 1).digest()

    def _made(self, owner: str) -> int:
        """The number of the owner's key, which may be new."""
        if self._number(owner) is None:
            self.ready([owner])
        number = self._number(owner)
        if number is None:  # destroyed meanwhile
            raise SealKeyGone(owner)
        return number

    def _number(self, owner: str) -> int | None:
        a, b = struct.unpack("<qq", self._id(owner))
        return self._numbers.at(a, b)

    def _cipher(self, number: int, place: bytes = b"") -> AESGCM:
        return AESGCM(self._unwrapped.get(number) or self._opened(number, place))

    def _opened(self, number: int, place: bytes) -> bytes:
        """A key, kept ready from now on. Raises SealBroken, SealKeyGone, KeyDamaged."""
        if not 0 < number < self._length:
            raise SealBroken(_words(place), "it names a key that never was")
        if not self._places[number, 0]:
            raise SealKeyGone(_words(place))
        key = self._key(number)
        if len(self._unwrapped) >= _UNWRAPPED:
            self._unwrapped = {}
        self._unwrapped[number] = key
        if not self._places[number, 0]:  # destroyed meanwhile
            self._unwrapped.pop(number, None)
        return key

    def _key(self, number: int) -> bytes:
        """Raises KeyDamaged."""
        data = self._places[number].tobytes()
        key = self._master.unwrap(data[_ID_BYTES : _ID_BYTES + _WRAPPED_BYTES], data[:_ID_BYTES] + _PLACE.pack(number))
        if key is None:
            raise KeyDamaged(str(self.path), f"the key at place {number} is not what was written")
        return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise KeyMissing(str(path)) from None
    except OSError as error:
        raise KeyDamaged(str(path), error.strerror or str(error)) from None


def _head(master: MasterKey, secret: bytes) -> bytes:
    return _closed(_MAGIC + bytes.fromhex(master.id) + master.wrap(secret, _MAGIC))


def _place(name: bytes, number: int, key: bytes, master: MasterKey) -> bytes:
    return _closed(name + master.wrap(key, name + _PLACE.pack(number)))


def _closed(data: bytes) -> bytes:
    return data + _PLACE.pack(zlib.crc32(data))


def _whole(place: bytes) -> bool:
    return zlib.crc32(place[:-4]) == _PLACE.unpack(place[-4:])[0]


def _words(place: bytes) -> str:
    return place.decode(errors="backslashreplace")


def _counted(number: int, last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "little") + bytes((last,))


def _chunks(parts: Iterable[Buffer]) -> Iterator[bytes]:
    """The same bytes, in chunks of one size but for the last, which may be empty."""
    waiting = bytearray()
    for part in parts:
        waiting += memoryview(part).cast("B")
        while len(waiting) > _CHUNK_BYTES:
            yield bytes(waiting[:_CHUNK_BYTES])
            del waiting[:_CHUNK_BYTES]
    yield bytes(waiting)


def _numbered(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk with its nonce."""
    before = next(chunks)
    number = 0
    for number, chunk in enumerate(chunks, 1):
        yield _counted(number - 1, False), before
        before = chunk
    yield _counted(number, True), before


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written
