"""Leaves are added in the act's own transaction; what they say of somebody goes, and the tree stays what it was."""

import json

import pytest
from sqlalchemy import select

from biomatch.store.audit import merkle, tree
from biomatch.store.audit.tree import Act, Item
from biomatch.store.database import reading, writing
from biomatch.store.rows import tables


@pytest.fixture
def read(busy):
    """read(function, *arguments): what a function of a connection reads."""

    def reader(function, *arguments):
        with reading(busy.engine, busy.folder) as connection:
            return function(connection, *arguments)

    return reader


def test_one_value_is_written_in_one_way_and_numbers_that_json_lacks_in_none():
    assert tree.canonical({"b": 1, "a": ["ä", 1.5, None]}) == '{"a":["ä",1.5,null],"b":1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        tree.canonical(float("nan"))


def test_the_same_item_is_committed_to_differently_each_time():
    one, other = tree.salted([Item({"person": "ada"})] * 2)
    assert one.content == other.content == '{"person":"ada"}'
    assert len({one.salt, other.salt}) == len({one.commitment, other.commitment}) == 2


def test_an_entry_says_who_did_what_for_what(busy, read):
    act = Act("identify", {"name": "me"}, "border check", "law 1", {"top": 3}, {"index": "5"}, (Item({"score": 41.5}, "ada"),))
    number = busy.audit.record(act)
    (leaf,) = read(tree.leaves, number, 1)
    said = leaf.said
    assert leaf.entry == tree.canonical(said)
    assert (said["number"], said["layout"], said["act"]) == (number, tree.LAYOUT, "identify")
    assert (said["actor"], said["purpose"], said["legalBasis"]) == ({"name": "me"}, "border check", "law 1")
    assert (said["details"], said["madeBy"]) == ({"top": 3}, {"index": "5"})
    assert said["items"] == [leaf.items[0].commitment.hex()]
    assert json.loads(leaf.items[0].content) == {"score": 41.5}


def test_an_item_of_somebody_who_is_not_there_is_erased_from_the_first(busy, read):
    items = (
        Item({"n": 0}, "ada"),
        Item({"n": 1}, "bob"),  # was removed
        Item({"n": 2}, "eve", "e1"),
        Item({"n": 3}, "eve", "b1"),
        Item({"n": 4}, label="staff"),
        Item({"n": 5}, label="bob"),
    )
    number = busy.audit.record(Act("identify", {"name": "me"}, items=items))
    leaf = read(tree.leaves, number, 1)[0]
    assert [item.place for item in leaf.items if item.content is None] == [1, 3, 5]
    assert leaf.said["details"]["erased"] == [[number, 1], [number, 3], [number, 5]]
    assert [item.salt is None for item in leaf.items] == [item.content is None for item in leaf.items]


def test_an_erasure_names_what_went_and_moves_no_root(busy, read):
    before = read(tree.checkpoint, "x")
    with writing(busy.engine, busy.folder) as connection:
        assert tree.erase(connection, persons=["ada"]) == [(1, 0), (1, 1), (3, 0), (6, 0)]
        assert tree.erase(connection, print_ids=["e1"]) == [(4, 0)]
        assert tree.erase(connection, persons=["nobody"]) == []
    assert read(tree.checkpoint, "x") == before
    left = [item.content for leaf in read(tree.leaves) for item in leaf.items if item.content]
    assert not [content for content in left if "ada" in content or '"e1"' in content]


def test_only_the_item_that_says_whom_a_search_was_limited_to_goes_with_its_label(busy, read):
    filtered = Act("identify", {"name": "me"}, items=(Item({"where": {"label": "x"}}), Item({"score": 1.0}, "ada")))
    number = busy.audit.record(filtered)
    with writing(busy.engine, busy.folder) as connection:
        assert tree.erase(connection, filters=[number]) == [(number, 0)]
    assert [item.content is None for item in read(tree.leaves, number, 1)[0].items] == [True, False]


def test_its_root_is_that_of_all_leaves(busy, read):
    """Of a tree that is computed at once, which keeps no nodes."""
    for size in range(1, 8):
        hashes = [leaf.hash for leaf in read(tree.leaves, 0, size)]
        assert read(tree.checkpoint, "x", size).root == root_of(hashes)


def root_of(hashes):
    """RFC 6962, 2.1, as it is written."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return merkle.node_hash(root_of(hashes[:half]), root_of(hashes[half:]))


def test_leaves_are_read_page_by_page(busy, read, monkeypatch):
    monkeypatch.setattr(tree, "PAGE", 2)
    with reading(busy.engine, busy.folder) as connection:
        assert [leaf.number for leaf in tree.every_leaf(connection)] == list(range(7))
    assert [leaf.number for leaf in read(tree.leaves, 5, 100)] == [5, 6]
    assert read(tree.leaves, 7, 100) == []


def test_acts_of_some_kinds_are_found_in_order(read):
    found = read(tree.entries_of, ("remove", "begin"))
    assert [(number, tree.read_entry(entry)["act"]) for number, entry in found] == [(0, "begin"), (5, "remove")]


def test_an_item_whose_row_is_gone_counts_as_erased(busy, read):
    with writing(busy.engine, busy.folder) as connection:
        connection.execute(tables.audit_items.delete().where(tables.audit_items.c.leaf == 1, tables.audit_items.c.place == 0))
    first, second = read(tree.leaves, 1, 1)[0].items
    assert first.content is None
    assert second.content is not None
    assert len(first.commitment) == 32


@pytest.mark.parametrize(("layout", "older"), [(tree.SEALED_TABLES - 1, True), (tree.SEALED_TABLES, False), ("x", False)])
def test_the_last_leaf_says_which_version_wrote_last(busy, read, layout, older):
    c = tables.audit_leaves.c
    with writing(busy.engine, busy.folder) as connection:
        entry = json.loads(connection.execute(select(c.entry).where(c.number == 6)).scalar_one()) | {"layout": layout}
        connection.execute(tables.audit_leaves.update().where(c.number == 6).values(entry=tree.canonical(entry)))
    assert read(tree.is_older) is older
