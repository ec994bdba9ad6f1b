"""Is everything as it was written, and is there a second copy?"""

import json
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from biomatch.bureau import restore
from biomatch.errors import FolderNotEmpty
from biomatch.store import DATABASE, tables
from biomatch.store.database import writing


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
    filled._gallery._caches.remove([stored.print_id for stored in filled._store.prints.all()][:1], filled._store.log.head)
    assert [finding.where for finding in filled.check(me).findings] == ["index"]
    found = filled.check(me, mend=True)
    assert (found.ok, found.mended) == (True, True)
    assert filled.identify([image(1)], me).search.candidates[0].person == "ada"


def test_what_is_wrong_besides_the_index_is_told_and_stays(filled, me):
    name = next(iter(filled._store.blobs.names()))
    place = filled._store.blobs._place(name)
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
        connection.execute("UPDATE prints SET person = 'eve' WHERE person = 'bob'")
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
        filled.backup(tmp_path / "copy", me)


def test_a_new_bureau_is_well_kept(filled, me):
    filled.folder.chmod(0o700)
    found = filled.condition(me)
    assert [one.what for one in found] == ["folder", "keys", "disk", "database", "index", "tokens", "purpose"]
    assert [one.what for one in found if not one.well] == []


def test_what_should_be_done_is_said(filled, me, monkeypatch):
    filled.folder.chmod(0o755)
    (filled.folder / "keys" / "audit.pem").chmod(0o644)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    made, _ = filled.create_token("post 7", me)
    filled.revoke_token(made.token, me)
    filled._store.log.change([], [next(iter(filled._store.prints.all())).print_id])
    said = {one.what: one.words for one in filled.condition(me) if not one.well}
    assert said.keys() == {"folder", "keys", "disk", "index", "tokens"}
    assert "chmod 700" in said["folder"]
    assert "audit.pem" in said["keys"]
    assert "lacks 1 records" in said["index"]
