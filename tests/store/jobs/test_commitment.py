"""Rows of jobs are held against the leaves of the audit tree, and against their seals."""

import pytest
from sqlalchemy import text

from biomatch.store import open_store
from biomatch.store.audit.standing import KnownTask
from biomatch.store.database import reading, writing
from biomatch.store.jobs import commitment

ACTOR = {"name": "me", "door": "test"}


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "gallery")
    with opened.transaction() as work:
        opened.jobs.submit(work, "j1", "test", {"of": 1}, actor=ACTOR, token="")
    yield opened
    opened.close()


@pytest.fixture
def known():
    return {"j1": KnownTask(7, "test", ACTOR)}


def found(store, known):
    with reading(store.engine, store.folder) as connection:
        return dict(commitment.faults(connection, store.keys, known))


def edit(store, statement):
    with writing(store.engine, store.folder) as connection:
        connection.execute(text(statement))


def test_a_job_that_is_what_a_leaf_says_has_no_fault(store, known):
    assert found(store, known) == {}


def test_a_job_that_no_act_began_is_named(store):
    assert found(store, {}) == {"j1": "is there, and no act began it"}


def test_a_job_that_is_gone_is_named_with_its_leaf(store, known):
    edit(store, "DELETE FROM jobs")
    assert found(store, known) == {"j1": "is missing, and leaf 7 tells of it"}


def test_a_row_that_somebody_changed_is_named(store, known):
    edit(store, "UPDATE jobs SET done = 5")
    assert found(store, known) == {"j1": "is not what was written"}


def test_a_row_of_another_kind_than_the_leaf_says_is_named(store):
    assert found(store, {"j1": KnownTask(7, "other", ACTOR)}) == {"j1": "is not what leaf 7 says of it"}


def test_a_row_without_a_seal_gets_one_only_where_a_leaf_bears_it_out(store, known):
    edit(store, "UPDATE jobs SET seal = NULL")
    for leaves, fault in (({"j1": KnownTask(7, "other", ACTOR)}, "is not what was written"), (known, None)):
        with writing(store.engine, store.folder) as connection:
            assert commitment.adopt(connection, store.keys, leaves) == ["j1"]
        assert found(store, known).get("j1") == fault
