"""The use cases, over a real store and a real gallery."""

import hashlib

import pytest

from biomatch.errors import (
    EncounterNotFound,
    NothingGiven,
    OriginalNotKept,
    PersonNotFound,
    PrintNotFound,
)


def test_the_original_is_kept_as_it_came(bureau, me, image):
    upload = image(1)
    (made,) = bureau.encounters.enrol("ada", [upload], me)
    assert bureau.encounters.original(made.print_id, me) == (upload.data, "image/png")
    assert bureau.encounters.picture(made.print_id, me) == upload.data
    assert bureau.encounters.stored(made.print_id, me).source_sha256 == hashlib.sha256(upload.data).hexdigest()


def test_a_removed_person_is_nobody_and_leaves_no_original(bureau, me, image, record):
    bureau.encounters.enrol("ada", [image(1)], me)
    bureau.encounters.enrol("bob", [image(2)], me)
    assert bureau.encounters.remove(me, person="ada") == 1
    assert "ada" not in {candidate.person for candidate in bureau.searches.identify([record(1)], me).search.candidates}
    with pytest.raises(PersonNotFound):
        bureau.encounters.read("ada", me)
    with pytest.raises(PersonNotFound):
        bureau.encounters.remove(me, person="ada")
    assert len([path for path in (bureau.folder / "blobs").rglob("*") if path.is_file()]) == 1


def test_an_original_that_another_print_needs_stays(bureau, me, image):
    (gone,), (kept,) = bureau.encounters.enrol("ada", [image(1)], me), bureau.encounters.enrol("bob", [image(1)], me)
    bureau.encounters.remove(me, print_id=gone.print_id)
    assert bureau.encounters.original(kept.print_id, me)[0] == image(1).data


def test_encounters_and_prints_are_removed_by_themselves(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], me, encounter="one")
    (second, third) = bureau.encounters.enrol("ada", [image(2), image(3)], me, encounter="two")
    assert bureau.encounters.remove(me, print_id=second.print_id) == 1
    assert bureau.encounters.remove(me, person="ada", encounter="one") == 1
    assert [stored.print_id for stored in bureau.encounters.read("ada", me).prints] == [third.print_id]
    with pytest.raises(EncounterNotFound):
        bureau.encounters.remove(me, person="ada", encounter="one")
    with pytest.raises(PrintNotFound):
        bureau.encounters.remove(me, print_id=second.print_id)
    with pytest.raises(NothingGiven):
        bureau.encounters.remove(me)


def test_a_template_has_no_picture(bureau, me, record):
    (made,) = bureau.encounters.enrol("ada", [record(1)], me)
    assert bureau.encounters.original(made.print_id, me)[0] == record(1).data
    with pytest.raises(OriginalNotKept):
        bureau.encounters.picture(made.print_id, me)
