"""PostgreSQL: one process owns a gallery's database, and what the server does to us is said."""

from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, text

from biomatch.errors import (
    BadDatabase,
    BadRequest,
    DatabaseInUse,
    DiskFull,
    GalleryDamaged,
    NotAGallery,
    OtherDatabase,
    StoreFailed,
)
from biomatch.store import holds_gallery, open_store, postgres
from biomatch.store.database import ELSEWHERE, reading, url_of


@pytest.fixture
def database(new_schema):
    return new_schema()


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


def test_the_folder_says_where_its_database_is(store, database):
    assert holds_gallery(store.folder)
    assert (store.folder / ELSEWHERE).stat().st_mode & 0o777 == 0o600
    assert not (store.folder / "gallery.db").exists()
    store.close()
    open_store(store.folder).close()
    open_store(store.folder, database=database).close()
    with pytest.raises(OtherDatabase, match="is in postgresql"):
        open_store(store.folder, database="postgresql://me@elsewhere/other")


def test_a_gallery_in_its_folder_is_not_given_another_database(tmp_path, database):
    open_store(tmp_path).close()
    with pytest.raises(OtherDatabase, match=r"gallery\.db"):
        open_store(tmp_path, database=database)


@pytest.mark.parametrize("text", ["", "gallery", "mysql://me@here/x", "sqlite:///x.db"])
def test_what_names_no_database_of_ours_is_refused(tmp_path, text):
    with pytest.raises(BadDatabase, match="postgresql://USER@HOST/NAME"):
        open_store(tmp_path, database=text)


def test_no_password_is_told(tmp_path):
    url = "postgresql://me:secret@localhost:1/none"
    (tmp_path / ELSEWHERE).write_text(url)
    with pytest.raises(StoreFailed) as caught:
        open_store(tmp_path)
    assert "secret" not in str(caught.value)
    with pytest.raises(OtherDatabase) as other:
        open_store(tmp_path, database="postgresql://me@localhost/other")
    assert "secret" not in str(other.value)


def test_another_programs_tables_are_refused(tmp_path, database):
    engine = create_engine(url_of(tmp_path, database))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE recipes (name text)"))
    engine.dispose()
    with pytest.raises(NotAGallery, match="another program's tables"):
        open_store(tmp_path, database=database)
    assert not holds_gallery(tmp_path)


def test_two_folders_do_not_share_a_database(store, database, tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "WAIT_MS", 50)
    with pytest.raises(DatabaseInUse, match="held by another process"):
        open_store(tmp_path / "second", database=database)


def test_whoever_was_followed_by_another_writes_nothing_more(store, database, enrol, tmp_path):
    """Its lock went with its connection; it does not know yet."""
    enrol(store, "ada", "a1")
    store.engine.get_execution_options()["biomatch_claim"].lock.close()
    other = open_store(store.folder)
    with pytest.raises(StoreFailed, match="another process has opened its database"):
        enrol(store, "bob", "b1")
    enrol(other, "eve", "e1")
    assert {stored.person for stored in other.prints.all()} == {"ada", "eve"}
    assert other.audit.verify(other.blobs).ok
    other.close()


def test_a_database_that_was_emptied_is_not_begun_anew_under_the_originals(store, enrol, meddling):
    enrol(store, "ada", "a1")
    store.close()
    with meddling(store) as connection:
        schema = connection.execute(text("SELECT current_schema()")).scalar_one()
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    with pytest.raises(GalleryDamaged, match="gone or empty"):
        open_store(store.folder)
    assert store.blobs.names()


def test_connections_that_the_server_closed_are_opened_again(store, enrol, meddling):
    enrol(store, "ada", "a1")
    with reading(store.engine, store.folder) as one, reading(store.engine, store.folder) as two:
        pids = [connection.execute(text("SELECT pg_backend_pid()")).scalar_one() for connection in (one, two)]
    with meddling(store) as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM unnest(CAST(:pids AS int[])) AS pid"), {"pids": pids})
    enrol(store, "bob", "b1")
    assert {stored.person for stored in store.prints.all()} == {"ada", "bob"}


def test_names_keep_the_order_of_their_bytes(store, enrol):
    for number, person in enumerate(("b", "a", "B", "é", "Z", "-a")):
        enrol(store, person, f"p{number}")
    assert [person for person, _ in store.prints.page(None, ("", ""), 9)] == sorted(("b", "a", "B", "é", "Z", "-a"))


def test_a_server_that_promises_nothing_is_a_risk_and_no_damage(store, monkeypatch):
    monkeypatch.setattr(postgres, "_SAFE", {"fsync": "very much"})
    (risk,) = store.risks()
    assert "may be lost in a power cut" in risk
    assert store.faults() == []
    assert store.describe().startswith("PostgreSQL ")


@pytest.mark.parametrize(("state", "kind"), [("53100", DiskFull), ("XX001", GalleryDamaged), ("23505", type(None))])
def test_what_the_server_reports_is_told_in_our_words(state, kind):
    assert isinstance(postgres.cause(SimpleNamespace(sqlstate=state), "here"), kind)


def test_a_name_that_no_text_can_hold_is_a_bad_request(store):
    with pytest.raises(BadRequest, match="NUL"):
        store.prints.of_person("A\0B")
