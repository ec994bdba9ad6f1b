"""Rows, originals and old checkpoints are held against what the leaves say."""

import random
import shutil
from contextlib import contextmanager

import pytest
from sqlalchemy import and_, delete, insert, select, text, update

from biomatch.bench.service.tamperings import another
from biomatch.store import open_store
from biomatch.store.rows import tables


@pytest.fixture
def filled(tmp_path, enrol, search):
    opened = open_store(tmp_path / "gallery")
    enrol(opened, "ada", "a1", "a2")
    enrol(opened, "bob", "b1")
    search(opened, "ada")
    yield opened
    opened.close()


def found(filled, *checkpoints):
    return {(finding.where, finding.what) for finding in filled.audit.verify(filled.blobs, checkpoints).findings}


def test_a_gallery_that_nobody_changed_bears_out_its_tree_and_its_old_checkpoints(filled, enrol):
    old = filled.audit.checkpoint()
    enrol(filled, "eve", "e1")
    report = filled.audit.verify(filled.blobs, [old, filled.audit.checkpoint()])
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
def test_what_was_changed_is_found_where_it_was(filled, meddling, statement, finding):
    with meddling(filled) as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        connection.execute(text(statement))
    assert any(where == finding[0] and what.startswith(finding[1]) for where, what in found(filled)), found(filled)


def test_an_original_that_is_gone_or_another_is_found(filled):
    (kept,) = filled.prints.originals() - {one for one in filled.prints.originals() if one[0] == "bob"}
    place = next(path for path in filled.blobs.folder.rglob("*") if path.is_file() and path.name == filled.blobs.name_of(kept))
    sealed = place.read_bytes()
    place.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert any(where == f"original {kept[1]}" and "cannot be opened" in what for where, what in found(filled))
    place.unlink()
    assert (f"original {kept[1]}", "is missing") in found(filled)


def test_a_checkpoint_of_a_longer_tree_or_of_another_is_found(filled, tmp_path, enrol):
    other = open_store(tmp_path / "other")
    enrol(other, "ada", "a1")
    strange = other.audit.checkpoint()
    other.close()
    assert {where for where, _ in found(filled, strange)} == {"checkpoint 1"}
    assert {where for where, _ in found(filled, "no note")} == {"checkpoint 1"}


def test_a_checkpoint_that_a_changed_copy_signed_is_found(filled, tmp_path, enrol):
    filled.close()
    shutil.copytree(filled.folder, tmp_path / "copy")
    first, second = open_store(filled.folder), open_store(tmp_path / "copy")
    enrol(first, "eve", "e1")
    enrol(second, "eve", "e2")
    strange = second.audit.checkpoint()
    assert found(first, first.audit.checkpoint()) == set()
    assert {what for _, what in found(first, strange)} == {"had another root: a leaf before it was changed"}
    first.close()
    second.close()


TAMPERINGS = 150  # 10,000 by `biomatch bench tamperings`


TAMPERED = (
    (tables.audit_leaves, ("entry", "created", "bureau")),
    (tables.audit_items, ("salt", "content", "person", "print_id")),
    (tables.audit_nodes, ("hash",)),
    (tables.records, ("kind", "print_id")),
    (
        tables.prints,
        ("print_id", "person", "encounter", "position", "impression", "quality", "extractor", "template", "source_sha256",
         "media_type", "ppi"),
    ),
    (tables.labels, ("label",)),
)  # fmt: skip


def change(value, column, rng):
    """Another value of the same kind."""
    if value is None:
        return {str: "77", bytes: b"77"}.get(column.type.python_type, 77)
    return another(value, rng)


def this(row, table):
    return and_(*(column == row[column.name] for column in table.primary_key.columns))


def tampering(connection, rng):
    """One change somewhere in what is committed to: in which table, the row as it was, and as it is (None: it is gone)."""
    table, columns = rng.choice(TAMPERED)
    row = dict(rng.choice(connection.execute(select(table)).mappings().all()))
    if rng.random() < 0.25:
        connection.execute(delete(table).where(this(row, table)))
        return table, row, None
    column = table.c[rng.choice(columns)]
    if table is tables.audit_items and row[column.name] is None:  # erased: nobody can tell what stood there
        column = table.c.content
    changed = row | {column.name: change(row[column.name], column, rng)}
    connection.execute(update(table).where(this(row, table)).values(changed))
    return table, row, changed


