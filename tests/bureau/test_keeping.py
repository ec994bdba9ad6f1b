"""Is everything as it was written, and is there a second copy?"""

import json
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from biomatch.bureau import restore
from biomatch.errors import (
    BackupChanged,
    BackupPlaceRefused,
    BadBackup,
    FolderNotEmpty,
    MasterKeyMissing,
    NoKeysThere,
    SealKeyGone,
)
from biomatch.store import DATABASE, KeyPlace, open_store
from biomatch.store.database import writing
from biomatch.store.rows import tables


@pytest.fixture
def filled(bureau, me, image, record):
    bureau.enrol("ada", [image(1), image(2)], me)
    bureau.enrol("bob", [record(3)], me)
    bureau.identify([image(1)], me)
    return bureau


def test_a_bureau_that_nobody_touched_is_as_it_was_written(filled, me):
    found = filled.check(me)
    assert found.ok, found.findings
    assert (found.prints, found.originals, found.mended) == (3, 3, False)
    assert filled.audit_leaves(me)[-1].said["act"] == "check"


def test_an_index_that_lost_a_print_is_found_and_mended(filled, me, image):
    filled._gallery._upkeep.caches.remove(
        [stored.print_id for stored in filled._store.prints.all()][:1], filled._store.log.head
    )
    assert [finding.where for finding in filled.check(me).findings] == ["index"]
    found = filled.check(me, mend=True)
    assert (found.ok, found.mended) == (True, True)
    assert filled.identify([image(1)], me).search.candidates[0].person == "ada"


def test_what_is_wrong_besides_the_index_is_told_and_stays(filled, me):
    person, name = min(filled._store.prints.originals())
    place = filled._store.blobs._place(filled._store.blobs.name_of((person, name)))
    place.write_bytes(b"another")
    (filled._store.blobs.folder / "aa").mkdir(exist_ok=True)
    (filled._store.blobs.folder / "aa" / ("aa" * 32)).write_bytes(b"a stranger")
    found = filled.check(me, mend=True)
    assert {finding.where for finding in found.findings} == {f"original {name}", f"original {'aa' * 32}"}
    assert not found.mended


def test_a_damaged_database_is_told(filled, me):
    for stored in filled._store.prints.all():
        assert stored.print_id
    with writing(filled._store._engine, filled.folder) as connection:
        changed = update(tables.prints).where(tables.prints.c.person == "bob")
        connection.execute(changed.values(template=bytes(40)))
    found = {(finding.where.split()[0], finding.what.split(",")[0][:20]) for finding in filled.check(me).findings}
    assert {where for where, _ in found} == {"print", "index"}


def test_a_backup_of_a_bureau_in_use_is_restored_and_searched(filled, me, image, tmp_path, open_bureau):
    made = filled.backup(tmp_path / "copy", me, keys=tmp_path / "keys")
    assert (made.prints, made.originals) == (3, 3)
    filled.enrol("eve", [image(4)], me)
    report = restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "again", me)
    assert report.ok, report.findings
    assert (report.prints, report.checkpoints) == (3, 1)
    filled.close()
    filled.folder.rename(tmp_path / "lost")
    (tmp_path / "again").rename(filled.folder)
    again = open_bureau()
    assert again.identify([image(1)], me).search.candidates[0].person == "ada"
    assert [leaf.said["act"] for leaf in again.audit_leaves(me)][-3:] == ["backup", "restore", "identify"]
    assert again.check(me).ok


def test_a_backup_whose_rows_were_changed_says_so_when_it_is_restored(filled, me, tmp_path):
    """Whoever can write the manifest too can make a whole backup of a changed database: the audit tree tells."""
    import hashlib
    import sqlite3

    out = tmp_path / "copy"
    filled.backup(out, me, keys=tmp_path / "keys")
    with sqlite3.connect(out / DATABASE) as connection:
        connection.execute("UPDATE prints SET encounter = 'another' WHERE person = 'bob'")
    connection.close()
    document = json.loads((out / "backup.json").read_text())
    document["database_sha256"] = hashlib.sha256((out / DATABASE).read_bytes()).hexdigest()
    (out / "backup.json").write_text(json.dumps(document))
    report = restore(out, tmp_path / "keys", tmp_path / "again", me)
    assert [finding.where.split()[0] for finding in report.findings] == ["print"]


def test_a_backup_goes_into_no_folder_of_other_files(filled, me, tmp_path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine.txt").write_text("mine")
    with pytest.raises(FolderNotEmpty):
        filled.backup(tmp_path / "copy", me, keys=tmp_path / "keys")


@pytest.mark.parametrize(
    ("out", "keys"),
    [("copy", "copy"), ("copy", "copy/keys"), ("copy", "gallery/more"), ("gallery/copy", "keys"), ("copy", "link/keys")],
)
def test_keys_and_data_do_not_go_to_one_place(out, keys, filled, me, tmp_path):
    assert filled.folder == tmp_path / "gallery"
    (tmp_path / "copy").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "copy")
    with pytest.raises(BackupPlaceRefused):
        filled.backup(tmp_path / out, me, keys=tmp_path / keys)
    assert not list((tmp_path / "copy").iterdir())
    assert not (filled.folder / "copy").exists()


