import csv
import shutil

import pytest

from biomatch.cli.console import Exit


@pytest.fixture
def twins(biomatch, gallery, sample, tmp_path):
    """P02 is enrolled as "twin", too."""
    shutil.copy(sample / "enrol" / "P02-right-index_2.png", tmp_path / "twin_2.png")
    assert biomatch("enrol", "-g", gallery, tmp_path / "twin_2.png").code == Exit.OK
    return gallery


def test_who_is_enrolled_twice_is_told_and_listed(biomatch, twins, tmp_path):
    ran = biomatch("duplicates", "-g", twins, "-o", tmp_path / "pairs.csv")
    assert ran.code == Exit.NO
    assert "searched with 5 persons: 1 pair may" in ran.out
    with (tmp_path / "pairs.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert {row["person"], row["other"]} == {"P02", "twin"}
    assert float(row["score"]) > 30
    found = biomatch("duplicates", "-g", twins, "--json").json
    assert (found["state"], found["total"], len(found["duplicates"])) == ("done", 5, 1)


def test_nobody_twice_is_code_0(biomatch, twins):
    assert biomatch("duplicates", "-g", twins, "--llr", "1000000").code == Exit.OK


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
