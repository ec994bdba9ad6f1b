"""Steps are done in turn, by one worker; what goes wrong in one ends its task in words."""

import threading
import time

import pytest

from biomatch.bureau import Actor, Scope
from biomatch.errors import BadRequest, DiskFull
from biomatch.store import Step

SCOPES = frozenset(Scope) - {Scope.LOCAL}
ADA, BOB = (Actor(name, "http", token=name, scopes=SCOPES) for name in ("ada", "bob"))


@pytest.fixture
def working(bureau):
    """working(step): the bureau's worker does that; ends with the bureau."""

    def begun(step):
        bureau.tasks.steps["find-duplicates"] = step
        bureau.work()

    return begun


def until(condition):
    for _ in range(400):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


def test_an_error_of_ours_ends_a_task_with_its_words(bureau, me, working, begin):
    def step(_job):
        raise BadRequest("no")

    task = begin(bureau, me)
    working(step)
    until(lambda: not bureau.tasks.task(task, me).is_open)
    found = bureau.tasks.task(task, me)
    assert (found.state, found.fault["code"]) == ("failed", "bad-request")
    assert bureau.upkeep.audit_leaves(me)[-1].said["details"]["code"] == "bad-request"


def test_a_defect_ends_a_task_and_tells_nothing_of_how(bureau, me, working, begin):
    def step(_job):
        raise ZeroDivisionError("secret")

    task = begin(bureau, me)
    working(step)
    until(lambda: not bureau.tasks.task(task, me).is_open)
    found = bureau.tasks.task(task, me)
    assert (found.state, found.fault["code"]) == ("failed", "defect")
    assert "secret" not in found.fault["message"]


def test_a_full_disk_makes_a_task_wait(bureau, me, working, begin):
    tried = threading.Event()

    def step(_job):
        tried.set()
        raise DiskFull("there")

    task = begin(bureau, me)
    working(step)
    assert tried.wait(10)
    until(lambda: bureau._context.store.jobs.claim() is None)
    assert bureau.tasks.task(task, me).is_open


def test_tasks_have_their_turns(bureau, me, working, monkeypatch, begin):
    """A long one does not hold up a short one."""
    monkeypatch.setattr("biomatch.bureau.tasks.worker.TURN_S", 0.05)
    long, short = begin(bureau, me), begin(bureau, ADA)

    def step(job):
        time.sleep(0.02)
        ended = job.job == short and job.done == 3
        with bureau._context.store.transaction() as work:
            work.step(job, Step(None if ended else {}, job.done + 1))

    working(step)
    until(lambda: bureau.tasks.task(short, me).state == "done")
    assert bureau.tasks.task(long, me).is_open


def test_a_cancelled_task_is_let_go_by_its_worker(bureau, me, working, begin):
    begun, go = threading.Event(), threading.Event()

    def step(job):
        begun.set()
        go.wait(10)
        with bureau._context.store.transaction() as work:
            work.step(job, Step({}, job.done + 1))

    task = begin(bureau, me)
    working(step)
    assert begun.wait(10)
    bureau.tasks.cancel_task(task, me)
    go.set()
    second = begin(bureau, me)
    until(lambda: bureau.tasks.task(second, me).state == "running")  # so the worker lives
    assert (bureau.tasks.task(task, me).state, bureau.tasks.task(task, me).done) == ("cancelled", 0)
