"""Recorded system calls leave what was synced; a bureau that loses the rest is served again."""

import json
import random
import shutil
from pathlib import Path

import pytest

from biomatch.bench.report import page
from biomatch.bench.service import disk, power


def escaped(text):
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


class Log:
    """strace's lines, one a second."""

    def __init__(self):
        self.lines = []

    def call(self, name, *arguments, returned=0, opened=None):
        after = f"<{escaped(opened)}>" if opened else ""
        at = 10 + len(self.lines)
        self.lines.append(f"7 {at}.000000 {name}({', '.join(arguments)}) = {returned}{after} <0.100000>")

    def played(self, base, tmp_path):
        path = tmp_path / "log"
        path.write_text("\n".join(self.lines) + "\n")
        state = disk.Disk(base, "/g")
        for call in disk.calls(path):
            state.take(call)
        return state


def name(path):
    return f'"{escaped(path)}"'


def fd(number, path):
    return f"{number}<{escaped(path)}>"


@pytest.fixture
def base(tmp_path):
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "old").write_bytes(b"before")
    return folder


def left(state, tmp_path, rng=None):
    place = tmp_path / "left"
    shutil.rmtree(place, ignore_errors=True)
    state.cut(place, rng)
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_a_write_lasts_once_it_is_synced(base, tmp_path):
    log = Log()
    log.call("pwrite64", fd(3, "/g/old"), f'"{escaped("BE")}"', "2", "0", returned=2)
    assert left(log.played(base, tmp_path), tmp_path) == {"old": b"before"}
    log.call("fdatasync", fd(3, "/g/old"))
    log.call("pwrite64", fd(3, "/g/old"), f'"{escaped("!")}"', "1", "6", returned=1)
    assert left(log.played(base, tmp_path), tmp_path) == {"old": b"BEfore"}


def test_a_new_file_lasts_once_its_folder_is_synced_too(base, tmp_path):
    log = Log()
    log.call("openat", "AT_FDCWD</>", name("/g/new.part"), "O_WRONLY|O_CREAT", returned=4, opened="/g/new.part")
    log.call("write", fd(4, "/g/new.part"), f'"{escaped("ab")}"', "2", returned=2)
    log.call("write", fd(4, "/g/new.part"), f'"{escaped("cd")}"', "2", returned=2)
    log.call("fsync", fd(4, "/g/new.part"))
    log.call("rename", name("/g/new.part"), name("/g/new"))
    assert left(log.played(base, tmp_path), tmp_path) == {"old": b"before"}
    log.call("fsync", fd(5, "/g"))
    assert left(log.played(base, tmp_path), tmp_path) == {"old": b"before", "new": b"abcd"}
    log.call("unlink", name("/g/new"))
    assert "new" in left(log.played(base, tmp_path), tmp_path)
    log.call("fsync", fd(5, "/g"))
    assert left(log.played(base, tmp_path), tmp_path) == {"old": b"before"}


def test_some_of_what_was_not_synced_may_last(base, tmp_path):
    log = Log()
    for n in range(6):
        log.call("pwrite64", fd(3, "/g/old"), f'"{escaped(str(n))}"', "1", str(n), returned=1)
    state = log.played(base, tmp_path)
    seen = {left(state, tmp_path, random.Random(seed))["old"] for seed in range(30)}
    assert len(seen) > 5
    assert all(byte in (b"before"[at], ord(str(at))) for content in seen for at, byte in enumerate(content))


def test_a_sync_covers_only_what_was_written_before_it_began(base, tmp_path):
    log = Log()
    log.lines.append(f"8 10.000000 fsync({fd(3, '/g/old')} <unfinished ...>")
    log.call("pwrite64", fd(3, "/g/old"), f'"{escaped("X")}"', "1", "0", returned=1)
    log.lines.append("8 12.000000 <... fsync resumed>) = 0 <2.000000>")
    assert left(log.played(base, tmp_path), tmp_path) == {"old": b"before"}


def test_a_call_that_is_not_understood_is_told(base, tmp_path):
    log = Log()
    log.call("copy_file_range", fd(3, "/g/old"), "NULL", fd(4, "/g/new"), "NULL", "100", "0")
    with pytest.raises(NotImplementedError, match="copy_file_range"):
        log.played(base, tmp_path)


@pytest.fixture(scope="module")
def document(tmp_path_factory, missing):
    if shutil.which("strace") is None:
        missing("strace", "strace is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(power, "RECORDED_S", 4.0)
        patch.setattr(power, "FAILING", (("fdatasync", "EIO", "3+", power.AT_WORK),))
        run = power.measure(tmp_path_factory.mktemp("power"), 1, 1)
    return json.loads(json.dumps(run.document))


def test_nothing_that_was_acknowledged_is_lost_with_what_was_not_synced(document):
    cuts = document["figures"]["cuts"]
    assert cuts["acknowledged_writes"] > 0
    assert cuts["syncs"] > 0
    for way in power.WAYS:
        assert cuts[way]["folders"] == 1
        assert cuts[way]["unsynced_changes"]["most"] > 0
        assert cuts[way]["violations"] == []


def test_a_failing_disk_is_told_in_a_clear_error_and_loses_nothing(document):
    (failing,) = document["figures"]["failures"].values()
    assert failing["violations"] == []
    assert failing["refused"]
    assert not any(name.startswith("500") for name in failing["refused"])
    text = page.current("<!-- figures: power -->\n<!-- end of figures -->", {"power": document}, (), Path("r"))
    assert "| fdatasync fails with EIO at work | 1 |" in text
