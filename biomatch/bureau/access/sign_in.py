"""Secrets to sign in with: a password, kept as its Argon2 hash, and one-time codes of a phone or a key (RFC 6238)."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from functools import cached_property

import argon2
import pyotp

from biomatch.errors import PasswordTooWeak, TooBusy

FEWEST, MOST = 12, 200  # characters of a password
STEP_SECONDS = 30  # of a one-time code
SLACK_STEPS = 1  # a clock may be off by half a minute
ISSUER = "biomatch"
MOST_WAITING = 4  # sign-ins that are checked or wait for it: each holds a thread that requests need


class SignIn:
    """Hashes and checks. Safe from many threads: one password is hashed at a time, for each takes a core and 64 MB.

    clock  seconds since 1970
    """

    def __init__(self, clock: Callable[[], float] = time.time):
        self._clock = clock
        self._hasher = argon2.PasswordHasher()
        self._one = threading.Lock()
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        self._used: dict[tuple[str, str], int] = {}  # by user and secret: the step of the last code that was taken

    def hashed(self, password: str) -> str:
        with self._one:
            return self._hasher.hash(password)

    @cached_property
    def _of_nobody(self) -> str:
        return self.hashed(secrets.token_urlsafe())

    def is_right(self, user: str, password: str, code: str, known: tuple[str, str] | None) -> bool:
        """Tells whether a password and a one-time code are a user's. A code is taken once.

        known  the hash of the password and the secret of the codes; None: nobody has the name, which takes as long to say

        Raises TooBusy: so many wait already that others would wait for them.
        """
        if not self._room.acquire(blocking=False):
            raise TooBusy(MOST_WAITING, "sign-ins", MOST_WAITING)
        try:
            return self._is_right(user, password, code, known)
        finally:
            self._room.release()

    def _is_right(self, user: str, password: str, code: str, known: tuple[str, str] | None) -> bool:
        hashed, secret = known or (self._of_nobody, new_secret())
        with self._one:
            same, step = self._is_of(hashed, password), self._step_of(secret, code)
            if not same or known is None or step is None or step <= self._used.get((user, secret), -1):
                return False
            self._used[user, secret] = step
            return True

    def _is_of(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except argon2.exceptions.VerificationError:
            return False

    def _step_of(self, secret: str, code: str) -> int | None:
        """Returns the step of time whose code this is."""
        now, codes = int(self._clock()) // STEP_SECONDS, pyotp.TOTP(secret)
        found = [
            step
            for step in range(now - SLACK_STEPS, now + SLACK_STEPS + 1)
            if secrets.compare_digest(codes.at(step * STEP_SECONDS), code)
        ]
        return found[0] if found else None


def new_secret() -> str:
    """Makes the secret of one-time codes, base32."""
    return pyotp.random_base32()


def address_of(secret: str, user: str) -> str:
    """Returns the secret as the address that authenticator programs read (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=user, issuer_name=ISSUER)


def check_password(password: str, user: str) -> None:
    """Refuses what is guessed easily. Raises PasswordTooWeak."""
    if not FEWEST <= len(password) <= MOST:
        raise PasswordTooWeak(f"it has {len(password)} characters, not {FEWEST} to {MOST}")
    if len(set(password.lower())) < FEWEST // 2 or user.lower() in password.lower():
        raise PasswordTooWeak("it repeats itself or holds the user's name")
