"""Errors about passkeys."""

from __future__ import annotations

from biomatch.errors.base import BadInput, Conflict, NotFound
from biomatch.errors.requests import TokenRefused


class PasskeyRefused(TokenRefused):
    code = "passkey-refused"

    def __init__(self) -> None:
        super().__init__("this passkey opens nothing here; sign in with your password, and look at your passkeys")


class PasskeyLate(BadInput):
    code = "passkey-late"

    def __init__(self) -> None:
        super().__init__("this answer of a passkey came too late, or was given before; begin again")


class PasskeyCopied(TokenRefused):
    code = "passkey-copied"

    def __init__(self) -> None:
        super().__init__(
            "the passkey counts fewer uses than before, so there may be a copy of it; sign in with your password and delete it"
        )


class BadPasskey(BadInput):
    code = "bad-passkey"

    def __init__(self, reason: str):
        super().__init__(f"this passkey cannot be taken: {reason}; begin again, or take another device", reason=reason)


class PasskeyNotFound(NotFound):
    code = "passkey-not-found"

    def __init__(self, passkey: str):
        super().__init__(f"you have no passkey '{passkey[:80]}'; your list shows those that you have", passkey=passkey[:80])


class PasskeyExists(Conflict):
    code = "passkey-exists"

    def __init__(self, name: str):
        super().__init__(f"the passkey that you call '{name}' is registered already; use it, or take another device", name=name)


class TooManyPasskeys(Conflict):
    code = "too-many-passkeys"

    def __init__(self, most: int):
        super().__init__(f"you have {most} passkeys; delete one that you do not use", most=most)


class PasskeysElsewhere(Conflict):
    code = "passkeys-elsewhere"

    def __init__(self, origin: str):
        super().__init__(f"passkeys work at {origin} alone; open the page there", origin=origin)


class NoPasskeys(Conflict):
    code = "no-passkeys"

    def __init__(self) -> None:
        super().__init__("this service does not know its own address, to which passkeys are bound; set BIOMATCH_ORIGIN")
