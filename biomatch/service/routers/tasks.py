"""Tasks: work that takes longer than a request. How far is it, what has it found, and: no more of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Path, Query, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from biomatch import errors
from biomatch.bureau import MAX_FOUND, MAX_TASKS, Actor, Bureau, Found, StoredJob, as_csv
from biomatch.service.dependencies import BureauDep, TaskEnderDep, TaskReaderDep
from biomatch.service.problems import documented
from biomatch.service.routing import resource
from biomatch.service.schemas.tasks import FoundOut, Kind, TaskOut

router = resource("/v1/tasks", "tasks")

TaskId = Annotated[str, Path(alias="taskId", max_length=200)]

_NO_TASK = documented(errors.TaskNotFound)


def begun(task: StoredJob, answer: Response) -> TaskOut:
    """Tells in the answer of a route that has begun a task where to ask for it."""
    answer.headers["Location"] = f"/v1/tasks/{task.job}"
    return TaskOut.of(task)


@router.get("", operation_id="readTasks", responses=_NO_TASK)
async def read_tasks(
    bureau: BureauDep,
    actor: TaskReaderDep,
    answer: Response,
    limit: Annotated[int, Query(ge=1, le=MAX_TASKS, description="tasks of one page")] = 100,
    after: Annotated[str, Query(max_length=200, description="place where the page before ended: from its `Link` header")] = "",
) -> list[TaskOut]:
    """List the tasks that were begun with your token, newest first. The header `Link` leads to the next page, if there is
    one."""
    found = await run_in_threadpool(bureau.tasks.tasks, actor, after=after, limit=limit)
    if len(found) == limit:
        answer.headers["Link"] = f'</v1/tasks?{urlencode({"limit": limit, "after": found[-1].job})}>; rel="next"'
    return [TaskOut.of(job) for job in found]


@router.get("/{taskId}", operation_id="readTask", responses=_NO_TASK)
async def read_task(task: TaskId, bureau: BureauDep, actor: TaskReaderDep) -> TaskOut:
    """Read how far a task is, and how it ended. It is kept for 30 days after."""
    return TaskOut.of(await run_in_threadpool(bureau.tasks.task, task, actor))


@router.get("/{taskId}/status", operation_id="readTaskStatus", responses=_NO_TASK)
async def read_status(task: TaskId, bureau: BureauDep, actor: TaskReaderDep) -> TaskOut:
    """Read the same, where OSIA has it."""
    return await read_task(task, bureau, actor)


@router.get("/{taskId}/result", operation_id="readTaskResult", responses=_NO_TASK)
async def read_result(
    task: TaskId,
    bureau: BureauDep,
    actor: TaskReaderDep,
    answer: Response,
    kind: Annotated[Kind | None, Query(description="only of this kind")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_FOUND, description="results of one page")] = 100,
    after: Annotated[int, Query(ge=-1, le=2**31 - 1, description="number of the last one that you have; -1: none")] = -1,
) -> list[FoundOut]:
    """List what a task has found so far, in that order. The header `Link` leads to the next page, if there is one."""
    found = await run_in_threadpool(bureau.tasks.task_result, task, actor, kind=kind, after=after, limit=limit)
    if len(found) == limit:
        query = {"limit": limit, "after": found[-1].number, **({"kind": kind} if kind else {})}
        answer.headers["Link"] = f'</v1/tasks/{task}/result?{urlencode(query)}>; rel="next"'
    return [FoundOut.of(one) for one in found]


@router.get(
    "/{taskId}/result.csv",
    operation_id="readTaskTable",
    response_class=Response,
    responses=_NO_TASK | {200: {"content": {"text/csv": {}}}},
)
async def read_table(
    task: TaskId,
    bureau: BureauDep,
    actor: TaskReaderDep,
    kind: Annotated[Kind, Query(description="content of the table")] = "failure",
) -> StreamingResponse:
    """Read all that a task has found so far of one kind, as a table."""
    first = await run_in_threadpool(bureau.tasks.task_result, task, actor, kind=kind)
    return StreamingResponse(as_csv(kind, _rest(bureau, actor, task, kind, first)), media_type="text/csv; charset=utf-8")


def _rest(bureau: Bureau, actor: Actor, task: str, kind: Kind, page: list[Found]) -> Iterator[Found]:
    while page:
        yield from page
        page = bureau.tasks.task_result(task, actor, kind=kind, after=page[-1].number)


@router.delete(
    "/{taskId}",
    operation_id="cancelTask",
    status_code=204,
    responses=documented(errors.TaskNotFound, errors.TaskEnded),
)
async def cancel_task(task: TaskId, bureau: BureauDep, actor: TaskEnderDep) -> Response:
    """Cancel a task. What it has done stays done, and what it has found can be read."""
    await run_in_threadpool(bureau.tasks.cancel_task, task, actor)
    return Response(status_code=204)
