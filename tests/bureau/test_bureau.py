"""The use cases, over a real store and a real gallery."""

import csv
import hashlib

import pytest

from biomatch import formats
from biomatch.bureau import SearchRequest, Upload
from biomatch.errors import (
    BadName,
    BadTemplate,
    DiskFull,
    EncounterExists,
    EncounterNotFound,
    LabelNotFound,
    NothingGiven,
    OriginalNotKept,
    PersonNotFound,
    PrintNotFound,
    StoreFailed,
    TooManyPrints,
    UnreadableImage,
)
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import Effort
from biomatch.sealing import of_person
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


def test_the_original_is_kept_as_it_came(bureau, me, image):
    upload = image(1)
    (made,) = bureau.encounters.enrol("ada", [upload], me)
    assert bureau.encounters.original(made.print_id, me) == (upload.data, "image/png")
    assert bureau.encounters.picture(made.print_id, me) == upload.data
    assert bureau.encounters.stored(made.print_id, me).source_sha256 == hashlib.sha256(upload.data).hexdigest()


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


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201, " ada", "..", "\u3164", "\u2800"])
def test_a_name_that_cannot_stand_in_an_address_is_refused(bureau, me, image, name):
    with pytest.raises(BadName):
        bureau.encounters.enrol(name, [image(1)], me)


def test_no_label_is_called_all(bureau, me, image):
    with pytest.raises(BadName):
        bureau.encounters.enrol("ada", [image(1)], me, labels=frozenset({"ALL"}))


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


def test_a_search_keeps_to_its_label(bureau, me, image, record):
    bureau.encounters.enrol("ada", [image(1)], me, labels=frozenset({"staff"}))
    bureau.encounters.enrol("bob", [image(2)], me, labels=frozenset({"visitors"}))
    found = bureau.searches.identify([record(1, again=1)], me, SearchRequest(where=Filter(label="visitors")))
    assert {candidate.person for candidate in found.search.candidates} <= {"bob"}
    with pytest.raises(LabelNotFound, match="leave the label out to search everything"):
        bureau.searches.identify([record(1)], me, SearchRequest(where=Filter(label="nobody")))
    assert bureau.encounters.labels(me) == {"staff": 1, "visitors": 1}


def test_candidates_come_with_what_is_stored_of_their_prints(bureau, me, image, record):
    (made,) = bureau.encounters.enrol("ada", [image(1)], me)
    found = bureau.searches.identify([record(1, again=1)], me)
    evidence = found.search.candidates[0].evidence[0]
    assert found.prints[evidence.print_id].has_image
    assert evidence.print_id == made.print_id


def test_verify_accepts_the_mate_and_not_a_stranger(bureau, me, image, record):
    bureau.encounters.enrol("ada", [image(1)], me)
    mate, stranger = bureau.searches.verify("ada", [record(1, again=1)], me), bureau.searches.verify("ada", [record(2)], me)
    assert mate.candidate.score > stranger.candidate.score
    assert not stranger.accepted
    assert bureau.searches.verify("ada", [record(2)], me, threshold=0.0).accepted
    with pytest.raises(PersonNotFound):
        bureau.searches.verify("bob", [record(1)], me)
    with pytest.raises(LabelNotFound):
        bureau.searches.verify("ada", [record(1)], me, label="staff")


def test_two_prints_are_compared_without_a_gallery(bureau, me, record):
    found = bureau.searches.compare([record(1)], [record(1, again=1)], me)
    other = bureau.searches.compare([record(1)], [record(2)], me)
    assert found.comparison.score > other.comparison.score
    assert len(found.comparison.pairs[0]) > 5


def test_quality_is_told_for_each_upload_by_itself(bureau, me, image, record):
    good, bad, foreign = bureau.searches.examine([image(1), Upload(b"nothing"), record(2)], me, picture=True)
    assert (good[0].score, good[0].picture) == (70, image(1).data)
    assert isinstance(bad, UnreadableImage)
    assert foreign[0].picture == b""


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


