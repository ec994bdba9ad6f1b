"""A key for each person, wrapped by the master key: what is sealed opens with its own key, in its own place, or not at all."""

import errno
import threading

import numpy as np
import pytest

from biomatch.crypto import MasterKey
from biomatch.errors import (
    DiskFull,
    SealBroken,
    SealKeyGone,
)
from biomatch.store import Keyring
from biomatch.store.keys.keyring import PERSON
from biomatch.store.keys.master_key import DATA_KEYS


def test_a_sealed_file_is_on_the_disk_on_return(keys, tmp_path, disk_steps):
    steps = disk_steps(tmp_path)
    keys.write(tmp_path / "catalogue-1", [b"who is enrolled"])
    assert steps[-1] == ("sync", tmp_path / "catalogue-1", (tmp_path / "catalogue-1").read_bytes())


def test_what_was_sealed_opens_after_a_restart(keys, again):
    sealed = keys.seal("person/ada", b"here", b"minutiae")
    assert b"minutiae" not in sealed
    assert again().open(b"here", sealed) == b"minutiae"
    assert len(again()) == 1


def test_the_same_bytes_are_never_sealed_alike(keys):
    assert len({keys.seal("person/ada", b"here", b"minutiae") for _ in range(1_000)}) == 1_000


def test_what_was_sealed_opens_nowhere_else(keys):
    sealed = keys.seal("person/ada", b"here", b"minutiae")
    with pytest.raises(SealBroken, match="there"):
        keys.open(b"there", sealed)
    other = keys.seal("person/bob", b"here", b"minutiae")
    with pytest.raises(SealBroken):
        keys.open(b"here", other[:4] + sealed[4:])
    with pytest.raises(SealBroken, match="too short"):
        keys.open(b"here", sealed[:20])


def test_every_flipped_bit_is_found(keys):
    sealed = keys.seal("person/ada", b"here", b"m")
    for place in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[place] ^= 1 << bit
            with pytest.raises((SealBroken, SealKeyGone)):
                keys.open(b"here", bytes(changed))


def test_who_comes_back_gets_another_key_at_another_place(keys):
    gone = keys.seal("person/ada", b"here", b"one")
    keys.destroy(["person/ada"])
    back = keys.seal("person/ada", b"here", b"one")
    assert back[:4] != gone[:4]
    with pytest.raises(SealKeyGone):
        keys.open(b"here", gone)


def test_a_key_goes_by_its_mark_and_only_named_files_keep_theirs(keys, again):
    keys.ready(["person/ada", "person/bob", "search/7", "file/segment-1"])
    assert keys.others(PERSON, ["person/bob", "person/eve"]) == 1
    keys.destroy_marked([keys.mark_of("person/ada"), keys.mark_of("person/eve")])
    keys.keep_files({"segment-2"})
    assert [again().has(owner) for owner in ("person/ada", "person/bob", "search/7", "file/segment-1")] == [
        False,
        True,
        True,
        False,
    ]


def test_a_key_that_is_destroyed_while_it_is_unwrapped_is_gone_not_damaged(keys, again, monkeypatch):
    sealed = keys.seal("person/ada", b"here", b"one")
    found = again()
    whole = MasterKey.unwrap

    def unwrap(master, wrapped, bound):
        found.destroy(["person/ada"])
        return whole(master, wrapped, bound)

    monkeypatch.setattr(MasterKey, "unwrap", unwrap)
    with pytest.raises(SealKeyGone):
        found.open(b"here", sealed)
    with pytest.raises(SealKeyGone):
        found.open(b"here", sealed)


def test_a_sealed_file_is_read_as_it_was_written(keys, again, tmp_path):
    for size in (0, 1, 100, 1 << 22, (1 << 22) + 1, 9_000_000):
        data = np.random.default_rng(size).integers(0, 256, size, np.uint8)
        number = keys.write(tmp_path / "segment-1", [data[: size // 3], data[size // 3 :]])
        assert np.array_equal(again().read(tmp_path / "segment-1", number), data)
        assert size < 100 or data[:50].tobytes() not in (tmp_path / "segment-1").read_bytes()


def test_a_sealed_file_that_was_changed_cut_swapped_or_put_back_is_refused(keys, tmp_path):
    path = tmp_path / "segment-1"
    old = keys.write(path, [bytes(9_000_000)])
    before = path.read_bytes()
    number = keys.write(path, [bytes(9_000_000)])
    data = path.read_bytes()
    chunk = (1 << 22) + 16
    swapped = data[:16] + data[16 + chunk : 16 + 2 * chunk] + data[16 : 16 + chunk] + data[16 + 2 * chunk :]
    for spoiled in (b"", data[:100], data[:-1], data[: 16 + 2 * chunk], data[:5_000] + b"x" + data[5_001:], swapped, before):
        path.write_bytes(spoiled)
        with pytest.raises(SealBroken):
            keys.read(path, number)
    with pytest.raises(SealKeyGone):
        keys.read(path, old)  # its key went when the file was written anew


def test_a_copy_of_the_keys_is_whole_while_persons_come_and_go(keys, tmp_path):
    stop = threading.Event()

    def work():
        n = 0
        while not stop.is_set():
            n += 1
            keys.ready([f"person/{n}"])
            keys.destroy([f"person/{n - 1}"])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for n in range(20):
            with keys.held():
                there = [owner for owner in (f"person/{k}" for k in range(5_000)) if keys.has(owner)]
                keys.copy(tmp_path / "copy" / str(n) / DATA_KEYS)
            copied = Keyring(tmp_path / "copy" / str(n) / DATA_KEYS, keys.master)
            assert all(copied.has(owner) for owner in there)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("call", ["pwrite", "fsync"])
def test_a_key_that_the_disk_did_not_take_is_not_used(keys, again, monkeypatch, call):
    """Each n-th write or sync fails: nothing is sealed under a key that is not on the disk."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"os.{call}", full)
        with pytest.raises(DiskFull):
            keys.seal("person/ada", b"here", b"one")
    assert not keys.has("person/ada")
    sealed = keys.seal("person/ada", b"here", b"one")
    assert again().open(b"here", sealed) == b"one"
    with monkeypatch.context() as patch:
        patch.setattr(f"os.{call}", full)
        with pytest.raises(DiskFull):
            keys.destroy(["person/ada"])
    keys.destroy(["person/ada"])
    with pytest.raises(SealKeyGone):
        again().open(b"here", sealed)
