"""A folder opens, or says why not."""

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event

from biomatch.errors import FolderTooNew, GalleryDamaged
from biomatch.store import DATABASE, holds_gallery, open_store
from biomatch.store.rows import tables


def test_a_new_folder_is_made_and_is_a_gallery(tmp_path):
    folder = tmp_path / "deep" / "gallery"
    assert not holds_gallery(folder)
    open_store(folder).close()
    assert holds_gallery(folder)


def test_migrations_make_the_tables_that_the_code_uses(tmp_path, database):
    store = open_store(tmp_path, database=database)
    with store.log._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    store.close()


def test_a_folder_of_a_newer_version_is_refused_untouched(tmp_path, database, meddling):
    store = open_store(tmp_path, database=database)
    store.close()
    with meddling(store) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(FolderTooNew, match=r"newer biomatch .*0099"):
        open_store(tmp_path)
    with meddling(store) as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0099"


def test_a_database_that_is_gone_is_not_begun_anew_under_the_originals(tmp_path):
    store = open_store(tmp_path)
    store.blobs.put([("ada", b"the only one")])
    store.close()
    (tmp_path / DATABASE).unlink()
    for _ in range(2):
        with pytest.raises(GalleryDamaged, match=r"gallery\.db is gone; put back"):
            open_store(tmp_path)
    (tmp_path / DATABASE).touch()
    with pytest.raises(GalleryDamaged, match=r"gallery\.db is gone or empty; put back"):
        open_store(tmp_path)
    assert store.blobs.names()


def test_what_a_start_asks_for_reads_no_row_with_its_template(tmp_path, enrol):
    """A table with its templates is some hundred times as large as its indexes."""
    store = open_store(tmp_path)
    enrol(store, "Ann", "a1")
    asked = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    store.prints.originals(), store.prints.persons(), store.audit.persons()
    store.close()
    database = sqlite3.connect(tmp_path / DATABASE)
    plans = [row[3] for query, values in asked for row in database.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    database.close()
    assert [plan for plan in plans if "prints" in plan]
    assert not [plan for plan in plans if "prints" in plan and "COVERING INDEX" not in plan]


def test_a_new_folder_is_its_owners_alone(tmp_path):
    open_store(tmp_path / "mine").close()
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("label", ["watch", "staff"])
def test_a_label_that_belongs_to_no_print_is_named_and_nobody_gets_it(tmp_path, database, meddling, enrol, label):
    """Of the number that the next print gets: with a label of its own, and with one that it will have."""
    store = open_store(tmp_path, database=database)
    enrol(store, "ada", "a1")
    with meddling(store) as connection:
        connection.execute(tables.labels.insert(), {"sequence": store.log.head + 1, "label": label})
    assert [one.where for one in store.audit.verify(store.blobs).findings] == ["label of record 2"]
    enrol(store, "bob", "b1")
    assert store.prints.named(["b1"])["b1"].labels == {"staff", "bob"}
    assert store.audit.verify(store.blobs).ok
    store.close()


def test_a_row_in_the_place_of_the_next_one_is_damage_that_verify_names(tmp_path, database, meddling, enrol):
    store = open_store(tmp_path, database=database)
    enrol(store, "ada", "a1")
    with meddling(store) as connection:
        row = connection.execute(tables.prints.select()).mappings().one()
        connection.execute(tables.prints.insert(), {**row, "sequence": 2, "print_id": "a2"})
    with pytest.raises(GalleryDamaged, match="audit verify"):
        enrol(store, "bob", "b1")
    assert "print a2" in {one.where for one in store.audit.verify(store.blobs).findings}
    store.close()


def test_that_a_gallery_is_sealed_is_not_forgotten(tmp_path, database, meddling, enrol):
    store = open_store(tmp_path, database=database)
    enrol(store, "ada", "a1")
    store.close()
    with meddling(store) as connection:
        connection.execute(tables.meta.delete().where(tables.meta.c.key == "sealed"))
    with pytest.raises(GalleryDamaged, match="setting sealed is missing"):
        open_store(tmp_path)