def undo(connection, table, row, changed):
    if changed is not None:
        connection.execute(delete(table).where(this(changed, table)))
    connection.execute(insert(table).values(row))


@contextmanager
def changed_row(store, meddling, rng):
    with meddling(store) as connection:
        what = tampering(connection, rng)
    yield what
    with meddling(store) as connection:
        undo(connection, *what)


@contextmanager
def changed_original(store, _meddling, rng):
    """A byte is another, or the file is gone."""
    place = store.blobs._place(store.blobs.name_of(rng.choice(sorted(store.prints.originals()))))
    was = place.read_bytes()
    if rng.random() < 0.5:
        place.write_bytes(change(was, None, rng))
    else:
        place.unlink()
    yield place.name
    place.write_bytes(was)


@contextmanager
def cut_tree(store, meddling, rng):
    """The last leaves are gone, with all that belongs to them: only who keeps a checkpoint elsewhere can tell."""
    size = rng.randrange(1, store.audit.size())
    gone = (
        (tables.audit_items, tables.audit_items.c.leaf >= size),
        (tables.audit_nodes, text(f"place >= ({size} >> level)")),
        (tables.audit_leaves, tables.audit_leaves.c.number >= size),
    )
    with meddling(store) as connection:
        rows = [
            (table, [dict(row) for row in connection.execute(select(table).where(which)).mappings()]) for table, which in gone
        ]
        for table, which in gone:
            connection.execute(delete(table).where(which))
    yield f"cut to {size}"
    with meddling(store) as connection:
        for table, old in reversed(rows):
            if old:
                connection.execute(insert(table), old)


def test_whatever_is_changed_is_found(busy, meddling, verified):
    rng, note = random.Random(5), busy.audit.checkpoint()
    for _ in range(TAMPERINGS):
        (kind,) = rng.choices((changed_row, changed_original, cut_tree), (8, 1, 1))
        with kind(busy, meddling, rng) as what:
            assert not verified(busy, note).ok, (kind.__name__, what)
    assert verified(busy, note).ok


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE audit_leaves SET entry = replace(entry, 'law 1', 'law 2') WHERE number = 3", "leaf 3"),
        ("UPDATE audit_leaves SET entry = replace(entry, 'details', 'detailt') WHERE number = 3", "leaf 3"),
        pytest.param(f"UPDATE audit_leaves SET entry = '{'[' * 100_000}' WHERE number = 3", "leaf 3", id="nested"),
        ("UPDATE audit_items SET content = replace(content, '41.5', '14.5') WHERE leaf = 6", "item 6/0"),
        ("UPDATE audit_items SET content = NULL, salt = NULL WHERE leaf = 6", "item 6/0"),
        ("UPDATE prints SET person = 'eve' WHERE print_id = 'a1'", "print a1"),
        ("DELETE FROM prints WHERE print_id = 'a2'", "print a2"),
        ("DELETE FROM records WHERE sequence = 4", "record 4"),
        ("UPDATE labels SET label = 'wanted' WHERE sequence = 1 AND label = 'staff'", "print a1"),
    ],
)
def test_what_was_changed_is_named(busy, meddling, statement, where, verified):
    with meddling(busy) as connection:
        connection.execute(text(statement))
    assert where in [finding.where for finding in verified(busy).findings]


def test_a_tree_that_was_cut_and_made_whole_again_is_found_with_a_checkpoint(busy, meddling, verified):
    note = busy.audit.checkpoint()
    with meddling(busy) as connection:
        for table, column in (("audit_items", "leaf"), ("audit_leaves", "number")):
            connection.execute(text(f"DELETE FROM {table} WHERE {column} = 6"))
        connection.execute(text("DELETE FROM audit_nodes WHERE place >= (6 >> level)"))
    assert verified(busy).ok
    (finding,) = verified(busy, note).findings
    assert "newer than this tree" in finding.what


def test_a_rewritten_past_is_found_with_a_checkpoint(store, search, meddling, verified):
    """Whoever holds the key and the database can write another history; not one that begins like the old one."""
    search(store, "ada")
    note = store.audit.checkpoint()
    store.close()
    with meddling(store) as connection:
        for table in ("audit_items", "audit_nodes", "audit_leaves"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("DELETE FROM meta WHERE key = 'audit_key'"))
    other = open_store(store.folder)
    search(other, "nobody")
    assert verified(other).ok
    (finding,) = verified(other, note).findings
    assert "another root" in finding.what
    other.close()
