"""A gallery's folder is its owner's alone; what others put beside it stays as it is."""

import logging

import pytest

from biomatch.store import DATABASE
from biomatch.store.folder import mend, warn_if_open


def modes(folder):
    return {path.name: path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*"))}


@pytest.fixture
def folder(tmp_path):
    """As an umask of 022 leaves it."""
    made = tmp_path / "gallery"
    (made / "blobs" / "ab").mkdir(parents=True)
    for name in (DATABASE, f"{DATABASE}-wal", "blobs/ab/original", "lock"):
        (made / name).write_bytes(b"x")
        (made / name).chmod(0o644)
    for place in (made, made / "blobs", made / "blobs" / "ab"):
        place.chmod(0o755)
    return made


def test_all_of_it_is_closed(folder):
    mend(folder)
    assert set(modes(folder).values()) == {0}


def test_a_disk_of_its_own_counts_as_its_own(folder):
    (folder / "lost+found").mkdir(mode=0o755)
    mend(folder)
    assert modes(folder)["gallery"] == 0


def test_a_folder_with_things_of_others_stays_open_and_so_do_they(folder):
    (folder / "readme.txt").touch(mode=0o644)
    mend(folder)
    left = modes(folder)
    assert {name for name, mode in left.items() if mode} == {"gallery", "readme.txt"}


def test_who_may_come_in_is_logged_while_the_folder_is_open(folder, caplog):
    with caplog.at_level(logging.WARNING):
        warn_if_open(folder)
        assert "chmod -R go=" in caplog.text
        caplog.clear()
        mend(folder)
        warn_if_open(folder)
    assert caplog.text == ""
