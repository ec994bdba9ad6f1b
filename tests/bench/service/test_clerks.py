"""Clerks know what was acknowledged to them, and hold a served gallery against it."""

import json

import pytest

from biomatch.bench.service import clerks
from biomatch.bench.service.clerks import Clerk, Person, Request


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
