"""A folder belongs to one process, and says to which."""

import os
import socket
import subprocess
import sys

import pytest

from biomatch.bureau.folder.lock import FolderLock, read_holder
from biomatch.errors import FolderInUse

HOLD = """
import sys, pathlib
from biomatch.bureau.folder.lock import FolderLock
lock = FolderLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_holds_the_folder(tmp_path, holder):
    with pytest.raises(FolderInUse, match=rf"held by process {holder.pid} on {socket.gethostname()} since 20"):
        FolderLock(tmp_path)


@pytest.mark.parametrize("text", ["[" * 200_000, "[]", "{}", '{"pid": "1", "host": "h", "since": "s", "door": 5}', "\0"])
def test_a_lock_file_that_somebody_wrote_names_nobody(tmp_path, text):
    (tmp_path / "lock").write_text(text)
    assert read_holder(tmp_path) is None
    FolderLock(tmp_path).release()


def test_a_killed_holder_holds_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()
    lock = FolderLock(tmp_path)
    assert lock.before.pid == holder.pid
    assert read_holder(tmp_path).pid == os.getpid()
    lock.release()
    assert FolderLock(tmp_path).before is None


def test_one_process_cannot_open_a_folder_twice(tmp_path):
    lock = FolderLock(tmp_path)
    with pytest.raises(FolderInUse):
        FolderLock(tmp_path)
    lock.release()
    FolderLock(tmp_path).release()


def test_the_lock_file_names_the_door(tmp_path):
    lock = FolderLock(tmp_path)
    assert read_holder(tmp_path).door == ""
    lock.announce(tmp_path / "door")
    assert read_holder(tmp_path).door == str(tmp_path / "door")
    lock.release()
    assert read_holder(tmp_path) is None
