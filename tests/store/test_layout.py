"""What somebody added to the database's tables, or took from them, is named."""

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
