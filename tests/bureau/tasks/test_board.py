"""Tasks are whose they are; they are begun once, and a worker that stumbles says so."""

import pytest

from biomatch.bureau import Actor, Scope
from biomatch.errors import TaskEnded, TaskNotFound

SCOPES = frozenset(Scope) - {Scope.LOCAL}
ADA, BOB = (Actor(name, "http", token=name, scopes=SCOPES) for name in ("ada", "bob"))


def test_another_tokens_task_is_not_there(bureau, me, begin):
    task = begin(bureau, ADA)
    assert bureau.tasks.task(task, ADA).actor["name"] == "ada"
    for ask in (
        lambda: bureau.tasks.task(task, BOB),
        lambda: bureau.tasks.task_result(task, BOB),
        lambda: bureau.tasks.cancel_task(task, BOB),
        lambda: bureau.tasks.tasks(BOB, after=task),
    ):
        with pytest.raises(TaskNotFound):
            ask()
    assert bureau.tasks.tasks(BOB) == []
    assert [one.job for one in bureau.tasks.tasks(ADA)] == [one.job for one in bureau.tasks.tasks(me)] == [task]


def test_a_task_under_an_idempotency_key_is_begun_once(bureau, begin):
    tasks = {begin(bureau, ADA.repeating("key")) for _ in range(3)}
    assert len(tasks) == 1
    assert len(bureau.tasks.tasks(ADA)) == 1


def test_an_ended_task_cannot_be_cancelled(bureau, me, begin):
    task = begin(bureau, me)
    bureau.tasks.cancel_task(task, me)
    with pytest.raises(TaskEnded):
        bureau.tasks.cancel_task(task, me)
