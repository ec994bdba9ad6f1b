import csv
import errno
import json

import numpy as np
import pytest

from biomatch.errors import DiskFull, FileUnreadable, FileUnwritable, FolderNotEmpty, OtherSynthesis, SynthesisExists
from biomatch.imaging import decode
from biomatch.synthesis import files
from biomatch.synthesis.files import Folder, Made, Recipe, to_png

RECIPE = Recipe("prints", 7, {"persons": 2}, "image/2-00000000")
NAMES = ["a_1.png", "b_1.png"]


def one(name):
    return Made(name, b"pixels of " + name.encode(), {"path": name, "person": name[0]}, {"prints": []})


def test_a_finished_folder_lists_its_files_with_seed_and_generator(tmp_path):
    folder = Folder(tmp_path / "new" / "folder", RECIPE)
    for name in NAMES:
        folder.add(one(name))
    folder.finish(NAMES, ("path", "person", "seed", "generator"))
    with (tmp_path / "new" / "folder" / "manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == NAMES
    assert {(row["seed"], row["generator"]) for row in rows} == {("7", "image/2-00000000")}


def test_a_stopped_folder_is_gone_on_with(tmp_path):
    Folder(tmp_path, RECIPE).add(one("a_1.png"))
    again = Folder(tmp_path, RECIPE)
    assert again.left(NAMES) == ["b_1.png"]


def test_a_finished_folder_is_not_made_again(tmp_path):
    Folder(tmp_path, RECIPE).finish([], ("path",))
    with pytest.raises(SynthesisExists, match="another folder"):
        Folder(tmp_path, RECIPE)


@pytest.mark.parametrize(
    ("other", "word"),
    [
        (Recipe("slaps", 7, {"persons": 2}, "image/2-00000000"), "command"),
        (Recipe("prints", 8, {"persons": 2}, "image/2-00000000"), "seed"),
        (Recipe("prints", 7, {"persons": 3}, "image/2-00000000"), "persons 2 and not 3"),
        (Recipe("prints", 7, {"persons": 2}, "image/2-11111111"), "generator"),
    ],
)
def test_a_folder_that_another_recipe_began_is_refused(tmp_path, other, word):
    Folder(tmp_path, RECIPE)
    with pytest.raises(OtherSynthesis, match=word):
        Folder(tmp_path, other)


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(FolderNotEmpty):
        Folder(tmp_path, RECIPE)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_the_folder_s_place_is_refused(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(FolderNotEmpty):
        Folder(tmp_path / "taken", RECIPE)


@pytest.mark.parametrize("there", [b"[]", b'"words"', b'{"options": [1]}', b"{", b"\xff\xfe{}"])
def test_a_recipe_that_biomatch_did_not_write_is_another_s_file(tmp_path, there):
    (tmp_path / "synthesis.json").write_bytes(there)
    with pytest.raises(FolderNotEmpty):
        Folder(tmp_path, RECIPE)
    assert (tmp_path / "synthesis.json").read_bytes() == there


def test_a_recipe_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "synthesis.json").mkdir()
    with pytest.raises(FileUnreadable, match=r"synthesis\.json"):
        Folder(tmp_path, RECIPE)


def test_a_name_that_no_file_system_takes_is_refused(tmp_path):
    with pytest.raises(FileUnwritable, match="long"):
        Folder(tmp_path / ("x" * 300), RECIPE)


def test_a_folder_that_may_not_be_looked_into_is_refused(tmp_path, monkeypatch):
    def forbidden(_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files.Path, "iterdir", forbidden)
    with pytest.raises(FileUnwritable, match="Permission denied"):
        Folder(tmp_path, RECIPE)


def test_a_full_disk_leaves_no_half_file(tmp_path, monkeypatch):
    folder = Folder(tmp_path, RECIPE)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(DiskFull):
        folder.add(one("a_1.png"))
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["synthesis.json"]
    assert Folder(tmp_path, RECIPE).left(NAMES) == NAMES


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileUnwritable, match="file"):
        Folder(tmp_path / "file" / "folder", RECIPE)


def test_the_truth_lies_beside_its_image(tmp_path):
    Folder(tmp_path, RECIPE).add(one("a_1.png"))
    truth = json.loads((tmp_path / "a_1.json").read_text())
    assert truth == {"path": "a_1.png", "person": "a", "prints": [], "seed": 7, "generator": "image/2-00000000"}


def test_a_png_says_its_resolution():
    image = decode(to_png(np.full((100, 100), 200, np.uint8), 500))
    assert image.ppi == pytest.approx(500, abs=0.1)
