"""Resets of users that one administrator asked for and another has to confirm. In memory only: a restart forgets them.

Of the new password only the hash is kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from biomatch.errors import FourEyes, ResetNotAsked

DAY_SECONDS = 24 * 60 * 60  # in which a reset is to be confirmed


@dataclass(frozen=True)
class Asked:
    """A reset that waits. by: the user who asked; password: the hash of the new one; end: s."""

    by: str
    password: str
    end: float


class Resets:
    """Safe from many threads. clock: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: dict[str, Asked] = {}

    def ask(self, user: str, by: str, password: str) -> None:
        """Notes that somebody asked for a user's reset; it takes the place of an earlier one."""
        with self._lock:
            self._asked[user] = Asked(by, password, self._clock() + DAY_SECONDS)

    def asked(self, user: str, by: str) -> Asked:
        """Returns the reset of a user that somebody confirms. Raises ResetNotAsked; FourEyes: they asked for it themselves."""
        found = self.all().get(user)
        if found is None:
            raise ResetNotAsked(user)
        if found.by == by:
            raise FourEyes(user)
        return found

    def forget(self, user: str) -> None:
        """Forgets the reset of a user, if one was asked for."""
        with self._lock:
            self._asked.pop(user, None)

    def all(self) -> dict[str, Asked]:
        """Returns the resets that wait, by user."""
        with self._lock:
            now = self._clock()
            self._asked = {user: one for user, one in self._asked.items() if one.end > now}
            return dict(self._asked)
