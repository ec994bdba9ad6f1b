"""One unit of work: what an act writes, rows, their leaf of the audit tree, the kept answer, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

from biomatch.store.audit.trail import AuditTrail
from biomatch.store.audit.tree import Act
from biomatch.store.commits import Commits
from biomatch.store.jobs.jobs import LEASE, Jobs, Step, StoredJob
from biomatch.store.rows.answers import Answer, Answers

Result = TypeVar("Result")


class Work:
    """Collects what is to be written; `commit` writes all of it, once, in the order in which it came.

    The units of several threads may share a transaction, and a write may be repeated, all but the last time undone: nothing is
    written while it is collected.
    """

    def __init__(self, commits: Commits, audit: AuditTrail, answers: Answers, jobs: Jobs):
        self._commits, self._audit, self._answers, self._jobs = commits, audit, answers, jobs
        self._writes: list[Callable[[Connection], Any]] = []

    def add(self, write: Callable[[Connection], Any]) -> None:
        """Something else that is written into the transaction."""
        self._writes.append(write)

    def tell(self, act: Act) -> None:
        """The leaf of an act."""
        self.add(lambda connection: self._audit.write(connection, act))

    def tell_change(self, act: Act) -> None:
        """The leaf of a change; what older leaves say of the prints that went with it is taken away."""
        self.add(lambda connection: self._audit.write_change(connection, act))

    def tell_removal(self, act: Act, persons: Iterable[str]) -> None:
        """The leaf of a removal; what older leaves say of the prints is taken away. persons: whose prints they ever were."""
        asked = sorted(set(persons))
        self.add(lambda connection: self._audit.write_removal(connection, act, asked))

    def keep(self, token: str, key: str, answer: Answer, person: str | None) -> None:
        """The answer to a request. At the commit: raises Answered where there is one. person: at whose erasure it is erased."""
        self.add(lambda connection: self._answers.write(connection, token, key, answer, person))

    def step(self, job: StoredJob, step: Step, lease: timedelta = LEASE) -> None:
        """The step of a task. At the commit: raises JobLost."""
        self.add(lambda connection: self._jobs.write_step(connection, job, step, lease))

    def commit(self, first: Callable[[Connection], Result], *, least: int | None = None) -> Result:
        """Writes `first`, then all that was collected; durable on return. What `first` returned.

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
