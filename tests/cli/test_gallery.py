"""The commands that take care of a gallery's folder: remove, info, compact, export."""

import csv
import re

import pytest

from biomatch.cli.console import Exit
from biomatch.gallery.upkeep import Upkeep

PRINTS = 8


def test_a_removed_person_is_no_candidate_again(biomatch, gallery, probe):
    assert biomatch("remove", "-g", gallery, "--person", "P03").out == "removed 2 prints\n"
    assert all(one["person"] != "P03" for one in biomatch("identify", "-g", gallery, probe, "--json").json["candidates"])
    assert biomatch("remove", "-g", gallery, "--person", "P03").code == Exit.NOT_FOUND
    assert biomatch("compact", "-g", gallery, "--json").json["prints"] == PRINTS - 2


def test_export_writes_every_print(biomatch, gallery, tmp_path):
    assert biomatch("export", "-g", gallery, "-o", tmp_path / "out", "--json").json["prints"] == PRINTS
    assert (tmp_path / "out" / "prints.csv").read_text().count("\n") == PRINTS + 1


def test_the_gallery_may_come_from_the_environment(biomatch, gallery, monkeypatch):
    monkeypatch.setenv("BIOMATCH_GALLERY", str(gallery))
    assert biomatch("info", "--json").json["prints"] == PRINTS


def test_what_goes_is_one_print_one_encounter_or_a_person(biomatch, gallery, tmp_path):
    biomatch("export", "-g", gallery, "-o", tmp_path / "out")
    with (tmp_path / "out" / "prints.csv").open(newline="") as file:
        first, *_ = csv.DictReader(file)
    assert biomatch("remove", "-g", gallery, "--print", first["print_id"], "--json").json == {"removed": 1}
    assert biomatch("remove", "-g", gallery, "--print", first["print_id"]).code == Exit.NOT_FOUND
    assert biomatch("remove", "-g", gallery, "--person", "P02", "--encounter", "none").code == Exit.NOT_FOUND
    assert biomatch("remove", "-g", gallery).code == Exit.BAD_INPUT
    assert biomatch("info", "-g", gallery, "--json").json["prints"] == PRINTS - 1


def test_what_a_gallery_holds_is_told_in_words(biomatch, gallery):
    told = dict(re.split(r"\s{2,}", line.strip()) for line in biomatch("info", "-g", gallery).out.splitlines())
    assert (told["persons"], told["prints"], told["calibration"]) == ("4", str(PRINTS), "shipped")
    assert told["folder"] == str(gallery)


def test_a_new_index_that_is_being_built_is_told(biomatch, gallery, monkeypatch):
    monkeypatch.setattr(Upkeep, "built", 5)
    told = dict(re.split(r"\s{2,}", line.strip()) for line in biomatch("info", "-g", gallery).out.splitlines())
    assert told["new index"] == f"5 of {PRINTS} log records; the one before serves"


def test_a_compacted_gallery_says_how_much_is_left(biomatch, gallery):
    biomatch("remove", "-g", gallery, "--person", "P01")
    assert biomatch("compact", "-g", gallery).out == f"compacted {gallery}: {PRINTS - 2} prints\n"


@pytest.mark.parametrize(
    "command", [("info",), ("compact",), ("remove", "--person", "x"), ("export", "-o", "out")], ids=" ".join
)
def test_no_command_of_care_makes_a_gallery(biomatch, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    assert biomatch(*command, "-g", tmp_path / "none").code == Exit.NOT_FOUND
    assert not list(tmp_path.iterdir())
