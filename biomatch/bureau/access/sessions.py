"""The page's visitors: the one-time codes that open sessions, and the sessions. Both are in memory only.

Of codes and secrets only the SHA-256 is kept: 256 random bits need no slower hash. A restart ends everything.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from biomatch.bureau.access.quotas import Quotas
from biomatch.bureau.scopes import FRESH_MINUTES
from biomatch.crypto import sha256
from biomatch.errors import CodeRefused, SessionEnded, TooManyTries

CODE_SECONDS = 15 * 60  # to walk from a terminal to a browser
SESSION_SECONDS = 12 * 60 * 60  # a working day
IDLE_SECONDS = 30 * 60  # after which a user signs in again
TRIES_PER_MINUTE = 30  # wrong codes and tokens that come from one peer
TRIES_OF_ALL = 600  # from all peers, but for the first one of each: who comes for the first time is not locked out by others
MAX_CODES = 16  # that wait to be used; the oldest goes
MAX_SESSIONS = 1_000  # the oldest goes
_SECRET_BYTES = 32
_NAME_BYTES = 8


@dataclass(frozen=True)
class Visitor:
    """A visitor of the page: `name`, by the token of that id, or as the user who signed in; without either, somebody who may
    run commands on the gallery's machine."""

    name: str
    token: str = ""
    user: str = ""


@dataclass(frozen=True)
class OwnSession:
    """A session, as its user sees it: the name by which it is ended, when it began and was used last, the address that it was
    begun from, and whether it is the one that asks."""

    session: str
    begun: datetime
    used: datetime
    peer: str
    this: bool


@dataclass(frozen=True)
class _Until:
    """end: at the latest; idle: if nobody asks until then; begun, used: when that was; name: for its user, opens nothing;
    proved: when its user signed in last."""

    visitor: Visitor
    end: float
    idle: float
    begun: float
    used: float
    name: str
    peer: str
    proved: float

    def has_ended(self, now: float) -> bool:
        return min(self.end, self.idle) <= now


class Sessions:
    """Safe from many threads. clock: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._tries, self._tries_of_all = Quotas(clock), Quotas(clock)
        self._codes: dict[bytes, _Until] = {}
        self._sessions: dict[bytes, _Until] = {}

    def new_code(self, visitor: Visitor) -> str:
        """Makes a text that opens one session, once, within CODE_SECONDS."""
        return self._new(self._codes, visitor, CODE_SECONDS, MAX_CODES)

    def redeem(self, code: str) -> Visitor:
        """Returns the visitor for whom a code was made; the code is gone. Raises CodeRefused."""
        digest = sha256(code.encode())
        with self._lock:
            found = [known for known in self._codes if hmac.compare_digest(known, digest)]
            until = self._codes.pop(found[0]) if found else None
        if until is None or until.end <= self._clock():
            raise CodeRefused
        return until.visitor

    def begin(self, visitor: Visitor, peer: str = "") -> str:
        """Begins a session, which lasts SESSION_SECONDS, and returns its secret."""
        return self._new(self._sessions, visitor, SESSION_SECONDS, MAX_SESSIONS, peer)

    def visitor(self, secret: str) -> Visitor:
        """Returns the visitor of a session. Raises SessionEnded."""
        digest = sha256(secret.encode())
        with self._lock:
            until, now = self._sessions.get(digest), self._clock()
            if until is None or until.has_ended(now):
                self._sessions.pop(digest, None)
                raise SessionEnded
            self._sessions[digest] = replace(until, idle=now + _idle_seconds(until.visitor), used=now)
        return until.visitor

    def is_fresh(self, secret: str) -> bool:
        """Tells whether the user of a session signed in within the last FRESH_MINUTES."""
        with self._lock:
            until = self._sessions.get(sha256(secret.encode()))
            return until is not None and self._clock() - until.proved <= FRESH_MINUTES * 60

    def renew(self, secret: str) -> None:
        """Notes that the user of a session has signed in again. Its end stays. Raises SessionEnded."""
        digest = sha256(secret.encode())
        with self._lock:
            until, now = self._sessions.get(digest), self._clock()
            if until is None or until.has_ended(now):
                raise SessionEnded
            self._sessions[digest] = replace(until, proved=now)

    def end(self, secret: str) -> None:
        """Ends a session. One that has ended already stays so."""
        with self._lock:
            self._sessions.pop(sha256(secret.encode()), None)

    def of_user(self, user: str, secret: str = "") -> list[OwnSession]:
        """Lists a user's sessions, the last one begun first. secret: of the session that asks."""
        this = sha256(secret.encode())
        with self._lock:
            now, today = self._clock(), datetime.now(UTC)
            return [
                OwnSession(
                    until.name,
                    today - timedelta(seconds=now - until.begun),
                    today - timedelta(seconds=now - until.used),
                    until.peer,
                    hmac.compare_digest(digest, this),
                )
                for digest, until in reversed(self._sessions.items())
                if until.visitor.user == user and not until.has_ended(now)
            ]

    def end_named(self, user: str, name: str) -> bool:
        """Ends a user's session by its name; tells whether there was one."""
        with self._lock:
            now = self._clock()
            found = [digest for digest, until in self._sessions.items() if (until.visitor.user, until.name) == (user, name)]
            return any(not self._sessions.pop(digest).has_ended(now) for digest in found)

    def end_of(self, user: str, *, but: str = "") -> None:
        """Ends all sessions of a user, but for the one with this secret."""
        kept = sha256(but.encode())
        with self._lock:
            self._sessions = {
                digest: until for digest, until in self._sessions.items() if until.visitor.user != user or digest == kept
            }

    def count_wrong(self, peer: str = "") -> None:
        """Counts a wrong code or token from that address. Raises TooManyTries."""
        first = self._tries.is_full(peer)
        if wait := self._tries.wait(peer, TRIES_PER_MINUTE):
            raise TooManyTries(TRIES_PER_MINUTE, wait)
        if not first and (wait := self._tries_of_all.wait("", TRIES_OF_ALL)):
            raise TooManyTries(TRIES_OF_ALL, wait)

    def _new(self, known: dict[bytes, _Until], visitor: Visitor, seconds: float, most: int, peer: str = "") -> str:
        text = secrets.token_urlsafe(_SECRET_BYTES)
        with self._lock:
            now = self._clock()
            for digest in [digest for digest, until in known.items() if until.has_ended(now)]:
                del known[digest]
            while len(known) >= most:
                del known[next(iter(known))]  # they lie in the order in which they were made
            idle, name = now + min(seconds, _idle_seconds(visitor)), secrets.token_hex(_NAME_BYTES)
            known[sha256(text.encode())] = _Until(visitor, now + seconds, idle, now, now, name, peer, now)
        return text


def _idle_seconds(visitor: Visitor) -> float:
    return IDLE_SECONDS if visitor.user else SESSION_SECONDS
