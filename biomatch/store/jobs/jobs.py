"""Work that takes longer than a request: what was asked for, how far it is, and which process does it now.

A job goes in steps. Whoever claims it holds it until the lease ends, which each step renews, and writes under the number of
the claim: it grows with each holder, and is looked at in the transaction of every write. So one that was taken for dead and
is not, writes nothing more; and a step is in the database whole, with how far the job is, or not at all.

The audit tree says who began a job and how it ended. What a row says meanwhile is bound by its seal (store/rows/seals.py),
which each write makes anew; a row that was changed by somebody else keeps a seal that does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, or_, select, update

from biomatch.errors import GalleryDamaged, TaskEnded, TaskNotFound
from biomatch.store.audit import tree
from biomatch.store.audit.standing import FORGET_TASKS, forgotten_tasks
from biomatch.store.audit.tree import Act
from biomatch.store.commits import Commits
from biomatch.store.database import reading
from biomatch.store.jobs import items as job_items
from biomatch.store.jobs.items import INPUT, WORKING, JobItem, StoredItem, owner_of, owner_of_inputs
from biomatch.store.jobs.job import OPEN, JobLost, Step, StoredJob
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import seals, tables
from biomatch.store.rows.tables import CANCELLED, DONE, FAILED, RUNNING, WAITING

if TYPE_CHECKING:
    from biomatch.store.work import Work

KEPT = timedelta(days=30)  # after its end, with what it found
LEASE = timedelta(minutes=5)  # far longer than a step takes


class Jobs:
    """Safe from many threads."""

    def __init__(self, engine: Engine, folder: Path, commits: Commits, keys: Keyring, bureau: str):
        self._engine = engine
        self._folder = folder
        self._commits = commits
        self._keys = keys
        self._bureau = bureau

    def submit(
        self,
        work: Work,
        job: str,
        kind: str,
        parameters: dict[str, Any],
        *,
        actor: dict[str, str],
        token: str,
        inputs: Sequence[JobItem] = (),
        total: int | None = None,
    ) -> None:
        """Submits a job: once the work is committed it will be done, whatever happens to this process."""
        self._keys.ready([owner_of(job), *([owner_of_inputs(job)] if inputs else [])])
        now = _at(datetime.now(UTC))
        row = {
            "job": job,
            "kind": kind,
            "state": WAITING,
            "parameters": self._sealed(job, "parameters", parameters),
            "done": 0,
            "total": total,
            "counts": "{}",
            "actor": json.dumps(actor),
            "token": token,
            "fence": 0,
            "created": now,
            "worked": now,
            "bureau": self._bureau,
        }

        def write(connection: Connection) -> None:
            connection.execute(insert(tables.jobs).values(row | {"seal": seals.seal(self._keys, tables.jobs, row)}))
            job_items.add(connection, self._keys, job, inputs)

        work.add(write)

    def claim(self, lease: timedelta = LEASE) -> StoredJob | None:
        """Claims the open job that nobody holds and that has waited longest; None: there is none."""
        c = tables.jobs.c

        def free(connection: Connection, now: datetime) -> Any:
            some = (c.state.in_(OPEN), or_(c.lease.is_(None), c.lease <= _at(now)))
            return connection.execute(select(tables.jobs).where(*some).order_by(c.worked, c.job).limit(1)).first()

        def write(connection: Connection) -> StoredJob | None:
            now = datetime.now(UTC)
            row = free(connection, now)
            if row is None:
                return None
            held = {"state": RUNNING, "fence": row.fence + 1, "lease": _at(now + lease), "worked": _at(now)}
            self._set(connection, row, held)
            return replace(self._stored(row), state=RUNNING, fence=row.fence + 1)

        with reading(self._engine, self._folder) as connection:  # who has nothing to do writes nothing
            if free(connection, datetime.now(UTC)) is None:
                return None
        return self._commits.run(write)

    def write_step(self, connection: Connection, job: StoredJob, step: Step, lease: timedelta = LEASE) -> None:
        """Writes a step into a transaction; renews the lease. Raises JobLost."""
        row = self._held(connection, job)
        new = job_items.add(connection, self._keys, job.job, step.items)
        counts = json.loads(row.counts)
        for name, count in step.counts.items():
            counts[name] = counts.get(name, 0) + count
        if new:
            counts["results"] = counts.get("results", 0) + new
        values = {
            "place": None if step.place is None else self._sealed(job.job, "place", step.place),
            "done": step.done,
            "total": step.total if step.total is not None else row.total,
            "counts": json.dumps(counts),
            "lease": _at(datetime.now(UTC) + lease),
        }
        if step.place is None:
            values |= _ended(DONE)
        self._set(connection, row, values)
        if step.used is not None:
            job_items.take_away(connection, job.job, [INPUT], up_to=step.used)
        if step.place is None:
            job_items.take_away(connection, job.job, WORKING)

    def fail(self, work: Work, job: StoredJob, code: str, message: str) -> None:
        """Ends it as failed when the work is committed, which raises JobLost. Then destroy its inputs."""
        fault = self._sealed(job.job, "fault", {"code": code, "message": message})

        def write(connection: Connection) -> None:
            self._set(connection, self._held(connection, job), {"fault": fault, **_ended(FAILED)})
            job_items.take_away(connection, job.job, WORKING)

        work.add(write)

    def destroy_inputs(self, job: str) -> None:
        """Destroys the key of an ended task's inputs: they are never opened again."""
        self._keys.destroy([owner_of_inputs(job)])

    def let_go(self, job: StoredJob, until: datetime | None = None) -> None:
        """Lets others claim a job, from a time on; at once where no time is given. A process that has lost it changes nothing.

        Of one that has ended, what it was given is not opened again.
        """
        if not job.is_open:
            self.destroy_inputs(job.job)
            return
        c = tables.jobs.c
        mine = (c.job == job.job, c.fence == job.fence, c.state == RUNNING)
        self._commits.run(lambda connection: self._lease(connection, mine, None if until is None else _at(until)))

    def take_over(self) -> None:
        """Takes over all jobs: the processes that held them before this one owned the folder are gone."""
        self._commits.run(lambda connection: self._lease(connection, (tables.jobs.c.state == RUNNING,), None))

    def cancel(self, work: Work, job: str) -> None:
        """Ends it when the work is committed: whoever is at it writes nothing more. Then destroy its inputs.

        The commit raises TaskNotFound, TaskEnded.
        """

        def write(connection: Connection) -> None:
            row = self._row(connection, job)
            if row.state not in OPEN:
                raise TaskEnded(job, row.state)
            self._set(connection, row, {"fence": row.fence + 1, **_ended(CANCELLED)})
            job_items.take_away(connection, job, WORKING)

        work.add(write)

    def get(self, job: str) -> StoredJob:
        """Raises TaskNotFound; GalleryDamaged where its row is not what was written."""
        with reading(self._engine, self._folder) as connection:
            return self._sound(self._row(connection, job))

    def page(self, token: str | None, after: str = "", limit: int = 100) -> list[StoredJob]:
        """Returns jobs, newest first, of a token (None: of any), after job `after`. Raises GalleryDamaged as `get` does."""
        c = tables.jobs.c
        query = select(tables.jobs).order_by(c.created.desc(), c.job.desc()).limit(limit)
        if token is not None:
            query = query.where(c.token == token)
        with reading(self._engine, self._folder) as connection:
            if after:
                last = self._row(connection, after)
                query = query.where(or_(c.created < last.created, (c.created == last.created) & (c.job < after)))
            return [self._sound(row) for row in connection.execute(query)]

    def unfinished(self, kind: str) -> list[StoredJob]:
        """Returns the open jobs of a kind, the oldest first."""
        c = tables.jobs.c
        query = select(tables.jobs).where(c.kind == kind, c.state.in_(OPEN)).order_by(c.created, c.job)
        with reading(self._engine, self._folder) as connection:
            return [self._stored(row) for row in connection.execute(query)]

    def counts(self, connection: Connection, job: str) -> dict[str, int]:
        """Counts what was found so far."""
        found: dict[str, int] = json.loads(self._row(connection, job).counts)
        return found

    def open(self) -> int:
        """Counts the jobs that have not ended."""
        query = select(func.count()).select_from(tables.jobs).where(tables.jobs.c.state.in_(OPEN))
        with reading(self._engine, self._folder) as connection:
            return connection.execute(query).scalar_one()

    def items(self, job: str, kind: str | None = None, *, after: int = -1, limit: int = 100) -> list[tuple[int, str, bytes]]:
        """Returns number, kind and content of the items of a kind; None: of all that the job has found.

        Raises SealBroken, SealKeyGone.
        """
        with reading(self._engine, self._folder) as connection:
            found = job_items.page(connection, job, kind, after, limit)
        return [(item.number, item.kind, self._opened(job, item)) for item in found]

    def forget_old(self, now: datetime | None = None) -> int:
        """Takes away what ended long ago, and its key, with a leaf that says so; how many."""
        c = tables.jobs.c
        old = (c.ended.is_not(None), c.ended < _at((now or datetime.now(UTC)) - KEPT))

        def write(connection: Connection) -> list[str]:
            names = list(connection.execute(select(c.job).where(*old)).scalars())
            connection.execute(delete(tables.jobs).where(*old))
            tree.append(connection, Act(FORGET_TASKS, {}, details={"tasks": names}), self._bureau)
            return names

        with reading(self._engine, self._folder) as connection:
            if connection.execute(select(c.job).where(*old).limit(1)).first() is None:
                return 0
        gone = self._commits.run(write)
        self._keys.destroy(map(owner_of, gone))
        return len(gone)

    def destroy_left_keys(self) -> None:
        """Destroys keys of jobs that a leaf says are forgotten, and of the inputs of ended ones: a kill may have come before
        that.

        A job that neither row nor leaf tells of keeps its key: the database may be an older copy.
        """
        c = tables.jobs.c
        with reading(self._engine, self._folder) as connection:
            rows = connection.execute(select(tables.jobs).where(c.state.not_in(OPEN))).all()
            there = set(connection.execute(select(c.job)).scalars())
            forgotten = forgotten_tasks(connection) - there
        ended = [row.job for row in rows if seals.holds(self._keys, tables.jobs, row._mapping)]
        self._keys.destroy([*map(owner_of_inputs, ended), *map(owner_of, forgotten), *map(owner_of_inputs, forgotten)])

    def _held(self, connection: Connection, job: StoredJob) -> Any:
        """Returns a job's row. Raises JobLost."""
        row = connection.execute(select(tables.jobs).where(tables.jobs.c.job == job.job)).first()
        if row is None or row.state != RUNNING or row.fence != job.fence:
            raise JobLost(job.job)
        return row

    def _set(self, connection: Connection, row: Any, values: Mapping[str, Any]) -> None:
        """Writes columns of a job's row. A seal that does not hold stays as it is: `verify` shall find it."""
        sealed = dict(values)
        if seals.holds(self._keys, tables.jobs, row._mapping):
            sealed["seal"] = seals.seal(self._keys, tables.jobs, {**row._mapping, **values})
        connection.execute(update(tables.jobs).where(tables.jobs.c.job == row.job).values(sealed))

    def _lease(self, connection: Connection, which: Sequence[ColumnElement[bool]], until: str | None) -> None:
        for row in connection.execute(select(tables.jobs).where(*which)).all():
            self._set(connection, row, {"lease": until})

    def _row(self, connection: Connection, job: str) -> Any:
        row = connection.execute(select(tables.jobs).where(tables.jobs.c.job == job)).first()
        if row is None:
            raise TaskNotFound(job)
        return row

    def _sound(self, row: Any) -> StoredJob:
        """Raises GalleryDamaged."""
        if not seals.holds(self._keys, tables.jobs, row._mapping):
            raise GalleryDamaged(str(self._folder), f"the task {row.job} is not what was written")
        return self._stored(row)

    def _stored(self, row: Any) -> StoredJob:
        return StoredJob(
            job=row.job,
            kind=row.kind,
            state=row.state,
            parameters=self._unsealed(row.job, "parameters", row.parameters),
            place=None if row.place is None else self._unsealed(row.job, "place", row.place),
            done=row.done,
            total=row.total,
            counts=json.loads(row.counts),
            fault=None if row.fault is None else self._unsealed(row.job, "fault", row.fault),
            actor=json.loads(row.actor),
            token=row.token,
            fence=row.fence,
            created=row.created,
            ended=row.ended,
        )

    def _sealed(self, job: str, what: str, value: Any) -> bytes:
        return self._keys.seal(owner_of(job), _bound(job, what), json.dumps(value).encode())

    def _unsealed(self, job: str, what: str, sealed: bytes) -> Any:
        return json.loads(self._keys.open(_bound(job, what), sealed))

    def _opened(self, job: str, item: StoredItem) -> bytes:
        return job_items.opened(self._keys, job, item)


def _ended(state: str) -> dict[str, Any]:
    return {"state": state, "ended": _at(datetime.now(UTC)), "lease": None, "place": None}


def _bound(job: str, what: str) -> bytes:
    return f"the {what} of job {job}".encode()


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
