"""Every use case leaves its leaf; a bureau's gallery is searched for a purpose only; old folders are taken in."""

import json
import shutil

import numpy as np
import pytest

from biomatch.bureau import Upload
from biomatch.errors import FileUnwritable, PersonNotFound
from biomatch.store.audit import evidence
from biomatch.store.audit.checkpoint import key_of
from biomatch.store.audit.tree import Act
from biomatch.synthesis import press_again


def acts(bureau, me):
    return [leaf.said["act"] for leaf in bureau.upkeep.audit_leaves(me)]


def test_every_act_has_its_leaf_in_order(bureau, me, image, record):
    (made,) = bureau.encounters.enrol("ada", [image(1)], me)
    bureau.searches.identify([record(1, again=1)], me)
    bureau.searches.verify("ada", [record(1)], me)
    bureau.searches.compare([record(1)], [record(2)], me)
    bureau.encounters.read("ada", me)
    bureau.encounters.stored(made.print_id, me)
    bureau.encounters.template(made.print_id, me)
    bureau.encounters.original(made.print_id, me)
    bureau.encounters.picture(made.print_id, me)
    bureau.upkeep.compact(me)
    bureau.encounters.remove(me, person="ada")
    assert acts(bureau, me) == [
        "begin", "enrol", "identify", "verify", "compare", "read", "read", "read-template", "read-original", "read-picture",
        "compact", "remove",
    ]  # fmt: skip
    report = bureau.upkeep.verify_audit(me)
    assert report.ok, report.findings


def test_a_search_says_who_why_by_what_and_which_candidates(bureau, me, image, record):
    bureau.encounters.enrol("ada", [image(1)], me)
    found = bureau.searches.identify([record(1, again=1)], me.searching_for("missing person", "act 4"))
    leaf = bureau.upkeep.audit_leaves(me)[-1]
    assert leaf.said["actor"] == {"name": "tester", "door": "test"}
    assert (leaf.said["purpose"], leaf.said["legalBasis"]) == ("missing person", "act 4")
    assert leaf.said["madeBy"] == found.search.made_by
    probe, candidate = (json.loads(item.content) for item in leaf.items)
    assert set(probe) == {"template", "extractor"}
    assert (candidate["person"], candidate["score"]) == ("ada", found.search.candidates[0].score)


def test_older_leaves_with_any_purpose_still_verify(bureau, me):
    bureau._context.store.audit.record(Act("identify", me.snapshot, "two\nlines\0", "act\t4"))
    report = bureau.upkeep.verify_audit(me)
    assert report.ok, report.findings
    assert bureau.upkeep.audit_leaves(me)[-1].said["purpose"] == "two\nlines\0"


def test_what_failed_is_no_act(bureau, me):
    with pytest.raises(PersonNotFound):
        bureau.encounters.read("nobody", me)
    assert acts(bureau, me) == ["begin"]


def test_prints_that_are_replaced_by_a_new_extractor_stay_proved(open_bureau, me, image):
    from biomatch.bureau import Enrolment

    bureau = open_bureau()
    bureau.encounters.enrol_batch([Enrolment("ada", image(1)), Enrolment("bob", image(2))], me)
    bureau.close()
    bureau = open_bureau(version="standin/2")
    bureau.encounters.enrol_batch([Enrolment("ada", image(1))], me)
    report = bureau.upkeep.verify_audit(me)
    assert report.ok, report.findings


def test_an_export_is_checked_with_the_public_key_alone(bureau, me, image, tmp_path):
    bureau.encounters.enrol("ada", [image(1)], me)
    key = key_of(bureau.upkeep.audit_key(me))
    assert bureau.upkeep.export_audit(tmp_path / "audit.jsonl", me) == 2
    assert evidence.check(tmp_path / "audit.jsonl", key).ok
    (tmp_path / "proof.json").write_text(json.dumps(bureau.upkeep.prove(1, me)))
    assert evidence.check(tmp_path / "proof.json", key).ok
    with pytest.raises(FileUnwritable):
        bureau.upkeep.export_audit(tmp_path / "no" / "audit.jsonl", me)


def test_a_folder_of_the_first_version_is_taken_in(root, open_bureau, me, record, tmp_path):
    shutil.copytree(root / "tests" / "data" / "written-by-0.1", tmp_path / "gallery")
    bureau = open_bureau()
    assert acts(bureau, me) == ["begin", "adopt"]
    assert bureau.upkeep.counts(me) == (2, 2, 3)
    assert bureau.encounters.labels(me) == {"staff": 2}
    for person in ("ada", "bob"):
        held = bureau.encounters.template(bureau.encounters.read(person, me).prints[0].print_id, me)
        probe = Upload(press_again(held, np.random.default_rng(1), strength=0.5).to_bytes(), "again.bmt")
        assert bureau.searches.identify([probe], me).search.candidates[0].person == person
    bureau.encounters.enrol("eve", [record(4)], me)
    bureau.encounters.remove(me, person="bob")
    report = bureau.upkeep.verify_audit(me)
    assert report.ok, report.findings
