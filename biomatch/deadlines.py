"""The deadline of a request: set where the request comes in, asked wherever its work would go on. Nobody has to pass it
through.

It lies in the context of the task or thread (contextvars), which asyncio and the service's threads hand on by themselves;
whoever starts other threads for a request hands its context on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType

from biomatch.errors import DeadlinePassed


class Deadline:
    """A moment that lies so many seconds ahead."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic):
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, 0 at least."""
        return max(0.0, self._end - self._clock())


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Gives a deadline to what is done inside the block."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


def check() -> None:
    """Raises DeadlinePassed: nobody waits for what would be done next."""
    deadline = _current.get()
    if deadline is not None and not deadline.left:
        raise DeadlinePassed(deadline.seconds)


def left() -> float | None:
    """Returns the seconds that a caller may still wait; None: as long as it takes."""
    deadline = _current.get()
    return None if deadline is None else deadline.left


def at_most(seconds: float, *, late: float = 0) -> float:
    """Limits a wait of so many seconds to `late` seconds after the deadline."""
    remaining = left()
    return seconds if remaining is None else min(seconds, remaining + late)


class Turn:
    """A lock in whose queue no caller waits beyond its deadline."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        """Raises DeadlinePassed."""
        seconds = left()
        if not self._lock.acquire(timeout=-1 if seconds is None else seconds):
            check()
        try:
            check()
        except DeadlinePassed:
            self._lock.release()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lock.release()


class Turns:
    """A lock for each name: the second caller of a name waits for the first, and callers of other names do not wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[Hashable, tuple[Turn, int]] = {}

    @contextmanager
    def of(self, name: Hashable) -> Iterator[None]:
        """Raises DeadlinePassed."""
        with self._lock:
            turn, waiting = self._turns.get(name, (Turn(), 0))
            self._turns[name] = turn, waiting + 1
        try:
            with turn:
                yield
        finally:
            with self._lock:
                turn, waiting = self._turns[name]
                if waiting > 1:
                    self._turns[name] = turn, waiting - 1
                else:
                    del self._turns[name]
