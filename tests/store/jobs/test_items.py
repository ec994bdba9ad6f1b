"""A job's items: the first of a name stays, whoever is erased is in none, and rows tell nothing of anybody."""

import pytest
from sqlalchemy import select

from biomatch.errors import SealKeyGone
from biomatch.store import JobItem, Step, open_store
from biomatch.store.jobs.items import INPUT
from biomatch.store.rows import tables


def test_the_first_item_of_a_name_stays(store, submit, write, note, notes):
    submit("a")
    job = store.jobs.claim()
    write(store, job, Step({}, 1, items=[note("first", name="n"), note("again", name="n"), note("other", name="m")]))
    write(store, job, Step({}, 2, items=[note("once more", name="n"), note("without")]))
    assert notes(store, "a") == ["first", "other", "without"]
    assert store.jobs.get("a").counts == {"results": 3}


def test_who_is_erased_is_in_no_result(store, submit, enrol, remove, write, note, notes):
    enrol(store, "ada", "p1")
    enrol(store, "bob", "p2")
    submit("a")
    job = store.jobs.claim()
    items = [
        note("ada and bob", "ada", "bob"),
        note("cy and ada", "cy", "ada"),
        note("cy", "cy"),
        note("bob and cy", "bob", "cy"),
    ]
    write(store, job, Step({}, 1, items=items))
    remove(store, "ada", "p1")
    assert notes(store, "a") == ["cy", "bob and cy"]


def test_who_was_erased_while_a_step_was_made_is_not_in_it(store, submit, enrol, remove, write, notes):
    """Nor do they get a key again."""
    enrol(store, "ada", "p1")
    enrol(store, "bob", "p2")
    submit("a")
    job = store.jobs.claim()
    remove(store, "ada", "p1")
    store.destroy_keys(["ada"])
    items = [
        JobItem("note", b"ada and bob", ("ada", "bob"), enrolled=True),
        JobItem("note", b"ada's own", ("ada",), owner="person/ada", enrolled=True),
        JobItem("note", b"bob", ("bob",), enrolled=True),
    ]
    write(store, job, Step({}, 1, items=items))
    assert notes(store, "a") == ["bob"]
    assert store.jobs.get("a").counts == {"results": 1}
    assert not store.keys.has("person/ada")


def test_rows_tell_nothing_of_whom_they_are(store, submit, write, fail, note):
    """As whoever takes the disk reads them."""
    submit("a", inputs=[JobItem(INPUT, b"an image of Zebedee", ("Zebedee",))])
    job = store.jobs.claim()
    write(store, job, Step({"after": "Zebedee"}, 1, items=[note("Zebedee", "Zebedee", "ada", name="Zebedee")]))
    store.jobs.let_go(job)
    fail(store, store.jobs.claim(), "bad-name", "Zebedee is no name")
    with store.engine.connect() as connection:
        for table in (tables.jobs, tables.job_items):
            rows = connection.execute(select(table)).all()
            assert rows
            assert "Zebedee" not in str(rows)


@pytest.mark.parametrize("end", ["done", "failed", "cancelled", "killed"])
def test_what_an_ended_job_was_given_is_opened_no_more(store, submit, tmp_path, end, write, fail, cancel):
    """Not even from a copy of the disk of before."""
    submit("a", inputs=[JobItem(INPUT, b"1")])
    submit("open", inputs=[JobItem(INPUT, b"2")])
    with store.engine.connect() as connection:
        row = connection.execute(select(tables.job_items).where(tables.job_items.c.job == "a")).one()
    job = store.jobs.claim()
    assert job.job == "a"
    if end == "failed":
        fail(store, job, "code", "words")
    elif end == "cancelled":
        cancel(store, "a")
    else:
        write(store, job, Step(None, 1))
    if end == "done":
        store.jobs.let_go(store.jobs.get("a"))
    if end == "killed":
        store.close()
        store = open_store(tmp_path / "gallery")
    with pytest.raises(SealKeyGone):
        store.keys.open(b"item 0 of job a", bytes(row.content))
    assert [content for _, _, content in store.jobs.items("open", INPUT)] == [b"2"]
    store.close()
