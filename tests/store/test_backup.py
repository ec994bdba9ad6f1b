"""A backup made while the gallery is in use is the gallery at one moment; a backup that was changed is not restored."""

import json
import shutil
import sqlite3
import threading
from contextlib import closing

import pytest

from biomatch.errors import BadBackup, DatabaseNotEmpty, FolderNotEmpty, KeyMissing, MasterKeyMissing
from biomatch.store import DATABASE, backup, open_store
from biomatch.store.keys.master_key import KEYS


@pytest.fixture
def store(tmp_path, database, enrol):
    opened = open_store(tmp_path / "gallery", database=database)
    enrol(opened, "ada", "a1", "a2")
    enrol(opened, "bob", "b1")
    yield opened
    opened.close()


@pytest.fixture
def made(store, tmp_path):
    backup.write(store, tmp_path / "copy", tmp_path / "keys")
    return tmp_path / "copy"


def restored(tmp_path, name="again", database=None):
    backup.restore(tmp_path / "copy", tmp_path / "keys", tmp_path / name, database=database)
    return open_store(tmp_path / name)


def contents(store):
    return [(stored, store.prints.template(stored.print_id)) for stored in store.prints.all()]


def test_a_restored_gallery_is_the_one_that_was_backed_up(store, made, tmp_path, new_database):
    again = restored(tmp_path, database=new_database())
    assert contents(again) == contents(store)
    assert again.bureau == store.bureau
    assert again.audit.key == store.audit.key
    assert again.prints.originals() == store.prints.originals()
    assert again.blobs.names() == store.blobs.names()
    note = json.loads((made / backup.MANIFEST).read_text())["checkpoint"]
    assert again.audit.verify(again.blobs, [note]).ok
    again.close()


def test_all_of_a_backup_is_on_the_disk_before_its_manifest_says_so(store, tmp_path, disk_steps):
    steps = disk_steps(tmp_path)
    backup.write(store, tmp_path / "copy", tmp_path / "keys")
    manifest = tmp_path / "copy" / backup.MANIFEST
    at = steps.index(("name", manifest, b""))
    assert steps[at - 1] == ("sync", manifest.with_name(manifest.name + ".new"), manifest.read_bytes())
    assert steps[at + 1] == ("sync", tmp_path / "copy", b"")
    synced = {content for kind, _, content in steps[:at] if kind == "sync"}
    files = [path for name in ("copy", "keys") for path in (tmp_path / name).rglob("*") if path.is_file() and path != manifest]
    assert len(files) > 4
    assert [path for path in files if path.read_bytes() not in synced] == []


