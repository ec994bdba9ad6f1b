"""What does a bureau lose when the power is cut, or the disk fails? -> power.json

Cuts: a server at work is recorded (strace), and for moments of its life folders are made as a disk may be left then: without
anything that was not synced, or with some of it. Each is served, and held against what the clerks had been told by then.

Failures: the n-th fsync, fdatasync, write or rename of each thread fails, once or from then on, counted from the clerks' first
request or from the server's start. Then it is killed, started on a sound disk, and held against the clerks.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biomatch.bench.frame import Run
from biomatch.bench.report.cells import MISSING, Results, head, row
from biomatch.bench.service import disk, served
from biomatch.bench.service.clerks import Clerk, Moment, work_together
from biomatch.bench.service.served import Server
from biomatch.errors import PeerMissing, Unavailable
from biomatch.evaluation import machine
from biomatch.observe import NO_PROGRESS, Progress

NAME = "power"
CLERKS = 3
RECORDED_S = 12.0  # of load
FAILING_S = 8.0
CALLS = (("pwrite64", "ENOSPC"), ("write", "ENOSPC"), ("fsync", "EIO"), ("fdatasync", "EIO"), ("rename", "EIO"))
AT_WORK, AT_START = "at work", "at the start"
FAILING = tuple(
    (call, error, when, moment)
    for when, moment in (
        ("1", AT_WORK), ("3+", AT_WORK), ("2", AT_WORK), ("1", AT_START), ("5", AT_WORK), ("8", AT_WORK), ("13+", AT_WORK),
        ("3", AT_START), ("13", AT_WORK), ("21", AT_WORK),
    )
    for call, error in CALLS
    if (call, moment) != ("write", AT_START)  # there the first writes are to pipes, of each process that it starts
)  # fmt: skip
Kind = tuple[str, str, str, str]  # call, error, which of a thread's calls, and from when they are counted
_STRACE = ("strace", "-f", "-o", "/dev/null", "-e")
WAYS = ("nothing that was not synced", "some of what was not synced")


@dataclass
class _Found:
    """lost: where the service said otherwise, in words, by the folder that it was found in."""

    folders: int = 0
    unsynced: list[int] = field(default_factory=list)
    checked: int = 0
    violations: list[str] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    not_started: int = 0


def measure(
    place: Path, cuts: int = 20, failures: int = len(FAILING), *, seed: int = 1, progress: Progress = NO_PROGRESS
) -> Run:
    """Measures what is lost. cuts: moments, with two folders each. Raises PeerMissing where there is no strace, Unavailable."""
    if shutil.which("strace") is None:
        raise PeerMissing("strace")
    run = Run(NAME, threads=os.cpu_count() or 1, seed=seed, cuts=cuts, failures=failures, clerks=CLERKS)
    base = place / "base"
    served.command("init", "--gallery", str(base))
    token = served.new_token(base)
    _compile(place, base, token)
    progress.start("Cutting the power", cuts)
    run.note("cuts", _cuts(place, base, token, cuts, random.Random(seed), progress))
    progress.start("Failing", failures)
    run.note("failures", _failures(place, base, token, FAILING[:failures], progress))
    progress.done()
    return run


def _compile(place: Path, base: Path, token: str) -> None:
    """Starts a server once as anybody does: under strace, kernels that are not compiled yet take longer than a start may."""
    tried = place / "tried"
    shutil.copytree(base, tried)
    with served.serving(tried, token, **served.ONE_WORKER):
        pass
    shutil.rmtree(tried)


def _cuts(place: Path, base: Path, token: str, cuts: int, rng: random.Random, progress: Progress) -> dict[str, Any]:
    clerks, log = _recorded(place, base, token)
    moments = _moments(clerks, cuts, rng)
    state = disk.Disk(base, str(place / "worked"))
    found = {way: _Found() for way in WAYS}
    for call in disk.calls(log):
        while moments and call.ended > moments[0]:
            _cut_now(place, token, state, clerks, moments.pop(0), found, rng)
            progress.advance()
        state.take(call)
    return {
        "seconds": RECORDED_S,
        "acknowledged_writes": sum(clerk.ledger.writes for clerk in clerks),
        "syncs": state.syncs,
        **{way: _told(one) for way, one in found.items()},
    }


def _recorded(place: Path, base: Path, token: str) -> tuple[list[Clerk], Path]:
    """Returns clerks with a journal, and strace's log of the server that they had."""
    worked, log = place / "worked", place / "strace.log"
    shutil.copytree(base, worked)
    clerks = [Clerk(number, 1, journal=True) for number in range(1, CLERKS + 1)]
    server = served.launch(worked, token, under=("strace", *disk.OPTIONS, "-o", str(log)), **served.ONE_WORKER)
    server.wait_until_ready()
    _work(clerks, server, RECORDED_S)
    _kill(server)
    return clerks, log


