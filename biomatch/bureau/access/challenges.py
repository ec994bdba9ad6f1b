"""Challenges that passkeys sign: random, in memory only, for one answer within a few minutes."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from biomatch.errors import PasskeyLate

SECONDS = 5 * 60  # to find a device and to unlock it
MOST = 4_096  # that wait for an answer; the oldest goes
MOST_OF_PEER = 16  # the peer's oldest goes: nobody pushes out others' from one address
_BYTES = 32


@dataclass(frozen=True)
class _Waiting:
    peer: str
    user: str
    end: float


class Challenges:
    """Safe from many threads. clock: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[bytes, _Waiting] = {}  # in the order in which they were made

    def new(self, peer: str, user: str = "") -> bytes:
        """Makes a challenge. user: who registers a passkey with it; empty: somebody signs in."""
        challenge = secrets.token_bytes(_BYTES)
        with self._lock:
            now = self._clock()
            self._waiting = {one: waiting for one, waiting in self._waiting.items() if waiting.end > now}
            of_peer = [one for one, waiting in self._waiting.items() if waiting.peer == peer]
            if len(of_peer) >= MOST_OF_PEER:
                del self._waiting[of_peer[0]]
            elif len(self._waiting) >= MOST:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[challenge] = _Waiting(peer, user, now + SECONDS)
        return challenge

    def take(self, challenge: bytes, user: str = "") -> None:
        """Takes a challenge back, once. Raises PasskeyLate: it is not there any more, or was made for another use."""
        with self._lock:
            waiting = self._waiting.pop(challenge, None)
        if waiting is None or waiting.user != user or waiting.end <= self._clock():
            raise PasskeyLate

    def forget(self, user: str) -> None:
        """Forgets those with which a user registers passkeys."""
        with self._lock:
            self._waiting = {one: waiting for one, waiting in self._waiting.items() if waiting.user != user}
