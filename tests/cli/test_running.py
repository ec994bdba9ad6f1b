"""A bureau's folder on the command line: made, checked, copied, restored."""

import json

import pytest
from typer.testing import CliRunner

from biomatch.cli import app
from biomatch.cli.console import Exit


@pytest.fixture
def run():
    def invoke(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)

    return invoke


def test_a_bureau_is_checked_copied_and_restored(run, tmp_path, sample_print):
    image = tmp_path / "P01_1.png"
    image.write_bytes(sample_print("P01-right-index_1"))
    gallery, copy, keys, again = (tmp_path / name for name in ("bureau", "copy", "keys", "again"))
    run("init", "--gallery", gallery)
    assert run("enrol", "--gallery", gallery, image).exit_code == 0
    checked = run("check", "--gallery", gallery)
    assert (checked.exit_code, "1 print, 1 original, " in checked.stdout) == (0, True)
    made = json.loads(run("backup", "--gallery", gallery, "--output", copy, "--keys", keys, "--json").stdout)
    assert (made["prints"], made["originals"], made["copied"]) == (1, 1, 1)
    assert "all is as it was written" in run("restore", copy, "--gallery", again, "--keys", keys).stdout
    assert run("check", "--gallery", again).exit_code == 0
    next((again / "blobs").glob("??/*")).write_bytes(b"another print")
    checked = run("check", "--gallery", again, "--json")
    assert (checked.exit_code, len(json.loads(checked.stdout)["findings"])) == (Exit.NO, 1)


def test_a_changed_backup_is_told_by_exit_code_1_and_can_be_mended(run, tmp_path):
    gallery, copy, keys, again = (tmp_path / name for name in ("bureau", "copy", "keys", "again"))
    run("init", "--gallery", gallery)
    run("backup", "--gallery", gallery, "--output", copy, "--keys", keys)
    whole = (copy / "gallery.db").read_bytes()
    (copy / "gallery.db").write_bytes(whole + b"x")
    ran = run("restore", copy, "--gallery", again, "--keys", keys, "--json")
    assert (ran.exit_code, json.loads(ran.stdout)["error"]["code"]) == (Exit.NO, "backup-changed")
    assert run("restore", copy, "--gallery", again, "--keys", keys).exit_code == Exit.NO
    (copy / "gallery.db").write_bytes(whole)
    assert run("restore", copy, "--gallery", again, "--keys", keys).exit_code == Exit.OK


def test_a_bureau_lives_in_postgresql_and_is_restored_into_another(run, tmp_path, sample_print, new_schema):
    image = tmp_path / "P01_1.png"
    image.write_bytes(sample_print("P01-right-index_1"))
    gallery, copy, keys, again = (tmp_path / name for name in ("bureau", "copy", "keys", "again"))
    assert run("init", "--gallery", gallery, "--database", new_schema()).exit_code == 0
    assert run("enrol", "--gallery", gallery, image).exit_code == 0
    assert run("check", "--gallery", gallery).exit_code == 0
    conditions = json.loads(run("doctor", "--gallery", gallery, "--json").stdout)["gallery"]
    assert (conditions["database"]["well"], conditions["database"]["words"].split()[0]) == (True, "PostgreSQL")
    run("backup", "--gallery", gallery, "--output", copy, "--keys", keys)
    restored = run("restore", copy, "--gallery", again, "--keys", keys, "--database", new_schema())
    assert "all is as it was written" in restored.stdout
    assert run("check", "--gallery", again).exit_code == 0
    assert not (gallery / "gallery.db").exists()
    assert not (again / "gallery.db").exists()
