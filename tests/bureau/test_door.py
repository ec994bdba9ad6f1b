"""Another process's bureau answers as one's own would."""

from pathlib import Path

import pytest

from biomatch.bureau.door import USE_CASES, Door, RemoteBureau, clear
from biomatch.bureau.lock import Holder
from biomatch.errors import PersonNotFound, ServerSilent


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


def visit(path):
    return RemoteBureau(Path("g"), Holder(7, "here", "now", str(path)))


@pytest.fixture
def door():
    opened = Door(Standin())
    yield opened
    opened.close()


def test_what_a_use_case_gives_comes_through(door):
    with visit(door.path) as bureau:
        assert bureau.read("ada", "me", encounter="e1") == ("ada", "me", "e1")


def test_an_error_comes_through_with_its_words_and_values(door):
    with visit(door.path) as bureau, pytest.raises(PersonNotFound, match="nobody") as caught:
        bureau.read("nobody", "me")
    assert caught.value.values == {"person": "nobody"}


def test_a_defect_there_is_an_error_here_and_the_door_stays_open(door):
    with visit(door.path) as bureau:
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            bureau.labels("me")
        assert bureau.read("ada", "me")[0] == "ada"


def test_a_relative_folder_is_this_processs(door, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with visit(door.path) as bureau:
        assert bureau.export(Path("out"), "me") == tmp_path / "out"


def test_only_use_cases_pass(door):
    with visit(door.path) as bureau:
        assert "close" not in USE_CASES
        with pytest.raises(AttributeError):
            _ = bureau.folder_of
        with pytest.raises(RuntimeError, match="no use case"):
            bureau._ask("__init__")


def test_a_door_that_nobody_opens_is_said_and_who_should(tmp_path):
    with pytest.raises(ServerSilent, match=r"process 7 serves g, but does not answer at .*nothing"):
        visit(tmp_path / "nothing")


def test_what_a_killed_server_left_is_cleared_away(door, tmp_path):
    clear(str(door.path))
    assert not door.path.parent.exists()
    (tmp_path / "door").touch()
    clear(str(tmp_path / "door"))  # no folder of a door
    clear("")
    assert tmp_path.exists()


def test_a_server_that_goes_away_is_said(door):
    bureau = visit(door.path)
    bureau._line.close()
    with pytest.raises(ServerSilent):
        bureau.read("ada", "me")


def test_nobody_else_can_enter_the_sockets_folder(door):
    assert door.path.parent.stat().st_mode & 0o077 == 0
    assert door.path.stat().st_mode & 0o777 == 0o600
