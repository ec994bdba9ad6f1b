"""Does what tasks ask for, in one thread of the process that owns the folder: each for a while, by turns."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from biomatch.errors import BiomatchError, Unavailable
from biomatch.store import JobLost, Jobs, StoredJob

TURN_S = 5.0  # after which another job has its turn, if one waits
IDLE_S = 60.0  # after which it looks for old jobs, and for those that nobody woke it for
AGAIN = timedelta(seconds=20)  # after which a step is tried again, where a disk was full or a worker lost

Do = Callable[[StoredJob], None]
"""Does a job's next step, and writes it."""

_log = logging.getLogger(__name__)


class Worker:
    """Begins with what is open, and ends with `close`: what is left then goes on after the next opening.

    steps  of each kind of job
    fail   writes what a job failed by
    """

    def __init__(self, jobs: Jobs, steps: Mapping[str, Do], fail: Callable[[StoredJob, Exception], None]):
        self._jobs = jobs
        self._steps = steps
        self._fail = fail
        self._stirred = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="biomatch-jobs", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Wakes the worker: a job was begun."""
        self._stirred.set()

    def close(self) -> None:
        """Waits for the step in hand."""
        self._closed.set()
        self._stirred.set()
        self._thread.join()

    def _run(self) -> None:
        self._attempt(self._jobs.take_over)
        while not self._closed.is_set():
            self._stirred.clear()
            if not self._attempt(self._turn):
                self._stirred.wait(IDLE_S)

    def _attempt(self, work: Callable[[], object]) -> bool:
        """Does what waits; tells whether it did something. A database that is away comes back."""
        try:
            return bool(work())
        except BiomatchError as error:
            _log.warning("jobs wait", extra={"code": error.code})
            return False

    def _turn(self) -> bool:
        """Takes the next job, if there is one; whether there was."""
        job = self._jobs.claim()
        if job is None:
            self._jobs.forget_old()
            return False
        try:
            self._work(job, time.monotonic() + TURN_S)
        except JobLost:
            _log.info("a job was taken away", extra={"job": job.job})
        return True

    def _work(self, job: StoredJob, end: float) -> None:
        """Does a job, step by step. Raises JobLost."""
        fence = job.fence
        try:
            while job.is_open and job.fence == fence and not self._closed.is_set() and time.monotonic() < end:
                self._steps[job.kind](job)
                job = self._jobs.get(job.job)
        except Unavailable as error:
            _log.warning("a job waits", extra={"job": job.job, "code": error.code})
            self._jobs.let_go(job, datetime.now(UTC) + AGAIN)
        except JobLost:
            raise
        except BiomatchError as error:
            self._fail(job, error)
        except Exception as error:
            _log.exception("a job failed", extra={"job": job.job})
            self._fail(job, error)
        else:
            self._jobs.let_go(job)
