"""Collects what an act writes (rows, their leaf of the audit tree, the kept answer) and writes it in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

from biomatch.gallery.interface import Entry
from biomatch.store.audit.trail import AuditTrail
from biomatch.store.audit.tree import Act
from biomatch.store.commits import Commits
from biomatch.store.jobs.job import Step, StoredJob
from biomatch.store.jobs.jobs import LEASE, Jobs
from biomatch.store.rows.answers import Answer, Answers
from biomatch.store.rows.log import SqlTemplateLog

Result = TypeVar("Result")


class Work:
    """Collects what is to be written; `commit` writes all of it, once, in the order in which it came.

    The units of several threads may share a transaction, and a write may be repeated, all but the last time undone: nothing is
    written while it is collected.
    """

    def __init__(self, commits: Commits, log: SqlTemplateLog, audit: AuditTrail, answers: Answers, jobs: Jobs):
        self._commits, self._log, self._audit, self._answers, self._jobs = commits, log, audit, answers, jobs
        self._writes: list[Callable[[Connection], Any]] = []

    def add(self, write: Callable[[Connection], Any]) -> None:
        """Adds rows of the store to what is written. `write` may be called several times, all but the last undone."""
        self._writes.append(write)

    def tell(self, act: Act) -> None:
        """Tells the audit tree of an act."""
        self.add(lambda connection: self._audit.write(connection, act))

    def tell_change(self, act: Act) -> None:
        """Tells the tree of a change. What older leaves say of the prints that went with it is erased."""
        self.add(lambda connection: self._audit.write_change(connection, act))

    def tell_removal(self, act: Act, persons: Iterable[str]) -> None:
        """Tells the tree of a removal. What older leaves say of the prints is erased. persons: whose prints they ever were."""
        asked = sorted(set(persons))
        self.add(lambda connection: self._audit.write_removal(connection, act, asked))

    def tell_end(self, act: Act, job: str) -> None:
        """Tells the tree how a task ended, with what it found in all: that is known when its last step is written."""

        def write(connection: Connection) -> None:
            counts = self._jobs.counts(connection, job)
            self._audit.write(connection, replace(act, details=act.details | {"counts": counts}))

        self.add(write)

    def rewrite(self, pages: Iterable[tuple[Sequence[Entry], Act]]) -> None:
        """Makes enrolled prints what the entries say, with a leaf for each page: all of them may be too many to be held at
        once.

        pages  is gone through whenever the work is written
        """

        def write(connection: Connection) -> None:
            for entries, act in pages:
                self._log.rewrite(connection, entries)
                self._audit.write(connection, act)

        self.add(write)

    def keep(self, token: str, key: str, answer: Answer, person: str | None) -> None:
        """Keeps the answer to a request. The commit raises Answered where one is kept. person: at whose erasure it is
        erased."""
        self.add(lambda connection: self._answers.write(connection, token, key, answer, person))

    def step(self, job: StoredJob, step: Step, lease: timedelta = LEASE) -> None:
        """Writes a step of a task. The commit raises JobLost where another process has the task."""
        self.add(lambda connection: self._jobs.write_step(connection, job, step, lease))

    def commit(self, first: Callable[[Connection], Result], *, least: int | None = None) -> Result:
        """Writes `first`, then all that was collected; durable on return. Returns what `first` returned.

        least  bytes of the reserve that it leaves over on a full disk; None: it takes none

        Raises what a write raises, DiskFull, StoreFailed: nothing was written then, and it may be committed again.
        """
        writes = list(self._writes)

        def write(connection: Connection) -> Result:
            found = first(connection)
            for one in writes:
                one(connection)
            return found

        result = self._commits.run(write, least=least)
        self._writes.clear()
        return result

    def end(self) -> None:
        """Commits what no log has."""
        if self._writes:
            self.commit(lambda _: None)
