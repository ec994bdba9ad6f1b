"""What does a bureau lose when it is killed under load, again and again? -> kills.json

Clerks enrol, update, move, delete and search over HTTP, several at a time, and keep a ledger of what was acknowledged. The
server is killed (SIGKILL) at random moments, at named points of an enrolment, a change or a removal, and while it starts. Each
time it starts anew it is held against the ledger; now and then, and at the end, also by `biomatch audit verify` against every
checkpoint that was handed out, and by `biomatch check`.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biomatch.bench.frame import Run
from biomatch.bench.report.cells import MISSING, Results, head, row, took
from biomatch.bench.service import served
from biomatch.bench.service.clerks import WRITES, Clerk, work_together
from biomatch.bench.service.served import Server
from biomatch.errors import NothingToDo, Unavailable
from biomatch.observe import NO_PROGRESS, Progress

NAME, ON_POSTGRESQL = "kills", "kills_postgresql"
DYING = served.SCRIPT.parent / "dying.py"
POINTS = (
    "extracted", "keys-synced", "originals-synced", "rows-written", "rows-committed", "searchable", "change-written",
    "change-committed", "tombstones-written", "tombstones-committed", "removed", "keys-destroyed",
)  # fmt: skip
CLERKS = 4
SHARES = {"point": 5, "random": 4, "start": 1}  # how the kills are spread
RANDOM_S = (0.2, 2.5)  # of load before a kill at a random moment
POINT_S = 15.0  # a named point that is not passed by then is given up: the kill is one at a random moment
PASSES = (1, 6)  # the n-th time at a named point
ENDING_S = 2.0  # for a server to end whose connections have ended
EVERY = 25  # kills, after which the whole tree is verified
SAMPLE, SEARCHED = 10, 1  # of each clerk's persons, beside those that were touched


@dataclass
class _Counts:
    kills: dict[str, int] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    checked: int = 0
    verified: int = 0
    violations: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def killed(self, how: str) -> None:
        self.kills[how] = self.kills.get(how, 0) + 1

    def ended(self, when: str, code: int) -> None:
        self.violations.append(f"the server ended by itself {when}, with code {code}")


def measure(
    folder: Path, kills: int = 200, *, database: str | None = None, seed: int = 1, progress: Progress = NO_PROGRESS
) -> Run:
    """Makes a bureau in the folder, which must not be there, and kills it. Raises NothingToDo, Unavailable."""
    if not DYING.exists():
        raise NothingToDo("the server that dies is benchmarks/dying.py, which a package has not; run this in a checkout")
    run = Run(
        NAME if database is None else ON_POSTGRESQL, threads=os.cpu_count() or 1, seed=seed, kills=kills, clerks=CLERKS,
        database="SQLite" if database is None else "PostgreSQL", encryption="AES-256-GCM",
    )  # fmt: skip
    served.command("init", "--gallery", str(folder), *(["--database", database] if database else []))
    token, rng = served.new_token(folder), random.Random(seed)
    clerks, counts = [Clerk(number, seed) for number in range(1, CLERKS + 1)], _Counts()
    progress.start("Killing", kills)
    for number in range(1, kills + 1):
        _one_life(folder, token, clerks, counts, rng)
        if number % EVERY == 0 or number == kills:
            with served.serving(folder, token) as server:
                _hold(server, clerks, counts, everybody=number == kills)
                _verify(folder, clerks, counts)
        progress.advance()
    check = json.loads(served.command("check", "--gallery", str(folder), "--json", fine=(0, 1)).stdout)
    progress.done()
    _note(run, clerks, counts, check)
    return run


def _one_life(folder: Path, token: str, clerks: list[Clerk], counts: _Counts, rng: random.Random) -> None:
    """Starts the server, checks it against the ledger, lets it work, and kills it."""
    (how,) = rng.choices(list(SHARES), list(SHARES.values()))
    point = rng.choice(POINTS)
    if how == "start":
        server = served.launch(folder, token, **served.ONE_WORKER)
        time.sleep(rng.uniform(0.3, max(0.5, counts.starts[-1] if counts.starts else 2.0)))
        if (code := _kill(server)) is None:
            counts.killed("while it started")
        else:
            counts.ended("while it started", code)
        return
    dies = {"BIOMATCH_DIE_AT": f"{point}:{rng.randint(*PASSES)}"} if how == "point" else {}
    began = time.perf_counter()
    server = served.launch(folder, token, program=(str(DYING),), **served.ONE_WORKER, **dies)
    try:
        server.wait_until_ready()
    except Unavailable:
        hung = time.perf_counter() - began > served.START_SECONDS  # killed, but not at its point
        if how != "point" or hung or server.process.returncode != -signal.SIGKILL:
            raise
        counts.killed(f"at {point}")  # what an earlier kill had left undone was done at the opening
        return
    counts.starts.append(server.started)
    end = time.perf_counter() + (POINT_S if how == "point" else rng.uniform(*RANDOM_S))
    with contextlib.suppress(OSError, http.client.HTTPException):  # it may die at its point here already
        _hold(server, clerks, counts)
    code = _work(clerks, server, end)
    if code is None:
        counts.killed("at a random moment")
    elif how == "point" and code == -signal.SIGKILL:
        counts.killed(f"at {point}")
    else:
        counts.ended(f"before it passed {point}" if how == "point" else "at work", code)


def _work(clerks: list[Clerk], server: Server, end: float) -> int | None:
    """Lets the clerks work until the server is dead. The code that it ended with by itself; None: it was killed at the end."""
    killed = False
    code: int | None = None
    for _ in work_together(clerks, server, lambda: False):
        time.sleep(0.01)
        if not killed and time.perf_counter() > end:
            killed, code = True, _kill(server)
    if killed:
        return code
    with contextlib.suppress(subprocess.TimeoutExpired):  # no clerk has work left, and it lives
        server.process.wait(ENDING_S)
    return _kill(server)


def _kill(server: Server) -> int | None:
    """Kills the server. Returns the code that it had ended with by itself; None: it is killed here."""
    server.hang_up()
    lived = server.process.poll() is None
    server.process.kill()
    code = server.process.wait()
    return None if lived and code == -signal.SIGKILL else code


def _hold(server: Server, clerks: list[Clerk], counts: _Counts, *, everybody: bool = False) -> None:
    """Checks the service against the ledgers. Raises OSError where the server dies meanwhile."""
    for clerk in clerks:
        clerk.resolve(server)
        counts.checked += clerk.check(server, sample=None if everybody else SAMPLE, searched=SEARCHED)


def _verify(folder: Path, clerks: list[Clerk], counts: _Counts) -> None:
    """Checks the audit tree against every checkpoint that was handed out."""
    notes = list(dict.fromkeys(note for clerk in clerks for note in clerk.ledger.checkpoints))
    counts.findings += served.contradictions(folder, notes)
    counts.verified = len(notes)


def _note(run: Run, clerks: list[Clerk], counts: _Counts, check: dict[str, Any]) -> None:
    ledgers = [clerk.ledger for clerk in clerks]
    run.note("kills", dict(sorted(counts.kills.items())))
    if counts.starts:
        run.record("start", counts.starts, unit="s", scale=1)
    for name in ("acknowledged", "resolved", "refused"):
        run.note(name, _added(getattr(ledger, name) for ledger in ledgers))
    run.note("persons", {name: sum(len(getattr(ledger, name)) for ledger in ledgers) for name in ("there", "gone")})
    run.note("held_against_the_ledger", counts.checked)
    run.note("checkpoints", counts.verified)
    run.note("violations", [*counts.violations, *(words for ledger in ledgers for words in ledger.violations)])
    run.note("audit_findings", counts.findings)
    run.note("check", check)


def findings(figures: dict[str, Any]) -> list[str]:
    """Lists in words what contradicts what was acknowledged."""
    return [*figures["violations"], *figures["audit_findings"], *(f"check: {one}" for one in figures["check"]["findings"])]


def _added(each: Iterable[dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for counts in each:
        for name, count in counts.items():
            found[name] = found.get(name, 0) + count
    return dict(sorted(found.items()))


def table(results: Results) -> Iterator[str]:
    known = [results[name] for name in (NAME, ON_POSTGRESQL) if name in results]
    if not known:
        yield MISSING
        return
    yield from head("", *(one["settings"]["database"] for one in known))
    for words, cell in _ROWS:
        yield row(words, *(cell(one["figures"]) for one in known))


def _kinds(found: dict[str, Any], *kinds: str) -> str:
    named = sum(count for how, count in found["kills"].items() if how.removeprefix("at ") in kinds)
    return f"{named:,}"


_ROWS: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("kills at named points", lambda found: _kinds(found, *POINTS)),
    ("kills at random moments", lambda found: _kinds(found, "a random moment")),
    ("kills while it started", lambda found: _kinds(found, "while it started")),
    ("acknowledged writes", lambda found: f"{sum(found['acknowledged'].get(act, 0) for act in WRITES):,}"),
    ("writes that a kill left without an answer", lambda found: f"{sum(found['resolved'].values()):,}"),
    ("of which were done", lambda found: f"{sum(n for how, n in found['resolved'].items() if how.endswith(': done')):,}"),
    ("persons held against the ledger after a start", lambda found: f"{found['held_against_the_ledger']:,}"),
    ("**where the service said otherwise**", lambda found: f"**{len(found['violations']):,}**"),
    ("checkpoints that the audit tree was held against", lambda found: f"{found['checkpoints']:,}"),
    ("**what contradicted them**", lambda found: f"**{len(found['audit_findings']):,}**"),
    ("**what `check` found at the end**", lambda found: f"**{len(found['check']['findings']):,}**"),
    ("start to ready, s, p50 (p95)", lambda found: took(found.get("start"))),
)
