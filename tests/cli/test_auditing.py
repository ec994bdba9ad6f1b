"""biomatch init and audit: a purpose for each search, checkpoints, proofs, exports, and what was changed."""

import json
import sqlite3
from contextlib import closing

import pytest

from biomatch.cli.console import Exit


@pytest.fixture
def key(biomatch, gallery):
    return biomatch("init", "-g", gallery, "--json").json["key"]


def test_init_makes_a_gallery_that_asks_for_a_purpose(biomatch, gallery, key, sample):
    probe = sample / "enrol" / "P03-right-index_2.png"
    ran = biomatch("identify", "-g", gallery, probe)
    assert ran.code == Exit.BAD_INPUT
    assert "--legal-basis" in ran.err
    ran = biomatch("identify", "-g", gallery, probe, "--purpose", "border check", "--legal-basis", "act 4", "--json")
    assert ran.json["candidates"][0]["person"] == "P03"


def test_a_purpose_of_two_lines_is_refused(biomatch, gallery, key, sample):
    probe = sample / "enrol" / "P03-right-index_2.png"
    ran = biomatch("identify", "-g", gallery, probe, "--purpose", "two\nlines", "--legal-basis", "act 4")
    assert ran.code == Exit.BAD_INPUT
    assert "cannot be a purpose" in ran.err


def test_a_checkpoint_that_was_kept_shows_that_nothing_was_changed(biomatch, gallery, key, tmp_path):
    assert biomatch("audit", "checkpoint", "-g", gallery, "-o", tmp_path / "note").code == Exit.OK
    assert biomatch("audit", "checkpoint", "-g", gallery).out == (tmp_path / "note").read_text()
    biomatch("remove", "-g", gallery, "--person", "P01")
    ran = biomatch("audit", "verify", "-g", gallery, "--checkpoint", tmp_path / "note")
    assert (ran.code, "nothing was changed" in ran.out) == (Exit.OK, True)


def test_what_was_changed_is_an_answer_of_no_and_is_named(biomatch, gallery, key):
    with closing(sqlite3.connect(gallery / "gallery.db")) as database, database:
        database.execute("UPDATE prints SET person = 'P09' WHERE person = 'P01'")
    ran = biomatch("audit", "verify", "-g", gallery)
    assert (ran.code, "was sealed for another place" in ran.out) == (Exit.NO, True)
    found = biomatch("audit", "verify", "-g", gallery, "--json")
    assert (found.code, {one["where"].split()[0] for one in found.json["findings"]}) == (Exit.NO, {"print", "original"})
    with closing(sqlite3.connect(gallery / "gallery.db")) as database, database:
        database.execute("UPDATE prints SET person = 'P01' WHERE person = 'P09'")
    found = biomatch("audit", "verify", "-g", gallery, "--json")
    assert (found.code, found.json["findings"]) == (Exit.OK, [])  # looking has destroyed nothing


def test_proofs_and_exports_are_checked_with_the_key(biomatch, gallery, key, tmp_path):
    assert biomatch("audit", "prove", "-g", gallery, 1, "-o", tmp_path / "proof").code == Exit.OK
    assert biomatch("audit", "export", "-g", gallery, "-o", tmp_path / "all").code == Exit.OK
    for path in (tmp_path / "proof", tmp_path / "all"):
        assert biomatch("audit", "verify", path, "--key", key).code == Exit.OK
    document = json.loads((tmp_path / "proof").read_text())
    (tmp_path / "proof").write_text(json.dumps(document | {"number": 0}))
    assert biomatch("audit", "verify", tmp_path / "proof", "--key", key).code == Exit.NO
    assert biomatch("audit", "prove", "-g", gallery, 99).code == Exit.NOT_FOUND


def test_what_is_no_proof_and_what_lacks_a_key_is_refused(biomatch, tmp_path):
    (tmp_path / "file").write_text("{}")
    assert biomatch("audit", "verify", tmp_path / "file").code == Exit.BAD_INPUT
    key = "a+00000000+" + "A" * 44
    assert "not the Ed25519 key" in biomatch("audit", "verify", tmp_path / "file", "--key", key).err
    assert "nothing was named" in biomatch("audit", "verify").err


def test_it_is_said_of_a_proof_that_one_leaf_was_checked(biomatch, gallery, key, tmp_path):
    biomatch("audit", "prove", "-g", gallery, 1, "-o", tmp_path / "proof")
    biomatch("audit", "export", "-g", gallery, "-o", tmp_path / "all")
    said = biomatch("audit", "verify", tmp_path / "proof", "--key", key).out
    assert "leaf 1 alone, of a tree of " in said
    whole = biomatch("audit", "verify", tmp_path / "all", "--key", key).out
    assert "alone" not in whole
    assert not [out for out in (said, whole) if "print" in out.partition("; root")[0]]


@pytest.mark.parametrize("text", ["# notes\nof May\n", "{}", "bureau\n3\nAAAA\n"])
def test_a_file_that_is_no_checkpoint_is_wrong_usage(biomatch, gallery, key, tmp_path, text):
    (tmp_path / "note").write_text(text)
    ran = biomatch("audit", "verify", "-g", gallery, "--checkpoint", tmp_path / "note")
    assert ran.code == Exit.BAD_INPUT
    assert str(tmp_path / "note") in ran.err
    biomatch("audit", "checkpoint", "-g", gallery, "-o", tmp_path / "note")
    head, _, rest = (tmp_path / "note").read_text().partition("\n\n")
    other = "E" if head[-2] == "A" else "A"  # the last of the root's characters
    (tmp_path / "note").write_text(f"{head[:-2]}{other}=\n\n{rest}")
    assert biomatch("audit", "verify", "-g", gallery, "--checkpoint", tmp_path / "note").code == Exit.NO
