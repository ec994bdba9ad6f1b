from __future__ import annotations

import inspect
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from biomatch import errors
from biomatch.cli import exit_code
from biomatch.errors import BadInput, BadInstallation, BiomatchError, Conflict, NotFound, Unavailable
from biomatch.service.problems import status_of

KINDS = (BadInput, NotFound, Conflict, Unavailable, BadInstallation)
VALUES = {int: 7, float: 7.5, str: "seven", bool: True}


def below(kind: type[BiomatchError]) -> Iterator[type[BiomatchError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith(f"{errors.__name__}."):
            yield child
            yield from below(child)


ALL = sorted(below(BiomatchError), key=lambda kind: kind.code)


def made(kind: type[BiomatchError]) -> BiomatchError:
    """An error of a kind, from values of the types that its constructor names."""
    if kind.__init__ is BiomatchError.__init__:
        return kind("something is wrong; do this")
    parameters = list(inspect.signature(kind, eval_str=True).parameters.values())
    return kind(*(VALUES.get(parameter.annotation, "seven") for parameter in parameters))


def test_every_error_is_of_one_of_the_five_kinds() -> None:
    assert set(BiomatchError.__subclasses__()) == set(KINDS)
    assert all(sum(issubclass(error, kind) for kind in KINDS) == 1 for error in ALL)


def test_every_error_has_its_own_code() -> None:
    codes = [error.code for error in ALL]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_a_code_is_in_small_letters_and_is_the_class_s_own(error: type[BiomatchError]) -> None:
    assert "code" in vars(error)
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", error.code)


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_an_error_survives_the_way_between_processes(error: type[BiomatchError]) -> None:
    there = made(error)
    here = pickle.loads(pickle.dumps(there))
    assert type(here) is error
    assert (str(here), here.values) == (str(there), there.values)


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_a_message_is_one_line_that_says_what_to_do_next(error: type[BiomatchError]) -> None:
    message = str(made(error))
    assert "\n" not in message
    assert ";" in message, "what was wrong; what to do"


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_a_message_holds_its_values(error: type[BiomatchError]) -> None:
    found = made(error)
    if "__init__" in vars(error) and len(inspect.signature(error).parameters):
        assert found.values


# the manual

ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (\d+) \| .+ \| .+ \|$")
SECTION = re.compile(r"^## .+: exit code (\d)$")


def test_every_error_is_in_the_manual_with_its_exit_code_and_status(root: Path) -> None:
    listed, section = {}, 0
    for line in (root / "docs" / "errors.md").read_text(encoding="utf-8").splitlines():
        if match := SECTION.match(line):
            section = int(match[1])
        elif match := ROW.match(line):
            listed[match[1]] = (section, int(match[2]))
    assert listed == {error.code: (exit_code(made(error)), status_of(error)) for error in ALL}
