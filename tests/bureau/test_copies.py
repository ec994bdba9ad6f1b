"""The same bytes are one print: in one request, in several encounters of a person, and among the probes."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from biomatch.bureau import Enrolment
from biomatch.bureau.uploads import COPY


def says(bureau, me, *probes):
    candidate = bureau.searches.verify("ada", probes, me).candidate
    return candidate.score, candidate.llr


def test_an_upload_that_comes_twice_in_a_request_is_kept_once_and_the_receipt_says_so(bureau, me, image):
    first, other, again = bureau.encounters.enrol("ada", [image(1), image(2), replace(image(1), name="again")], me)
    assert [one.existed for one in (first, other, again)] == [False, False, True]
    assert again.print_id == first.print_id != other.print_id
    assert COPY in again.warnings
    assert COPY not in first.warnings
    assert bureau.upkeep.info(me).prints == 2
    assert bureau.pool.extracted == 2


def test_an_encounter_is_updated_with_copies_kept_once(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], me, encounter="e")
    first, again = bureau.encounters.update("ada", "e", [image(2), image(2)], me)
    assert (first.existed, again.existed) == (False, True)
    assert len(bureau.encounters.read("ada", me).prints) == 1


def test_a_copy_of_a_record_is_kept_once(bureau, me, record):
    first, again = bureau.encounters.enrol("ada", [record(1), record(1)], me)
    assert first.print_id == again.print_id


def test_a_later_encounter_may_bring_the_same_bytes_and_adds_nothing_to_the_score(bureau, me, image, record):
    probe = record(1, again=1)
    bureau.encounters.enrol("ada", [image(1)], me)
    once = says(bureau, me, probe)
    for _ in range(3):
        (kept,) = bureau.encounters.enrol("ada", [image(1)], me)
        assert not kept.existed
    assert len(bureau.encounters.read("ada", me).prints) == 4
    assert says(bureau, me, probe) == once
    found = bureau.searches.identify([probe], me).search.candidates[0]
    assert (found.score, found.llr) == once


def test_the_same_bytes_from_another_version_add_nothing(open_bureau, me, image, record):
    """The stand-in's versions make the same minutiae; tests/gallery/search/test_copies.py has others."""
    probe = record(1, again=1)
    bureau = open_bureau()
    bureau.encounters.enrol("ada", [image(1)], me)
    once = says(bureau, me, probe)
    bureau.close()
    bureau = open_bureau(version="standin/2")
    bureau.encounters.enrol("ada", [image(1)], me)
    assert says(bureau, me, probe) == once


def test_the_same_pixels_in_another_container_add_nothing(bureau, me, image, record):
    probe = record(1, again=1)
    bureau.encounters.enrol("ada", [image(1)], me)
    once = says(bureau, me, probe)
    as_bmp = cv2.imencode(".bmp", np.full((8, 8), 1, np.uint8))[1].tobytes()
    bureau.encounters.enrol("ada", [replace(image(1), data=as_bmp)], me)
    assert says(bureau, me, probe) == once


def test_two_persons_with_one_image_become_one_with_one_print(bureau, me, image, record):
    probe = record(1, again=1)
    bureau.encounters.enrol("ada", [image(1)], me)
    once = says(bureau, me, probe)
    bureau.encounters.enrol("bob", [image(1)], me)
    bureau.encounters.merge("ada", "bob", me)
    assert says(bureau, me, probe) == once


@pytest.mark.parametrize("door", ["enrol", "batch"])
def test_every_door_of_enrolment_gives_one_score(bureau, me, image, record, door):
    probe = record(1, again=1)
    bureau.encounters.enrol("ada", [image(1)], me)
    once = says(bureau, me, probe)
    if door == "enrol":
        bureau.encounters.enrol("ada", [image(1), image(1)], me)
    else:
        bureau.encounters.enrol_batch([Enrolment("ada", image(1), "other"), Enrolment("ada", image(1), "third")], me)
    assert says(bureau, me, probe) == once


def test_a_copy_of_a_stated_resolution_of_its_own_is_a_copy(bureau, me, image):
    """Two sizes of one image would be two prints to the engine."""
    first, again = bureau.encounters.enrol("ada", [image(1), replace(image(1), ppi=400.0)], me)
    assert first.print_id == again.print_id
    probes = bureau.searches.identify([image(1), replace(image(1), ppi=400.0)], me).probes
    assert probes[0].minutiae == probes[1].minutiae


def test_copies_take_no_other_prints_place_in_a_search_with_a_person(bureau, me, image):
    """A search takes ten of a person's prints: not ten times the best one."""
    for _ in range(12):
        bureau.encounters.enrol("ada", [image(1)], me)
    bureau.encounters.enrol("ada", [image(2)], me)
    assert len(bureau.searches.identify_person("ada", me).probes) == 2


def test_a_repeated_request_gets_the_same_receipts(bureau, me, image):
    sent = me.repeating("key")
    assert bureau.encounters.enrol("ada", [image(1), image(1)], sent) == bureau.encounters.enrol(
        "ada", [image(1), image(1)], sent
    )
