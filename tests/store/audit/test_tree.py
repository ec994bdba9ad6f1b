"""Every act leaves a leaf in its own transaction, and whatever is changed afterwards is found, and where."""

import json
import random
import shutil
from contextlib import contextmanager

import pytest
from sqlalchemy import and_, delete, insert, select, text, update

from biomatch.bench.service.tamperings import another
from biomatch.errors import KeyDamaged, KeyMissing, LeafNotFound, PrintExists, WrongTreeSize
from biomatch.store import open_store
from biomatch.store.audit import evidence, merkle
from biomatch.store.audit.checkpoint import key_of, opened
from biomatch.store.audit.trail import KEY
from biomatch.store.rows import tables

TAMPERINGS = 150  # 10,000 by `biomatch bench tamperings`


def verified(store, *notes):
    return store.audit.verify(store.blobs, notes)


@pytest.fixture
def store(tmp_path, database):
    opened_ = open_store(tmp_path / "gallery", database=database)
    yield opened_
    opened_.close()


@pytest.fixture
def busy(store, enrol, remove, search):
    """Three persons came, were searched for, and one went."""
    enrol(store, "ada", "a1", "a2")
    enrol(store, "bob", "b1")
    search(store, "ada", "bob")
    enrol(store, "eve", "e1")
    remove(store, "bob", "b1")
    search(store, "ada")
    return store


def test_what_was_done_is_in_order_and_verified(busy):
    leaves = busy.audit.leaves(0, 100)
    assert [leaf.said["act"] for leaf in leaves] == ["begin", "enrol", "enrol", "identify", "enrol", "remove", "identify"]
    assert leaves[3].said["purpose"] == "border check"
    report = verified(busy, busy.audit.checkpoint())
    assert report.ok, report.findings
    assert (report.size, report.prints, report.originals) == (7, 3, 2)
    assert report.root == opened(busy.audit.checkpoint(), busy.audit.public).root.hex()


def test_an_act_that_fails_leaves_no_leaf(busy, enrol):
    with pytest.raises(PrintExists):
        enrol(busy, "mallory", "a1")
    assert busy.audit.size() == 7
    assert verified(busy).ok


def test_a_leaf_tells_nothing_of_whom_it_concerns(busy):
    for leaf in busy.audit.leaves(0, 100):
        assert not {"ada", "bob", "eve"} & set(json.dumps(leaf.said).replace('"', " ").split())
    told = [item.content for leaf in busy.audit.leaves(0, 100) for item in leaf.items if item.content]
    assert any('"ada"' in content for content in told)


def test_erasure_takes_every_trace_of_a_person_and_leaves_the_tree(busy, remove):
    before = busy.audit.checkpoint()
    remove(busy, "ada", "a1", "a2")
    told = [item.content for leaf in busy.audit.leaves(0, 100) for item in leaf.items if item.content]
    assert not any("ada" in content or "bob" in content for content in told)
    assert any("eve" in content for content in told)
    report = verified(busy, before)
    assert report.ok, report.findings
    assert report.erased == 6


def test_one_print_less_leaves_what_is_known_of_the_person(busy, remove):
    remove(busy, "ada", "a1")
    told = [item.content for leaf in busy.audit.leaves(0, 100) for item in leaf.items if item.content]
    assert not any('"a1"' in content for content in told)
    assert any('"a2"' in content for content in told)
    assert verified(busy).ok


def test_every_leaf_is_proved_against_the_checkpoint(busy):
    for number in range(7):
        proof = busy.audit.prove(number)
        found = opened(proof.checkpoint, key_of(proof.key))
        assert merkle.includes(proof.leaf.hash, number, found.size, proof.path, found.root)
    for number in (7, 2**31, 10**30):  # the last two are larger than the databases' numbers
        with pytest.raises(LeafNotFound, match="no leaf"):
            busy.audit.prove(number)
        assert busy.audit.leaves(number, 5) == []


def test_old_checkpoints_are_shown_to_be_beginnings(store, search):
    notes = [store.audit.checkpoint()]
    for number in range(9):
        search(store, f"p{number}")
        notes.append(store.audit.checkpoint())
    for note in notes:
        old, new = opened(note, store.audit.public), opened(notes[-1], store.audit.public)
        found = store.audit.consistency(old.size)
        assert merkle.consistent(old.size, new.size, old.root, new.root, found.path)
    assert verified(store, *notes).ok
    with pytest.raises(WrongTreeSize):
        store.audit.consistency(11)


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


def test_whatever_is_changed_is_found(busy, meddling):
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
def test_what_was_changed_is_named(busy, meddling, statement, where):
    with meddling(busy) as connection:
        connection.execute(text(statement))
    assert where in [finding.where for finding in verified(busy).findings]


def test_an_original_that_was_changed_or_lost_is_named(busy):
    one, other = sorted(busy.prints.originals())
    busy.blobs._place(busy.blobs.name_of(one)).write_bytes(b"another that is long enough to have been sealed")
    busy.blobs._place(busy.blobs.name_of(other)).unlink()
    found = {finding.where: finding.what for finding in verified(busy).findings}
    assert "cannot be opened" in found[f"original {one[1]}"]
    assert "missing" in found[f"original {other[1]}"]


def test_a_tree_that_was_cut_and_made_whole_again_is_found_with_a_checkpoint(busy, meddling):
    note = busy.audit.checkpoint()
    with meddling(busy) as connection:
        for table, column in (("audit_items", "leaf"), ("audit_leaves", "number")):
            connection.execute(text(f"DELETE FROM {table} WHERE {column} = 6"))
        connection.execute(text("DELETE FROM audit_nodes WHERE place >= (6 >> level)"))
    assert verified(busy).ok
    (finding,) = verified(busy, note).findings
    assert "longer tree" in finding.what


def test_a_rewritten_past_is_found_with_a_checkpoint(store, search, meddling):
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


def test_a_lost_key_and_a_strange_key_are_refused(store, tmp_path):
    store.close()
    path = store.folder / KEY
    path.rename(tmp_path / "kept")
    with pytest.raises(KeyMissing, match="put it back"):
        open_store(store.folder)
    other = open_store(tmp_path / "other")
    other.close()
    shutil.copy(other.folder / KEY, path)
    with pytest.raises(KeyDamaged, match="not the key that signed"):
        open_store(store.folder)
    shutil.copy(tmp_path / "kept", path)
    open_store(store.folder).close()


def test_an_export_is_checked_without_the_gallery(busy, tmp_path):
    trail, path = busy.audit, tmp_path / "audit.jsonl"
    lines = list(evidence.export_lines(trail.leaves(0, 100), trail.origin, trail.key, trail.checkpoint()))
    path.write_text("\n".join(lines))
    assert evidence.check(path, trail.public).ok
    path.write_text("\n".join(lines[:-1]))
    assert not evidence.check(path, trail.public).ok
    path.write_text("\n".join(lines).replace("law 1", "law 2", 1))
    assert "another root" in evidence.check(path, trail.public).findings[0].what
    path.write_text("\n".join(lines).replace("41.5", "14.5", 1))
    assert "commits to" in evidence.check(path, trail.public).findings[0].what


def test_a_proof_is_checked_without_the_gallery(busy, tmp_path):
    path = tmp_path / "proof.json"
    document = evidence.proof_document(busy.audit.prove(3), busy.audit.origin)
    path.write_text(json.dumps(document))
    assert evidence.check(path, busy.audit.public).ok
    path.write_text(json.dumps(document | {"number": 4}))
    assert "not in the tree" in evidence.check(path, busy.audit.public).findings[0].what
