"""Whatever a gallery's process writes is for its owner alone, whatever the folder was before."""

import os
import stat
import subprocess
import sys

import pytest

from biomatch.bureau import Actor, Upload, open_gallery, restore
from biomatch.store import mend
from biomatch.synthesis import synthesise_templates

ME = Actor("tester", "test")


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def there(tmp_path):
    """there(name): a folder that everybody may look into."""

    def make(name):
        folder = tmp_path / name
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        return folder

    return make


def for_others(*folders):
    """What others may do anything with, of these folders and of all that is in them."""
    found = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return [f"{stat.filemode(path.lstat().st_mode)} {path}" for path in found if path.lstat().st_mode & 0o077]


def upload(number):
    return Upload(synthesise_templates(1, seed=7, first=number)[0].to_bytes(), f"{number}.bmt")


def test_nothing_that_is_made_can_be_read_by_others(there):
    gallery, copy, keys, exported, again = map(there, ("gallery", "copy", "keys", "exported", "again"))
    with open_gallery(gallery, workers=1) as bureau:
        bureau.encounters.enrol("ada", [upload(1)], ME)
        bureau.encounters.enrol("bob", [upload(2)], ME)
        bureau.searches.identify([upload(1)], ME)
        bureau.encounters.remove(ME, person="bob")
        bureau.upkeep.compact(ME)
        bureau.upkeep.backup(copy, ME, keys=keys)
        bureau.upkeep.export(exported, ME)
        bureau.upkeep.export_audit(exported / "audit.jsonl", ME)
        assert for_others(gallery) == []  # with the write-ahead log, which goes when it is closed
    restore(copy, keys, again, ME)
    with open_gallery(again, workers=1) as bureau:
        assert bureau.searches.identify([upload(1)], ME).search.candidates[0].person == "ada"
    assert for_others(gallery, copy, keys, again) == []
    assert len(list(gallery.rglob("*"))) > 10
    assert for_others(exported) == [f"drwxr-xr-x {exported}"]  # it may be anybody's: what was written into it is closed


def test_a_second_backup_closes_what_an_older_version_left_open(there):
    gallery, copy, keys = map(there, ("gallery", "copy", "keys"))
    with open_gallery(gallery, workers=1) as bureau:
        bureau.encounters.enrol("ada", [upload(1)], ME)
        bureau.upkeep.backup(copy, ME, keys=keys)
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        bureau.upkeep.backup(copy, ME, keys=keys)
    assert for_others(copy) == []


def test_mending_closes_a_gallery_and_nothing_else(there):
    folder = there("gallery")
    with open_gallery(folder, workers=1) as bureau:
        bureau.encounters.enrol("ada", [upload(1)], ME)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    mend(folder)
    assert for_others(folder) == []
    folder.chmod(0o755)
    letter = folder / "keys of the house.txt"
    letter.write_text("for everybody")
    mend(folder)
    assert for_others(folder) == [f"drwxr-xr-x {folder}", f"-rw-r--r-- {letter}"]


def test_mending_goes_through_no_link(there):
    folder, outside = there("gallery"), there("elsewhere")
    (outside / "letter.txt").write_text("for everybody")
    (folder / "blobs").symlink_to(outside)
    mend(folder)
    assert len(for_others(outside)) == 2


def test_opening_a_folder_that_others_may_enter_warns_once_and_says_what_mends_it(there, caplog):
    folder = there("gallery")
    with open_gallery(folder, workers=1):
        pass
    assert not caplog.records
    folder.chmod(0o755)
    with open_gallery(folder, workers=1):
        pass
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "chmod -R go=" in record.msg
    assert record.folder == str(folder)


def test_a_command_says_it_in_one_line_and_init_mends_it(there):
    folder = there("gallery")

    def run(*words):
        command = [sys.executable, "-m", "biomatch.cli", *words, "--gallery", str(folder)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stderr

    assert run("init") == ""
    folder.chmod(0o750)
    assert run("info").count(f"chmod -R go= {folder}") == 1
    assert run("init") == ""
    assert for_others(folder) == []
    assert run("info") == ""
