"""The file of keys: a place for each, wiped where it lies, whole or nothing after a kill."""

import pytest

from biomatch.crypto import MasterKey
from biomatch.errors import (
    KeyDamaged,
    KeyMissing,
    MasterKeyMissing,
    MasterKeyUnreadable,
    MasterKeyWrong,
    SealKeyGone,
)
from biomatch.store.keys.master_key import MASTER_KEY


def test_a_destroyed_key_opens_nothing_and_is_nowhere_in_its_file(keys, again):
    gone, kept = keys.seal("person/ada", b"here", b"one"), keys.seal("person/bob", b"here", b"two")
    before = keys.path.read_bytes()
    keys.destroy(["person/ada", "person/nobody"])
    after = keys.path.read_bytes()
    assert after[80:160] == bytes(80)
    assert before[160:] == after[160:]
    for ring in (keys, again()):
        with pytest.raises(SealKeyGone):
            ring.open(b"here", gone)
        assert ring.open(b"here", kept) == b"two"
        assert not ring.has("person/ada")


def test_the_file_names_nobody(keys):
    keys.ready(["person/Ada Lovelace", "search/Lovelace"])
    assert b"Lovelace" not in keys.path.read_bytes()


def test_a_key_that_was_half_written_when_the_process_died_is_none(keys, again):
    keys.ready(["person/ada", "person/bob"])
    data = keys.path.read_bytes()
    keys.path.write_bytes(data[:-30])
    cut = again()
    assert (cut.has("person/ada"), cut.has("person/bob")) == (True, False)
    sealed = cut.seal("person/bob", b"here", b"two")
    assert again().open(b"here", sealed) == b"two"
    keys.path.write_bytes(data[:-30] + b"x" * 30)
    assert not again().has("person/bob")


def test_keys_that_are_swapped_open_nothing(keys, again):
    sealed = keys.seal("person/ada", b"here", b"one")
    keys.ready(["person/bob"])
    data = keys.path.read_bytes()
    keys.path.write_bytes(data[:80] + data[160:240] + data[80:160])
    with pytest.raises(KeyDamaged, match="place 1"):
        again().open(b"here", sealed)


def test_every_failing_of_a_key_has_its_own_error(keys, again, tmp_path):
    master, data = tmp_path / MASTER_KEY, keys.path.read_bytes()
    kept = master.read_bytes()
    master.write_text("not base64!")
    with pytest.raises(MasterKeyUnreadable, match="not base64"):
        again()
    master.write_text("c2hvcnQ=")
    with pytest.raises(MasterKeyUnreadable, match="5 bytes"):
        again()
    MasterKey.make("").write(master)
    with pytest.raises(MasterKeyWrong, match=keys.master.id):
        again()
    master.unlink()
    with pytest.raises(MasterKeyMissing, match=r"master\.key"):
        again()
    master.write_bytes(kept)
    keys.path.unlink()
    with pytest.raises(KeyMissing, match=r"data\.keys"):
        again()
    for spoiled in (b"", data[:40], b"x" + data[1:], data[:20] + b"x" + data[21:]):
        keys.path.write_bytes(spoiled)
        with pytest.raises(KeyDamaged, match=r"data\.keys"):
            again()
    keys.path.write_bytes(data)
    again()
