"""Clients that write to a bureau, each keeping a ledger of what was acknowledged, through any number of its deaths.

A clerk changes persons of their own, one request at a time, each under an idempotency key. A request whose answer never came is
pending: the service must be as before it or as after it, and, sent again under its key, it must be done, and once.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from biomatch.bench.service.served import Server
from biomatch.synthesis import synthesise_templates

ENCOUNTER = "e"
ACTS = {"enrol": 4, "update": 1, "move": 1, "delete": 2, "search": 1, "checkpoint": 1}  # shares
WRITES = ("enrol", "update", "move", "delete")
MOST = 40  # persons of one clerk's at a time
PAUSES = (0.05, 0.2, 0.5)  # s after each try that the service could not do; then the request is left open

State = tuple[str, ...] | None
"""Ids of a person's prints; None: there is no such person."""


@dataclass
class Person:
    """finger: the number of the template that is enrolled; state: what the service must say."""

    name: str
    finger: int
    state: State = None


@dataclass(frozen=True)
class Request:
    """A write, and what is true when it is done. after: persons that it concerns, and their fingers; None: not there."""

    act: str
    method: str
    path: str
    body: bytes | None
    key: str
    after: dict[str, int | None]


@dataclass
class Ledger:
    """there, gone: persons by name, as acknowledged. violations: where the service said otherwise, in words."""

    there: dict[str, Person] = field(default_factory=dict)
    gone: dict[str, Person] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    resolved: dict[str, int] = field(default_factory=dict)  # pending requests: done before, or not
    refused: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)

    @property
    def writes(self) -> int:
        """The number of writes that were acknowledged."""
        return sum(self.acknowledged.get(act, 0) for act in WRITES)


@dataclass(frozen=True)
class Moment:
    """The knowledge of a clerk at a time (s since 1970)."""

    at: float
    there: dict[str, Person]
    gone: dict[str, Person]
    pending: Request | None
    checkpoints: tuple[str, ...]


class Clerk:
    """One client with persons of their own. journal: every moment at which the clerk learned something, where one is kept."""

    def __init__(self, number: int, seed: int, *, journal: bool = False):
        self.ledger = Ledger()
        self.journal: list[Moment] | None = [] if journal else None
        self._number, self._rng, self._made, self._keys = number, random.Random(f"{seed} {number}"), 0, 0
        self._pending: Request | None = None
        self._touched: set[str] = set()

    @classmethod
    def at(cls, number: int, moment: Moment) -> Clerk:
        """Makes a clerk who knows what another did then."""
        clerk = cls(number, 0)
        clerk.ledger.there, clerk.ledger.gone = dict(moment.there), dict(moment.gone)
        clerk.ledger.checkpoints = list(moment.checkpoints)
        clerk._pending = moment.pending
        return clerk

    def work(self, server: Server, stop: Callable[[], bool]) -> None:
        """Sends requests until it shall stop, or a request is pending: what became of that is seen after the next start."""
        while self._pending is None and not stop():
            try:
                self._act(server)
            except (OSError, http.client.HTTPException):
                break
        server.hang_up()

    def _act(self, server: Server) -> None:
        ledger, rng = self.ledger, self._rng
        (act,) = rng.choices(list(ACTS), list(ACTS.values()))
        if act == "enrol" and len(ledger.there) >= MOST:
            act = "delete"
        if act in ("update", "move", "delete", "search") and not ledger.there:
            act = "enrol"
        if act == "checkpoint":
            status, note = server.ask("GET", "/v1/audit/checkpoint")
            if status == 200:
                ledger.checkpoints.append(note.decode())
            self._count(act, status)
        elif act == "search":
            self._search(server, rng.choice(list(ledger.there.values())))
        else:
            self._pending = self._request(act)
            self._send(server)

    def enrol_one(self, server: Server) -> None:
        self._pending = self._request("enrol")
        self._send(server)

    def _request(self, act: str) -> Request:
        self._keys += 1
        key = f"clerk {self._number} request {self._keys}"
        if act == "enrol":
            name, finger = self._new()
            return Request(act, "POST", f"{_of(name)}/encounters/{ENCOUNTER}", _template(finger), key, {name: finger})
        known = self._rng.choice(list(self.ledger.there.values()))
        if act == "delete":
            return Request(act, "DELETE", _of(known.name), None, key, {known.name: None})
        name, finger = self._new()
        if act == "update":
            path = f"{_of(known.name)}/encounters/{ENCOUNTER}"
            return Request(act, "PUT", path, _template(finger), key, {known.name: finger})
        path = f"{_of(name)}/move/{quote(known.name)}/encounters/{ENCOUNTER}"
        return Request(act, "POST", path, None, key, {name: known.finger, known.name: None})

    def _new(self) -> tuple[str, int]:
        self._made += 1
        return f"{self._number}-{self._made}", 100_000 * self._number + self._made

    def _send(self, server: Server) -> str | None:
        """Sends what is pending. None: it is done; else how it was refused."""
        request = self._pending
        assert request is not None
        headers = {"Idempotency-Key": request.key} | ({"Content-Type": "application/octet-stream"} if request.body else {})
        self._touched |= set(request.after)
        self._note()
        for pause in PAUSES:
            status, body = server.ask(request.method, request.path, request.body, **headers)
            self._count(request.act, status, body)
            if status < 500:
                self._pending = None
                break
            time.sleep(pause)
        refusal = None if 200 <= status < 300 else _refusal(status, body)
        if refusal is None:
            self._take(request, body)
        if self._pending is None:
            self._note()
        return refusal

    def _note(self) -> None:
        if self.journal is not None:
            own = self.ledger
            self.journal.append(Moment(time.time(), dict(own.there), dict(own.gone), self._pending, tuple(own.checkpoints)))

    def _take(self, request: Request, body: bytes) -> None:
        ledger = self.ledger
        prints: State = ()
        if request.act in ("enrol", "update"):
            prints = tuple(sorted(one["printId"] for one in json.loads(body)["biometricData"]))
        else:
            prints = next((ledger.there[name].state for name in request.after if name in ledger.there), ())
        for name, finger in request.after.items():
            known = ledger.there.pop(name, None)
            if finger is None:
                ledger.gone[name] = Person(name, known.finger if known else 0)
            else:
                ledger.there[name] = Person(name, finger, prints)

    def _count(self, act: str, status: int, body: bytes = b"{}") -> None:
        good = 200 <= status < 300
        counts = self.ledger.acknowledged if good else self.ledger.refused
        name = act if good else _refusal(status, body)
        counts[name] = counts.get(name, 0) + 1

    # after a death

    def resolve(self, server: Server) -> None:
        """Finds out whether what is pending is as before or as after; sent again, it is done, once."""
        request = self._pending
        if request is None:
            return
        before = {name: self.ledger.there[name].state if name in self.ledger.there else None for name in request.after}
        seen = {name: _state(server, name) for name in request.after}
        was_done = seen != before
        if was_done and not _is_after(request, before, seen):
            self._violation(f"{request.act} under way: {_shown(before)} became {_shown(seen)}")
        if refusal := self._send(server):
            self._violation(f"{request.act} sent again is refused: {refusal}")
        if self._pending is not None:
            return
        now = {name: _state(server, name) for name in request.after}
        if was_done and now != seen:
            self._violation(f"{request.act} sent again: {_shown(seen)} became {_shown(now)}")
        if now != {name: self.ledger.there[name].state if name in self.ledger.there else None for name in request.after}:
            self._violation(f"{request.act} sent again was answered, but it is {_shown(now)}")
        how = f"{request.act}: {'done' if was_done else 'not done'}"
        self.ledger.resolved[how] = self.ledger.resolved.get(how, 0) + 1

    def check(self, server: Server, *, sample: int | None, searched: int) -> int:
        """Holds the service against the ledger: whoever was touched since the last time, and so many others. How many.

        sample  None: all
        """
        ledger, rng = self.ledger, self._rng
        others = [name for name in (*ledger.there, *ledger.gone) if name not in self._touched]
        names = [*self._touched, *(others if sample is None else rng.sample(others, min(sample, len(others))))]
        for name in names:
            wanted = ledger.there[name].state if name in ledger.there else None
            if (found := _state(server, name)) != wanted:
                self._violation(f"{name} must be {wanted or 'gone'}, and is {found or 'gone'}")
        self._touched = set()
        for known in rng.sample(list(ledger.there.values()), min(searched, len(ledger.there))):
            self._search(server, known)
        for known in rng.sample(list(ledger.gone.values()), min(searched, len(ledger.gone))):
            found_by = _candidates(server, known.finger)
            if found_by is not None and known.name in found_by:
                self._violation(f"{known.name} was deleted, and a search brings them")
        return len(names)

    def _search(self, server: Server, known: Person) -> None:
        found = _candidates(server, known.finger)
        self._count("search", 200 if found is not None else 503)
        if found is not None and found[:1] != [known.name]:
            self._violation(f"a search with the finger of {known.name} brings {found[:1]} first")

    def _violation(self, words: str) -> None:
        self.ledger.violations.append(words)


