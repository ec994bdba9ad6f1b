"""Slows who guesses passwords: by peer, and by account and peer, so that nobody can lock a colleague out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from biomatch.bureau.access.quotas import Quotas
from biomatch.errors import TooManyTries

OF_PEER = 10  # tries a minute
OF_ACCOUNT = 20  # tries a minute, from all peers together from which nobody has signed in to it yet
MOST_TRUSTED = 10_000  # pairs of peer and account that are remembered


class Guesses:
    """Counts tries to sign in. Safe from many threads. clock: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._peers, self._accounts = Quotas(clock), Quotas(clock)
        self._lock = threading.Lock()
        self._trusted: dict[tuple[str, str], None] = {}

    def refuse(self, peer: str, account: str) -> None:
        """Raises TooManyTries, where this try is one too many. A peer from which somebody signed in to the account before is
        held to its own tries alone."""
        self.refuse_peer(peer)
        if (peer, account) not in self._trusted and (wait := self._accounts.wait(account, OF_ACCOUNT)):
            raise TooManyTries(OF_ACCOUNT, wait)

    def refuse_peer(self, peer: str) -> None:
        """Raises TooManyTries, where this is one try too many from there: nobody has said yet to whose account."""
        if wait := self._peers.wait(peer, OF_PEER):
            raise TooManyTries(OF_PEER, wait)

    def trust(self, peer: str, account: str) -> None:
        """Remembers that somebody signed in to an account from there."""
        with self._lock:
            self._trusted.pop((peer, account), None)
            while len(self._trusted) >= MOST_TRUSTED:
                del self._trusted[next(iter(self._trusted))]
            self._trusted[peer, account] = None
