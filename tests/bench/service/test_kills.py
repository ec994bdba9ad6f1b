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
from biomatch.bench.service import clerks, kills
from biomatch.bench.service.clerks import Clerk, Person, Request
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


class FakeService:
    """Says of each person what it is told to. refusal: of every write."""

    def __init__(self, refusal=None, **persons):
        self.refusal, self.persons = refusal, persons

    def hang_up(self):
        pass

    def ask(self, method, path, body=None, **headers):
        if path.startswith("/v1/identify"):
            return 200, json.dumps({"candidates": [{"personId": name} for name in self.persons]}).encode()
        if method != "GET" and self.refusal:
            return self.refusal, b'{"code": "no"}'
        if method != "GET":
            return 200, json.dumps({"biometricData": [{"printId": "new"}]}).encode()
        name = path.split("/")[3]
        if name not in self.persons:
            return 404, b"{}"
        prints = [{"printId": one} for one in self.persons[name]]
        return 200, json.dumps([{"biometricData": prints}]).encode()


def clerk_who_knows(**there):
    clerk = Clerk(1, 1)
    clerk.ledger.there |= {name: Person(name, 7, prints) for name, prints in there.items()}
    return clerk


def test_a_clerk_sees_who_is_lost_and_who_came_back():
    clerk = clerk_who_knows(anna=("a",), bert=("b",))
    clerk.ledger.gone["carl"] = Person("carl", 8)
    assert clerk.check(FakeService(anna=("a",), bert=("b",)), sample=None, searched=0) == 3
    assert clerk.ledger.violations == []
    clerk.check(FakeService(anna=("other",), carl=("c",)), sample=None, searched=1)
    said = " ".join(clerk.ledger.violations)
    assert "anna must be ('a',), and is ('other',)" in said
    assert "bert must be ('b',), and is gone" in said
    assert "carl must be gone, and is ('c',)" in said
    assert "carl was deleted, and a search brings them" in said


def test_a_write_without_an_answer_is_done_once_or_not_at_all():
    enrol = Request("enrol", "POST", "/v1/persons/dora/encounters/e", b"x", "key", {"dora": 9})
    clerk = clerk_who_knows()
    clerk._pending = enrol
    service = FakeService(dora=("new",))
    clerk.resolve(service)
    assert clerk.ledger.resolved == {"enrol: done": 1}
    assert clerk.ledger.violations == []
    clerk = clerk_who_knows()
    clerk._pending = enrol
    clerk.resolve(FakeService(dora=("new", "twice")))
    assert len(clerk.ledger.violations) == 2


@pytest.mark.parametrize(("status", "resolved"), [(409, {"enrol: not done": 1}), (503, {})])
def test_a_write_without_an_answer_that_is_refused_when_it_is_sent_again_is_told_of(monkeypatch, status, resolved):
    """Refused for good it is not done; where the service could not do it, it stays pending."""
    monkeypatch.setattr(clerks, "PAUSES", (0, 0))
    clerk = clerk_who_knows()
    clerk._pending = Request("enrol", "POST", "/v1/persons/dora/encounters/e", b"x", "key", {"dora": 9})
    clerk.resolve(FakeService(refusal=status))
    assert clerk.ledger.violations == [f"enrol sent again is refused: {status} no"]
    assert clerk.ledger.resolved == resolved


def test_searches_and_checkpoints_are_no_writes():
    assert clerks.Ledger(acknowledged={"enrol": 2, "delete": 1, "search": 5, "checkpoint": 3}).writes == 3


def test_a_clerk_whose_last_request_is_pending_makes_no_other():
    clerk = clerk_who_knows(anna=("a",))
    clerk._pending = pending = Request("delete", "DELETE", "/v1/persons/anna", None, "key", {"anna": None})
    clerk.work(FakeService(anna=("a",)), lambda: False)
    assert clerk._pending is pending
