"""What is made is for its owner alone, whatever the umask is; what stood there open is closed."""

import os
import stat

import pytest

from biomatch import private


@pytest.fixture(autouse=True, params=[0o000, 0o022])
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_folder_is_closed_with_those_above_it_that_were_missing(tmp_path):
    tmp_path.chmod(0o755)
    private.make_folder(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/c")] == [0o700] * 3
    assert mode(tmp_path) == 0o755


def test_a_folder_that_is_there_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o755)
    private.make_folder(tmp_path)
    assert private.is_open(tmp_path)


def test_a_new_file_is_closed(tmp_path):
    private.write_bytes(tmp_path / "new", b"12")
    assert (tmp_path / "new").read_bytes() == b"12"
    assert mode(tmp_path / "new") == 0o600
    assert not private.is_open(tmp_path / "new")


def test_a_file_that_stood_there_open_is_closed_when_it_is_written(tmp_path):
    path = tmp_path / "prints.csv"
    path.write_text("old")
    path.chmod(0o644)
    with private.opened(path, "w", encoding="utf-8") as file:
        file.write("new")
    assert path.read_text() == "new"
    assert mode(path) == 0o600


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o610, 0o601])
def test_whatever_others_may_do_makes_a_file_open(tmp_path, bits):
    path = tmp_path / "file"
    path.touch()
    path.chmod(bits)
    assert private.is_open(path)
    private.close(path)
    assert mode(path) == 0o600


def test_closing_a_folder_closes_what_is_in_it_if_that_is_wished(tmp_path):
    inner = tmp_path / "folder" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    for path in (inner.parent, inner, inner / "file"):
        path.chmod(0o755)
    private.close(inner.parent, inside=False)
    assert [mode(path) for path in (inner.parent, inner, inner / "file")] == [0o700, 0o755, 0o755]
    private.close(inner.parent)
    assert [mode(path) for path in (inner.parent, inner, inner / "file")] == [0o700] * 3


def test_no_link_is_followed(tmp_path):
    (tmp_path / "letter").touch()
    (tmp_path / "letter").chmod(0o644)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "letter")
    private.close(tmp_path / "folder")
    private.close(tmp_path / "folder" / "link")
    assert mode(tmp_path / "letter") == 0o644


def test_a_disk_that_keeps_no_modes_is_no_error(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o644)

    def refused(*_):
        raise PermissionError

    monkeypatch.setattr("os.chmod", refused)
    private.close(path)
    assert private.is_open(path)
