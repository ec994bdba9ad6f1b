"""Writes from many threads, one transaction at a time; those that wait for each other share one, and its wait for the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from biomatch.errors import DiskFull
from biomatch.store.database import fold, writing
from biomatch.store.reserve import Reserve

Result = TypeVar("Result")


class _Job:
    def __init__(self, work: Callable[[Connection], Any], least: int | None):
        self.work = work
        self.least = least
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None


class Commits:
    """The only way to write to a gallery's database. Safe from many threads."""

    def __init__(self, engine: Engine, folder: Path, reserve: Reserve):
        self._engine = engine
        self._folder = folder
        self._reserve = reserve
        self._waiting: list[_Job] = []
        self._queue = threading.Lock()
        self._turn = threading.Lock()

    @property
    def waiting(self) -> int:
        """Writes that no transaction has taken up yet."""
        return len(self._waiting)

    def run(self, work: Callable[[Connection], Result], *, least: int | None = None) -> Result:
        """Runs `work` in a transaction; returns its result once what it wrote is durable. It may be called several times, all
        but the last one undone.

        least  bytes of the reserve that it leaves over on a full disk (reserve.py); None: it takes none

        Raises what it raises, and then nothing of it was written (but for an interrupt); DiskFull, StoreFailed.
        """
        if least is None:
            self.refuse_growth()
        job = _Job(work, least)
        with self._queue:
            self._waiting.append(job)
        with self._turn:
            if not job.done:
                with self._queue:
                    batch, self._waiting = self._waiting, []
                self._commit(batch)
        if job.error is not None:
            raise job.error
        result: Result = job.result
        return result

    def refuse_growth(self) -> None:
        """Raises DiskFull while the disk has no room for the whole reserve."""
        if not self._reserve.whole and not self._reserve.fill():
            raise DiskFull(str(self._folder))

    def alone(self, work: Callable[[], Result]) -> Result:
        """Calls `work` while nobody writes; returns its result."""
        with self._turn:
            return work()

    def _commit(self, batch: list[_Job]) -> None:
        if len(batch) > 1 and self._commit_together(batch):
            return
        for job in batch:
            try:
                job.result = self._written(job)
            except BaseException as error:
                job.error = error
            job.done = True

    def _written(self, job: _Job) -> Any:
        """Writes a job; seeks room on a full disk in the write-ahead log first, then in the reserve. Raises what `work` raises,
        DiskFull."""
        folded = False
        while True:
            try:
                with writing(self._engine, self._folder) as connection:
                    return job.work(connection)
            except DiskFull:
                if job.least is None or (folded and not self._reserve.let_go(job.least)):
                    raise
                folded = True
                fold(self._engine, self._folder)

    def _commit_together(self, batch: list[_Job]) -> bool:
        """Commits a batch together. False: one of them failed, and nothing was written. An interrupt is everybody's: whether it
        was written is open."""
        interrupt: BaseException | None = None
        try:
            with writing(self._engine, self._folder) as connection:
                for job in batch:
                    job.result = job.work(connection)
        except Exception:
            return False
        except BaseException as error:
            interrupt = error
        for job in batch:
            job.done, job.error = True, interrupt
        return True
