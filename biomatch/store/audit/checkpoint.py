"""Signed checkpoints of the audit tree, as notes that other tools read (C2SP tlog-checkpoint and signed-note).

    biomatch/<bureau>
    <number of leaves>
    <root, base64>

    — biomatch/<bureau> <first four bytes of the key's id and the Ed25519 signature, base64>

Whoever holds one can tell whether the tree was changed or cut since.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from biomatch.crypto import PublicKey, SigningKey, sha256
from biomatch.errors import BadCheckpoint

_ED25519 = b"\x01"
_ROOT_BYTES = 32


@dataclass(frozen=True)
class Checkpoint:
    """origin: whose tree; size: leaves; root: (32,)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, key: SigningKey) -> str:
        """Returns the signed note."""
        signature = _key_id(self.origin, key.public) + key.sign(self.text.encode())
        return f"{self.text}\n— {self.origin} {base64.b64encode(signature).decode()}\n"


def opened(note: str, key: PublicKey) -> Checkpoint:
    """Returns the checkpoint of a note whose signature by this key holds. Raises BadCheckpoint."""
    checkpoint, text, signatures = _parsed(note)
    wanted = _key_id(checkpoint.origin, key)
    for line in signatures:
        name, _, value = line.removeprefix("— ").rpartition(" ")
        try:
            data = base64.b64decode(value, validate=True)
        except binascii.Error:
            continue
        if line.startswith("— ") and name == checkpoint.origin and data[:4] == wanted:
            if key.verifies(data[4:], text.encode()):
                return checkpoint
            raise BadCheckpoint("its signature is wrong")
    raise BadCheckpoint("this key did not sign it")


def verifier_key(origin: str, key: PublicKey) -> str:
    """Writes the public key as other tools read it: name+id+base64."""
    return f"{origin}+{_key_id(origin, key).hex()}+{base64.b64encode(_ED25519 + key.raw).decode()}"


def key_of(text: str) -> PublicKey:
    """Reads the key of a line that `verifier_key` wrote. Raises BadCheckpoint."""
    origin, _, rest = text.strip().partition("+")
    number, _, value = rest.partition("+")
    try:
        data = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise BadCheckpoint("the key is not base64") from None
    key = PublicKey(data[1:])
    if data[:1] != _ED25519 or len(key.raw) != 32 or _key_id(origin, key).hex() != number:
        raise BadCheckpoint("the key is not the Ed25519 key that its id names")
    return key


def _parsed(note: str) -> tuple[Checkpoint, str, list[str]]:
    text, found, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not found or len(lines) < 3:
        raise BadCheckpoint("it is not a signed note")
    origin, size, root = lines[:3]
    try:
        hashed = base64.b64decode(root, validate=True)
    except binascii.Error:
        raise BadCheckpoint("its root is not base64") from None
    if not size.isdecimal() or not size.isascii() or str(int(size)) != size or len(hashed) != _ROOT_BYTES or not origin:
        raise BadCheckpoint("it says no size or no root")
    return Checkpoint(origin, int(size), hashed), text + "\n", signatures.splitlines()


def _key_id(name: str, key: PublicKey) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + key.raw)[:4]
