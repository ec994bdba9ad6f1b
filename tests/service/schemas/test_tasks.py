"""Tasks and what they found, as answers hold them."""

from typing import get_args

import pytest

from biomatch.bureau import DUPLICATE, FAILURE, Duplicate, Failure, Found, StoredJob
from biomatch.bureau.tasks.results import Agreement
from biomatch.service.schemas.tasks import FoundOut, Kind, Status, TaskOut
from biomatch.store.jobs import job as jobs


def job(state, **fields):
    plain = {
        "job": "j1", "kind": "duplicates", "parameters": {}, "place": None, "done": 1, "total": None, "counts": {},
        "fault": None, "actor": {"name": "ada"}, "token": "t", "fence": 0, "created": "2026", "ended": None,
    }  # fmt: skip
    return StoredJob(state=state, **(plain | fields))


STATES = ("waiting", "running", "done", "failed", "cancelled")


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_word_of_osias(state):
    told = TaskOut.of(job(state))
    assert told.status == state.upper()
    assert told.status in get_args(Status)


def test_a_task_is_open_as_long_as_its_word_says_so():
    open_ = {TaskOut.of(job(state)).status for state in STATES if job(state).is_open}
    assert open_ == {"WAITING", "RUNNING"} == {state.upper() for state in jobs.OPEN}


def test_a_task_that_failed_says_by_what_and_one_that_did_not_says_nothing():
    failed = TaskOut.of(job("failed", fault={"code": "disk-full", "message": "no room"}, ended="2027"))
    assert (failed.fault.code, failed.fault.detail, failed.ended) == ("disk-full", "no room", "2027")
    told = TaskOut.of(job("running", total=3)).model_dump(by_alias=True, exclude_none=True)
    assert told.keys() & {"fault", "ended"} == set()
    assert (told["taskId"], told["done"], told["total"]) == ("j1", 1, 3)


def test_a_pair_of_persons_brings_the_prints_that_agree():
    pair = Duplicate("ada", "anna", 55.0, 4.0, False, (Agreement("p1", "p2", "RIGHT_INDEX", 55.0, 4.0),))
    told = FoundOut.of(Found(7, DUPLICATE, pair)).model_dump(by_alias=True, exclude_none=True)
    assert (told["number"], told["kind"]) == (7, "duplicate")
    assert (told["duplicate"]["personId"], told["duplicate"]["otherPersonId"]) == ("ada", "anna")
    (agreement,) = told["duplicate"]["scores"]
    assert (agreement["printId"], agreement["otherPrintId"], agreement["biometricSubType"]) == ("p1", "p2", "RIGHT_INDEX")
    assert "failure" not in told


def test_a_failure_names_its_line_only_where_a_list_has_one():
    told = [
        FoundOut.of(Found(1, FAILURE, Failure("a.png", "ada", "file-empty", "is empty", line))).failure for line in (4, None)
    ]
    assert [(one.name, one.code, one.detail, one.line) for one in told] == [
        ("a.png", "file-empty", "is empty", 4),
        ("a.png", "file-empty", "is empty", None),
    ]


def test_kinds_are_those_that_tasks_find():
    assert set(get_args(Kind)) == {DUPLICATE, FAILURE}
