"""Originals lie under their own hash, whole or not at all."""

import errno
import hashlib

import pytest

from biomatch.errors import DiskFull
from biomatch.store import Blobs


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs")


def test_what_was_put_comes_back_by_its_hash(blobs):
    name, same, other = blobs.put([b"one", b"one", b"two"])
    assert name == same == hashlib.sha256(b"one").hexdigest()
    assert (blobs.get(name), blobs.get(other)) == (b"one", b"two")
    assert (blobs.folder / name[:2] / name).is_file()


def test_what_was_never_put_is_none(blobs):
    assert blobs.get("00" * 32) is None


def test_removing_is_repeatable(blobs):
    (name,) = blobs.put([b"one"])
    blobs.remove([name])
    blobs.remove([name])
    assert blobs.get(name) is None


def test_only_named_originals_stay(blobs):
    kept, stray = blobs.put([b"kept", b"stray"])
    assert blobs.keep_only({kept}) == 1
    assert blobs.get(kept) == b"kept"
    assert blobs.get(stray) is None


def test_what_a_kill_left_unfinished_is_swept_on_opening(blobs):
    (blobs.folder / "incoming" / "half").write_bytes(b"ha")
    assert list((Blobs(blobs.folder).folder / "incoming").iterdir()) == []


def test_a_full_disk_leaves_no_piece(blobs, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull, match="free space"):
        blobs.put([b"one"])
    assert [path for path in blobs.folder.rglob("*") if path.is_file()] == []


def test_nothing_is_removed_while_somebody_holds(blobs):
    one, two, three = blobs.put([b"one", b"two", b"three"])
    with blobs.held():
        with blobs.held():
            blobs.remove([one, two])
        assert blobs.names() == {one, two, three}
        blobs.put([b"two"])  # is wanted again
    assert blobs.names() == {two, three}