def test_a_full_disk_keeps_nothing_and_says_so(bureau, me, image, record, monkeypatch):
    def full(_entries, _along):
        raise DiskFull("here")

    monkeypatch.setattr(bureau._context.store.log, "append", full)
    with pytest.raises(DiskFull, match="free space"):
        bureau.encounters.enrol("ada", [image(1)], me)
    monkeypatch.undo()
    assert bureau.upkeep.info(me).prints == 0
    assert bureau.searches.identify([record(1)], me).search.candidates == ()
    bureau.encounters.enrol("ada", [image(1)], me)
    assert first(bureau.searches.identify([record(1)], me)) == "ada"


def test_info_counts_what_is_there(bureau, me, image, record):
    bureau.encounters.enrol("ada", [image(1), image(2)], me)
    bureau.encounters.enrol("ada", [record(3)], me)
    bureau.encounters.enrol("bob", [image(4)], me)
    bureau.encounters.remove(me, person="bob")
    info = bureau.upkeep.info(me)
    assert (info.persons, info.encounters, info.prints, info.sequence) == (1, 2, 3, 5)
    assert info.extractors["standin/1"] == 2
    assert info.bytes_on_disk["blobs"] > 0


def test_compaction_loses_nobody(bureau, me, image, record):
    for number in range(6):
        bureau.encounters.enrol(f"person {number}", [image(number)], me)
    bureau.encounters.remove(me, person="person 0")
    bureau.upkeep.compact(me)
    assert first(bureau.searches.identify([record(4, again=1)], me)) == "person 4"
    assert len(bureau._context.gallery) == 5


def test_an_export_holds_everything_in_open_formats(bureau, me, image, record, tmp_path):
    bureau.encounters.enrol("ada", [image(1)], me, encounter="=e", labels=frozenset({"a", "b"}))
    bureau.encounters.enrol("bob", [record(2)], me)
    assert bureau.upkeep.export(tmp_path / "out", me) == 2
    with open(tmp_path / "out" / "prints.csv", newline="") as file:
        ada, bob = csv.DictReader(file)
    assert (ada["person"], ada["encounter"], ada["galleries"]) == ("ada", "'=e", "a;b")  # no formula
    assert (tmp_path / "out" / ada["original"]).read_bytes() == image(1).data
    assert bob["original"] == ""
    own = Template.from_bytes((tmp_path / "out" / bob["template"]).read_bytes())
    (iso,) = formats.read_templates((tmp_path / "out" / bob["iso2005"]).read_bytes())
    assert len(own.minutiae) == len(iso.minutiae) == len(Template.from_bytes(record(2).data).minutiae)


@pytest.mark.parametrize("change", ["enrol", "update", "move"])
def test_a_write_that_fails_leaves_neither_originals_nor_keys(bureau, me, image, monkeypatch, change):
    bureau.encounters.enrol("ada", [image(1)], me, encounter="e")
    asked = {
        "enrol": lambda: bureau.encounters.enrol("new", [image(2)], me),
        "update": lambda: bureau.encounters.update("ada", "e", [image(2)], me),
        "move": lambda: bureau.encounters.move("new", "ada", "e", me),
    }

    def fails(*_arguments, **_options):
        raise StoreFailed(str(bureau.folder), "the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(bureau._context.store.log, "append", fails)
        patch.setattr(bureau._context.store.log, "change", fails)
        with pytest.raises(StoreFailed):
            asked[change]()
    checked = bureau.upkeep.check(me)
    assert (checked.findings, checked.originals) == ((), 1)
    assert not bureau._context.store.keys.has(of_person("new"))
    asked[change]()
    assert bureau.upkeep.check(me).ok


def test_a_write_that_may_come_back_after_a_failed_commit_keeps_its_key(open_bureau, me, image, monkeypatch):
    """The disk fails at the commit and from then on: the rows are not seen, and are there again after a kill."""
    bureau = open_bureau()
    bureau.encounters.enrol("ada", [image(1)], me)
    commits = bureau._context.store.commits
    run = commits.run

    def written_and_not_acknowledged(work, **_least):
        run(work)
        raise StoreFailed(str(bureau.folder), "the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(commits, "run", written_and_not_acknowledged)
        patch.setattr(bureau._context.store.prints, "has_rows", lambda _person: False)
        patch.setattr(bureau._context.store.prints, "from_sources", lambda _digests: [])
        with pytest.raises(StoreFailed):
            bureau.encounters.enrol("new", [image(2)], me)
    bureau.close()
    again = open_bureau()
    assert again.encounters.read("new", me).prints
    assert again.upkeep.check(me).ok
