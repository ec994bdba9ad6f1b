"""biomatch nist: transactions shown, searched with, enrolled, taken apart."""

import csv
import json
from pathlib import Path

import pytest

from biomatch.cli.console import Exit
from biomatch.cli.making import position_name
from biomatch.formats import nist
from biomatch.imaging import header
from biomatch.private import is_open


@pytest.fixture
def card(sample):
    return sample / "card"


@pytest.fixture(scope="module")
def letter(sample, tmp_path_factory):
    """P03's right index, which the gallery of these tests knows, as a search; made by the command itself."""
    return tmp_path_factory.mktemp("letters") / "search.an2", sample / "enrol" / "P03-right-index_2.png"


@pytest.fixture
def search_file(biomatch, letter):
    path, image = letter
    if not path.exists():
        ran = biomatch(
            "nist", "make", "-o", path, f"right-index={image}", "--person", "P03", "--candidates", 3, "--from", "POST7"
        )
        assert ran.code == Exit.OK, ran.err
    return path


def test_what_is_made_is_shown(biomatch, search_file):
    found = biomatch("nist", "show", search_file, "--json").json
    assert (found["type"], found["from"], found["version"]) == ("CPS", "POST7", "0502")
    assert found["faults"] == []
    (image,) = found["images"]
    assert (image["positions"], image["compression"], image["ppi"], image["comparable"]) == ([2], "WSQ20", 500, True)
    assert image["names"] == ["right_index"]
    assert [(one["type"], one["what"]) for one in found["records"]] == [
        (1, "transaction"),
        (2, "description"),
        (14, "fingerprint"),
    ]
    text = biomatch("nist", "show", search_file).out
    assert "right-index, live scan plain" in text


def test_a_search_is_answered_by_a_transaction(biomatch, search_file, gallery, tmp_path):
    ran = biomatch("nist", "search", search_file, "-g", gallery, "-o", tmp_path / "sre.an2")
    assert ran.code == Exit.OK
    assert "P03" in ran.out
    answer = nist.read((tmp_path / "sre.an2").read_bytes(), strict=True)
    assert answer.first.text(4) == nist.RESULT
    assert answer.first.text(10) == nist.read(search_file.read_bytes()).first.text(9)
    respondents, _ = nist.respondents(answer)
    assert respondents[0].person == "P03"
    assert len(respondents) <= 3
    assert "1. P03" in biomatch("nist", "show", tmp_path / "sre.an2").out


def test_the_same_transaction_is_a_print_for_other_commands(biomatch, search_file, gallery):
    found = biomatch("identify", "-g", gallery, search_file, "--json").json
    assert found["candidates"][0]["person"] == "P03"


def test_a_search_that_cannot_be_done_is_answered_by_an_error(biomatch, gallery, tmp_path):
    (tmp_path / "junk.an2").write_bytes(b"no transaction")
    ran = biomatch("nist", "search", tmp_path / "junk.an2", "-g", gallery, "-o", tmp_path / "err.an2")
    assert ran.code == Exit.BAD_INPUT
    answer = nist.read((tmp_path / "err.an2").read_bytes(), strict=True)
    assert answer.first.text(4) == nist.ERROR
    assert answer.records[1].text(74).startswith("bad-transaction: ")


def test_a_slap_is_enrolled_as_four_fingers(biomatch, card, tmp_path):
    prints = [f"right-four={card / 'P01-right-four_1.png'}", f"right-index:rolled={card / 'P01-right-index_6.png'}"]
    made = biomatch("nist", "make", "-o", tmp_path / "a.an2", *prints, "--type", "atp", "--person", "P01", "--format", "jp2")
    assert made.code == Exit.OK
    found = biomatch("nist", "enrol", tmp_path / "a.an2", "-g", tmp_path / "g", "--json").json
    assert found[0]["person"] == "P01"
    positions = [one["position"] for one in found[0]["prints"]]
    assert positions == ["right_index", "right_middle", "right_ring", "right_little", "right_index"]


