"""Rows, originals and old checkpoints are held against what the leaves say."""

import shutil

import pytest
from sqlalchemy import text

from biomatch.store import open_store


@pytest.fixture
def store(tmp_path, enrol, search):
    opened = open_store(tmp_path / "gallery")
    enrol(opened, "ada", "a1", "a2")
    enrol(opened, "bob", "b1")
    search(opened, "ada")
    yield opened
    opened.close()


def found(store, *checkpoints):
    return {(finding.where, finding.what) for finding in store.audit.verify(store.blobs, checkpoints).findings}


def test_a_gallery_that_nobody_changed_bears_out_its_tree_and_its_old_checkpoints(store, enrol):
    old = store.audit.checkpoint()
    enrol(store, "eve", "e1")
    report = store.audit.verify(store.blobs, [old, store.audit.checkpoint()])
    assert report.ok
    assert (report.prints, report.originals, report.checkpoints) == (4, 3, 2)


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE prints SET person = 'eve' WHERE print_id = 'b1'", ("print b1", "cannot be opened")),
        ("UPDATE prints SET encounter = 'other' WHERE print_id = 'b1'", ("print b1", "is not what leaf 2 committed to")),
        ("DELETE FROM prints WHERE print_id = 'b1'", ("print b1", "is missing, and no act after leaf 2 removed it")),
        ("DELETE FROM labels WHERE label = 'bob'", ("print b1", "is not what leaf 2 committed to")),
        ("INSERT INTO labels (sequence, label) VALUES (77, 'x')", ("label of record 77", "belongs to no print")),
        ("UPDATE records SET print_id = 'b2' WHERE print_id = 'b1'", ("record 3", "is not what the acts wrote")),
        ("DELETE FROM records WHERE sequence = 3", ("records", "there are 2 where the acts wrote 3")),
        ("UPDATE records SET bureau = 'other' WHERE sequence = 3", ("record 3", "says that it is another bureau's")),
        ("CREATE TABLE extra (x INTEGER)", ("table extra", "")),
    ],
)
def test_what_was_changed_is_found_where_it_was(store, meddling, statement, finding):
    with meddling(store) as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        connection.execute(text(statement))
    assert any(where == finding[0] and what.startswith(finding[1]) for where, what in found(store)), found(store)


def test_an_original_that_is_gone_or_another_is_found(store):
    (kept,) = store.prints.originals() - {one for one in store.prints.originals() if one[0] == "bob"}
    place = next(path for path in store.blobs.folder.rglob("*") if path.is_file() and path.name == store.blobs.name_of(kept))
    sealed = place.read_bytes()
    place.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert any(where == f"original {kept[1]}" and "cannot be opened" in what for where, what in found(store))
    place.unlink()
    assert (f"original {kept[1]}", "is missing") in found(store)


def test_a_checkpoint_of_a_longer_tree_or_of_another_is_found(store, tmp_path, enrol):
    other = open_store(tmp_path / "other")
    enrol(other, "ada", "a1")
    strange = other.audit.checkpoint()
    other.close()
    assert {where for where, _ in found(store, strange)} == {"checkpoint 1"}
    assert {where for where, _ in found(store, "no note")} == {"checkpoint 1"}


def test_a_checkpoint_that_a_changed_copy_signed_is_found(store, tmp_path, enrol):
    store.close()
    shutil.copytree(store.folder, tmp_path / "copy")
    first, second = open_store(store.folder), open_store(tmp_path / "copy")
    enrol(first, "eve", "e1")
    enrol(second, "eve", "e2")
    strange = second.audit.checkpoint()
    assert found(first, first.audit.checkpoint()) == set()
    assert {what for _, what in found(first, strange)} == {"had another root: a leaf before it was changed"}
    first.close()
    second.close()
