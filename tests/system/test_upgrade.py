"""What version 0.1 wrote opens with this one: a bureau's folder with its caches, and a backup of it.

Version 0.1 wrote tests/data/upgraded-from-0.1: ada and bob enrolled with an image, eve with two templates, tom enrolled and
removed, one search with a print of ada, a checkpoint, a backup.
"""

from __future__ import annotations

import shutil

import pytest

from biomatch.bureau import Actor, SearchRequest, Upload, open_gallery, restore
from biomatch.errors import PersonNotFound, PurposeMissing

ME = Actor("tester", "test", "border check", "act 4")
SEARCH = "ba1ae8f04ddf448f88d8b38e1a104d0b"
SCORE = 74.84411370956823  # of ada, in that search
WROTE = "upgraded-from-0.1"


@pytest.fixture(scope="module", params=["the folder itself", "a backup, restored"])
def bureau(request, root, tmp_path_factory):
    written, folder = root / "tests" / "data" / WROTE, tmp_path_factory.mktemp("upgrade") / "gallery"
    if request.param == "the folder itself":
        shutil.copytree(written / "gallery", folder)
    else:
        report = restore(written / "backup", written / "keys", folder, ME)
        assert report.ok, report.findings
    with open_gallery(folder, workers=1) as opened:
        yield opened


def test_all_persons_are_there_and_the_removed_one_is_not(bureau):
    assert (bureau.upkeep.info(ME).persons, bureau.upkeep.info(ME).prints) == (3, 4)
    assert [len(bureau.encounters.read(one, ME).prints) for one in ("ada", "bob", "eve")] == [1, 1, 2]
    with pytest.raises(PersonNotFound):
        bureau.encounters.read("tom", ME)


def test_the_rules_of_the_bureau_still_hold(bureau, sample_print):
    with pytest.raises(PurposeMissing):
        bureau.searches.identify([Upload(sample_print("P01-right-index_4"))], Actor("tester", "test"))


def test_nothing_is_found_to_be_changed(bureau, root):
    assert bureau.upkeep.check(ME).ok
    checkpoint = (root / "tests" / "data" / WROTE / "checkpoint.txt").read_text()
    report = bureau.upkeep.verify_audit(ME, checkpoints=[checkpoint])
    assert report.ok, report.findings


def test_the_search_of_then_finds_the_same_person_with_the_same_score(bureau, sample_print):
    """The models of extraction and comparison are those of 0.1: a change of them changes the score here. Last digits differ
    between processors.
    """
    found = bureau.searches.identify([Upload(sample_print("P01-right-index_4"))], ME, SearchRequest(top=1)).search
    assert found.candidates[0].person == "ada"
    assert found.candidates[0].score == pytest.approx(SCORE, rel=0.02)
    differences = bureau.searches.replay(SEARCH, ME).differences
    assert not [one for one in differences if "the list" in one or "order" in one or "commits to" in one], differences


def test_persons_come_and_go(bureau, sample_print):
    bureau.encounters.enrol("dan", [Upload(sample_print("P03-right-index_1"))], ME)
    bureau.encounters.remove(ME, person="dan")
    assert bureau.upkeep.info(ME).persons == 3
    assert bureau.upkeep.check(ME).ok
