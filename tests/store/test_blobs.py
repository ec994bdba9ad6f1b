"""Originals lie sealed, each in a file of its own, whole or not at all."""

import errno
import hashlib

import pytest

from biomatch.errors import DiskFull, SealBroken, SealKeyGone
from biomatch.store import Blobs, KeyPlace
from biomatch.store.keys.master_key import open_keyring


@pytest.fixture
def keys(tmp_path):
    return open_keyring(tmp_path, KeyPlace(), None)


@pytest.fixture
def blobs(tmp_path, keys):
    return Blobs(tmp_path / "blobs", keys)


def files(blobs):
    return [path for path in blobs.folder.rglob("*") if path.is_file()]


def test_what_was_put_comes_back_by_person_and_hash(blobs):
    sha256, same, other = blobs.put([("ada", b"one"), ("ada", b"one"), ("ada", b"two")])
    assert sha256 == same == hashlib.sha256(b"one").hexdigest()
    assert (blobs.get("ada", sha256), blobs.get("ada", other)) == (b"one", b"two")
    assert len(files(blobs)) == 2


def test_neither_name_nor_content_of_a_file_tells_what_it_is(blobs):
    (sha256,) = blobs.put([("ada", b"an image that is known")])
    (path,) = files(blobs)
    assert b"image" not in path.read_bytes()
    assert sha256[:16] not in str(path)


def test_the_same_bytes_of_two_persons_are_two_files(blobs, keys):
    sha256, _ = blobs.put([("ada", b"one"), ("bob", b"one")])
    blobs.remove([("ada", sha256)])
    keys.destroy(["person/ada"])
    assert blobs.get("bob", sha256) == b"one"


def test_a_file_in_the_place_of_another_does_not_open(blobs):
    one, two = blobs.put([("ada", b"one"), ("ada", b"two")])
    place = blobs._place(blobs.name_of(("ada", one)))
    place.write_bytes(blobs._place(blobs.name_of(("ada", two))).read_bytes())
    with pytest.raises(SealBroken, match=one):
        blobs.get("ada", one)


def test_a_flipped_bit_is_found(blobs):
    (sha256,) = blobs.put([("ada", b"one")])
    (path,) = files(blobs)
    data = bytearray(path.read_bytes())
    for place in range(len(data)):
        data[place] ^= 1
        path.write_bytes(data)
        with pytest.raises((SealBroken, SealKeyGone)):
            blobs.get("ada", sha256)
        data[place] ^= 1


def test_who_was_removed_and_comes_back_has_another_key(blobs, keys):
    (sha256,) = blobs.put([("ada", b"one")])
    keys.destroy(["person/ada"])
    with pytest.raises(SealKeyGone):
        blobs.get("ada", sha256)
    blobs.put([("ada", b"one")])  # its old file is still there
    assert blobs.get("ada", sha256) == b"one"


def test_what_was_never_put_is_none(blobs):
    assert blobs.get("ada", "00" * 32) is None


def test_removing_is_repeatable(blobs):
    (sha256,) = blobs.put([("ada", b"one")])
    blobs.remove([("ada", sha256)])
    blobs.remove([("ada", sha256)])
    assert blobs.get("ada", sha256) is None


def test_an_original_goes_by_the_name_of_its_file(blobs):
    kept, stray = blobs.put([("ada", b"kept"), ("ada", b"stray")])
    blobs.remove_named(blobs.strays({("ada", kept)}))
    assert blobs.get("ada", kept) == b"kept"
    assert blobs.get("ada", stray) is None


def test_what_a_kill_left_unfinished_is_swept_on_opening(blobs, keys):
    (blobs.folder / "incoming" / "half").write_bytes(b"ha")
    Blobs(blobs.folder, keys).sweep()
    assert list((blobs.folder / "incoming").iterdir()) == []


def test_a_full_disk_leaves_no_piece(blobs, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull, match="free space"):
        blobs.put([("ada", b"one")])
    assert files(blobs) == []


def test_nothing_is_removed_while_somebody_holds(blobs):
    one, two, three = (("ada", sha) for sha in blobs.put([("ada", b"one"), ("ada", b"two"), ("ada", b"three")]))
    with blobs.held():
        with blobs.held():
            blobs.remove([one, two])
        assert blobs.names() == set(map(blobs.name_of, (one, two, three)))
        blobs.put([("ada", b"two")])  # is wanted again
    assert blobs.names() == set(map(blobs.name_of, (two, three)))


@pytest.fixture
def steps(blobs, disk_steps):
    return disk_steps(blobs.folder)


def test_an_original_is_on_the_disk_before_it_is_named_and_its_name_before_anybody_is_told(blobs, steps):
    (sha256,) = blobs.put([("ada", b"one")])
    (place,) = files(blobs)
    made, above, content, named, names = steps
    assert made == ("folder", place.parent, b"")
    assert above == ("sync", blobs.folder, b"")
    assert content == ("sync", blobs.folder / "incoming" / content[1].name, place.read_bytes())
    assert named == ("name", place, b"")
    assert names == ("sync", place.parent, b"")
    assert blobs.get("ada", sha256) == b"one"


def test_each_folder_that_got_an_original_is_synced_once_after_all_names(blobs, steps):
    blobs.put([("ada", bytes([n])) for n in range(30)])
    named = [n for n, step in enumerate(steps) if step[0] == "name"]
    folders = {path.parent for path in files(blobs)}
    last = [step[1] for step in steps[named[-1] + 1 :]]
    assert len(named) == 30
    assert sorted(last) == sorted(folders)
    assert all(steps[n - 1][0] == "sync" and steps[n - 1][2] for n in named)


def test_what_is_removed_is_gone_from_the_disk_before_anybody_is_told(blobs, steps):
    (sha256,) = blobs.put([("ada", b"one")])
    (place,) = files(blobs)
    steps.clear()
    blobs.remove([("ada", sha256)])
    assert steps == [("sync", place.parent, b"")]


def test_what_is_there_already_is_not_written_again(blobs, steps):
    blobs.put([("ada", b"one")])
    steps.clear()
    blobs.put([("ada", b"one")])
    assert steps == []
