"""What a power cut leaves of writes that were recorded: what was synced, and some of the rest."""

import random
import shutil

import pytest

from biomatch.bench.service import disk


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
