"""Tells how tasks stand and what they found, and cancels them."""

from __future__ import annotations

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.tasks.results import Found, found_in
from biomatch.errors import TaskNotFound
from biomatch.store import StoredJob

MAX_FOUND = 1_000  # of one page of a task's result
MAX_TASKS = 500  # of one page


class Board:
    """The view of tasks: a caller with a token sees the tasks that were begun with it; a person who runs commands on this
    machine sees all."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.TASK_READ)
    def task(self, task: str, actor: Actor) -> StoredJob:
        """Returns how far a task is, and how it ended. Raises TaskNotFound."""
        return self._mine(task, actor)

    @needs(Scope.TASK_READ)
    def tasks(self, actor: Actor, *, after: str = "", limit: int = MAX_TASKS) -> list[StoredJob]:
        """Lists tasks, newest first, after task `after`. Raises TaskNotFound."""
        if after:
            self._mine(after, actor)
        return self._context.store.jobs.page(_token_of(actor), after, min(limit, MAX_TASKS))

    @needs(Scope.TASK_READ)
    def task_result(
        self, task: str, actor: Actor, *, kind: str | None = None, after: int = -1, limit: int = MAX_FOUND
    ) -> list[Found]:
        """Returns what a task has found so far, of one kind or any, after number `after`. Raises TaskNotFound."""
        self._mine(task, actor)
        return [found_in(*one) for one in self._context.store.jobs.items(task, kind, after=after, limit=min(limit, MAX_FOUND))]

    @needs(Scope.TASK_UPDATE)
    def cancel_task(self, task: str, actor: Actor) -> None:
        """Cancels a task: nothing more is done; what it has found stays. Raises TaskNotFound, TaskEnded."""
        kind = self._mine(task, actor).kind
        store = self._context.store
        with store.transaction() as work:
            store.jobs.cancel(work, task)
            work.tell(self._context.act(actor, "cancel-task", task=task, of=kind))
        store.jobs.destroy_inputs(task)

    def _mine(self, task: str, actor: Actor) -> StoredJob:
        found, token = self._context.store.jobs.get(task), _token_of(actor)
        if token is not None and found.token != token:
            raise TaskNotFound(task)
        return found


def _token_of(actor: Actor) -> str | None:
    """Says whose tasks an actor sees; None: all."""
    return None if Scope.LOCAL in actor.scopes else actor.token
