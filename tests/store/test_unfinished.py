"""A note of an act lies whole on the disk before the act begins, or not at all."""

import errno

import pytest

from biomatch.errors import DiskFull
from biomatch.store.unfinished import UNFINISHED, Unfinished


@pytest.fixture
def notes(tmp_path):
    return Unfinished(tmp_path)


def test_a_note_is_on_the_disk_before_it_is_named_and_its_name_before_the_act_begins(notes, tmp_path, disk_steps):
    steps = disk_steps(tmp_path)
    made = notes.note(7, ["key"], ["original"])
    content, named, names = steps
    assert content[0] == "sync"
    assert content[2] == made.path.read_bytes()
    assert named == ("name", made.path, b"")
    assert names == ("sync", tmp_path / UNFINISHED, b"")
    assert notes.left() == [made]


def test_a_note_that_is_struck_out_is_not_left(notes):
    notes.note(7, ["key"], ["original"]).strike()
    assert notes.left() == []


def test_half_a_note_of_an_act_that_never_began_is_swept_on_opening(notes, tmp_path):
    made = notes.note(7, ["key"], ["original"])
    (tmp_path / UNFINISHED / "half.new").write_bytes(made.path.read_bytes()[:5])
    assert notes.unreadable() == []
    again = Unfinished(tmp_path)
    again.sweep()
    assert again.left() == [made]
    assert list((tmp_path / UNFINISHED).iterdir()) == [made.path]


def test_a_damaged_note_is_named(notes):
    made = notes.note(7, ["key"], ["original"])
    made.path.write_bytes(made.path.read_bytes()[:5])
    assert notes.left() == []
    assert notes.unreadable() == [made.path.name]


def test_a_full_disk_leaves_no_note(notes, tmp_path, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull):
        notes.note(7, ["key"], ["original"])
    assert list((tmp_path / UNFINISHED).iterdir()) == []
