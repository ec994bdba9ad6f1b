"""The data keys of one gallery: one for each person, wrapped by the master key, in a file of their own (keyfile.py).

A key is durable before anything is sealed under it, and is overwritten where it lies when it is destroyed.

    sealed bytes     place of the key uint32, then nonce, ciphertext and tag
    sealed file      "BMSEAL01", place of the key uint32, bytes of a chunk uint32; then chunks, each with its tag: their nonces
                     count, and the last one's says that it is the last. The key is the file's own.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager, nullcontext
from hashlib import blake2b
from pathlib import Path

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from biomatch import crypto, private
from biomatch.crypto import NEW, NONCE_BYTES, SEALED_BYTES, TAG_BYTES, MasterKey
from biomatch.errors import SealBroken, SealKeyGone
from biomatch.observe import NO_TRACE, Trace
from biomatch.sealing import Buffer
from biomatch.store.database import translated
from biomatch.store.keys.keyfile import ID_BYTES, NUMBER, KeyFile

PERSON, SEARCH, FILE, JOB, USER = "person", "search", "file", "job", "user"
_KINDS = {PERSON: 1, SEARCH: 2, FILE: 3, JOB: 4, USER: 5}

_NONCE = slice(NUMBER.size, NUMBER.size + NONCE_BYTES)  # of sealed bytes
_SEALED = slice(NUMBER.size + NONCE_BYTES, None)

_FILE_MAGIC = b"BMSEAL01"
_FILE_HEAD = struct.Struct("<8sII")
_CHUNK_BYTES = 1 << 22


class Keyring:
    """Implements `Sealing`. Owners are "person/NAME", "search/ID", "job/ID", "file/NAME", "user/NAME". Safe from many threads.

    All that it knows of its keys is one KeyFile, which a new master key replaces as a whole. A reader takes it once, a writer
    after the lock.
    """

    version = "aes-256-gcm/1"
    seals = True

    def __init__(self, path: Path, master: MasterKey, trace: Trace = NO_TRACE):
        """Raises KeyMissing, KeyDamaged, MasterKeyWrong, StoreFailed."""
        self.path = path
        self._folder = path.parent.parent
        self._trace = trace
        self._writing = threading.Lock()
        self._destroying = threading.RLock()
        self._file = KeyFile.open(path, master)
        self._settled = False
        with translated(self._folder):
            self._settle()

    @classmethod
    def make(cls, path: Path, master: MasterKey) -> None:
        """Makes an empty file of keys. Raises OSError."""
        KeyFile.make(path, master)

    @property
    def master(self) -> MasterKey:
        return self._file.master

    @property
    def identity(self) -> str:
        """Tells this gallery's keys from another's, whatever master key wraps them."""
        return crypto.sha256(b"biomatch data keys\n" + self._file.secret)[:8].hex()

    def __len__(self) -> int:
        """Counts the keys of persons."""
        return self._file.count(_KINDS[PERSON])

    def seal(self, owner: str, place: bytes, data: bytes) -> bytes:
        """Seals data for an owner, who gets a key where there is none. Raises DiskFull, StoreFailed."""
        return self._sealed(self._made(owner), place, data)

    def seal_known(self, owner: str, place: bytes, data: bytes) -> bytes:
        """Seals data for an owner who must have a key. Raises SealKeyGone."""
        number = self._file.number_of(self._id(owner))
        if number is None:
            raise SealKeyGone(owner)
        return self._sealed(number, place, data)

    def _sealed(self, number: int, place: bytes, data: bytes) -> bytes:
        return NUMBER.pack(number) + crypto.seal(self._cipher(number, place), data, place)

    def open(self, place: bytes, sealed: Buffer) -> bytes:
        """Raises SealBroken, SealKeyGone."""
        if len(sealed) < NUMBER.size + SEALED_BYTES:
            raise SealBroken(_words(place), "it is too short")
        (number,) = NUMBER.unpack_from(sealed)
        key = self._file.ready.get(number) or self._opened(number, place)
        try:  # written out, for a search comes here some hundred times
            return AESGCM(key).decrypt(sealed[_NONCE], sealed[_SEALED], place)
        except InvalidTag:
            raise SealBroken(_words(place), "it was changed, or was sealed for another place") from None

    def ready(self, owners: Iterable[str]) -> None:
        """Makes sure that each owner has a key, which is durable on return. Raises DiskFull, StoreFailed."""
        names = dict.fromkeys(map(self._id, owners))
        with self._writing:
            new = [name for name in names if self._file.number_of(name) is None]
            if not new:
                return
            with translated(self._folder):
                self._settle()
                self._file.append(new)
            self._trace("keys-synced", len(new))

    def destroy(self, owners: Iterable[str]) -> None:
        """Destroys the owners' keys: what was sealed for them is never opened again; durable on return. Raises StoreFailed."""
        self._destroy(set(map(self._id, owners)))

    def number_in(self, sealed: Buffer) -> int:
        """Reads the number of the key that bytes are sealed under, from their first four bytes."""
        found: int = NUMBER.unpack_from(sealed)[0]
        return found

    @property
    def places(self) -> int:
        """A number above that of every key that is or was there."""
        return len(self._file)

    def pass_over(self, number: int) -> None:
        """Passes over numbers: no new key gets this number, or a smaller one. Durable on return. Raises StoreFailed."""
        with self._writing, translated(self._folder):
            self._settle()
            self._file.pad(number + 1)

    def mark_of(self, owner: str) -> str:
        """Returns what the file of keys calls an owner, in hex: it tells nothing of the name."""
        return self._id(owner).hex()

    def destroy_marked(self, marks: Iterable[str]) -> None:
        """Destroys the keys of owners who are known by their marks alone. Raises StoreFailed."""
        self._destroy(set(map(bytes.fromhex, marks)))

    def others(self, kind: str, owners: Iterable[str]) -> int:
        """Counts the owners of this kind that have a key and are not among these."""
        return len(self._file.of_kind(_KINDS[kind]).keys() - set(map(self._id, owners)))

    def has(self, owner: str) -> bool:
        return self._file.number_of(self._id(owner)) is not None

    def alias(self, text: str) -> str:
        """Makes a name for a file that tells nothing of the text: hex of 32 digits."""
        return blake2b(text.encode(), key=self._file.secret, digest_size=16).hexdigest()

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
        """Reads the content of a sealed file into memory, (n,) uint8, read only. Raises SealBroken, SealKeyGone, OSError."""
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
        self._destroy(self._file.of_kind(_KINDS[FILE]).keys() - {self._id(f"{FILE}/{name}") for name in names})

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lets no key but a file's be destroyed, and no key be wrapped anew, inside the block: other threads that want to
        wait."""
        with self._destroying:
            yield

    def copy(self, out: Path) -> None:
        """Copies the file of keys as it is now. Durable on return. Raises OSError."""
        with self._writing:
            data = self.path.read_bytes()
        crypto.write_secret(out, data)

    def rewrap(self, master: MasterKey) -> None:
        """Rewraps all keys under another master key; a kill leaves the old file or the new one. What the file before held is
        overwritten. Raises KeyDamaged, DiskFull, StoreFailed."""
        new = self.path.with_name(self.path.name + NEW)
        with self._destroying, self._writing, translated(self._folder):
            self._settle()
            made, self._settled = self._file.rewrapped(new, master), False
            try:
                crypto.replace_secret(new, self.path)
            finally:  # where the disk failed, the file that has the name is the one that is written to from now on
                other = made
                if made.lies_at(self.path):
                    self._file, other = made, self._file
                other.close()
            self._settled = True

    def close(self) -> None:
        """Closes the file: nothing can be written any more. A second time does nothing."""
        self._file.close()

    def _destroy(self, names: Set[bytes]) -> None:
        if not any(self._file.number_of(name) is not None for name in names):
            return
        with self._to_destroy(names):
            self._wipe([number for name in names if (number := self._file.number_of(name)) is not None])

    @contextmanager
    def _to_destroy(self, names: Set[bytes]) -> Iterator[None]:
        """Takes the locks that destroying these keys needs: for keys of files alone, not that of `held`."""
        only_files = all(name[0] == _KINDS[FILE] for name in names)
        with nullcontext() if only_files else self._destroying, self._writing, translated(self._folder):
            yield

    def _wipe(self, numbers: Sequence[int]) -> None:
        if numbers:
            self._settle()
            self._file.wipe(numbers)
            self._trace("keys-destroyed", len(numbers))

    def _settle(self) -> None:
        """Brings a rotation to its end that a kill or a failing disk cut short. A file whose name is not durable takes no key,
        and none is destroyed in it: after a power cut the file before might be back. Raises OSError."""
        if not self._settled:
            crypto.settle_secret(self.path)
            crypto.erase_secret(self.path.with_name(self.path.name + NEW))
            self._settled = True

    def _id(self, owner: str) -> bytes:
        kind = _KINDS[owner.partition("/")[0]]
        return bytes((kind,)) + blake2b(owner.encode(), key=self._file.secret, digest_size=ID_BYTES - 1).digest()

    def _made(self, owner: str) -> int:
        """Returns the number of the owner's key, which may be new."""
        name = self._id(owner)
        if self._file.number_of(name) is None:
            self.ready([owner])
        number = self._file.number_of(name)
        if number is None:  # destroyed meanwhile
            raise SealKeyGone(owner)
        return number

    def _cipher(self, number: int, place: bytes = b"") -> AESGCM:
        return AESGCM(self._file.ready.get(number) or self._opened(number, place))

    def _opened(self, number: int, place: bytes) -> bytes:
        """Raises SealBroken, SealKeyGone, KeyDamaged."""
        file = self._file
        if not 0 < number < len(file):
            raise SealBroken(_words(place), "it names a key that never was")
        key = file.key(number)
        if key is None:
            raise SealKeyGone(_words(place))
        return key


def _words(place: bytes) -> str:
    return place.decode(errors="backslashreplace")


def _counted(number: int, last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "little") + bytes((last,))


def _chunks(parts: Iterable[Buffer]) -> Iterator[bytes]:
    """Yields the same bytes, in chunks of one size but for the last, which may be empty."""
    waiting = bytearray()
    for part in parts:
        waiting += memoryview(part).cast("B")
        while len(waiting) > _CHUNK_BYTES:
            yield bytes(waiting[:_CHUNK_BYTES])
            del waiting[:_CHUNK_BYTES]
    yield bytes(waiting)


def _numbered(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yields each chunk with its nonce."""
    before = next(chunks)
    number = 0
    for number, chunk in enumerate(chunks, 1):
        yield _counted(number - 1, False), before
        before = chunk
    yield _counted(number, True), before