def _moments(clerks: Sequence[Clerk], cuts: int, rng: random.Random) -> list[float]:
    """Draws moments: half of them as soon as something was acknowledged, the others at any time."""
    told = [moment.at for clerk in clerks for moment in clerk.journal or () if moment.pending is None]
    some = rng.sample(told, min(len(told), cuts // 2))
    return sorted([*some, *(rng.uniform(min(told), max(told)) for _ in range(cuts - len(some)))])


def _cut_now(
    place: Path, token: str, state: disk.Disk, clerks: Sequence[Clerk], at: float, found: dict[str, _Found], rng: random.Random
) -> None:
    for way, one in found.items():
        left = place / "left"
        shutil.rmtree(left, ignore_errors=True)
        one.unsynced.append(state.cut(left, rng if way == WAYS[1] else None))
        knowing = [Clerk.at(number, moment) for number, clerk in enumerate(clerks, 1) if (moment := _known(clerk, at))]
        _hold(left, token, knowing, one)


def _known(clerk: Clerk, at: float) -> Moment | None:
    """Returns what the clerk knew then; None: nothing yet."""
    return next((moment for moment in reversed(clerk.journal or ()) if moment.at <= at), None)


def _failures(place: Path, base: Path, token: str, kinds: Sequence[Kind], progress: Progress) -> dict[str, Any]:
    found: dict[str, _Found] = {}
    for call, error, when, moment in kinds:
        one = found.setdefault(f"{call} fails with {error} {moment}", _Found())
        folder = place / "failing"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder)
        clerks = [Clerk(number, 1) for number in range(1, CLERKS + 1)]
        failing = (*_STRACE, f"trace={call}", "-e", f"inject={call}:error={error}:when={when}")
        if not _work_on_a_failing_disk(folder, token, clerks, failing, moment):
            one.not_started += 1
        _hold(folder, token, clerks, one)
        for clerk in clerks:
            for name, count in clerk.ledger.refused.items():
                one.refused[name] = one.refused.get(name, 0) + count
        progress.advance()
    return {name: _told(one) | {"refused": one.refused, "not started": one.not_started} for name, one in found.items()}


def _work_on_a_failing_disk(folder: Path, token: str, clerks: list[Clerk], failing: Sequence[str], moment: str) -> bool:
    """Lets clerks work on a failing disk. False: the opening met the failure, and the server did not start. Raises Unavailable
    where it does without one."""
    server = served.launch(folder, token, under=failing if moment == AT_START else (), **served.ONE_WORKER)
    try:
        server.wait_until_ready()
    except Unavailable:
        if moment == AT_WORK:
            raise
        return False
    if moment == AT_START:
        _work(clerks, server, FAILING_S)
        _kill(server)
        return True
    with _attached(server, failing):
        _work(clerks, server, FAILING_S)
        server.hang_up()
        server.process.kill()
        server.process.wait()
    return True


@contextmanager
def _attached(server: Server, failing: Sequence[str]) -> Iterator[None]:
    """Attaches to every thread that the server has, or will have; each counts its calls from here on. Raises Unavailable."""
    words = [*failing, "-p", str(server.process.pid)]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        told = strace.stderr.readline()
        if "attached" not in told:
            server.process.kill()
            server.process.wait()
            raise Unavailable(f"{told.strip() or 'strace ended'}; be root, or let it attach (kernel.yama.ptrace_scope = 0)")
        threading.Thread(target=strace.stderr.read, daemon=True).start()  # it tells of each new thread, and must not wait
        yield
        strace.terminate()


def _hold(folder: Path, token: str, clerks: Sequence[Clerk], found: _Found) -> None:
    """Serves what was left, and holds it against what the clerks know; then one of them enrols again."""
    found.folders += 1
    try:
        with served.serving(folder, token, **served.ONE_WORKER) as server:
            for clerk in clerks:
                clerk.resolve(server)
                found.checked += clerk.check(server, sample=None, searched=2)
            newcomer = Clerk(9, found.folders)
            newcomer.enrol_one(server)
            found.violations += [words for clerk in (*clerks, newcomer) for words in clerk.ledger.violations]
            if not newcomer.ledger.there:
                found.violations.append(f"an enrolment afterwards is refused: {sorted(newcomer.ledger.refused)}")
            found.violations += served.contradictions(folder, [note for clerk in clerks for note in clerk.ledger.checkpoints])
    except Unavailable as error:
        found.violations.append(str(error))
        return
    check = json.loads(served.command("check", "--gallery", str(folder), "--json", fine=(0, 1)).stdout)
    found.violations += [f"check: {words}" for words in check["findings"]]


def _work(clerks: list[Clerk], server: Server, seconds: float) -> None:
    end = time.perf_counter() + seconds
    for _ in work_together(clerks, server, lambda: time.perf_counter() > end):
        time.sleep(0.02)


def _kill(server: Server) -> None:
    """Kills the server that strace runs, and with it strace."""
    server.hang_up()
    for task in machine.children(server.process.pid):
        os.kill(task, 9)
    server.process.wait()


def _told(found: _Found) -> dict[str, Any]:
    unsynced = {"fewest": min(found.unsynced), "most": max(found.unsynced)} if found.unsynced else None
    return {
        "folders": found.folders,
        "unsynced_changes": unsynced,
        "held_against_the_ledger": found.checked,
        "violations": found.violations,
    }


def _kinds(figures: dict[str, Any]) -> dict[str, Any]:
    """Returns what was told of each kind of cut and of failure."""
    return {f"kept {way}": figures["cuts"][way] for way in WAYS} | figures["failures"]


def findings(figures: dict[str, Any]) -> list[str]:
    """Lists in words what contradicts what was acknowledged."""
    return [f"{kind}: {words}" for kind, one in _kinds(figures).items() for words in one["violations"]]


def table(results: Results) -> Iterator[str]:
    document = results.get(NAME)
    if document is None:
        yield MISSING
        return
    found = document["figures"]
    yield from head(
        "what the disk did", "folders", "persons held against the ledger", "**contradictions**", "refused meanwhile"
    )
    for name, one in _kinds(found).items():
        refused = ", ".join(f"{count:,} of {code}" for code, count in one.get("refused", {}).items()) or "-"
        if one.get("not started"):
            refused += f"; {one['not started']} did not start"
        counts = (f"{one['folders']:,}", f"{one['held_against_the_ledger']:,}", f"**{len(one['violations']):,}**")
        yield row(name, *counts, refused)
