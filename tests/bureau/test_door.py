"""Another process's bureau answers as one's own would."""

from pathlib import Path

import pytest

from biomatch.bureau.door import USE_CASES, Door, RemoteBureau
from biomatch.errors import FolderInUse, PersonNotFound


class Standin:
    def read(self, person, actor, *, encounter=None):
        if person == "nobody":
            raise PersonNotFound(person)
        return person, actor, encounter

    def export(self, out, actor):
        return out

    def labels(self, actor):
        raise ZeroDivisionError

    def close(self):
        raise AssertionError("a visitor must not close the bureau")


@pytest.fixture
def door():
    opened = Door(Standin())
    yield opened
    opened.close()


def test_what_a_use_case_gives_comes_through(door):
    with RemoteBureau(Path("g"), str(door.path)) as bureau:
        assert bureau.read("ada", "me", encounter="e1") == ("ada", "me", "e1")


def test_an_error_comes_through_with_its_words_and_values(door):
    with RemoteBureau(Path("g"), str(door.path)) as bureau, pytest.raises(PersonNotFound, match="nobody") as caught:
        bureau.read("nobody", "me")
    assert caught.value.values == {"person": "nobody"}


def test_a_defect_there_is_an_error_here_and_the_door_stays_open(door):
    with RemoteBureau(Path("g"), str(door.path)) as bureau:
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            bureau.labels("me")
        assert bureau.read("ada", "me")[0] == "ada"


def test_a_relative_folder_is_this_processs(door, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with RemoteBureau(Path("g"), str(door.path)) as bureau:
        assert bureau.export(Path("out"), "me") == tmp_path / "out"


def test_only_use_cases_pass(door):
    with RemoteBureau(Path("g"), str(door.path)) as bureau:
        assert "close" not in USE_CASES
        with pytest.raises(AttributeError):
            _ = bureau.folder_of
        with pytest.raises(RuntimeError, match="no use case"):
            bureau._ask("__init__")


def test_a_door_that_is_gone_is_a_folder_in_use(tmp_path):
    with pytest.raises(FolderInUse):
        RemoteBureau(tmp_path, str(tmp_path / "nothing"))


def test_a_server_that_goes_away_is_said(door):
    bureau = RemoteBureau(Path("g"), str(door.path))
    bureau._line.close()
    with pytest.raises(FolderInUse):
        bureau.read("ada", "me")


def test_nobody_else_can_enter_the_sockets_folder(door):
    assert door.path.parent.stat().st_mode & 0o077 == 0
