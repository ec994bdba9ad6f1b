"""What was written is synced, file or folder, and its handle is let go."""

import os

import pytest

from biomatch.durable import sync


def test_a_file_and_a_folder_are_synced(tmp_path, monkeypatch):
    path, synced = tmp_path / "file", []
    path.write_bytes(b"x")
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    sync(path)
    sync(tmp_path)
    assert synced == [path.stat().st_ino, tmp_path.stat().st_ino]


def test_a_disk_that_fails_is_told_of_and_no_handle_stays_open(tmp_path, monkeypatch):
    def failing(_handle):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="Input"):
        sync(tmp_path)
    assert len(os.listdir("/proc/self/fd")) == before
