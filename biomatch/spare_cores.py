"""Cores that nobody uses take part in what one caller waits for: quicker on an idle machine, no slower on a busy one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


class SpareCores:
    """Threads for steps that let go of the interpreter's lock most of the time. Safe from many threads."""

    def __init__(self, cores: int):
        """Takes `cores`: all of the machine."""
        self._cores = cores
        self._callers = 0
        self._counting = threading.Lock()
        self._threads = ThreadPoolExecutor(cores - 1, thread_name_prefix="spare-core") if cores > 1 else None

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Counts the caller as working inside the block: it takes a core."""
        with self._counting:
            self._callers += 1
        try:
            yield
        finally:
            with self._counting:
                self._callers -= 1

    @property
    def free(self) -> int:
        """Cores that are free beside the caller's own."""
        return max(0, self._cores - max(1, self._callers))

    def shares(self, things: int) -> list[slice]:
        """Splits so many things into parts for `map`, one for each core: a part costs some 0.1 ms beside its work."""
        size = max(1, -(-things // (1 + self.free)))
        return [slice(at, min(at + size, things)) for at in range(0, max(1, things), size)]

    def map(self, step: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        """Calls step(part) on each part, in order: one after the other here, and meanwhile on cores that are free.

        Raises what a step raises; the others that have begun are waited for.
        """
        helpers = min(self.free, len(parts) - 1)
        if self._threads is None or helpers < 1:
            return [step(part) for part in parts]
        done: dict[int, Result] = {}
        waiting = deque(enumerate(parts))

        def work() -> None:
            try:
                for number, part in _taken(waiting):
                    done[number] = step(part)
            except BaseException:
                waiting.clear()
                raise

        others = [self._threads.submit(copy_context().run, work) for _ in range(helpers)]
        try:
            work()
        finally:
            begun = [other for other in others if not other.cancel()]
            failed = [error for other in begun if (error := other.exception()) is not None]
        if failed:
            raise failed[0]
        return [done[number] for number in range(len(parts))]


def _taken(waiting: deque[tuple[int, Part]]) -> Iterator[tuple[int, Part]]:
    """Yields the waiting parts until none is left, to any number of takers."""
    while True:
        try:
            part = waiting.popleft()
        except IndexError:
            return
        yield part


NO_SPARE_CORES = SpareCores(1)


def one_thread_each() -> None:
    """Holds numpy's BLAS to one thread in this process, for good.

    Its matrices are small here, and its idle threads wait by spinning: a search of 1,000 prints cost ten times the CPU with
    two of them. What runs side by side does so in threads or processes of our own.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")
