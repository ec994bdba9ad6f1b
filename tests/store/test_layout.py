"""What somebody added to the database's tables, or took from them, is named."""

import shutil

import pytest
from sqlalchemy import text

from biomatch.errors import GalleryDamaged
from biomatch.store import open_store

COUNT = {
    "sqlite": "CREATE TRIGGER quiet AFTER INSERT ON audit_leaves BEGIN DELETE FROM audit_leaves WHERE act = 'identify'; END",
    "postgresql": "CREATE TRIGGER quiet BEFORE UPDATE ON audit_leaves FOR EACH ROW EXECUTE FUNCTION "
    "suppress_redundant_updates_trigger()",
}
CHANGES = {
    "trigger quiet": None,
    "view names": "CREATE VIEW names AS SELECT person FROM prints",
    "table notes": "CREATE TABLE notes (word VARCHAR)",
    "index ix_prints_person": "DROP INDEX ix_prints_person",
    "index ix_strange": "CREATE INDEX ix_strange ON prints (quality)",
    "index uq_prints_print_id": "DROP INDEX uq_prints_print_id; CREATE INDEX uq_prints_print_id ON prints (person)",
    "table tokens": "ALTER TABLE tokens ADD COLUMN note VARCHAR",
}

_REWRITE = "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, {}) WHERE name = '{}'"
LAWS = {
    "sqlite": {
        "index uq_prints_print_id": "DROP INDEX uq_prints_print_id; "
        "CREATE UNIQUE INDEX uq_prints_print_id ON prints (print_id) WHERE state <> 'active'",
        "index ix_labels_label": "DROP INDEX ix_labels_label; CREATE INDEX ix_labels_label ON labels (label) WHERE label > 'x'",
        "index ix_answers_created": "DROP INDEX ix_answers_created; CREATE INDEX ix_answers_created ON answers (created DESC)",
        "table labels": _REWRITE.format("' ON DELETE CASCADE', ''", "labels"),
        "table meta": _REWRITE.format("'VARCHAR NOT NULL', 'VARCHAR NOT NULL ON CONFLICT IGNORE'", "meta"),
        "table audit_leaves": _REWRITE.format("'entry TEXT NOT NULL', 'entry TEXT COLLATE NOCASE'", "audit_leaves"),
    },
    "postgresql": {
        "index uq_prints_print_id": "DROP INDEX uq_prints_print_id; "
        "CREATE UNIQUE INDEX uq_prints_print_id ON prints (print_id) WHERE state <> 'active'",
        "index ix_labels_label": "DROP INDEX ix_labels_label; CREATE INDEX ix_labels_label ON labels (label) WHERE label > 'x'",
        "table labels": "ALTER TABLE labels DROP CONSTRAINT labels_sequence_fkey1",
        "table meta": "ALTER TABLE meta ADD CONSTRAINT strange CHECK (value <> 'x')",
        "table audit_leaves": "ALTER TABLE audit_leaves ALTER COLUMN entry DROP NOT NULL",
        "table tokens": "ALTER TABLE tokens DROP CONSTRAINT tokens_pkey",
    },
}


@pytest.mark.parametrize("number", range(6))
def test_a_changed_constraint_or_condition_is_named(tmp_path, database, meddling, enrol, number):
    store = open_store(tmp_path, database=database)
    enrol(store, "ada", "a1")
    with meddling(store) as connection:
        where, statements = list(LAWS[connection.engine.dialect.name].items())[number]
        for statement in statements.split("; "):
            connection.execute(text(statement))
    store.close()
    store = open_store(tmp_path)
    assert where in {one.where for one in store.audit.verify(store.blobs).findings}
    store.close()


@pytest.mark.parametrize("older", ["written-by-0.1", "written-by-0.1-bureau"])
def test_the_tables_of_an_older_folder_are_those_of_this_version(tmp_path, root, older):
    shutil.copytree(root / "tests" / "data" / older, tmp_path / older)
    store = open_store(tmp_path / older)
    assert not [one for one in store.audit.verify(store.blobs).findings if one.where.split()[0] in ("table", "index")]
    store.close()


@pytest.mark.parametrize("where", CHANGES)
def test_what_is_strange_or_missing_in_the_layout_is_named(tmp_path, database, meddling, enrol, where):
    store = open_store(tmp_path, database=database)
    enrol(store, "ada", "a1")
    assert store.audit.verify(store.blobs).ok
    with meddling(store) as connection:
        change = CHANGES[where] or COUNT[connection.engine.dialect.name]
        for statement in change.split("; ") if CHANGES[where] else (change,):
            connection.execute(text(statement))
    assert where in {one.where for one in store.audit.verify(store.blobs).findings}
    store.close()


def test_a_database_with_a_strange_trigger_is_not_written_to(tmp_path, database, meddling, enrol):
    store = open_store(tmp_path, database=database)
    enrol(store, "ada", "a1")
    store.close()
    with meddling(store) as connection:
        connection.execute(text(COUNT[connection.engine.dialect.name]))
    with pytest.raises(GalleryDamaged, match="trigger quiet"):
        open_store(tmp_path)
    with meddling(store) as connection:
        connection.execute(text("DROP TRIGGER quiet" + (" ON audit_leaves" if database else "")))
    open_store(tmp_path).close()
