import csv
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch.cli.console import Exit

PRINTS = 8


@pytest.fixture
def probe(sample):
    return sample / "enrol" / "P03-right-index_2.png"


def test_the_person_is_the_name_before_the_last_underscore(biomatch, gallery):
    found = biomatch("info", "-g", gallery, "--json").json
    assert (found["persons"], found["prints"]) == (4, PRINTS)


def test_enrolling_again_skips_what_is_there_and_says_so(biomatch, gallery, first_prints):
    ran = biomatch("enrol", "-g", gallery, first_prints)
    assert ran.code == Exit.OK
    assert f"skipped {PRINTS} that were enrolled already" in ran.out
    assert biomatch("info", "-g", gallery, "--json").json["prints"] == PRINTS


def test_failures_are_listed_and_the_rest_is_enrolled(biomatch, first_prints, tmp_path):
    (tmp_path / "=bad_1.png").write_bytes(b"no image")
    good = min(first_prints.iterdir())
    ran = biomatch("enrol", "-g", tmp_path / "g", tmp_path / "=bad_1.png", good, "--failures", tmp_path / "failed.csv")
    assert ran.code == Exit.BAD_INPUT
    with (tmp_path / "failed.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["person"], row["code"]) == ("'=bad", "unreadable-image")  # no formula
    assert biomatch("info", "-g", tmp_path / "g", "--json").json["prints"] == 1
    shutil.copy(good, tmp_path / "=bad_1.png")
    found = biomatch("enrol", "-g", tmp_path / "g", "--manifest", tmp_path / "failed.csv", "--json")
    assert found.code == Exit.OK, found.err
    assert biomatch("remove", "-g", tmp_path / "g", "--person", "=bad").code == Exit.OK


def test_two_pictures_of_a_camera_do_not_become_one_person(biomatch, sample, tmp_path):
    for number, name in enumerate(("P01-right-index_1", "P02-right-index_1"), start=1):
        shutil.copy(sample / "enrol" / f"{name}.png", tmp_path / f"IMG_000{number}.png")
    ran = biomatch("enrol", "-g", tmp_path / "g", tmp_path / "IMG_0001.png", tmp_path / "IMG_0002.png")
    assert ran.code == Exit.BAD_INPUT
    assert "IMG_0001.png does not say whose print it is" in ran.err
    assert "--person" in ran.err
    assert not (tmp_path / "g").exists()
    ran = biomatch("enrol", "-g", tmp_path / "g", tmp_path / "IMG_0001.png", "--person", "ann")
    assert ran.code == Exit.OK
    assert ran.out.startswith("enrolled 1 print of 1 person in ")
    assert "by their file names" not in ran.out


def test_the_names_that_were_chosen_are_said(biomatch, sample, first_prints, tmp_path):
    ran = biomatch("enrol", "-g", tmp_path / "g", first_prints)
    assert "persons by their file names: P01 (2 files), P02 (2 files), P03 (2 files), P04 (2 files)" in ran.out


def test_a_list_says_persons_and_positions(biomatch, first_prints, tmp_path):
    names = sorted(path.name for path in first_prints.iterdir())[:2]
    for name in names:
        shutil.copy(first_prints / name, tmp_path / name)
    lines = ["path,person,position", f"{names[0]},ann,6", f"{names[1]},ann,right-index"]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    found = biomatch("enrol", "-g", tmp_path / "g", "--manifest", tmp_path / "list.csv", "--json").json
    assert (found["state"], found["counts"]) == ("done", {"enrolled": 2, "skipped": 0, "failed": 0})
    biomatch("export", "-g", tmp_path / "g", "-o", tmp_path / "out")
    with (tmp_path / "out" / "prints.csv").open(newline="") as file:
        rows = [(row["person"], row["position"]) for row in csv.DictReader(file)]
    assert rows == [("ann", "LEFT_THUMB"), ("ann", "RIGHT_INDEX")]


def test_the_list_of_the_sample_that_ships_is_enrolled_whole(biomatch, sample, tmp_path):
    """Of its images only some, for time."""
    with (sample / "manifest.csv").open(newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["role"] == "enrol" and (row["kind"] == "template" or row["person"] == "P01")
        ]
    assert {row["ppi"] for row in rows if row["kind"] == "template"} == {"500"}
    for row in rows:
        row["path"] = str(sample / row["path"])
    with (tmp_path / "list.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    ran = biomatch("enrol", "-g", tmp_path / "g", "--manifest", tmp_path / "list.csv", "--json")
    assert ran.code == Exit.OK, ran.err
    assert biomatch("info", "-g", tmp_path / "g", "--json").json["prints"] == len(rows) > 300


def test_failures_and_duplicates_of_a_list_are_tables(biomatch, sample, tmp_path):
    lines = ["path,person"]
    for name, person in (("P01-right-index_1", "ann"), ("P02-right-index_1", "ben"), ("P01-right-index_2", "anna")):
        shutil.copy(sample / "enrol" / f"{name}.png", tmp_path / f"{name}.png")
        lines.append(f"{name}.png,{person}")
    (tmp_path / "bad.png").write_bytes(b"no image")
    (tmp_path / "list.csv").write_text("\n".join([*lines, "bad.png,bob", "none.png,bob"]))
    tables = ("--failures", tmp_path / "failed.csv", "--duplicates", tmp_path / "twins.csv")
    ran = biomatch("enrol", "-g", tmp_path / "g", "--manifest", tmp_path / "list.csv", *tables)
    assert ran.code == Exit.BAD_INPUT
    assert "enrolled 3 prints" in ran.out
    assert "1 pair of persons" in ran.out
    assert ran.err.startswith("error: bad.png: ")
    assert f"all 2 prints that failed are listed in {tmp_path / 'failed.csv'}" in ran.err
    with (tmp_path / "failed.csv").open(newline="") as file:
        rows = [(row["line"], row["path"], row["person"], row["code"]) for row in csv.DictReader(file)]
    assert rows == [("5", "bad.png", "bob", "unreadable-image"), ("6", "none.png", "bob", "file-unreadable")]
    with (tmp_path / "twins.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert {row["person"], row["other"]} == {"ann", "anna"}
    again = biomatch("enrol", "-g", tmp_path / "g", "--manifest", tmp_path / "list.csv", *tables)
    assert "skipped 3 that were enrolled already" in again.out


def test_a_list_with_a_wrong_line_is_refused_before_anything_is_enrolled(biomatch, gallery, tmp_path):
    (tmp_path / "list.csv").write_text("path,person,position\na.png,ann,11\n")
    ran = biomatch("enrol", "-g", gallery, "--manifest", tmp_path / "list.csv")
    assert ran.code == Exit.BAD_INPUT
    assert "line 2: '11' is no finger position" in ran.err
    assert biomatch("task", "list", "-g", gallery, "--json").json == []


def test_a_wrong_position_is_told_before_anything_is_enrolled(biomatch, first_prints, tmp_path):
    ran = biomatch("enrol", "-g", tmp_path / "g", first_prints, "--position", "11")
    assert ran.code == Exit.BAD_INPUT
    assert not (tmp_path / "g").exists()


@pytest.mark.parametrize("said", [("--sex", "both"), ("--born", "1980-02-30"), ("--captured", "9999-12-31")], ids=" ".join)
def test_so_is_what_is_wrongly_said_of_the_person(biomatch, first_prints, tmp_path, said):
    ran = biomatch("enrol", "-g", tmp_path / "g", first_prints, *said)
    assert ran.code == Exit.BAD_INPUT
    assert said[1] in ran.err
    assert not (tmp_path / "g").exists()


def test_what_is_said_of_a_person_limits_searches(biomatch, first_prints, probe, tmp_path):
    known = ("--sex", "F", "--born", "1980-05-21", "--captured", "2024-02-29")
    biomatch("enrol", "-g", tmp_path / "g", *first_prints.glob("P03_*"), *known)

    def named(*options):
        found = biomatch("identify", "-g", tmp_path / "g", probe, "--json", *options).json
        return [one["person"] for one in found["candidates"]]

    fitting = (("--sex", "F"), ("--born", "1980-01-01..1980-12-31"), ("--taken", "2024-02-29..2024-02-29"))
    others = (("--sex", "M"), ("--born", "1981-01-01.."), ("--taken", "2024-03-01.."))
    assert [named(*one) for one in fitting] == [["P03"]] * 3
    assert [named(*one) for one in others] == [[]] * 3


def test_a_list_says_itself_what_is_known(biomatch, tmp_path):
    (tmp_path / "list.csv").write_text("path,person,sex\na.png,ann,F\n")
    ran = biomatch("enrol", "-g", tmp_path / "g", "--manifest", tmp_path / "list.csv", "--sex", "F")
    assert ran.code == Exit.BAD_INPUT
    assert "not both" in ran.err


def test_identify_puts_the_mate_first(biomatch, gallery, probe):
    found = biomatch("identify", "-g", gallery, probe, "--json").json
    assert found["candidates"][0]["person"] == "P03"
    assert found["candidates"][0]["evidence"][0]["pairs"]
    text = biomatch("identify", "-g", gallery, probe, "--top", "2").out
    assert "P03" in text
    assert text.index("rank") < text.rindex("P03")


def test_a_hit_at_a_false_positive_rate_is_code_0_and_none_is_code_1(biomatch, gallery, probe, sample):
    assert biomatch("identify", "-g", gallery, probe, "--fpir", "0.01").code == Exit.OK
    stranger = sample / "enrol" / "P09-left-thumb_1.png"
    ran = biomatch("identify", "-g", gallery, stranger, "--fpir", "0.01", "--json")
    assert (ran.code, ran.json["hit"]) == (Exit.NO, False)


def test_many_probes_give_a_line_each_and_the_share_that_is_right(biomatch, gallery, sample, tmp_path):
    for person in ("P01", "P02"):
        shutil.copy(sample / "enrol" / f"{person}-right-index_3.png", tmp_path / f"{person}_probe.png")
    ran = biomatch("identify", "-g", gallery, tmp_path / "P01_probe.png", tmp_path / "P02_probe.png", "--truth")
    assert "rank 1 right: 2 of 2" in ran.out


def test_an_unreadable_probe_among_many_is_named(biomatch, gallery, probe, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    ran = biomatch("identify", "-g", gallery, probe, tmp_path / "bad.png", "--json")
    assert ran.code == Exit.BAD_INPUT
    assert ran.json[0]["candidates"][0]["person"] == "P03"
    assert ran.json[1]["error"]["code"] == "unreadable-image"


def test_two_fingers_of_one_person_make_one_list(biomatch, gallery, sample):
    both = (sample / "enrol" / f"P02-{finger}_2.png" for finger in ("right-index", "left-thumb"))
    found = biomatch("identify", "-g", gallery, *both, "--together", "--json").json
    assert found["candidates"][0]["person"] == "P02"
    assert {one["probe"] for one in found["candidates"][0]["evidence"]} == {0, 1}


def test_a_removed_person_is_no_candidate_again(biomatch, gallery, probe):
    assert biomatch("remove", "-g", gallery, "--person", "P03").out == "removed 2 prints\n"
    assert all(one["person"] != "P03" for one in biomatch("identify", "-g", gallery, probe, "--json").json["candidates"])
    assert biomatch("remove", "-g", gallery, "--person", "P03").code == Exit.NOT_FOUND
    assert biomatch("compact", "-g", gallery, "--json").json["prints"] == PRINTS - 2


def test_export_writes_every_print(biomatch, gallery, tmp_path):
    assert biomatch("export", "-g", gallery, "-o", tmp_path / "out", "--json").json["prints"] == PRINTS
    assert (tmp_path / "out" / "prints.csv").read_text().count("\n") == PRINTS + 1


def test_a_gallery_that_is_not_there_is_not_made_by_a_search(biomatch, probe, tmp_path):
    ran = biomatch("identify", "-g", tmp_path / "none", probe)
    assert ran.code == Exit.NOT_FOUND
    assert not (tmp_path / "none").exists()


def test_the_gallery_may_come_from_the_environment(biomatch, gallery, monkeypatch):
    monkeypatch.setenv("BIOMATCH_GALLERY", str(gallery))
    assert biomatch("info", "--json").json["prints"] == PRINTS


def test_a_picture_that_shows_no_print_is_not_enrolled_and_a_poor_one_is_told(biomatch, sample, tmp_path):
    blank, poor = tmp_path / "P8_1.png", tmp_path / "P9_1.png"
    cv2.imwrite(str(blank), np.full((2, 2), 255, np.uint8))
    pixels = cv2.imread(str(sample / "enrol" / "P03-right-index_2.png"), cv2.IMREAD_GRAYSCALE)
    height, width = pixels.shape
    cv2.imwrite(str(poor), pixels[height // 2 - 40 : height // 2 + 40, width // 2 - 40 : width // 2 + 40])
    ran = biomatch("enrol", "-g", tmp_path / "g", blank, poor, "--ppi", 500, "--failures", tmp_path / "failed.csv", "--json")
    assert ran.code == Exit.BAD_INPUT
    assert [(Path(one["path"]), one["error"]["code"]) for one in ran.json["failed"]] == [(blank, "no-fingerprint")]
    ran = biomatch("enrol", "-g", tmp_path / "h", poor, "--ppi", 500)
    assert ran.code == Exit.OK
    assert re.search(r"note: \S*P9_1\.png: the finger is cut off", ran.err)
    assert "--ppi" not in biomatch("quality", blank, "--ppi", 1000).out
