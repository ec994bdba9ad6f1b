"""A key is lost, or the file of keys is an older one: everybody else is found, and who is not is named."""

import logging
import shutil

import pytest

from biomatch.errors import SealKeyGone
from biomatch.store.keys.master_key import DATA_KEYS

PLACE = 80  # bytes of a key in the file


@pytest.fixture
def folder(bureau, me, image):
    for number, person in enumerate(("ada", "bob", "eve"), 1):
        bureau.encounters.enrol(person, [image(number)], me)
    bureau.close()
    return bureau.folder


def lose_key(folder, open_bureau, person):
    """One byte of it is flipped."""
    with open_bureau() as bureau:
        number = bureau._context.store.keys._file.number_of(bureau._context.store.keys._id(f"person/{person}"))
    data = bytearray((folder / DATA_KEYS).read_bytes())
    data[PLACE * number + 40] ^= 1
    (folder / DATA_KEYS).write_bytes(data)


@pytest.mark.parametrize("caches", [True, False])
def test_a_lost_key_costs_the_prints_of_one_person_alone(folder, open_bureau, me, image, caches, caplog):
    lose_key(folder, open_bureau, "bob")
    if not caches:
        shutil.rmtree(folder / "caches")
    with caplog.at_level(logging.WARNING), open_bureau() as bureau:
        assert any("cannot be opened" in one.message and one.counts == {"persons": 1} for one in caplog.records)
        assert_named(bureau, me, "bob")
        for number, person in ((1, "ada"), (3, "eve")):
            assert bureau.searches.identify([image(number)], me).search.candidates[0].person == person
        assert "bob" not in {one.person for one in bureau.searches.identify([image(2)], me).search.candidates}
        bureau.upkeep.compact(me)
        assert bureau.upkeep.export(folder.parent / "exported", me) == 3
        bureau.encounters.enrol("zoe", [image(4)], me)
        assert bureau.encounters.remove(me, person="bob") == 1
        assert bureau.upkeep.check(me).ok
    with open_bureau() as bureau:
        assert bureau.upkeep.check(me).ok


@pytest.mark.parametrize("caches", [True, False])
def test_an_older_file_of_keys_is_said_to_be_one(folder, open_bureau, me, image, caches, caplog):
    older = (folder / DATA_KEYS).read_bytes()
    with open_bureau() as bureau:
        bureau.encounters.enrol("zoe", [image(4)], me)
    newest = (folder / DATA_KEYS).read_bytes()
    (folder / DATA_KEYS).write_bytes(older)
    if not caches:
        shutil.rmtree(folder / "caches")
    with caplog.at_level(logging.WARNING), open_bureau() as bureau:
        assert any("file of keys is older" in one.message for one in caplog.records)
        assert_named(bureau, me, "zoe")
        bureau.encounters.enrol("kim", [image(5)], me)  # takes no place of a key that the newest file has
        for number, person in ((1, "ada"), (3, "eve"), (5, "kim")):
            assert bureau.searches.identify([image(number)], me).search.candidates[0].person == person
        (print_,) = bureau.encounters.read("zoe", me).prints
        with pytest.raises(SealKeyGone, match=r"put back the newest keys/data\.keys"):
            bureau.encounters.template(print_.print_id, me)
        bureau.encounters.remove(me, person="kim")
    (folder / DATA_KEYS).write_bytes(newest)
    with open_bureau() as bureau:
        bureau.upkeep.check(me, mend=True)
        found = bureau.upkeep.check(me).findings  # what was sealed meanwhile is lost: the probes of three searches
        assert len(found) == 3
        assert {one.where.partition(" ")[0] for one in found} == {"search"}
        assert bureau.searches.identify([image(4)], me).search.candidates[0].person == "zoe"


def test_who_has_no_key_is_removed_although_the_file_of_keys_is_older(folder, open_bureau, me, image):
    older = (folder / DATA_KEYS).read_bytes()
    with open_bureau() as bureau:
        bureau.encounters.enrol("zoe", [image(4)], me)
    (folder / DATA_KEYS).write_bytes(older)
    with open_bureau() as bureau:
        assert bureau.encounters.remove(me, person="zoe") == 1
        assert bureau.upkeep.check(me).ok


def assert_named(bureau, me, person):
    found = bureau.upkeep.check(me).findings
    assert any(one.where == f"person {person}" and "the newest keys/data.keys" in one.what for one in found)
    assert any("cannot be opened" in one.what for one in bureau.upkeep.verify_audit(me).findings)
    words = next(one.words for one in bureau.upkeep.condition(me) if one.what == "data keys")
    assert person in words
    assert "put back the newest keys/data.keys" in words
