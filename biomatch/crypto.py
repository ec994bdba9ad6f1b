"""Hashes, commitments, signatures and ciphers. Keys are files that only their owner may read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
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

from biomatch.errors import KeyDamaged, MasterKeyUnreadable

SALT_BYTES = 32  # as many as the hash has: nobody finds the content of a commitment by trying
KEY_BYTES = 32  # AES-256
NONCE_BYTES = 12  # of GCM, drawn at random: one key may see 2^32 of them, and sees some thousands
TAG_BYTES = 16
SEALED_BYTES = NONCE_BYTES + TAG_BYTES  # so much longer than what it holds is what is sealed


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def commitment(salt: bytes, content: bytes) -> bytes:
    """(32,) HMAC-SHA-256: binds whoever published it to the content, and tells nothing of it once the salt is gone."""
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
        """Base64, one line."""
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
        """Durable on return. Raises OSError."""
        write_secret(path, self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def public(self) -> PublicKey:
        return PublicKey(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(message)


class MasterKey:
    """Wraps other keys, and nothing else. Kept as one line of base64."""

    def __init__(self, raw: bytes, place: str):
        """place: where it came from, in words."""
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
        """Durable on return. Raises OSError."""
        write_secret(path, base64.b64encode(self._raw) + b"\n")

    @property
    def id(self) -> str:
        """Names the key, and tells nothing of it."""
        return sha256(b"biomatch master key\n" + self._raw)[:8].hex()

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        """SEALED_BYTES more than the key has. bound: opens with nothing else."""
        return seal(self._cipher, key, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes | None:
        """None: another master key wrapped it, or it was changed."""
        return unseal(self._cipher, wrapped, bound)


def seal(cipher: AESGCM, data: bytes, bound: bytes) -> bytes:
    """Nonce, ciphertext, tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, data, bound)


def unseal(cipher: AESGCM, sealed: bytes | memoryview, bound: bytes) -> bytes | None:
    """None: another key sealed it, or bound to something else, or it was changed."""
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        return None


def write_secret(path: Path, data: bytes) -> None:
    """Puts a file that only its owner may read in the place of the one before; durable on return. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
