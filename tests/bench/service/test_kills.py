"""A bureau is killed a few times; and clerks tell what a service has lost, doubled or brought back."""

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from biomatch.bench.frame import Run
from biomatch.bench.report import page
from biomatch.bench.service import kills
from biomatch.bench.service.clerks import Clerk
from biomatch.bench.service.served import Server
from biomatch.errors import Unavailable


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kills, "RANDOM_S", (0.2, 0.5))
        run = kills.measure(tmp_path_factory.mktemp("killed") / "bureau", 3, seed=2)
    return json.loads(json.dumps(run.document))


def test_nothing_that_was_acknowledged_is_lost(document):
    figures = document["figures"]
    assert sum(figures["kills"].values()) == 3
    assert figures["acknowledged"]["enrol"] > 0
    assert figures["held_against_the_ledger"] > 0
    assert (figures["violations"], figures["audit_findings"], figures["check"]["findings"]) == ([], [], [])


def test_the_kills_have_a_table(document):
    text = page.current("<!-- figures: kills -->\n<!-- end of figures -->", {"kills": document}, (), Path("r"))
    assert "|  | SQLite |" in text
    assert "| **where the service said otherwise** | **0** |" in text


PROGRAMS = {
    "lives": "import time; time.sleep(600)",
    "exits": "raise SystemExit(3)",
    "kills itself": "import os; os.kill(os.getpid(), 9)",
}


def server_that(does):
    process = subprocess.Popen([sys.executable, "-S", "-c", PROGRAMS[does]])
    if does != "lives":
        process.wait()
    return Server(process, 0)


@pytest.mark.parametrize(
    ("how", "does", "killed", "told"),
    [
        ("start", "lives", "while it started", None),
        ("start", "exits", None, "while it started, with code 3"),
        ("random", "lives", "at a random moment", None),
        ("random", "exits", None, "at work, with code 3"),
        ("random", "kills itself", None, "at work, with code -9"),
        ("point", "lives", "at a random moment", None),
        ("point", "exits", None, "before it passed extracted, with code 3"),
        ("point", "kills itself", "at extracted", None),
    ],
)
def test_a_server_that_ends_by_itself_was_not_killed(monkeypatch, how, does, killed, told):
    """One that was to kill itself at a point must have been killed."""
    monkeypatch.setattr(kills.served, "launch", lambda *_, **__: server_that(does))
    monkeypatch.setattr(Server, "wait_until_ready", lambda _: None)
    for name, value in (("SHARES", {how: 1}), ("POINTS", ("extracted",)), ("ENDING_S", 0.1)):
        monkeypatch.setattr(kills, name, value)
    counts = kills._Counts()
    kills._one_life(Path("bureau"), "token", [], counts, random.Random(1))
    assert counts.kills == ({killed: 1} if killed else {})
    assert counts.violations == ([f"the server ended by itself {told}"] if told else [])


def test_a_server_that_hangs_at_its_start_is_not_killed_at_a_point(monkeypatch):
    monkeypatch.setattr(kills.served, "launch", lambda *_, **__: server_that("lives"))
    for where, name, value in ((kills, "SHARES", {"point": 1}), (kills.served, "START_SECONDS", 0.0)):
        monkeypatch.setattr(where, name, value)
    counts = kills._Counts()
    with pytest.raises(Unavailable, match="did not start"):
        kills._one_life(Path("bureau"), "token", [], counts, random.Random(1))
    assert counts.kills == {}


def test_kills_that_let_no_server_start_have_no_time_of_a_start():
    run = Run(kills.NAME, threads=1, database="SQLite")
    kills._note(run, [Clerk(1, 1)], kills._Counts(kills={"while it started": 1}), {"findings": []})
    assert "start" not in run.figures
    text = page.current("<!-- figures: kills -->\n<!-- end of figures -->", {"kills": run.document}, (), Path("r"))
    assert "| kills while it started | 1 |" in text


def test_every_point_that_the_code_passes_is_killed_at(root):
    rooms = [path for room in ("bureau", "store") for path in (root / "biomatch" / room).rglob("*.py")]
    passed = {
        name
        for path in rooms
        for name in re.findall(r'(?:self\._|context\.)trace\(\s*"([\w-]+)"', path.read_text(encoding="utf-8"))
    }
    assert passed - OF_TASKS == set(kills.POINTS)


OF_TASKS = {"step-written"}  # tests/system/test_tasks.py kills at it
