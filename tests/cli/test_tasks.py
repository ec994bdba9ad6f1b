"""biomatch task: long work listed and cancelled; and how commands wait for it."""

import pytest

from biomatch.bureau import StoredJob, open_gallery
from biomatch.cli.console import Exit, progress
from biomatch.cli.tasks import row_of, waited
from biomatch.errors import TaskEnded, TaskFailed


def test_an_interrupted_search_is_the_same_task_when_run_again(biomatch, twins, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("biomatch.cli.tasks.time.sleep", interrupt)
        assert biomatch("duplicates", "-g", twins).code == Exit.INTERRUPTED
    (before,) = biomatch("task", "list", "-g", twins, "--json").json
    biomatch("duplicates", "-g", twins)
    after = biomatch("task", "list", "-g", twins, "--json").json
    assert before["task"] in {one["task"] for one in after}
    assert {one["state"] for one in after} == {"done"}
    assert len(after) == (2 if before["state"] == "done" else 1)


def test_a_task_is_listed_and_cancelled(biomatch, twins, monkeypatch):
    monkeypatch.setattr("biomatch.bureau.bureau.Bureau.work", lambda _: None)
    monkeypatch.setattr("biomatch.cli.tasks.time.sleep", lambda _: exec("raise KeyboardInterrupt"))
    biomatch("duplicates", "-g", twins)
    (task,) = biomatch("task", "list", "-g", twins, "--json").json
    assert task["state"] == "waiting"
    assert task["task"] in biomatch("task", "list", "-g", twins).out
    assert biomatch("task", "cancel", "-g", twins, task["task"]).code == Exit.OK
    assert biomatch("task", "cancel", "-g", twins, task["task"]).code == Exit.CONFLICT


def test_no_task_is_an_empty_list_and_an_unknown_one_is_not_cancelled(biomatch, gallery):
    assert biomatch("task", "list", "-g", gallery, "--json").json == []
    assert biomatch("task", "cancel", "-g", gallery, "nothing").code == Exit.NOT_FOUND


@pytest.mark.parametrize(("state", "error"), [("failed", TaskFailed), ("cancelled", TaskEnded)])
def test_whoever_waits_for_a_task_is_told_that_it_did_not_end_well(gallery, state, error):
    fault = {"code": "disk-full", "message": "no room"} if state == "failed" else None
    job = StoredJob("j1", "duplicates", state, {}, None, 1, 3, {}, fault, {"name": "ada"}, "", 0, "2026", "2027")
    with open_gallery(gallery, workers=1) as bureau, progress() as bar, pytest.raises(error, match="j1"):
        waited(bureau, job, "Searching", bar)


def test_a_task_as_json_says_who_began_it_and_nothing_of_their_token(gallery):
    job = StoredJob(
        "j1", "duplicates", "done", {"score": 1}, None, 3, 3, {"results": 1}, None, {"name": "ada"}, "t", 0, "a", "b"
    )
    assert row_of(job) == {
        "task": "j1", "kind": "duplicates", "state": "done", "done": 3, "total": 3, "counts": {"results": 1}, "fault": None,
        "created": "a", "ended": "b", "by": "ada",
    }  # fmt: skip
