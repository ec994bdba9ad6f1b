"""Hashes, commitments and signatures. Keys are files that only their owner may read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from biomatch.errors import KeyDamaged

SALT_BYTES = 32  # as many as the hash has: nobody finds the content of a commitment by trying


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def commitment(salt: bytes, content: bytes) -> bytes:
    """(32,) HMAC-SHA-256: binds whoever published it to the content, and tells nothing of it once the salt is gone."""
    return hmac.digest(salt, content, "sha256")


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