def work_together(clerks: list[Clerk], server: Server, stop: Callable[[], bool]) -> Iterator[None]:
    """Lets all clerks work in threads; the caller's turn in between. Ends when all have ended."""
    lines = [Server(server.process, server.port, server.token) for _ in clerks]
    threads = [threading.Thread(target=clerk.work, args=(line, stop)) for clerk, line in zip(clerks, lines, strict=True)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        yield
    for thread in threads:
        thread.join()


def _template(finger: int) -> bytes:
    """Makes the template of a finger: the same number, the same finger."""
    return synthesise_templates(1, seed=11, first=finger)[0].to_bytes()


def _of(name: str) -> str:
    return f"/v1/persons/{quote(name)}"


def _state(server: Server, name: str) -> State:
    status, body = server.ask("GET", f"{_of(name)}/encounters")
    if status == 404:
        return None
    encounters: list[dict[str, Any]] = json.loads(body)
    return tuple(sorted(one["printId"] for each in encounters for one in each["biometricData"]))


def _candidates(server: Server, finger: int) -> list[str] | None:
    kind = {"Content-Type": "application/octet-stream"}
    status, body = server.ask("POST", "/v1/identify/ALL?purpose=benchmark&legalBasis=none", _template(finger), **kind)
    return [one["personId"] for one in json.loads(body)["candidates"]] if status == 200 else None


def _refusal(status: int, body: bytes) -> str:
    return f"{status} {json.loads(body).get('code', '-')}"


def _is_after(request: Request, before: dict[str, State], seen: dict[str, State]) -> bool:
    if request.act == "move":
        (moved,) = (state for state in before.values() if state is not None)
        return all(seen[name] == (None if finger is None else moved) for name, finger in request.after.items())
    for name, finger in request.after.items():
        state = seen[name]
        if (finger is None) != (state is None) or (state is not None and (len(state) != 1 or state == before[name])):
            return False
    return True


def _shown(states: dict[str, State]) -> str:
    return ", ".join(f"{name}: {state or 'gone'}" for name, state in states.items())
