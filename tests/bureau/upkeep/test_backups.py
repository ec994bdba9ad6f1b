"""Is there a second copy, and can a gallery be made of it?"""

import json

import pytest

from biomatch.bureau import restore
from biomatch.errors import (
    BackupChanged,
    BackupPlaceRefused,
    BadBackup,
    FolderNotEmpty,
    MasterKeyMissing,
    NoKeysThere,
)
from biomatch.store import DATABASE, KeyPlace


def test_a_backup_of_a_bureau_in_use_is_restored_and_searched(filled, me, image, tmp_path, open_bureau):
    made = filled.upkeep.backup(tmp_path / "copy", me, keys=tmp_path / "keys")
    assert (made.prints, made.originals) == (3, 3)
    filled.encounters.enrol("eve", [image(4)], me)
    report = restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "again", me)
    assert report.ok, report.findings
    assert (report.prints, report.checkpoints) == (3, 1)
    filled.close()
    filled.folder.rename(tmp_path / "lost")
    (tmp_path / "again").rename(filled.folder)
    again = open_bureau()
    assert again.searches.identify([image(1)], me).search.candidates[0].person == "ada"
    assert [leaf.said["act"] for leaf in again.upkeep.audit_leaves(me)][-3:] == ["backup", "restore", "identify"]
    assert again.upkeep.check(me).ok


def test_a_backup_whose_rows_were_changed_says_so_when_it_is_restored(filled, me, tmp_path):
    """Whoever can write the manifest too can make a whole backup of a changed database: the audit tree tells."""
    import hashlib
    import sqlite3

    out = tmp_path / "copy"
    filled.upkeep.backup(out, me, keys=tmp_path / "keys")
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
        filled.upkeep.backup(tmp_path / "copy", me, keys=tmp_path / "keys")


@pytest.mark.parametrize(
    ("out", "keys"),
    [("copy", "copy"), ("copy", "copy/keys"), ("copy", "gallery/more"), ("gallery/copy", "keys"), ("copy", "link/keys")],
)
def test_keys_and_data_do_not_go_to_one_place(out, keys, filled, me, tmp_path):
    assert filled.folder == tmp_path / "gallery"
    (tmp_path / "copy").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "copy")
    with pytest.raises(BackupPlaceRefused):
        filled.upkeep.backup(tmp_path / out, me, keys=tmp_path / keys)
    assert not list((tmp_path / "copy").iterdir())
    assert not (filled.folder / "copy").exists()


def test_a_restoration_that_is_refused_leaves_nothing_behind(filled, me, tmp_path):
    copy, keys, again = (tmp_path / name for name in ("copy", "keys", "again"))
    filled.upkeep.backup(copy, me, keys=keys)
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


def test_a_backup_with_the_master_key_apart_is_restored_with_it_only(filled, me, image, tmp_path):
    filled.upkeep.rotate_key(me, tmp_path / "safe.key")
    filled.upkeep.backup(tmp_path / "copy", me, keys=tmp_path / "keys")
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["audit.pem", "data.keys"]
    with pytest.raises(MasterKeyMissing):
        restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "one", me)
    place = KeyPlace(tmp_path / "safe.key")
    assert restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "two", me, master=place).ok
    filled.encounters.remove(me, person="ada")
    filled.upkeep.backup(tmp_path / "newer", me, keys=tmp_path / "keys")
    with pytest.raises(BadBackup, match="key of"):  # who was removed since is lost from the older copy
        restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "three", me, master=place)
    assert restore(tmp_path / "newer", tmp_path / "keys", tmp_path / "four", me, master=place).ok
