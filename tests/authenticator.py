"""An authenticator in software: makes passkeys and signs with them, as a browser hands their answers on."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, ATTESTED = 0x01, 0x04, 0x40
ORIGIN = "http://localhost:8000"


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """origin: of the page at which it is used; flags: whether somebody is there, and was verified; count: of signatures."""

    origin: str = ORIGIN
    flags: int = UP | UV
    count: int = 0
    handle: bytes = b""
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def register(self, options: dict[str, Any], host: str = "localhost") -> dict[str, Any]:
        """The answer to a page that asks for a new passkey."""
        self.handle = bytes_of(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + public
        data = self._data(host, self.flags | ATTESTED) + attested
        answer = {
            "clientDataJSON": self._client("webauthn.create", options["challenge"]),
            "attestationObject": text_of(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._credential(answer)

    def sign(self, options: dict[str, Any], host: str = "localhost") -> dict[str, Any]:
        """The answer to a page that asks who is there."""
        self.count += bool(self.count)
        data, client = self._data(host, self.flags), self._client("webauthn.get", options["challenge"])
        signed = self.key.sign(data + hashlib.sha256(bytes_of(client)).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {
            "clientDataJSON": client,
            "authenticatorData": text_of(data),
            "signature": text_of(signed),
            "userHandle": text_of(self.handle),
        }
        return self._credential(answer)

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _client(self, kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return text_of(json.dumps(said).encode())

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = text_of(self.credential)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
