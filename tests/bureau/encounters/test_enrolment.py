"""An encounter is enrolled whole, and found at once; or it is refused, and nothing of it is kept."""

import pytest

from biomatch import formats
from biomatch.bureau import SearchRequest, Upload
from biomatch.errors import (
    BadTemplate,
    EncounterExists,
    NothingGiven,
    PersonNotFound,
    TooManyPrints,
    UnreadableImage,
)
from biomatch.gallery.interface import Effort
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, ImpressionType


def first(found):
    return found.search.candidates[0].person if found.search.candidates else None


def test_an_enrolled_print_is_found_at_once(bureau, me, image, record):
    for number in range(5):
        bureau.encounters.enrol(f"person {number}", [image(number)], me)
    assert first(bureau.searches.identify([record(3, again=1)], me)) == "person 3"


def test_an_enrolled_print_is_found_after_reopening(open_bureau, me, image, record):
    bureau = open_bureau()
    for number in range(5):
        bureau.encounters.enrol(f"person {number}", [image(number)], me)
    bureau.close()
    assert first(open_bureau().searches.identify([record(3, again=1)], me)) == "person 3"


def test_a_receipt_says_what_was_kept(bureau, me, image):
    upload = Upload(image(1).data, "x", FingerPosition.LEFT_THUMB, ImpressionType.LIVE_SCAN_ROLLED)
    (made,) = bureau.encounters.enrol("ada", [upload], me, encounter="first", labels=frozenset({"staff"}))
    assert (made.person, made.encounter, made.position) == ("ada", "first", FingerPosition.LEFT_THUMB)
    (stored,) = bureau.encounters.read("ada", me).prints
    assert stored.print_id == made.print_id
    assert stored.impression is ImpressionType.LIVE_SCAN_ROLLED
    assert stored.labels == {"staff"}
    assert stored.extractor == "standin/1"
    assert bureau.encounters.template(made.print_id, me).position is FingerPosition.LEFT_THUMB


def test_a_record_of_several_prints_is_one_encounter(bureau, me, record):
    prints = [
        Template.from_bytes(record(number).data).labelled(FingerPosition(number), ImpressionType.LIVE_SCAN_PLAIN)
        for number in (1, 2)
    ]
    made = bureau.encounters.enrol("ada", [Upload(formats.write_iso2005(prints))], me)
    assert [each.position for each in made] == [FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX]
    assert len({each.encounter for each in made}) == 1


def test_one_bad_upload_keeps_the_encounter_out(bureau, me, image):
    with pytest.raises(UnreadableImage):
        bureau.encounters.enrol("ada", [image(1), Upload(b"no image at all")], me)
    with pytest.raises(PersonNotFound):
        bureau.encounters.read("ada", me)


def test_an_encounter_of_ones_own_naming_is_taken_once(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], me, encounter="first")
    with pytest.raises(EncounterExists, match="choose another id"):
        bureau.encounters.enrol("ada", [image(2)], me, encounter="first")
    bureau.encounters.enrol("bob", [image(2)], me, encounter="first")


def test_too_few_and_too_many_prints_are_refused(bureau, me, image):
    with pytest.raises(NothingGiven):
        bureau.encounters.enrol("ada", [], me)
    with pytest.raises(NothingGiven):
        bureau.searches.identify([Upload(b"")], me)
    with pytest.raises(TooManyPrints, match="at most 10"):
        bureau.searches.identify([image(1)] * 11, me)


def test_a_damaged_template_is_refused(bureau, me, record):
    damaged = bytearray(record(1).data)
    damaged[40] ^= 0xFF
    with pytest.raises(BadTemplate, match="checksum"):
        bureau.searches.identify([Upload(bytes(damaged))], me)


def test_iso_records_are_enrolled_and_found(bureau, me, record):
    for number in range(4):
        template = Template.from_bytes(record(number).data)
        bureau.encounters.enrol(f"person {number}", [Upload(formats.write_iso2005([template]))], me)
    assert first(bureau.searches.identify([record(2, again=1)], me, SearchRequest(effort=Effort.EXHAUSTIVE))) == "person 2"
