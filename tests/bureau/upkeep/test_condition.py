"""Is the folder kept as it should be, at a glance?"""

from types import SimpleNamespace

import pytest

from biomatch.errors import (
    SealKeyGone,
)


def test_a_new_bureau_is_well_kept(filled, me):
    filled.folder.chmod(0o700)
    found = filled.upkeep.condition(me)
    assert [one.what for one in found] == [
        *("folder", "keys", "master key", "data keys", "disk", "reserve", "database", "index", "tokens", "users", "purpose")
    ]
    assert [one.what for one in found if not one.well] == ["master key"]  # it lies in the folder


def test_what_should_be_done_is_said(filled, me, monkeypatch):
    filled.folder.chmod(0o755)
    (filled.folder / "keys" / "audit.pem").chmod(0o644)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    made, _ = filled.access.create_token("post 7", me)
    filled.access.revoke_token(made.token, me)
    filled._context.store.log.change([], [next(iter(filled._context.store.prints.all())).print_id])
    said = {one.what: one.words for one in filled.upkeep.condition(me) if not one.well}
    assert said.keys() == {"folder", "keys", "master key", "disk", "index", "tokens"}
    assert "BIOMATCH_MASTER_KEY_FILE" in said["master key"]
    assert "chmod -R go=" in said["folder"]
    assert "audit.pem" in said["keys"]
    assert "lacks 1 record " in said["index"]


def test_a_user_whom_somebody_changed_is_named(filled, me):
    filled.access.create_user("ada", me, password="seven red kites over the river", roles=["examiner"])
    assert {one.what: one.words for one in filled.upkeep.condition(me)}["users"] == "1 user"
    filled._context.store.keys.destroy(["user/ada"])
    (told,) = (one for one in filled.upkeep.condition(me) if one.what == "users")
    assert not told.well
    assert "ada" in told.words


def test_a_key_that_is_lost_is_told_and_its_person_can_be_removed(filled, me, image):
    filled._context.store.keys.destroy(["person/ada"])
    (gone,) = (one for one in filled.upkeep.condition(me) if one.what == "data keys")
    assert (gone.well, "those of 1 person are gone" in gone.words) == (False, True)
    found = {finding.where.split()[0]: finding.what for finding in filled.upkeep.check(me).findings}
    assert found.keys() == {"person", "print", "original", "index"}
    assert "has no key" in found["person"]
    assert "ada" not in {one.person for one in filled.searches.identify([image(1)], me).search.candidates}  # others are found
    with pytest.raises(SealKeyGone):
        filled.encounters.original(filled.encounters.read("ada", me).prints[0].print_id, me)
    filled.encounters.remove(me, person="ada")
    assert filled.upkeep.check(me).ok
    assert "ada" not in {one.person for one in filled.searches.identify([image(1)], me).search.candidates}