def test_a_slap_given_as_one_print_is_refused_and_the_named_command_cuts_it(biomatch, card, tmp_path):
    slap, made, gallery = card / "P01-left-four_1.png", tmp_path / "slap.an2", tmp_path / "g"
    ran = biomatch("enrol", "-g", gallery, slap, "--person", "P01", "--failures", tmp_path / "failed.csv")
    assert ran.code == Exit.BAD_INPUT
    assert "biomatch nist make -o slap.an2 right-four=IMAGE" in " ".join(ran.err.split())
    assert biomatch("quality", slap, "--json").json["error"]["code"] == "several-prints"
    assert biomatch("nist", "make", "-o", made, f"left-four={slap}").code == Exit.OK
    ran = biomatch("enrol", "-g", gallery, made, "--person", "P01")
    assert ran.out.startswith("enrolled 4 prints of 1 person in ")


def test_whose_prints_they_are_must_be_said(biomatch, card, tmp_path):
    biomatch("nist", "make", "-o", tmp_path / "a.an2", f"right-index={card / 'P01-right-index_6.png'}")
    ran = biomatch("nist", "enrol", tmp_path / "a.an2", "-g", tmp_path / "g")
    assert ran.code == Exit.BAD_INPUT
    assert "--person" in ran.err


def test_images_and_fingers_are_extracted_with_a_list(biomatch, card, tmp_path):
    prints = [f"left-four={card / 'P01-left-four_1.png'}", f"left-thumb:rolled={card / 'P01-left-thumb_6.png'}"]
    biomatch("nist", "make", "-o", tmp_path / "a.an2", *prints, "--person", "P01")
    found = biomatch("nist", "extract", tmp_path / "a.an2", "-o", tmp_path / "out", "--json").json
    names = [f"03-left-four-left-{finger}.png" for finger in ("little", "ring", "middle", "index")]
    assert found["files"] == [*names, "04-left-thumb.wsq"]
    written = (tmp_path / "out" / "04-left-thumb.wsq").read_bytes()
    assert written == nist.images(nist.read((tmp_path / "a.an2").read_bytes()))[1].data
    assert (tmp_path / "out" / "03-left-four.wsq").exists()
    with (tmp_path / "out" / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["position"] for row in rows] == ["left-little", "left-ring", "left-middle", "left-index", "left-thumb"]
    assert {row["person"] for row in rows} == {"P01"}


def test_images_are_shown_as_png(biomatch, search_file, tmp_path):
    assert biomatch("nist", "show", search_file, "--png", tmp_path / "pictures").code == Exit.OK
    (path,) = (tmp_path / "pictures").iterdir()
    assert path.name == "03-right-index.png"
    assert header.read(path.read_bytes()).ppi == pytest.approx(500, abs=0.1)


def test_slaps_missing_fingers_and_what_has_no_name_are_named(biomatch, sample, tmp_path):
    assert [position_name(code) for code in (0, 1, 10, 11, 13, 14, 15, 21)] == [
        *("unknown", "right_thumb", "left_little", "plain_right_thumb", "right_four", "left_four", "thumbs", "position_21")
    ]
    found = biomatch("nist", "show", sample / "card" / "P01-card.an2", "--json").json
    assert {one["names"][0] for one in found["images"]} >= {"right_four", "left_four", "right_thumb"}


def test_faults_are_listed_and_the_rest_is_shown(biomatch, search_file, tmp_path):
    (tmp_path / "cut.an2").write_bytes(search_file.read_bytes()[:-40])
    ran = biomatch("nist", "show", tmp_path / "cut.an2", "--json")
    assert ran.code == Exit.OK
    assert ran.json["faults"][0]["record"] == 3
    assert "fault:" in biomatch("nist", "show", tmp_path / "cut.an2").err


def test_an_image_that_differs_from_its_record_is_written_and_what_is_wrong_is_said(biomatch, search_file, tmp_path):
    sound = nist.read(search_file.read_bytes())
    records = (*sound.records[:2], sound.records[2].with_field(6, b"4000"))
    (tmp_path / "wide.an2").write_bytes(nist.Transaction(records).to_bytes())
    for command in (("show",), ("extract", "-o", tmp_path / "out")):
        ran = biomatch("nist", command[0], tmp_path / "wide.an2", *command[1:])
        assert ran.code == Exit.OK
        assert "fault: record 3 (type 14), field 14.006" in ran.err
    assert (tmp_path / "out" / "03-right-index.wsq").exists()


