"""A folder opens, or says why not."""

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from biomatch.errors import FolderTooNew, GalleryDamaged, NotAGallery
from biomatch.store import DATABASE, holds_gallery, open_store, tables


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


def test_writes_are_durable_when_acknowledged(tmp_path):
    store = open_store(tmp_path)
    with store.log._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
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
    with pytest.raises(GalleryDamaged, match=r"gallery\.db is gone or empty; put back"):
        open_store(tmp_path)
    assert store.blobs.names()


def test_another_programs_database_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("CREATE TABLE recipes (name)")
    with pytest.raises(NotAGallery, match="another program"):
        open_store(tmp_path)


def test_a_damaged_database_is_refused(tmp_path):
    (tmp_path / DATABASE).write_bytes(b"not a database at all " * 500)
    with pytest.raises(GalleryDamaged, match="not a database"):
        open_store(tmp_path)


def test_a_new_folder_is_its_owners_alone(tmp_path):
    open_store(tmp_path / "mine").close()
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700
