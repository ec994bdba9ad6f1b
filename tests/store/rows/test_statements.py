"""Many rows in one statement say what they would say one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from biomatch.store import Item, Shown, open_store
from biomatch.store.audit.tree import Act
from biomatch.store.rows import statements, tables

AWKWARD = 'o\'brien "the \\ third", Zoë \u2028 %s ? :x'


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_rows_are_written_as_they_are_however_many_fit_in_a_statement(store, monkeypatch, count):
    monkeypatch.setattr(statements, "_AT_ONCE", 3)
    wanted = [(1, place, bytes([place]), AWKWARD if place % 2 else None) for place in range(count)]
    columns = ("leaf", "place", "salt", "content")

    def write(connection):
        statements.add_rows(connection, tables.audit_leaves, ("number", "entry", "created", "bureau"), [(1, "{}", "", "")])
        statements.add_rows(connection, tables.audit_items, columns, wanted)

    store.commits.run(write)
    found = store.commits.run(lambda connection: connection.execute(select(*map(tables.audit_items.c.get, columns))).all())
    assert [(leaf, place, bytes(salt), content) for leaf, place, salt, content in sorted(found) if leaf == 1] == wanted


def test_what_is_shown_of_prints_is_what_is_stored_of_them(store, enrol):
    enrol(store, AWKWARD, "a1", "a2")
    enrol(store, "bob", "b1")
    asked = ["a2", "nobody's", "b1"]
    assert store.prints.shown(asked) == {
        name: Shown(stored.labels, stored.has_image) for name, stored in store.prints.named(asked).items()
    }
    assert store.prints.shown(["a2"]) == {"a2": Shown(frozenset({"staff", AWKWARD}), True)}
    assert store.prints.shown(["nobody's"]) == store.prints.shown([]) == {}


def test_a_print_without_labels_or_image_is_shown_too(store, enrol):
    enrol(store, "ada", "a1")

    def take_away(connection):
        connection.execute(tables.labels.delete())
        connection.execute(tables.prints.update().values(source_sha256=None, media_type=None))

    store.commits.run(take_away)
    assert store.prints.shown(["a1"]) == {"a1": Shown(frozenset(), False)}


def test_items_of_whom_is_not_there_are_erased_from_the_first_whoever_else_is(store, enrol):
    for n in range(3):
        enrol(store, f"p{n}", f"f{n}")
    for names in (["p0", "p1"], ["p0", "gone", "p2"], ["gone"]):
        items = tuple(Item({"person": name}, name) for name in names)
        leaf = store.audit.record(Act("identify", {"name": "me"}, "why", "law", items=items))
        (found,) = store.audit.leaves(leaf, 1)
        assert [one.content is None for one in found.items] == [name == "gone" for name in names]
        assert found.said["details"].get("erased", []) == [[leaf, at] for at, name in enumerate(names) if name == "gone"]
    assert store.commits.run(lambda c: c.execute(select(func.count()).select_from(tables.audit_items)).scalar_one()) > 6
