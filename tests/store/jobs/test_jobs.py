"""Jobs outlive their holders: what a holder wrote stays, and who was taken for dead writes nothing more."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from biomatch.errors import SealKeyGone, TaskEnded, TaskNotFound
from biomatch.store import Act, JobItem, JobLost, Step, open_store
from biomatch.store.jobs.items import INPUT
from biomatch.store.jobs.jobs import KEPT
from biomatch.store.rows import tables

NOTHING = timedelta(0)  # a lease that is over at once


def test_a_job_goes_step_by_step_to_its_end(store, submit, write, note, notes):
    submit("a", inputs=[JobItem(INPUT, b"1"), JobItem(INPUT, b"2")])
    job = store.jobs.claim()
    assert (job.job, job.state, job.parameters, job.place) == ("a", "running", {"of": "Zebedee"}, None)
    write(store, job, Step({"next": 1}, 1, 2, {"seen": 1}, [note("one")], used=0))
    found = store.jobs.get("a")
    assert (found.place, found.done, found.total, found.counts) == ({"next": 1}, 1, 2, {"seen": 1, "results": 1})
    assert [content for _, _, content in store.jobs.items("a", INPUT)] == [b"2"]
    write(store, job, Step(None, 2, counts={"seen": 1}, items=[note("two")]))
    found = store.jobs.get("a")
    assert (found.state, found.done, found.total, found.counts) == ("done", 2, 2, {"seen": 2, "results": 2})
    assert found.ended is not None
    assert notes(store, "a") == ["one", "two"]
    assert store.jobs.items("a", INPUT) == []
    assert store.jobs.claim() is None


def test_a_held_job_is_nobody_elses_until_its_lease_ends(store, submit):
    submit("a")
    first = store.jobs.claim()
    assert store.jobs.claim() is None
    store.jobs.let_go(first, datetime.now(UTC) + timedelta(hours=1))
    assert store.jobs.claim() is None
    store.jobs.let_go(first)
    assert store.jobs.claim().fence == first.fence + 1


def test_each_step_renews_the_lease(store, submit, write):
    submit("a")
    job = store.jobs.claim(NOTHING)
    write(store, job, Step({}, 1))
    assert store.jobs.claim() is None


def test_a_holder_whose_lease_ended_writes_nothing_once_another_has_the_job(store, submit, write, fail, note, notes):
    submit("a")
    stale = store.jobs.claim(NOTHING)
    write(store, stale, Step({"by": "stale"}, 1, items=[note("in time")]))  # late, but nobody else came
    store.jobs.let_go(stale)
    fresh = store.jobs.claim()
    before = store.audit.size()
    for attempt in (
        lambda: write(store, stale, Step({"by": "stale"}, 2, items=[note("too late")]), Act("never", {})),
        lambda: write(store, stale, Step(None, 2)),
        lambda: fail(store, stale, "code", "words"),
    ):
        with pytest.raises(JobLost):
            attempt()
    store.jobs.let_go(stale)
    assert store.jobs.claim() is None  # the fresh one has it still
    assert notes(store, "a") == ["in time"]
    assert store.audit.size() == before
    write(store, fresh, Step(None, 2))
    assert store.jobs.get("a").state == "done"


def test_a_new_owner_of_the_folder_takes_over_at_once(store, submit):
    submit("a")
    dead = store.jobs.claim()
    store.jobs.take_over()
    assert store.jobs.claim().fence == dead.fence + 1


def test_those_that_waited_longest_come_first(store, submit):
    submit("a")
    submit("b")
    first = store.jobs.claim()
    store.jobs.let_go(first)
    second = store.jobs.claim()
    store.jobs.let_go(second)
    assert {first.job, second.job} == {"a", "b"}


def test_what_is_cancelled_is_lost_to_its_holder(store, submit, write, cancel):
    submit("a", inputs=[JobItem(INPUT, b"1")])
    job = store.jobs.claim()
    cancel(store, "a")
    with pytest.raises(JobLost):
        write(store, job, Step({}, 1))
    assert store.jobs.get("a").state == "cancelled"
    assert store.jobs.items("a", INPUT) == []
    assert store.jobs.claim() is None
    with pytest.raises(TaskEnded, match="cancelled"):
        cancel(store, "a")
    with pytest.raises(TaskNotFound):
        cancel(store, "b")


def test_a_failure_keeps_its_words(store, submit, fail):
    submit("a")
    fail(store, store.jobs.claim(), "disk-full", "there is no room")
    assert store.jobs.get("a").fault == {"code": "disk-full", "message": "there is no room"}


def test_a_tokens_jobs_come_newest_first_and_page_by_page(store, submit):
    for number in range(5):
        submit(f"job {number}", "mine" if number % 2 else "")
    assert [job.job for job in store.jobs.page("mine")] == ["job 3", "job 1"]
    first = store.jobs.page(None, limit=3)
    rest = store.jobs.page(None, first[-1].job, limit=3)
    assert [job.job for job in (*first, *rest)] == [f"job {number}" for number in (4, 3, 2, 1, 0)]


def test_old_jobs_are_forgotten_with_their_keys(store, submit, meddling, write, note, notes):
    submit("old")
    submit("new")
    for job in (store.jobs.claim(), store.jobs.claim()):
        write(store, job, Step(None, 1, items=[note("found", "ada")]))
    with meddling(store) as connection:
        old = (datetime.now(UTC) - KEPT - timedelta(hours=1)).isoformat(timespec="milliseconds")
        sealed = connection.execute(select(tables.jobs.c.parameters).where(tables.jobs.c.job == "old")).scalar_one()
        connection.execute(tables.jobs.update().where(tables.jobs.c.job == "old").values(ended=old))
    assert store.jobs.forget_old() == 1
    assert store.jobs.forget_old() == 0
    assert [job.job for job in store.jobs.page(None)] == ["new"]
    with pytest.raises(TaskNotFound):
        store.jobs.get("old")
    with pytest.raises(SealKeyGone):
        store.keys.open(b"the parameters of job old", sealed)
    assert notes(store, "new") == ["found"]


def test_a_job_is_read_after_the_folder_was_opened_again(store, submit, tmp_path, write):
    submit("a")
    write(store, store.jobs.claim(), Step({"next": 7}, 7))
    store.close()
    again = open_store(tmp_path / "gallery")
    assert again.jobs.get("a").place == {"next": 7}
    again.close()
