"""How many files and sockets this process may have open."""

import resource

import pytest

from biomatch import open_files


@pytest.mark.parametrize(
    ("before", "asked", "after"),
    [
        ((256, 4_096), 1_536, (1_536, 4_096)),
        ((256, 4_096), 100_000, (4_096, 4_096)),
        ((256, resource.RLIM_INFINITY), 900, (900, -1)),
    ],
)
def test_more_are_allowed_as_far_as_the_system_does(monkeypatch, before, asked, after):
    told = []
    monkeypatch.setattr("resource.getrlimit", lambda _: before)
    monkeypatch.setattr("resource.setrlimit", lambda _, limits: told.append(limits))
    open_files.allow(asked)
    assert told == [after]


@pytest.mark.parametrize("before", [(4_096, 4_096), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)])
def test_never_fewer_than_before(monkeypatch, before):
    monkeypatch.setattr("resource.getrlimit", lambda _: before)
    monkeypatch.setattr("resource.setrlimit", None)
    open_files.allow(1_000)
