"""Caches that nobody seals: a file is known by its checksum, and is mapped."""

import zlib

import numpy as np
import pytest

from biomatch import sealing
from biomatch.errors import SealBroken
from biomatch.sealing import CLEAR

PARTS = [b"head", memoryview(b"middle"), np.arange(5, dtype=np.int16)]
WHOLE = b"headmiddle" + np.arange(5, dtype=np.int16).tobytes()


def test_what_is_written_in_parts_is_read_as_one(tmp_path):
    path = tmp_path / "cache"
    number = CLEAR.write(path, PARTS)
    assert number == zlib.crc32(WHOLE)
    assert CLEAR.read(path, number).tobytes() == path.read_bytes() == WHOLE
    assert path.stat().st_mode & 0o077 == 0


def test_a_mapped_file_cannot_be_written_to(tmp_path):
    found = CLEAR.read(tmp_path / "cache", CLEAR.write(tmp_path / "cache", PARTS))
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1


def test_a_file_is_on_the_disk_on_return(tmp_path, disk_steps):
    steps = disk_steps(tmp_path)
    CLEAR.write(tmp_path / "cache", PARTS)
    assert ("sync", tmp_path / "cache", WHOLE) in steps


def test_an_empty_file_is_an_empty_array(tmp_path):
    assert CLEAR.read(tmp_path / "cache", CLEAR.write(tmp_path / "cache", [])).shape == (0,)


@pytest.mark.parametrize("changed", [WHOLE[:-1], WHOLE + b"\0", b"H" + WHOLE[1:], b""])
def test_a_changed_file_is_named_and_refused(tmp_path, changed):
    path = tmp_path / "cache"
    number = CLEAR.write(path, PARTS)
    path.write_bytes(changed)
    with pytest.raises(SealBroken, match=str(path)):
        CLEAR.read(path, number)


def test_a_file_of_more_than_one_reading_has_one_checksum(tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "_READ_AT_ONCE", 3)
    number = CLEAR.write(tmp_path / "cache", PARTS)
    assert CLEAR.read(tmp_path / "cache", number).tobytes() == WHOLE


def test_bytes_of_a_person_stay_as_they_are():
    sealed = CLEAR.seal(sealing.of_person("ada"), b"place", b"data")
    assert CLEAR.open(b"place", memoryview(sealed)) == b"data"
