"""Erasure within a stated time: what was removed leaves the disk, and many removals share one rewriting of what held them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from biomatch.errors import BiomatchError

SETTLED_S = 600.0
_AGAIN_S = 20.0  # after which it is tried again, where a reader was in the way or the disk full

_log = logging.getLogger(__name__)


class Settler:
    """Calls `settle` in the background some time after it was woken, and when it is closed before."""

    def __init__(self, settle: Callable[[], bool], within_s: float):
        """Takes `settle`, which tells whether it is done, and `within_s`: it waits half of that, the other half is for the
        work."""
        self._settle = settle
        self._wait_s = within_s / 2
        self._wanted = threading.Event()
        self._stirred = threading.Event()  # by a removal, or by the end
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Starts the wait: something was removed."""
        with self._lock:
            self._wanted.set()
            self._stirred.set()
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._run, name="biomatch-settle", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Settles what is open, and stops."""
        self._closed.set()
        self._stirred.set()
        if self._thread is not None:
            self._thread.join()
        if self._wanted.is_set():
            self._try()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._stirred.wait()
            self._stirred.clear()
            wait = self._wait_s
            while self._wanted.is_set() and not self._closed.wait(wait) and not self._try():
                wait = _AGAIN_S

    def _try(self) -> bool:
        """Settles once; what is removed meanwhile is settled the next time."""
        self._wanted.clear()
        try:
            done = self._settle()
        except BiomatchError as error:
            _log.warning("what was removed is still on the disk", extra={"code": error.code})
            done = False
        if not done:
            self._wanted.set()
        return done
