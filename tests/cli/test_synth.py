import csv
import os
import runpy

import pytest

from biomatch.cli import synth
from biomatch.cli.console import Exit
from biomatch.synthesis import making, sample  # noqa: F401  (bound to the pool as it is, before a test replaces it)

ONE = ("synth", "prints", "--persons", 1, "--impressions", 2, "--sensor", "chip", "--processes", 1)


def rows(folder):
    with (folder / "manifest.csv").open() as file:
        return list(csv.DictReader(file))


def test_prints_are_made_once_gone_on_with_and_never_overwritten(biomatch, tmp_path):
    folder = tmp_path / "prints"
    assert "wrote 2 files" in biomatch(*ONE, "-o", folder).out
    first = rows(folder)
    assert [row["kind"] for row in first] == ["capacitive chip"] * 2
    assert all(row["generator"].startswith("image/") and row["seed"] == "2026" for row in first)

    pixels = (folder / first[1]["path"]).read_bytes()
    again = biomatch(*ONE, "-o", folder)
    assert again.code == Exit.CONFLICT
    assert "another folder" in again.err

    (folder / "manifest.csv").unlink()
    (folder / first[1]["path"]).with_suffix(".json").unlink()
    assert biomatch(*ONE, "-o", folder).code == Exit.OK
    assert rows(folder) == first
    assert (folder / first[1]["path"]).read_bytes() == pixels

    other = biomatch(*ONE, "-o", folder, "--seed", 3)
    assert other.code == Exit.CONFLICT
    assert "seed 2026 and not 3" in other.err


def test_templates_are_told_as_json(biomatch, tmp_path):
    told = biomatch("synth", "templates", "-n", 3, "-o", tmp_path / "t", "--processes", 1, "--json").json
    assert (told["files"], told["made_now"]) == (3, 3)
    assert len(rows(tmp_path / "t")) == 3


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("prints", "--persons", 0), "persons cannot be 0"),
        (("prints", "--sensor", "sonar"), "'sonar' is no sensor"),
        (("prints", "--finger", "sixth"), "sixth"),
        (("prints", "--difficulty", 9), "difficulty"),
        (("prints", "--processes", 0), "processes"),
        (("prints", "--seed", -1), "seed"),
        (("slaps", "--sensor", "chip"), "glass, ink"),
        (("latents", "--count", 0), "persons cannot be 0"),
        (("sample", "--processes", 0), "processes"),
        (("sample", "--seed", 2**63), "seed"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words_and_leaves_nothing(biomatch, tmp_path, arguments, word):
    ran = biomatch("synth", *arguments, "-o", tmp_path / "new")
    assert ran.code == Exit.BAD_INPUT
    assert word in ran.err
    assert not (tmp_path / "new").exists()


def test_a_sheet_needs_a_seed_that_is_one(biomatch, tmp_path):
    ran = biomatch("synth", "sheet", "--seed", -1, "-o", tmp_path / "sheet.png")
    assert ran.code == Exit.BAD_INPUT
    assert "seed cannot be -1" in ran.err


@pytest.mark.parametrize("command", ["prints", "sample"])
def test_a_name_that_no_file_system_takes_is_refused_in_words(biomatch, tmp_path, command):
    ran = biomatch("synth", command, "-o", tmp_path / ("x" * 300))
    assert ran.code == Exit.BAD_INPUT
    assert "could not be written" in ran.err


def test_no_more_processes_are_asked_for_than_are_taken(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1_000)
    again = runpy.run_path(synth.__file__)
    assert again["CORES"] == making.MOST_PROCESSES


def test_a_sheet_needs_the_name_of_a_picture(biomatch, tmp_path):
    ran = biomatch("synth", "sheet", "-o", tmp_path / "sheet.gif")
    assert ran.code == Exit.BAD_INPUT
    assert ".png or .jpg" in ran.err
