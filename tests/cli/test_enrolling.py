"""biomatch enrol: whose prints they are, what is skipped, what failed, and what a list says."""

import csv
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch.cli.console import Exit

PRINTS = 8


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


def test_two_fingers_whose_names_make_two_persons_are_warned_of(biomatch, sample, tmp_path):
    names = ("P01-right-index_1.png", "P01-left-thumb_1.png", "P02-right-index_1.png")
    ran = biomatch("enrol", "-g", tmp_path / "g", *(sample / "enrol" / name for name in names))
    assert ran.code == Exit.OK
    assert "P01-right-index and P01-left-thumb are two persons now" in ran.err
    one_each = biomatch("enrol", "-g", tmp_path / "h", *(sample / "enrol" / name for name in names[1:]))
    assert "two persons" not in one_each.err


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


def test_a_list_says_itself_what_is_known(biomatch, tmp_path):
    (tmp_path / "list.csv").write_text("path,person,sex\na.png,ann,F\n")
    ran = biomatch("enrol", "-g", tmp_path / "g", "--manifest", tmp_path / "list.csv", "--sex", "F")
    assert ran.code == Exit.BAD_INPUT
    assert "not both" in ran.err


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


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--impression", "flat", "plain, rolled, latent"),
        ("--sex", "W", "M, F, X"),
        ("--position", "pinky", "right-index"),
    ],
)
def test_a_wrong_name_lists_what_the_option_takes(biomatch, files, gallery, option, value, words):
    ran = biomatch("enrol", "-g", "gallery", "--person", "ann", option, value, "good.png")
    assert words in ran.err


def test_one_print_is_counted_as_one(biomatch, files):
    assert "enrolled 1 print of 1 person " in biomatch("enrol", "-g", "new", "--person", "ann", "good.png").out
