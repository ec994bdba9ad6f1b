"""Load for a bureau over HTTP, made by locust. `biomatch bench service` and `biomatch bench soak` run it; by hand:

    pip install 'biomatch[bench]'
    export BIOMATCH_TOKEN=biomatch_...
    locust -f benchmarks/load.py --host http://127.0.0.1:8000 --prints DIR --mix identify-image=8,enrol=2 -u 4 -t 60s

--prints holds *.png (images) and *.bmt (templates) to search with, and enrol/*.png to enrol. --headless shows no page of
locust's; --log keeps a row of each request, and --ledger what the service acknowledged: who must be there, who must be gone,
and of whom nothing is known since no answer came. 429 is no error: whoever gets one waits as long as it says.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import random
import time
from collections import deque
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, events, task
from locust.exception import StopUser

WHY = {"purpose": "load test", "legalBasis": "none"}
ENCOUNTER = "load"
ACTS = ("enrol", "identify-image", "identify-template", "update", "delete")


@events.init_command_line_parser.add_listener
def _options(parser: Any) -> None:
    parser.add_argument("--prints", metavar="DIR", required=True, help="*.png and *.bmt to search with, enrol/*.png to enrol")
    parser.add_argument("--mix", default="identify-image=1", help=f"of {', '.join(ACTS)}: NAME=SHARE,...")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds from one request of a user to the next, at least")
    parser.add_argument("--bound", type=int, default=1_000_000, help="persons of ours in the gallery at a time, at most")
    parser.add_argument("--prefix", default="load", help="of the names of persons")
    parser.add_argument("--log", metavar="CSV", help="a row of each request: at, act, ms, status, ms of the engine")
    parser.add_argument("--ledger", metavar="JSON", help="who must be there at the end, and who gone")


class Desk:
    """What all users share."""

    def __init__(self, options: Any):
        folder = Path(options.prints)
        read = {kind: [path.read_bytes() for path in sorted(folder.glob(kind))] for kind in ("*.png", "*.bmt", "enrol/*.png")}
        self.images, self.templates, self.new = read["*.png"], read["*.bmt"], read["enrol/*.png"]
        mix = dict(part.split("=") for part in options.mix.split(","))
        self.acts, self.shares = list(mix), [float(share) for share in mix.values()]
        self.pace, self.bound, self.prefix = options.pace, options.bound, options.prefix
        self.closing = False
        self.numbers = itertools.count()
        self.there: dict[str, int] = {}  # persons, and the image that each was enrolled with
        self.gone: list[str] = []
        self.unsure: set[str] = set()  # of whom an act is under way, or its answer never came
        self.rows: list[tuple[float, str, float, int, float]] = []


class Clerk(FastHttpUser):
    """Does one act after the other; changes only persons whom it has enrolled itself."""

    network_timeout = connection_timeout = 120.0

    def on_start(self) -> None:
        self.desk: Desk = self.environment.desk
        self.mine: deque[str] = deque()
        self.token = {"Authorization": f"Bearer {os.environ['BIOMATCH_TOKEN']}"} if "BIOMATCH_TOKEN" in os.environ else {}

    def wait_time(self) -> float:
        return self.desk.pace

    @task
    def act(self) -> None:
        if self.desk.closing:  # whom the end finds waiting locust kills, and may wake first: a request would be cut off
            raise StopUser
        (act,) = random.choices(self.desk.acts, self.desk.shares)
        if act == "enrol" and len(self.desk.there) >= self.desk.bound:
            act = "delete"
        if act in ("update", "delete") and not self.mine:
            act = "enrol"
        getattr(self, act.replace("-", "_"))(act)

    def enrol(self, act: str) -> None:
        person, image = f"{self.desk.prefix} {next(self.desk.numbers)}", random.randrange(len(self.desk.new))
        if self._send(act, "POST", f"{_of(person)}/encounters/{ENCOUNTER}", self.desk.new[image], person) == 200:
            self.desk.there[person] = image
            self.mine.append(person)

    def update(self, act: str) -> None:
        person, image = self.mine.popleft(), random.randrange(len(self.desk.new))
        status = self._send(act, "PUT", f"{_of(person)}/encounters/{ENCOUNTER}", self.desk.new[image], person)
        if status:
            self.mine.append(person)
            self.desk.there[person] = image if status == 200 else self.desk.there[person]

    def delete(self, act: str) -> None:
        person = self.mine.popleft()
        status = self._send(act, "DELETE", _of(person), None, person)
        if status == 204:
            self.desk.there.pop(person)
            self.desk.gone.append(person)
        elif status:
            self.mine.append(person)

    def identify_image(self, act: str) -> None:
        self._send(act, "POST", "/v1/identify/ALL", random.choice(self.desk.images))

    def identify_template(self, act: str) -> None:
        self._send(act, "POST", "/v1/identify/ALL", random.choice(self.desk.templates))

    def _send(self, act: str, method: str, path: str, data: bytes | None, person: str = "") -> int:
        """The answer's status; 0: none came, and of the person nothing is known any more."""
        kind = {} if data is None else {"Content-Type": "image/png" if data[:4] == b"\x89PNG" else "application/octet-stream"}
        why = WHY if act.startswith("identify") else None
        if person:
            self.desk.unsure.add(person)
        at, began = time.time(), time.perf_counter()
        with self.client.request(
            method, path, name=act, params=why, data=data, headers=self.token | kind, catch_response=True
        ) as answer:
            ms, status = 1e3 * (time.perf_counter() - began), answer.status_code
            if status == 429:
                answer.success()
            engine = 1e3 * sum(answer.json()["seconds"].values()) if why and status == 200 else 0.0
        self.desk.rows.append((at, act, ms, status, engine))
        if status:
            self.desk.unsure.discard(person)
        if status == 429:
            gevent.sleep(float(answer.headers.get("Retry-After", 1)))
        return status


def _of(person: str) -> str:
    return f"/v1/persons/{person.replace(' ', '%20')}"


@events.test_start.add_listener
def _begin(environment: Any, **_: Any) -> None:
    environment.desk = Desk(environment.parsed_options)


@events.test_stopping.add_listener
def _close(environment: Any, **_: Any) -> None:
    environment.desk.closing = True


@events.test_stop.add_listener
def _end(environment: Any, **_: Any) -> None:
    desk, options = environment.desk, environment.parsed_options
    if options.log:
        with open(options.log, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows((f"{at:.4f}", act, f"{ms:.3f}", *rest) for at, act, ms, *rest in desk.rows)
    if options.ledger:
        there = {person: image for person, image in desk.there.items() if person not in desk.unsure}
        ledger = {"there": there, "gone": desk.gone, "unsure": sorted(desk.unsure)}
        Path(options.ledger).write_text(json.dumps(ledger), encoding="utf-8")