def test_a_backup_holds_no_key_and_only_its_owner_can_read_it(made):
    files = [path for path in made.rglob("*") if path.is_file()]
    assert not [path for path in files if b"PRIVATE KEY" in path.read_bytes()]
    assert not [path for path in made.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


def test_a_second_backup_copies_what_is_new_and_drops_what_is_gone(store, made, tmp_path, enrol, remove):
    remove(store, "bob", "b1")
    store.blobs.remove_named(store.blobs.strays(store.prints.originals()))
    enrol(store, "eve", "e1")
    second = backup.write(store, made, tmp_path / "keys")
    assert (second.prints, second.originals, second.copied) == (3, 2, 1)
    again = restored(tmp_path)
    assert {stored.person for stored in again.prints.all()} == {"ada", "eve"}
    assert again.blobs.names() == store.blobs.names()
    again.close()


def test_what_is_written_and_removed_meanwhile_spoils_nothing(store, made, tmp_path, monkeypatch, enrol, remove):
    """Between the copy of the database and that of the originals one person comes and another goes."""
    copy = backup._copy_originals

    def meanwhile(*arguments, **options):
        if not options:
            enrol(store, "eve", "e1")
            remove(store, "bob", "b1")
            store.blobs.remove([(stored.person, stored.source_sha256) for stored in bobs])
        return copy(*arguments, **options)

    bobs = store.prints.of_person("bob").prints
    shutil.rmtree(made)
    with monkeypatch.context() as patch:
        patch.setattr(backup, "_copy_originals", meanwhile)
        backup.write(store, made, tmp_path / "keys")
    assert store.blobs.get("bob", bobs[0].source_sha256) is None  # once the backup had it
    again = restored(tmp_path)
    assert {stored.person for stored in again.prints.all()} == {"ada", "bob"}
    assert again.audit.verify(again.blobs).ok
    again.close()


def test_backups_go_on_under_load(store, tmp_path, enrol, remove):
    stop = threading.Event()

    def load():
        n = 0
        while not stop.is_set():
            n += 1
            enrol(store, f"p{n}", f"x{n}")
            if n % 3 == 0:
                gone = store.prints.of_person(f"p{n}").prints
                remove(store, f"p{n}", f"x{n}")
                store.blobs.remove([(stored.person, stored.source_sha256) for stored in gone])

    thread = threading.Thread(target=load)
    thread.start()
    try:
        for _ in range(4):
            backup.write(store, tmp_path / "copy", tmp_path / "keys")
    finally:
        stop.set()
        thread.join()
    again = restored(tmp_path)
    report = again.audit.verify(again.blobs, [backup.read(tmp_path / "copy").checkpoint])
    assert report.ok, report.findings
    again.close()


def test_a_gallery_moves_from_one_database_to_the_other(store, made, tmp_path, new_schema):
    kinds = {"sqlite": new_schema(), "postgresql": None}
    again = restored(tmp_path, database=kinds[store.engine.dialect.name])
    assert contents(again) == contents(store)
    assert {store.describe().split()[0], again.describe().split()[0]} == {"SQLite", "PostgreSQL"}
    assert again.audit.verify(again.blobs, [store.audit.checkpoint()]).ok
    again.close()


def test_no_gallery_is_restored_over_another(made, tmp_path, new_schema):
    full = new_schema()
    open_store(tmp_path / "other", database=full).close()
    with pytest.raises(DatabaseNotEmpty):
        restored(tmp_path, database=full)


@pytest.mark.parametrize("spoil", ["database", "original", "manifest", "cut", "missing", "unfinished"])
def test_a_backup_that_was_changed_is_not_restored(made, tmp_path, spoil):
    original = next(path for path in (made / "blobs").rglob("*") if path.is_file())
    if spoil == "database":
        data = bytearray((made / "gallery.db").read_bytes())
        data[-1] ^= 1
        (made / "gallery.db").write_bytes(data)
    elif spoil == "original":
        original.write_bytes(original.read_bytes() + b"x")
    elif spoil == "manifest":
        (made / backup.MANIFEST).write_text("{}")
    elif spoil == "cut":
        original.write_bytes(b"")
    elif spoil == "missing":
        original.unlink()
    else:
        (made / backup.MANIFEST).unlink()
    with pytest.raises(BadBackup):
        restored(tmp_path)
    assert not (tmp_path / "again" / "gallery.db").exists()


@pytest.mark.parametrize(
    "manifest",
    ["[" * 200_000, "[]", "{}", '{"layout": 1}', {"checkpoint": 5}, {"database_sha256": None}, {"prints": "many"}, {"more": 1}],
)
def test_a_manifest_that_somebody_wrote_is_refused(made, tmp_path, manifest):
    path = made / backup.MANIFEST
    path.write_text(manifest if isinstance(manifest, str) else json.dumps(json.loads(path.read_text()) | manifest))
    with pytest.raises(BadBackup):
        restored(tmp_path)


def test_nothing_is_written_over(store, made, tmp_path):
    with pytest.raises(FolderNotEmpty):
        backup.restore(made, tmp_path / "keys", tmp_path / "gallery")
    other = open_store(tmp_path / "other")
    with pytest.raises(FolderNotEmpty):
        backup.write(other, made, tmp_path / "keys")
    with pytest.raises(FolderNotEmpty):
        backup.write(store, tmp_path, tmp_path / "keys")
    other.close()


def test_a_second_backup_overwrites_the_copy_of_the_keys_before_it(store, made, tmp_path, remove):
    """On the stick, too, nobody finds the keys of who was removed."""
    before = [path.open("rb") for path in (tmp_path / "keys").iterdir()]
    remove(store, "bob", "b1")
    backup.write(store, made, tmp_path / "keys")
    assert len(before) == 3
    for file in before:
        with file:
            assert not file.read().strip(b"\0")


def test_without_its_keys_a_gallery_does_not_open(made, tmp_path):
    (tmp_path / "none").mkdir()
    with pytest.raises(BadBackup, match="no keys"):
        backup.restore(made, tmp_path / "none", tmp_path / "again")
    restored(tmp_path).close()
    for name, error in (("audit.pem", KeyMissing), ("data.keys", KeyMissing), ("master.key", MasterKeyMissing)):
        (tmp_path / "again" / KEYS / name).unlink()
        with pytest.raises(error, match=name):
            open_store(tmp_path / "again")


def test_names_of_the_erased_are_in_no_page_of_a_backup(store, tmp_path, enrol, remove):
    """Also where the live database has not been settled since."""
    names = [f"WITNESS-Maria-Lopez-{number:03d}" for number in range(60)]
    for number, name in enumerate(names):
        enrol(store, name, f"w{number}")
    for number, name in enumerate(names):
        remove(store, name, f"w{number}")
    backup.write(store, tmp_path / "second", tmp_path / "second-keys")
    data = (tmp_path / "second" / DATABASE).read_bytes()
    assert b"ada" in data
    assert [name for name in names if name.encode() in data] == []
    with closing(sqlite3.connect(tmp_path / "second" / DATABASE)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert connection.execute("PRAGMA application_id").fetchone()[0] != 0
