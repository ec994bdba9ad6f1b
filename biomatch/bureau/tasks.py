"""Tasks: work that takes longer than a request. Begun here, done by the process that owns the folder (bureau/worker.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from biomatch.bureau.cases import Actor
from biomatch.bureau.entries import new_id
from biomatch.bureau.once import Keep, once
from biomatch.bureau.parts import Parts
from biomatch.bureau.results import Found, found_in
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.worker import Worker
from biomatch.errors import BiomatchError, TaskNotFound
from biomatch.gallery.interface import Along
from biomatch.store import Act, JobItem, Step, StoredJob

MAX_FOUND = 1_000  # of one page of a task's result
MAX_TASKS = 500  # of one page

DEFECT = "defect"  # the code of a task that biomatch itself failed at


class Tasks(Parts):
    """Who came with a token sees the tasks that were begun with it; who runs commands on this machine sees all."""

    _worker: Worker | None = None

    @needs(Scope.TASK_READ)
    def task(self, task: str, actor: Actor) -> StoredJob:
        """How far it is, and how it ended. Raises TaskNotFound."""
        return self._mine(task, actor)

    @needs(Scope.TASK_READ)
    def tasks(self, actor: Actor, *, after: str = "", limit: int = MAX_TASKS) -> list[StoredJob]:
        """Newest first, from behind task `after` on. Raises TaskNotFound."""
        if after:
            self._mine(after, actor)
        return self._store.jobs.page(_token_of(actor), after, min(limit, MAX_TASKS))

    @needs(Scope.TASK_READ)
    def task_result(
        self, task: str, actor: Actor, *, kind: str | None = None, after: int = -1, limit: int = MAX_FOUND
    ) -> list[Found]:
        """What it has found so far, of one kind or any, from behind number `after` on. Raises TaskNotFound."""
        self._mine(task, actor)
        return [found_in(*one) for one in self._store.jobs.items(task, kind, after=after, limit=min(limit, MAX_FOUND))]

    @needs(Scope.TASK_UPDATE)
    def cancel_task(self, task: str, actor: Actor) -> None:
        """Nothing more is done; what it has found stays. Raises TaskNotFound, TaskEnded."""
        kind = self._mine(task, actor).kind
        act = self._act(actor, "cancel-task", task=task, of=kind)
        self._store.jobs.cancel(task, self._store.audit.along(act))

    def _mine(self, task: str, actor: Actor) -> StoredJob:
        found, token = self._store.jobs.get(task), _token_of(actor)
        if token is not None and found.token != token:
            raise TaskNotFound(task)
        return found

    def _begin_task(
        self,
        kind: str,
        parameters: dict[str, Any],
        actor: Actor,
        *,
        request: Sequence[Any],
        inputs: Sequence[JobItem] = (),
        total: int | None = None,
    ) -> StoredJob:
        """Writes a task down, durably: it will be done. Under an idempotency key it is begun once.

        Who runs the same command again on this machine gets the task that has not ended, and goes on with it.
        """
        if Scope.LOCAL in actor.scopes and (known := self._open_task(kind, parameters)) is not None:
            return known
        task = new_id()

        def work(keep: Keep) -> str:
            act = self._act(actor, "begin-task", task=task, of=kind)
            self._store.jobs.forget_old()
            self._store.jobs.submit(
                task,
                kind,
                parameters,
                actor={**actor.snapshot, "purpose": actor.purpose, "legalBasis": actor.legal_basis},
                token=actor.token,
                along=keep(self._store.audit.along(act), task),
                inputs=inputs,
                total=total,
            )
            return task

        begun = self._store.jobs.get(once(self._store, actor, [kind, *request], work))
        if self._worker is not None:
            self._worker.wake()
        return begun

    def _open_task(self, kind: str, parameters: dict[str, Any]) -> StoredJob | None:
        """Finds one that was begun on this machine, and has not ended."""
        known = self._store.jobs.unfinished(kind)
        return next((one for one in known if one.parameters == parameters and not one.token), None)

    def _step_along(self, job: StoredJob, step: Step, act: Act | None = None) -> Along:
        """Writes a step with the leaf of what it did, and where it is the last, the leaf of the end. Raises JobLost there."""

        def leaves(connection: Any) -> None:
            if act is not None:
                self._store.audit.write(connection, act)
            if step.place is None:
                counts = self._store.jobs.counts(connection, job.job)
                end = self._act(actor_of(job), "end-task", task=job.job, of=job.kind, state="done", counts=counts)
                self._store.audit.write(connection, end)

        return self._store.jobs.along(job, step, leaves)

    def _write_step(self, job: StoredJob, step: Step, act: Act | None = None) -> None:
        """Writes a step in a transaction of its own. Raises JobLost."""
        self._store.commits.run(self._step_along(job, step, act))
        self._trace("step-written", job.job)

    def _fail_task(self, job: StoredJob, error: Exception) -> None:
        """Ends a task as failed. Raises JobLost."""
        code, message = DEFECT, "biomatch failed at this task; the service's log says where. Please report it"
        if isinstance(error, BiomatchError):
            code, message = error.code, error.message
        act = self._act(actor_of(job), "end-task", task=job.job, of=job.kind, state="failed", code=code)
        self._store.jobs.fail(job, code, message, self._store.audit.along(act))


def actor_of(job: StoredJob) -> Actor:
    """Who asked for it, as they were then: what they may was looked at when they asked."""
    told = job.actor
    return Actor(told["name"], told["door"], told["purpose"], told["legalBasis"], told.get("token", ""), scopes=frozenset())


def _token_of(actor: Actor) -> str | None:
    """Says whose tasks an actor sees; None: all."""
    return None if Scope.LOCAL in actor.scopes else actor.token
