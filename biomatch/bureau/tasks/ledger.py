"""Writes down that a task begins, what each of its steps did, and how it ends. The process that owns the folder does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.entries import new_id
from biomatch.bureau.once import Once
from biomatch.bureau.scopes import Scope
from biomatch.bureau.tasks.worker import Worker
from biomatch.errors import BiomatchError
from biomatch.store import Act, JobItem, Step, StoredJob, Work

DEFECT = "defect"  # the code of a task that biomatch itself failed at


class Ledger:
    """Keeps tasks in the store. worker: is told of new ones; None: nobody works on them yet."""

    def __init__(self, context: Context):
        self._context = context
        self.worker: Worker | None = None

    def begin(
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
        if Scope.LOCAL in actor.scopes and (known := self._open(kind, parameters)) is not None:
            return known
        store = self._context.store
        with Once(store, actor, [kind, *request]) as asked:
            if asked.is_new:
                task = new_id()
                store.jobs.forget_old()
                with store.transaction() as work:
                    store.jobs.submit(
                        work,
                        task,
                        kind,
                        parameters,
                        actor={**actor.snapshot, "purpose": actor.purpose, "legalBasis": actor.legal_basis},
                        token=actor.token,
                        inputs=inputs,
                        total=total,
                    )
                    asked.keep(work, task)
                    work.tell(self._context.act(actor, "begin-task", task=task, of=kind))
        begun = store.jobs.get(asked.answer)
        if self.worker is not None:
            self.worker.wake()
        return begun

    def _open(self, kind: str, parameters: dict[str, Any]) -> StoredJob | None:
        """Finds one that was begun on this machine, and has not ended."""
        known = self._context.store.jobs.unfinished(kind)
        return next((one for one in known if one.parameters == parameters and not one.token), None)

    def step(self, work: Work, job: StoredJob, step: Step, act: Act | None = None) -> None:
        """Writes a step with the leaf of what it did, and where it is the last, the leaf of the end.

        At the commit: raises JobLost.
        """
        work.step(job, step)
        if act is not None:
            work.tell(act)
        if step.place is None:
            work.tell_end(self._context.act(actor_of(job), "end-task", task=job.job, of=job.kind, state="done"), job.job)

    def write(self, job: StoredJob, step: Step, act: Act | None = None) -> None:
        """Writes a step in a transaction of its own. Raises JobLost."""
        with self._context.store.transaction() as work:
            self.step(work, job, step, act)
        self._context.trace("step-written", job.job)

    def fail(self, job: StoredJob, error: Exception) -> None:
        """Ends a task as failed. Raises JobLost."""
        code, message = DEFECT, "biomatch failed at this task; the service's log says where. Please report it"
        if isinstance(error, BiomatchError):
            code, message = error.code, error.message
        store = self._context.store
        with store.transaction() as work:
            store.jobs.fail(work, job, code, message)
            work.tell(self._context.act(actor_of(job), "end-task", task=job.job, of=job.kind, state="failed", code=code))
        store.jobs.destroy_inputs(job.job)


def actor_of(job: StoredJob) -> Actor:
    """Returns the actor who asked for a job, as they were then: their rights were checked when they asked."""
    told = job.actor
    return Actor(
        told["name"], told["door"], told["purpose"], told["legalBasis"], told.get("token", ""),
        scopes=frozenset(), unit=told.get("unit", ""),
    )  # fmt: skip
