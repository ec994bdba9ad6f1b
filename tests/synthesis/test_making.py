import csv
import json

import pytest

from biomatch.errors import ImpossibleSynthesis
from biomatch.synthesis import orders, versions
from biomatch.synthesis.files import Recipe
from biomatch.synthesis.making import make_all

JOBS = orders.templates(3, 210, 2)
RECIPE = Recipe("templates", 3, {"count": 210, "impressions": 2}, versions.of_templates())


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Made by one process, as one order."""
    place = tmp_path_factory.mktemp("made") / "templates"
    assert make_all(place, RECIPE, JOBS) == 420
    return place


def test_two_processes_make_what_one_makes(folder, tmp_path):
    assert make_all(tmp_path / "t", RECIPE, JOBS, processes=2) == 420
    assert contents(tmp_path / "t") == contents(folder)


def test_what_is_whole_is_not_written_again(folder, tmp_path):
    """A file whose truth is missing is; the others of its job are not."""
    before = contents(folder)
    gone = folder / "00000" / "T00007_2.json"
    gone.unlink()
    (folder / "manifest.csv").unlink()
    kept = {path: path.stat().st_ino for path in folder.rglob("*.bmt")}
    assert make_all(folder, RECIPE, JOBS) == 1
    assert contents(folder) == before
    assert [path for path, number in kept.items() if path.stat().st_ino != number] == [gone.with_suffix(".bmt")]


def test_a_manifest_has_a_line_a_file_that_says_what_its_truth_says(folder):
    with (folder / "manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [name for job in JOBS for name in job.names]
    for row in rows[:5]:
        truth = json.loads((folder / row["path"]).with_suffix(".json").read_text())
        assert len(truth.pop("prints")[0]["minutiae"]) == int(row["minutiae"])
        assert {name: str(value) for name, value in truth.items()} == {name: row[name] for name in truth}


@pytest.mark.parametrize("processes", [0, 257])
def test_no_process_and_too_many_are_refused_before_anything_is_written(tmp_path, processes):
    with pytest.raises(ImpossibleSynthesis, match="processes"):
        make_all(tmp_path / "t", RECIPE, JOBS, processes=processes)
    assert not (tmp_path / "t").exists()
