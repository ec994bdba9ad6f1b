"""Work that takes longer than a request: tasks that are not there, or cannot be changed any more."""

from __future__ import annotations

from biomatch.errors.base import BadInput, Conflict, NotFound


class TaskNotFound(NotFound):
    code = "task-not-found"

    def __init__(self, task: str):
        super().__init__(f"there is no task '{task}' of yours; the list of tasks shows those of the last 30 days", task=task)


class TaskEnded(Conflict):
    code = "task-ended"

    def __init__(self, task: str, state: str):
        super().__init__(f"task {task} is {state} already; begin another one", task=task, state=state)


class TaskFailed(Conflict):
    code = "task-failed"

    def __init__(self, task: str, cause: str, reason: str):
        super().__init__(f"task {task} failed: {reason}; mend that and begin it again", task=task, cause=cause)


class ImportRefused(BadInput):
    code = "import-refused"

    def __init__(self, reason: str):
        super().__init__(
            f"the list is not read: {reason}; put list and prints into the folder of BIOMATCH_IMPORT_FOLDER, or send them",
            reason=reason,
        )
