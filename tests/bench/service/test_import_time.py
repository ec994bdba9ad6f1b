"""New processes are timed, each command as often as was asked for."""

import subprocess

import pytest

from biomatch.bench.service import import_time


@pytest.fixture
def started(monkeypatch):
    monkeypatch.setattr(import_time, "COMMANDS", {"python -c pass": ["-c", "pass"], "fails": ["-c", "raise SystemExit(3)"]})
    return import_time.COMMANDS


def test_the_first_start_is_not_counted(started, monkeypatch):
    del started["fails"]
    taken = iter([9.0, 0.5, 0.25, 0.75])
    monkeypatch.setattr(import_time, "_start", lambda _: next(taken))
    figures = import_time.measure(repeats=3).document["figures"]
    assert (figures["python -c pass"]["p50"], figures["python -c pass"]["unit"]) == (0.5, "s")


def test_a_command_is_run_by_this_interpreter(started):
    del started["fails"]
    assert import_time.measure(repeats=1).document["figures"]["python -c pass"]["p50"] > 0


def test_a_command_that_fails_has_no_time(started):
    with pytest.raises(subprocess.CalledProcessError):
        import_time.measure(repeats=1)
