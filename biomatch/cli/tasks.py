"""task: work that takes longer than a request; and how the commands that begin some wait for it, and write what it found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from biomatch import private
from biomatch.cli import inputs, options
from biomatch.cli.console import out, table, write_json, writing
from biomatch.errors import TaskEnded, TaskFailed

if TYPE_CHECKING:
    from biomatch.bureau import Bureau, Found, StoredJob
    from biomatch.observe import Progress

ASKED_EVERY = 0.1  # s
PAGE = 500  # results at a time

task = typer.Typer(
    name="task",
    help="Tasks: long work that a gallery does. It is kept, and goes on where it stopped when the gallery is opened again.",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(task, rich_help_panel=options.BUREAU)


@task.command("list")
def list_(gallery: options.Gallery, models: options.Models = None, as_json: options.Json = False) -> None:
    """List the tasks of the last 30 days, newest first."""
    with inputs.opened(gallery, models, create=False) as bureau:
        found = bureau.tasks.tasks(inputs.actor())
    if as_json:
        write_json([row_of(one) for one in found])
        return
    shown = table("task", "kind", "state", "done", "of", "begun", "by", right=("done", "of"))
    for one in found:
        total = "" if one.total is None else f"{one.total:,}"
        shown.add_row(one.job, one.kind, one.state, f"{one.done:,}", total, one.created, one.actor["name"])
    out.print(shown)


@task.command()
def cancel(
    gallery: options.Gallery,
    name: Annotated[str, typer.Argument(metavar="TASK", help="Its name, as `task list` shows it.")],
    models: options.Models = None,
) -> None:
    """Cancel a task; what it has done stays done."""
    with inputs.opened(gallery, models, create=False) as bureau:
        bureau.tasks.cancel_task(name, inputs.actor())
    out.print(f"task {name} is cancelled")


def waited(bureau: Bureau, job: StoredJob, what: str, bar: Progress) -> StoredJob:
    """Waits for the end of a task, and returns it. Raises TaskFailed, and TaskEnded where somebody cancelled it."""
    bureau.work()
    bar.start(what, job.total)
    bar.advance(job.done)
    while job.is_open:
        time.sleep(ASKED_EVERY)
        before, job = job.done, bureau.tasks.task(job.job, inputs.actor())
        bar.advance(job.done - before)
    if job.fault is not None:
        raise TaskFailed(job.job, job.fault["code"], job.fault["message"])
    if job.state == "cancelled":
        raise TaskEnded(job.job, job.state)
    return job


def found_by(bureau: Bureau, job: StoredJob, kind: str) -> Iterator[Found]:
    """Yields what a task has found, of a kind."""
    after = -1
    while page := bureau.tasks.task_result(job.job, inputs.actor(), kind=kind, after=after, limit=PAGE):
        yield from page
        after = page[-1].number


def write_csv(bureau: Bureau, job: StoredJob, kind: str, path: Path) -> None:
    """Writes what a task has found, of a kind, as a table. Raises FileUnwritable."""
    from biomatch.bureau import as_csv

    with writing(path), private.opened(path, "w", newline="", encoding="utf-8") as file:
        file.writelines(as_csv(kind, found_by(bureau, job, kind)))


def row_of(job: StoredJob) -> dict[str, object]:
    """Returns a task as JSON knows it."""
    return {
        "task": job.job,
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "counts": job.counts,
        "fault": job.fault,
        "created": job.created,
        "ended": job.ended,
        "by": job.actor["name"],
    }