def test_what_of_a_cut_off_transaction_was_not_enrolled_is_said_by_every_door(biomatch, sample, tmp_path):
    prints = [f"right-{finger}={sample / 'enrol' / 'P03-right-index_2.png'}" for finger in ("index", "middle")]
    biomatch("nist", "make", "-o", tmp_path / "whole.an2", *prints, "--person", "P03", "--type", "ATP")
    whole = (tmp_path / "whole.an2").read_bytes()
    cut = tmp_path / "cut.an2"
    cut.write_bytes(whole[: nist.read(whole).records[-1].offset + 40])
    said = "only 3 of the 4 records that 1.003 names were read"
    for command in (
        ("nist", "enrol", cut, "-g", tmp_path / "a"),
        ("enrol", cut, "-g", tmp_path / "b", "--person", "P03", "--failures", tmp_path / "failed.csv"),
    ):
        ran = biomatch(*command)
        assert ran.code == Exit.BAD_INPUT
        assert said in ran.err
        assert "enrolled 1 print of 1" in ran.out
        ran = biomatch(*(str(tmp_path / "c") if one in (tmp_path / "a", tmp_path / "b") else one for one in command), "--json")
        assert ran.code == Exit.BAD_INPUT
        assert said in json.dumps(ran.json)
    ran = biomatch("identify", "-g", tmp_path / "a", cut)
    assert (ran.code, said in ran.err) == (Exit.OK, True)
    assert said in biomatch("identify", "-g", tmp_path / "a", cut, "--json").json["warnings"]


def test_of_several_transactions_the_good_ones_are_enrolled_and_the_others_named(biomatch, search_file, tmp_path):
    junk, missing = tmp_path / "junk.an2", tmp_path / "missing.an2"
    junk.write_bytes(b"no transaction")
    command = ("nist", "enrol", junk, missing, search_file, "-g")
    ran = biomatch(*command, tmp_path / "g", "--json")
    assert ran.code == Exit.BAD_INPUT
    assert [Path(row["path"]) for row in ran.json] == [junk, missing, search_file]
    assert [row.get("error", {}).get("code") for row in ran.json] == ["bad-transaction", "file-unreadable", None]
    assert len(ran.json[2]["prints"]) == 1
    ran = biomatch(*command, tmp_path / "h")
    assert ran.code == Exit.BAD_INPUT
    assert "enrolled 1 print of 1 finger of P03" in ran.out
    lines = [line for line in ran.err.splitlines() if "error:" in line]
    assert [line.count(str(path)) for line, path in zip(lines, (junk, missing), strict=True)] == [1, 1]


def test_why_a_request_was_not_answered_is_shown(biomatch, tmp_path):
    answer = nist.error(["bad-image: it is blank", "too-few: 3 minutiae"], nist.Envelope("HERE", "THERE"))
    second = answer.records[1].with_field(60, b"send it again").with_field(63, b"see\x1bthe desk")
    (tmp_path / "err.an2").write_bytes(nist.Transaction((answer.records[0], second)).listed().to_bytes())
    found = biomatch("nist", "show", tmp_path / "err.an2", "--json").json
    assert found["messages"] == [
        {"field": "2.060", "text": "send it again"},
        {"field": "2.063", "text": "see the desk"},
        {"field": "2.074", "text": "bad-image: it is blank"},
        {"field": "2.074", "text": "too-few: 3 minutiae"},
    ]
    told = biomatch("nist", "show", tmp_path / "err.an2").out
    assert "2.074: bad-image: it is blank" in told
    assert "2.063: see the desk" in told


def test_what_is_taken_out_of_a_transaction_is_its_owner_s_alone(biomatch, card, tmp_path):
    prints = [f"right-four={card / 'P01-right-four_1.png'}", f"right-index:rolled={card / 'P01-right-index_6.png'}"]
    biomatch("nist", "make", "-o", tmp_path / "a.an2", *prints)
    assert biomatch("nist", "extract", tmp_path / "a.an2", "-o", tmp_path / "out").code == Exit.OK
    biomatch("convert", prints[0].partition("=")[2], tmp_path / "b.wsq")
    files = [tmp_path / "a.an2", tmp_path / "b.wsq", tmp_path / "out", *(tmp_path / "out").iterdir()]
    assert len(files) > 6
    assert not [path.name for path in files if is_open(path)]


@pytest.mark.parametrize("command", ["verify", "quality", "extract"])
def test_a_command_on_lone_prints_says_which_one_takes_transactions(biomatch, search_file, command):
    ran = biomatch(command, *[search_file] * (2 if command == "verify" else 1))
    assert ran.code == Exit.BAD_INPUT
    assert "`biomatch nist extract`" in " ".join(ran.err.split())
