"""Whatever the database says, opening a folder and looking at it destroys no key and no original."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from biomatch.store import DATABASE
from biomatch.store.keys.master_key import DATA_KEYS

pytestmark = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)


@pytest.fixture
def folder(bureau, me, image):
    """Of a closed gallery of three persons, with searches for two of them."""
    for number, person in enumerate(("ada", "bob", "eve"), 1):
        bureau.encounters.enrol(person, [image(number)], me)
        bureau.searches.identify([image(number)], me)
    bureau.close()
    return bureau.folder


def look(open_bureau, me):
    with open_bureau() as bureau:
        bureau.upkeep.verify_audit(me)
        bureau.upkeep.condition(me)
        return bureau.upkeep.check(me).findings


def kept(folder):
    """The file of keys, and the originals by name."""
    keys = (folder / DATA_KEYS).read_bytes()
    return keys[: len(keys) // 80 * 80], {path.name: path.read_bytes() for path in (folder / "blobs").glob("??/*")}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE prints SET source_sha256 = '00' WHERE person = 'ada'",
        "UPDATE prints SET person = 'adam' WHERE person = 'ada'",
        "DELETE FROM prints WHERE person = 'ada'; UPDATE audit_items SET person = NULL",
        "DELETE FROM searches",
    ],
)
def test_rows_that_somebody_changed_cost_no_key_and_no_original(folder, open_bureau, me, change):
    before, database = kept(folder), (folder / DATABASE).read_bytes()
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.executescript(change)
    assert look(open_bureau, me)
    assert_same(before, kept(folder))
    (folder / DATABASE).write_bytes(database)
    assert look(open_bureau, me) == ()


def test_an_older_database_costs_no_key_and_no_original(folder, open_bureau, me, image):
    older = (folder / DATABASE).read_bytes()
    with open_bureau() as bureau:
        bureau.encounters.enrol("zoe", [image(4)], me)
        search = bureau.searches.identify([image(4)], me).kept
    newer, before = (folder / DATABASE).read_bytes(), kept(folder)
    (folder / DATABASE).write_bytes(older)
    shutil.rmtree(folder / "caches")
    found = look(open_bureau, me)
    assert any("belongs to no print" in one.what for one in found)
    assert any(one.where == "keys" and "1 person" in one.what for one in found)
    assert_same(before, kept(folder))
    (folder / DATABASE).write_bytes(newer)
    assert look(open_bureau, me) == ()
    with open_bureau() as bureau:
        assert bureau.searches.identify([image(4)], me).search.candidates[0].person == "zoe"
        assert bureau.searches.replay(search, me).same


def test_what_an_older_database_does_not_know_of_waits_for_the_newer_one(folder, open_bureau, me, monkeypatch):
    """A removal was cut short. The older copy still has the person, and the one that is put back has them no more."""
    older = (folder / DATABASE).read_bytes()
    with open_bureau() as bureau:
        monkeypatch.setattr(bureau._context.store, "destroy_keys", lambda persons: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bureau.encounters.remove(me, person="ada")
    newer = (folder / DATABASE).read_bytes()
    (folder / DATABASE).write_bytes(older)
    look(open_bureau, me)
    (folder / DATABASE).write_bytes(newer)
    with open_bureau() as bureau:
        assert not bureau._context.store.keys.has("person/ada")
        assert bureau.upkeep.check(me).ok


def assert_same(before, after):
    """Keys of searches to come, which nothing was sealed under, may go with the process; caches' keys come and go."""
    assert after[1] == before[1]
    persons = {before[0][at : at + 80] for at in range(80, len(before[0]), 80) if before[0][at] == 1}
    assert persons
    assert persons <= {after[0][at : at + 80] for at in range(80, len(after[0]), 80)}
