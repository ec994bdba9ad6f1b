"""Quotas: how often a token may be used, or a peer may try to come in."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from biomatch.errors import QuotaSpent

MANY = 1_000  # buckets, beyond which those that are full are forgotten: they are full anyway
_MINUTE = 60.0


class Quotas:
    """A bucket for each name: full at first, refilled evenly within a minute. Safe from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}  # requests left, and when that was

    def take(self, token: str, per_minute: int) -> None:
        """Raises QuotaSpent."""
        if wait := self.wait(token, per_minute):
            raise QuotaSpent(token, per_minute, wait)

    def is_full(self, name: str) -> bool:
        """Tells whether a name was not used for a minute."""
        with self._lock:
            found = self._left.get(name)
            return found is None or self._clock() - found[1] >= _MINUTE

    def wait(self, token: str, per_minute: int) -> int:
        """Returns the seconds until a token may be used again; 0: now, and that use is counted."""
        with self._lock:
            now = self._clock()
            if len(self._left) >= MANY:
                self._left = {name: one for name, one in self._left.items() if now - one[1] < _MINUTE}
            left, at = self._left.get(token, (float(per_minute), now))
            left = min(per_minute, left + (now - at) * per_minute / 60)
            if left < 1:
                self._left[token] = left, now
                return math.ceil((1 - left) * 60 / per_minute)
            self._left[token] = left - 1, now
            return 0
