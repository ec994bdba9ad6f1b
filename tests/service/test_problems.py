"""Every error has a status, and one shape."""

import inspect

import pytest

from biomatch import errors
from biomatch.errors import BiomatchError
from biomatch.service.problems import STATUS, problem, status_of


def every(kind=BiomatchError):
    return [kind, *(found for child in kind.__subclasses__() for found in every(child))]


def made(kind):
    """An instance with a value for each argument of its constructor."""
    values = {
        "str": "x",
        "int": 1,
        "float": 1.0,
        "str | None": "x",
        "int | None": 1,
        "list[str]": ["x"],
        "Sequence[str]": ["x"],
    }
    parameters = list(inspect.signature(kind).parameters.values())
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return kind("something was wrong")
    return kind(*(values[str(parameter.annotation)] for parameter in parameters if parameter.default is parameter.empty))


@pytest.mark.parametrize("kind", every())
def test_every_error_is_a_problem_document(kind):
    document = problem(made(kind))
    assert document["status"] == status_of(kind)
    assert document["code"] == kind.code
    assert document["type"] == f"urn:biomatch:error:{kind.code}"
    assert document["detail"]


@pytest.mark.parametrize("kind", every())
def test_what_the_caller_did_is_4xx_and_the_rest_is_5xx(kind):
    often = errors.QuotaSpent | errors.TooManyTries | errors.TooBusy
    callers = issubclass(kind, errors.BadInput | errors.NotFound | errors.Conflict | often)
    assert (400 <= status_of(kind) < 500) == callers


def test_codes_are_not_shared_by_different_errors():
    codes = [kind.code for kind in every()]
    assert sorted(codes) == sorted(set(codes))


def test_the_table_names_no_error_twice_over():
    """An entry that says what its parent's says is noise."""
    for kind, status in STATUS.items():
        parent = next((STATUS[each] for each in kind.__mro__[1:] if each in STATUS), None)
        assert status != parent or kind in BiomatchError.__subclasses__()
