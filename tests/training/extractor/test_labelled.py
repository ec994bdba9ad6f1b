"""Labelled prints lie in files of one finger each."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.training.extractor.labelled import read, write


def test_labelled_prints_are_read_as_they_were_written(labelled, tmp_path):
    write(tmp_path / "f.npz", labelled)
    again = read(tmp_path / "f.npz")
    assert len(again) == len(labelled) == 3
    for one, two in zip(labelled, again, strict=True):
        for name in ("pixels", "minutiae", "foreground", "angle", "period"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
            assert getattr(one, name).dtype == getattr(two, name).dtype
        assert one.real is two.real is False


def test_whether_a_finger_left_it_is_kept_of_each_print(labelled, tmp_path):
    write(tmp_path / "f.npz", [replace(labelled[0], real=True), labelled[1]])
    assert [one.real for one in read(tmp_path / "f.npz")] == [True, False]


def test_a_file_that_was_half_written_is_not_there(labelled, tmp_path, monkeypatch):
    write(tmp_path / "f.npz", labelled[:1])
    assert [path.name for path in tmp_path.iterdir()] == ["f.npz"]

    def broken(path, **arrays):
        path.write_bytes(b"half of it")
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "savez", broken)
    with pytest.raises(OSError, match="full"):
        write(tmp_path / "g.npz", labelled)
    assert not (tmp_path / "g.npz").exists()


def test_empty_is_the_grey_of_what_nothing_touches(labelled):
    pixels = np.full((120, 120), 201, np.uint8)
    pixels[40:80, 40:80] = 30
    assert replace(labelled[0], pixels=pixels).empty == 201
