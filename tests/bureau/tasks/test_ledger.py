"""A task is begun once, and how it ends is written down with what it found."""

import pytest

from biomatch.bureau.tasks.ledger import Ledger
from biomatch.errors import BadRequest
from biomatch.store import JobLost, Step


def ends(bureau, me):
    return [leaf.said["details"] for leaf in bureau.upkeep.audit_leaves(me) if leaf.said["act"] == "end-task"]


@pytest.fixture
def ledger(bureau):
    return Ledger(bureau._context)


def test_the_same_command_goes_on_with_the_task_that_has_not_ended(bureau, me, begin):
    first = begin(bureau, me)
    assert begin(bureau, me) == first
    bureau.tasks.cancel_task(first, me)
    assert begin(bureau, me) != first


def test_a_step_in_the_middle_ends_nothing_and_the_last_one_tells_what_was_found(bureau, me, begin, ledger):
    task = begin(bureau, me)
    job = bureau._context.store.jobs.claim()
    ledger.write(job, Step({"after": 1}, 1, counts={"pairs": 2}))
    assert ends(bureau, me) == []
    ledger.write(job, Step(None, 2, counts={"pairs": 1}))
    assert ends(bureau, me) == [{"task": task, "of": "find-duplicates", "state": "done", "counts": {"pairs": 3}}]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [(BadRequest("no such thing"), "bad-request", "no such thing"), (KeyError("ada"), "defect", "log")],
)
def test_a_task_that_fails_says_why_and_a_defect_names_nobody(bureau, me, begin, ledger, error, code, words):
    task = begin(bureau, me)
    ledger.fail(bureau._context.store.jobs.claim(), error)
    fault = bureau.tasks.task(task, me).fault
    assert fault["code"] == code
    assert words in fault["message"]
    assert "ada" not in str(ends(bureau, me)) + str(fault)
    assert [(end["state"], end["code"]) for end in ends(bureau, me)] == [("failed", code)]


def test_who_has_lost_a_task_neither_steps_nor_ends_it(bureau, me, begin, ledger):
    task = begin(bureau, me)
    job = bureau._context.store.jobs.claim()
    bureau.tasks.cancel_task(task, me)
    before = len(bureau.upkeep.audit_leaves(me))
    for act in (lambda: ledger.write(job, Step(None, 1)), lambda: ledger.fail(job, BadRequest("late"))):
        with pytest.raises(JobLost):
            act()
    assert len(bureau.upkeep.audit_leaves(me)) == before
