"""WebAuthn (W3C, level 3), as far as we use it: what a browser is asked, and whether its answer is good.

The library is loaded with the first answer: most commands never see one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from biomatch.bureau.access.challenges import SECONDS
from biomatch.errors import BadPasskey, PasskeyRefused

ALGORITHMS = (-7, -8, -257)  # COSE: ES256, EdDSA, RS256
MOST_ID_BYTES = 1_023  # of a credential, as WebAuthn says


@dataclass(frozen=True)
class Site:
    """The address of the pages, as browsers have it: scheme, host, and a port that is not the usual one."""

    origin: str

    @property
    def host(self) -> str:
        """Returns the name to which passkeys are bound (relying party's id)."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True)
class Made:
    """A passkey as its authenticator made it: credential, base64url; public_key, COSE; count of signatures."""

    credential: str
    public_key: bytes
    count: int


def to_sign_in(site: Site, challenge: bytes) -> dict[str, Any]:
    """Returns what a browser is asked for somebody who has not said who they are (PublicKeyCredentialRequestOptions)."""
    return {
        "challenge": _text(challenge),
        "rpId": site.host,
        "timeout": 1_000 * SECONDS,
        "userVerification": "required",
    }


def to_register(site: Site, challenge: bytes, user: str, display: str, handle: bytes, known: Iterable[str]) -> dict[str, Any]:
    """Returns what a browser is asked for a new passkey (PublicKeyCredentialCreationOptions).

    handle  by which authenticators know the user
    known   ids of the user's passkeys: an authenticator that holds one makes no other
    """
    return {
        "rp": {"id": site.host, "name": "biomatch"},
        "user": {"id": _text(handle), "name": user, "displayName": display},
        "challenge": _text(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": one} for one in ALGORITHMS],
        "timeout": 1_000 * SECONDS,
        "excludeCredentials": [{"type": "public-key", "id": one} for one in known],
        "authenticatorSelection": {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"},
        "attestation": "none",
    }


def challenge_in(answer: dict[str, Any]) -> bytes:
    """Reads which challenge an answer is to. Raises PasskeyRefused."""
    try:
        return _bytes(json.loads(_bytes(answer["response"]["clientDataJSON"]))["challenge"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise PasskeyRefused from None


def made(answer: dict[str, Any], site: Site, challenge: bytes) -> Made:
    """Reads the answer that brings a new passkey. Who made the authenticator is neither asked nor believed. Raises
    BadPasskey."""
    import webauthn
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
        )
    except Exception as error:  # the library raises what its parsers raise
        raise BadPasskey(_reason(error)) from None
    if len(found.credential_id) > MOST_ID_BYTES:
        raise BadPasskey(f"its id has more than {MOST_ID_BYTES:,} bytes")
    return Made(_text(found.credential_id), found.credential_public_key, found.sign_count)


def count_in(answer: dict[str, Any], site: Site, challenge: bytes, public_key: bytes) -> int:
    """Checks the answer that signs somebody in, and returns the count in it. Raises PasskeyRefused."""
    import webauthn

    try:
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,  # the caller compares
            require_user_verification=True,
        )
    except Exception:  # the library raises what its parsers raise
        raise PasskeyRefused from None
    return found.new_sign_count


def handle_in(answer: dict[str, Any]) -> bytes:
    """Reads whose passkey the authenticator says that it is. Raises PasskeyRefused."""
    try:
        return _bytes(answer["response"]["userHandle"])
    except (KeyError, TypeError, ValueError):
        raise PasskeyRefused from None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Raises ValueError, TypeError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _reason(error: Exception) -> str:
    """Returns the library's words in one line."""
    from webauthn.helpers.exceptions import WebAuthnException

    return " ".join(str(error).split())[:200] if isinstance(error, WebAuthnException) else "it does not read"
