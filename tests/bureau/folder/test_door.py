"""Another process's bureau answers as one's own would."""

from operator import attrgetter
from pathlib import Path

import pytest

from biomatch.bureau import Actor, Scope
from biomatch.bureau.folder.door import Door, RemoteBureau, clear, use_cases
from biomatch.bureau.folder.lock import Holder
from biomatch.bureau.scopes import needs
from biomatch.errors import PersonNotFound, ServerSilent

ME = Actor("me", "test")


class Encounters:
    @needs(Scope.ENCOUNTER_READ)
    def read(self, person, actor, *, encounter=None):
        if person == "nobody":
            raise PersonNotFound(person)
        return person, actor, encounter

    @needs(Scope.GALLERY_READ)
    def labels(self, actor):
        raise ZeroDivisionError

    def forget(self, actor):
        raise AssertionError("what needs no scope is no use case")


class Upkeep:
    def __init__(self):
        self.export = Export().export


class Export:
    @needs(Scope.LOCAL)
    def export(self, out, actor, *, beside=None):
        return out, beside


class Standin:
    def __init__(self):
        self.encounters = Encounters()
        self.upkeep = Upkeep()
        self._hidden = Encounters()

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
        assert bureau.encounters.read("ada", ME, encounter="e1") == ("ada", ME, "e1")


def test_an_error_comes_through_with_its_words_and_values(door):
    with visit(door.path) as bureau, pytest.raises(PersonNotFound, match="nobody") as caught:
        bureau.encounters.read("nobody", ME)
    assert caught.value.values == {"person": "nobody"}


def test_a_defect_there_is_an_error_here_and_the_door_stays_open(door):
    with visit(door.path) as bureau:
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            bureau.encounters.labels(ME)
        assert bureau.encounters.read("ada", ME)[0] == "ada"


def test_a_relative_folder_is_this_processs(door, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with visit(door.path) as bureau:
        found = bureau.upkeep.export(Path("out"), ME, beside=Path("keys"))
    assert found == (tmp_path / "out", tmp_path / "keys")


def test_only_methods_with_a_scope_pass(door):
    assert sorted(use_cases(Standin())) == ["encounters.labels", "encounters.read", "upkeep.export"]
    with visit(door.path) as bureau:
        for missing in ("encounters.forget", "searches", "_hidden"):
            with pytest.raises(AttributeError):
                attrgetter(missing)(bureau)
        for name in ("close", "__init__", "encounters", "encounters.forget", "encounters.__init__", "_hidden.read"):
            with pytest.raises(RuntimeError, match=f"no use case '{name}'"):
                bureau._ask(name)


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
        bureau.encounters.read("ada", ME)


def test_nobody_else_can_enter_the_sockets_folder(door):
    assert door.path.parent.stat().st_mode & 0o077 == 0
    assert door.path.stat().st_mode & 0o777 == 0o600