def test_a_restoration_that_is_refused_leaves_nothing_behind(filled, me, tmp_path):
    copy, keys, again = (tmp_path / name for name in ("copy", "keys", "again"))
    filled.backup(copy, me, keys=keys)
    original = next(path for path in (copy / "blobs").rglob("*") if path.is_file())
    whole = original.read_bytes()
    original.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(BackupChanged):
        restore(copy, keys, again, me)
    assert not again.exists()
    again.mkdir()
    with pytest.raises(BackupChanged):
        restore(copy, keys, again, me)
    assert not list(again.iterdir())
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "letter.txt").write_text("no key")
    with pytest.raises(NoKeysThere, match=str(tmp_path / "none")):
        restore(copy, tmp_path / "none", again, me)
    original.write_bytes(whole)
    assert restore(copy, keys, again, me).ok
    with pytest.raises(FolderNotEmpty):
        restore(copy, keys, again, me)
    assert (again / DATABASE).exists()


def test_a_new_bureau_is_well_kept(filled, me):
    filled.folder.chmod(0o700)
    found = filled.condition(me)
    assert [one.what for one in found] == [
        *("folder", "keys", "master key", "data keys", "disk", "reserve", "database", "index", "tokens", "purpose")
    ]
    assert [one.what for one in found if not one.well] == ["master key"]  # it lies in the folder


def test_what_should_be_done_is_said(filled, me, monkeypatch):
    filled.folder.chmod(0o755)
    (filled.folder / "keys" / "audit.pem").chmod(0o644)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    made, _ = filled.create_token("post 7", me)
    filled.revoke_token(made.token, me)
    filled._store.log.change([], [next(iter(filled._store.prints.all())).print_id])
    said = {one.what: one.words for one in filled.condition(me) if not one.well}
    assert said.keys() == {"folder", "keys", "master key", "disk", "index", "tokens"}
    assert "BIOMATCH_MASTER_KEY_FILE" in said["master key"]
    assert "chmod -R go=" in said["folder"]
    assert "audit.pem" in said["keys"]
    assert "lacks 1 record " in said["index"]


def test_a_key_that_is_lost_is_told_and_its_person_can_be_removed(filled, me, image):
    filled._store.keys.destroy(["person/ada"])
    (gone,) = (one for one in filled.condition(me) if one.what == "data keys")
    assert (gone.well, "those of 1 person are gone" in gone.words) == (False, True)
    found = {finding.where.split()[0]: finding.what for finding in filled.check(me).findings}
    assert found.keys() == {"person", "print", "original", "index"}
    assert "has no key" in found["person"]
    assert "ada" not in {one.person for one in filled.identify([image(1)], me).search.candidates}  # others are found
    with pytest.raises(SealKeyGone):
        filled.original(filled.read("ada", me).prints[0].print_id, me)
    filled.remove(me, person="ada")
    assert filled.check(me).ok
    assert "ada" not in {one.person for one in filled.identify([image(1)], me).search.candidates}


def test_a_master_key_is_rotated_and_moved_out_while_searches_go_on(filled, me, image, tmp_path, open_bureau):
    first = filled.rotate_key(me)
    second = filled.rotate_key(me, tmp_path / "safe.key")
    assert first.id != second.id
    assert (second.place, second.persons) == (str(tmp_path / "safe.key"), 2)
    assert [leaf.said["details"] for leaf in filled.audit_leaves(me)][-2:] == [{"key": first.id}, {"key": second.id}]
    assert [one.what for one in filled.condition(me) if not one.well and one.what == "master key"] == []
    filled.enrol("eve", [image(4)], me)
    filled.close()
    with pytest.raises(MasterKeyMissing):
        open_store(filled.folder)
    again = open_bureau(master=KeyPlace(tmp_path / "safe.key"))
    assert again.identify([image(1)], me).search.candidates[0].person == "ada"
    assert again.check(me).ok


def test_a_backup_with_the_master_key_apart_is_restored_with_it_only(filled, me, image, tmp_path):
    filled.rotate_key(me, tmp_path / "safe.key")
    filled.backup(tmp_path / "copy", me, keys=tmp_path / "keys")
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["audit.pem", "data.keys"]
    with pytest.raises(MasterKeyMissing):
        restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "one", me)
    place = KeyPlace(tmp_path / "safe.key")
    assert restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "two", me, master=place).ok
    filled.remove(me, person="ada")
    filled.backup(tmp_path / "newer", me, keys=tmp_path / "keys")
    with pytest.raises(BadBackup, match="key of"):  # who was removed since is lost from the older copy
        restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "three", me, master=place)
    assert restore(tmp_path / "newer", tmp_path / "keys", tmp_path / "four", me, master=place).ok
