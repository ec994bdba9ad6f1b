"""Hashes, commitments, signatures and ciphers. Keys are files that only their owner may read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from biomatch.durable import sync
from biomatch.errors import KeyDamaged, MasterKeyUnreadable

SALT_BYTES = 32  # as many as the hash has: nobody finds the content of a commitment by trying
KEY_BYTES = 32  # AES-256
NONCE_BYTES = 12  # of GCM, drawn at random: one key may see 2^32 of them, and sees some thousands
TAG_BYTES = 16
SEALED_BYTES = NONCE_BYTES + TAG_BYTES  # so much longer than what it holds is what is sealed

NEW, FORMER = ".new", ".old"  # ends of the names of files that replace a secret, and that were replaced
_ZEROS = 1 << 20  # bytes overwritten at once


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def commitment(salt: bytes, content: bytes) -> bytes:
    """Computes a commitment, (32,) bytes of HMAC-SHA-256: it binds its publisher to the content, and tells nothing of the
    content once the salt is gone."""
    return hmac.new(salt, content, "sha256").digest()  # hmac.digest lets go of the interpreter's lock for 4 us of work


@dataclass(frozen=True)
class PublicKey:
    """Ed25519. raw: 32 bytes."""

    raw: bytes

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def text(self) -> str:
        """The key in base64, one line."""
        return base64.b64encode(self.raw).decode()


class SigningKey:
    """Ed25519, kept as a PEM file (PKCS 8)."""

    def __init__(self, key: Ed25519PrivateKey):
        self._key = key

    @classmethod
    def make(cls) -> SigningKey:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, path: Path) -> SigningKey:
        """Raises FileNotFoundError, KeyDamaged."""
        data = path.read_bytes()
        try:
            key = load_pem_private_key(data, None)
        except (ValueError, TypeError) as error:
            raise KeyDamaged(str(path), str(error).splitlines()[0]) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyDamaged(str(path), "it is not an Ed25519 key")
        return cls(key)

    def write(self, path: Path) -> None:
        """Writes the key to a file. The file is durable on return. Raises OSError."""
        write_secret(path, self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def public(self) -> PublicKey:
        return PublicKey(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, message: bytes) -> bytes:
        """Signs a message: 64 bytes."""
        return self._key.sign(message)


class MasterKey:
    """Wraps other keys, and nothing else. Kept as one line of base64."""

    def __init__(self, raw: bytes, place: str):
        """Takes `place`: where the key came from, in words."""
        self._raw = raw
        self._cipher = AESGCM(raw)
        self.place = place

    @classmethod
    def make(cls, place: str) -> MasterKey:
        return cls(os.urandom(KEY_BYTES), place)

    @classmethod
    def parse(cls, text: str, place: str) -> MasterKey:
        """Raises MasterKeyUnreadable."""
        try:
            raw = base64.b64decode(text.strip(), validate=True)
        except binascii.Error:
            raise MasterKeyUnreadable(place, "it is not base64") from None
        if len(raw) != KEY_BYTES:
            raise MasterKeyUnreadable(place, f"it has {len(raw)} bytes")
        return cls(raw, place)

    @classmethod
    def read(cls, path: Path) -> MasterKey:
        """Raises FileNotFoundError, MasterKeyUnreadable."""
        try:
            return cls.parse(path.read_text(encoding="ascii"), str(path))
        except FileNotFoundError:
            raise
        except (OSError, UnicodeDecodeError) as error:
            raise MasterKeyUnreadable(str(path), getattr(error, "strerror", None) or "it is not text") from None

    def write(self, path: Path) -> None:
        """Writes the key to a file. The file is durable on return. Raises OSError."""
        write_secret(path, base64.b64encode(self._raw) + b"\n")

    @property
    def id(self) -> str:
        """The name of the key, which tells nothing of the key itself."""
        return sha256(b"biomatch master key\n" + self._raw)[:8].hex()

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        """Wraps a key, which grows by SEALED_BYTES. It opens only with the same `bound`."""
        return seal(self._cipher, key, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes | None:
        """Unwraps a key; returns None where another master key wrapped it, or where it was changed."""
        return unseal(self._cipher, wrapped, bound)


def seal(cipher: AESGCM, data: bytes, bound: bytes) -> bytes:
    """Seals data: nonce, ciphertext, tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, data, bound)


def unseal(cipher: AESGCM, sealed: bytes | memoryview, bound: bytes) -> bytes | None:
    """Opens sealed data; returns None where another key or another `bound` sealed it, or where it was changed."""
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        return None


def write_secret(path: Path, data: bytes) -> None:
    """Puts a file that only its owner may read in the place of the one before, as `replace_secret` does. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(path.name + NEW)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        replace_secret(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def replace_secret(new: Path, path: Path) -> None:
    """Puts a file, which is synced, in the place of another, and overwrites the other one where it lay: else its secrets would
    stay in the disk's free space. Durable on return. Raises OSError: one of both is there, and `settle_secret` does the rest.

    The other file keeps a second name meanwhile, so that it is found and overwritten after a kill.
    """
    _erase_former(path)
    former = _opened(path)
    try:
        with suppress(OSError):  # a file system without hard links: after a kill the old file is not overwritten
            os.link(path, path.with_name(path.name + FORMER))
            sync(path.parent)
        os.replace(new, path)
        sync(path.parent)
        if former is not None:
            _overwrite(former)
    finally:
        if former is not None:
            os.close(former)
    path.with_name(path.name + FORMER).unlink(missing_ok=True)


def settle_secret(path: Path) -> None:
    """Ends a `replace_secret` that a kill or a failing disk cut short: the file that is there stays, and the one before it is
    overwritten. Raises OSError."""
    sync(path.parent)
    _erase_former(path)


def erase_secret(path: Path) -> None:
    """Overwrites a file where it lies, and deletes it. Nothing where there is none. Raises OSError."""
    handle = _opened(path)
    if handle is None:
        return
    try:
        _overwrite(handle)
    finally:
        os.close(handle)
    path.unlink()


def _erase_former(path: Path) -> None:
    former = path.with_name(path.name + FORMER)
    if not former.exists() or not path.exists():
        return
    if former.samefile(path):
        former.unlink()
    else:
        erase_secret(former)


def _opened(path: Path) -> int | None:
    """Opens a file for writing; returns None where it does not exist."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except PermissionError:
        path.chmod(0o600)
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC)


def _overwrite(handle: int) -> None:
    size = os.fstat(handle).st_size
    for at in range(0, size, _ZEROS):
        os.pwrite(handle, bytes(min(_ZEROS, size - at)), at)
    os.fsync(handle)
