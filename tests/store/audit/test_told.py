"""The leaves are read once, in order, and say what must be in the tables."""

import pytest
from sqlalchemy import text

from biomatch.store import open_store
from biomatch.store.audit import merkle, told
from biomatch.store.database import reading
from biomatch.store.rows.tables import APPENDED, TOMBSTONED


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "gallery")
    yield opened
    opened.close()


def read(store):
    with reading(store.engine, store.folder) as connection:
        return told.read(connection, store.keys)


def found(store):
    return {(finding.where, finding.what) for finding in read(store).findings}


def test_a_new_gallery_says_nothing_of_prints(store):
    leaves = read(store)
    assert (leaves.size, leaves.alive, leaves.log, leaves.findings) == (store.audit.size(), {}, [], [])
    assert leaves.begun["key"] == store.audit.public.text


def test_prints_come_and_go_as_acts_say(store, enrol, remove):
    enrol(store, "ada", "a1", "a2")
    enrol(store, "bob", "b1")
    remove(store, "ada", "a2")
    leaves = read(store)
    assert set(leaves.alive) == {"a1", "b1"}
    assert leaves.log == [(APPENDED, "a1"), (APPENDED, "a2"), (APPENDED, "b1"), (TOMBSTONED, "a2")]
    assert leaves.erased
    assert leaves.findings == []


def test_its_nodes_lead_to_the_root_that_is_signed(store, enrol):
    for number in range(5):
        enrol(store, f"person {number}", f"print {number}")
    leaves = read(store)
    for size in range(1, leaves.size + 1):
        assert len(merkle.root(size, leaves.node)) == 32
    assert merkle.root(leaves.size, leaves.node) != merkle.root(leaves.size - 1, leaves.node)


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("DELETE FROM audit_leaves WHERE number = 1", ("leaf 1", "is missing; the next is 2")),
        ("DELETE FROM audit_nodes WHERE level = 0 AND place = 1", ("node 0/1", "is missing")),
        (
            "UPDATE audit_nodes SET hash = zeroblob(32) WHERE level = 0 AND place = 1",
            ("leaf 1", "is not what its hash was made of"),
        ),
        ("UPDATE audit_items SET salt = NULL WHERE leaf = 1", ("item 1/0", "is erased by half")),
        ("UPDATE audit_items SET salt = NULL, content = NULL WHERE leaf = 1", ("item 1/0", "is erased, and no act says so")),
        ("UPDATE audit_items SET content = '{}' WHERE leaf = 1", ("item 1/0", "is not what the leaf commits to")),
        ("UPDATE audit_items SET person = 'eve' WHERE leaf = 1", ("item 1/0", "is filed under another person or print")),
        ("DELETE FROM audit_items WHERE leaf = 1", ("leaf 1", "has 0 items kept where it names 1")),
        (
            "UPDATE audit_leaves SET act = 'other' WHERE number = 1",
            ("leaf 1", "does not read as an entry, or its columns say something else"),
        ),
    ],
)
def test_what_was_changed_is_found_where_it_was(store, enrol, meddling, statement, finding):
    enrol(store, "ada", "a1")
    enrol(store, "bob", "b1")
    assert found(store) == set()
    with meddling(store) as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        assert connection.execute(text(statement)).rowcount > 0
    assert finding in found(store)
