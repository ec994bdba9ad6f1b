"""What is written together is there together, or not at all."""

from contextlib import suppress

import pytest
from sqlalchemy import select

from biomatch.errors import PrintExists
from biomatch.store import Act, Answer, Answered, Step, open_store
from biomatch.store.database import reading
from biomatch.store.rows import tables

ACT = Act("told", {"name": "me"})


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


def acts(store):
    return [leaf.said["act"] for leaf in store.audit.leaves(0, 100)]


def test_nothing_is_written_while_it_is_collected(store):
    before = acts(store)
    with store.transaction() as work:
        work.tell(ACT)
        assert acts(store) == before
    assert acts(store) == [*before, "told"]


def test_an_error_within_leaves_nothing(store):
    before = acts(store)
    with suppress(RuntimeError), store.transaction() as work:
        work.tell(ACT)
        raise RuntimeError
    assert acts(store) == before


def test_leaves_stand_in_the_order_in_which_they_were_told(store):
    with store.transaction() as work:
        for kind in ("first", "second", "third"):
            work.tell(Act(kind, {"name": "me"}))
    assert acts(store)[-3:] == ["first", "second", "third"]


def test_what_the_log_commits_is_not_committed_again(store, enrol):
    enrol(store, "ada", "a1")
    assert acts(store).count("enrol") == 1


def test_a_write_that_fails_takes_the_others_with_it_and_can_be_made_again(store, enrol):
    enrol(store, "ada", "a1")
    before = acts(store)
    entries = store.log.entries_at(store.log.head, ["a1"])
    with store.transaction() as work:
        work.tell(ACT)
        with pytest.raises(PrintExists):
            store.log.append(entries, work)
        assert acts(store) == before
    assert acts(store) == [*before, "told"]


def test_an_answer_that_is_kept_already_refuses_the_whole_work(store):
    def told_and_kept():
        with store.transaction() as work:
            work.tell(ACT)
            work.keep("token", "key", Answer(b"abc", "{}"), None)

    told_and_kept()
    before = acts(store)
    with pytest.raises(Answered):
        told_and_kept()
    assert acts(store) == before


def test_the_end_of_a_task_tells_what_all_its_steps_have_found(store):
    with store.transaction() as work:
        store.jobs.submit(work, "j1", "test", {}, actor={"name": "me"}, token="")
    job = store.jobs.claim()
    with store.transaction() as work:
        work.step(job, Step({"after": 1}, 1, counts={"found": 2}))
    with store.transaction() as work:
        work.step(job, Step(None, 2, counts={"found": 3}))
        work.tell_end(Act("end-task", {}, details={"task": "j1"}), "j1")
    assert store.audit.leaves(0, 100)[-1].said["details"] == {"task": "j1", "counts": {"found": 5}}


def test_prints_are_rewritten_page_by_page_each_with_its_leaf(store, enrol):
    enrol(store, "ada", "a1", "a2")
    entries = store.log.entries_at(store.log.head, ["a1", "a2"])
    pages = [([entry], Act("reindex", {}, details={"prints": [entry.print_id]})) for entry in entries]
    with store.transaction() as work:
        work.rewrite(pages)
    assert acts(store)[-2:] == ["reindex", "reindex"]
    p = tables.prints.c
    with reading(store.engine, store.folder) as connection:
        past = list(connection.execute(select(p.print_id).where(p.state == tables.PAST).order_by(p.print_id)).scalars())
    assert past == ["a1", "a2"]
