"""Are others answered while a service is attacked? -> attack.json

A bureau is served on this machine. A client searches, reads and asks for its health, at an even pace: first alone, then during
each attack. Attackers come from other addresses of the loopback network, in a process of their own, and end by themselves.
Nothing leaves the machine.
"""

from __future__ import annotations

import base64
import http.client
import json
import multiprocessing
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from biomatch import open_files
from biomatch.bench.frame import Run, rounded
from biomatch.bench.report.cells import MISSING, Results, head, row
from biomatch.bench.service import served
from biomatch.evaluation import machine
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.template import MOST_READ, Minutiae, Template

NAME = "attack"
PURPOSE = "?purpose=benchmark&legalBasis=none"

PACE_S = 0.1  # from one request of the client to its next
MEMORY_MB, HEALTH_S, SLOWER = 1_000, 1.0, 3.0
"""What must hold: memory of the server's process, the slowest /healthz, p95 of other requests over their usual one."""

SILENT = 1_000  # connections
SLOW = 300  # bodies that do not come
STEADY = 4  # attackers who send one request after the other
PROBES = 10  # of one search
PAUSE_S = 0.05  # between their requests


@dataclass(frozen=True)
class Attack:
    """words: for tables; by: what one attacker does until the time is over; attackers: how many do so at a time."""

    words: str
    by: Callable[[Attacker], None]
    attackers: int = STEADY


@dataclass
class Attacker:
    """One who attacks: from which address, until when, and what became of it. statuses: 0 is no answer."""

    port: int
    token: str
    source: str
    until: float
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self.until

    def send_again_and_again(self, method: str, path: str, body: bytes, kind: str, *, token: bool = True) -> None:
        """Sends one request after the other."""
        headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {self.token}"} if token else {})
        while self.goes_on:
            with self._line() as line:
                try:
                    line.request(method, path, body, headers)
                    self.statuses[line.getresponse().status] += 1
                except (OSError, http.client.HTTPException):
                    self.statuses[0] += 1
            time.sleep(PAUSE_S)

    def keep_open(self, first: bytes, count: int, *, drip: bytes = b"") -> None:
        """Keeps connections open that send some bytes, then `drip` again and again, or nothing; at most `count` anew each
        second."""
        with ExitStack() as stack:
            lines: list[socket.socket] = []
            while self.goes_on:
                lines = [line for line in lines if self._is_open(line, drip)]
                for _ in range(min(count - len(lines), count // 10)):
                    try:
                        line = stack.enter_context(self._connected())
                        line.sendall(first)
                    except OSError:
                        self.statuses[0] += 1
                        break
                    lines.append(line)
                time.sleep(0.1)

    def _is_open(self, line: socket.socket, drip: bytes) -> bool:
        """Tells whether the server neither answered nor closed a connection."""
        try:
            line.setblocking(False)
            if answer := line.recv(1_000):
                self.statuses[int(answer.split(b" ", 2)[1])] += 1
        except BlockingIOError:
            with suppress(OSError):
                line.send(drip)
                return True
        except OSError:
            pass
        line.close()
        return False

    @contextmanager
    def _line(self) -> Iterator[http.client.HTTPConnection]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(self.source, 0))
        try:
            yield line
        finally:
            line.close()

    def _connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5, source_address=(self.source, 0))


def _lists(attacker: Attacker) -> None:
    body = b'{"biometricData":[' + b"{}," * 2_000_000 + b"{}]}"
    attacker.send_again_and_again("POST", "/v1/quality", body, "application/json")


def _bodies(attacker: Attacker) -> None:
    body = b'["' + b"x" * (60 << 20) + b'"]'
    attacker.send_again_and_again("PUT", "/v1/persons/a/encounters/b/galleries", body, "application/json", token=False)


def _large_bodies(attacker: Attacker) -> None:
    body = b'{"biometricData":[{"image":"' + b"A" * (60 << 20) + b'"}]}'
    attacker.send_again_and_again("POST", "/v1/quality", body, "application/json")


def _slow_bodies_of_nobody(attacker: Attacker) -> None:
    attacker.keep_open(_head("/v1/quality", 1_000_000, ""), SLOW, drip=b"x")


def _slow_bodies(attacker: Attacker) -> None:
    attacker.keep_open(_head("/v1/quality", 1_000_000, attacker.token), SLOW, drip=b"x")


def _silence(attacker: Attacker) -> None:
    attacker.keep_open(b"", SILENT)


def _heads(attacker: Attacker) -> None:
    attacker.keep_open(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", SILENT, drip=b"x")


def _separators(attacker: Attacker) -> None:
    body = b"1.001:8000000\x1d1.002:0502\x1d1.003:" + b"\x1e\x1f" * 4_000_000 + b"\x1c"
    attacker.send_again_and_again("POST", "/v1/transactions" + PURPOSE, body, "application/octet-stream")


def _minutiae(attacker: Attacker) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 4_000, (2, MOST_READ))
    many = Minutiae.of(x, y, rng.uniform(0, 6, MOST_READ), quality=np.ones(MOST_READ))
    template = base64.b64encode(Template(many, 4_095, 4_095).to_bytes()).decode()
    body = json.dumps({"biometricData": PROBES * [{"template": template}]}).encode()
    attacker.send_again_and_again("POST", "/v1/identify/ALL" + PURPOSE, body, "application/json")


def _blanks(attacker: Attacker) -> None:
    body = cv2.imencode(".png", np.full((4_000, 4_000), 255, np.uint8))[1].tobytes()
    attacker.send_again_and_again("POST", "/v1/quality", body, "image/png")


def _head(path: str, length: int, token: str) -> bytes:
    who = f"Authorization: Bearer {token}\r\n" if token else ""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}Content-Type: image/png\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


ATTACKS: dict[str, Attack] = {
    "lists": Attack("JSON of 6 MB with two million empty items, with a token", _lists),
    "bodies": Attack("bodies of 60 MB, without a token", _bodies),
    "large bodies": Attack("bodies of 60 MB, with a token", _large_bodies),
    "slow bodies of nobody": Attack(f"{SLOW} bodies that do not come, without a token", _slow_bodies_of_nobody, 1),
    "slow bodies": Attack(f"{SLOW} bodies that do not come, with a token", _slow_bodies, 1),
    "silence": Attack(f"{SILENT:,} connections that say nothing", _silence, 1),
    "heads": Attack(f"{SILENT:,} connections whose first line does not end", _heads, 1),
    "separators": Attack("transactions of 8 MB of separators, with a token", _separators, 2),
    "minutiae": Attack("searches with ten prints of as many minutiae as are read, with a token", _minutiae, 2),
    "blanks": Attack("blank images of 4000 x 4000 px, with a token", _blanks),
}


def measure(work: Path, prints: int = 1_000, *, seconds: float = 15.0, progress: Progress = NO_PROGRESS) -> Run:
    """Measures `seconds` for the client alone, and for each attack. Raises Unavailable."""
    run = Run(NAME, threads=1, prints=prints, seconds_each=seconds)
    folder = served.working_copy(served.kept_gallery(work, prints, 41, progress=progress), work / "attacked")
    probes = served.load_prints(work / "probes")
    probe = next(iter(sorted(probes.glob("*.bmt")))).read_bytes()
    token, hostile = served.new_token(folder), served.new_token(folder)
    progress.start("Attacking", len(ATTACKS) + 1)
    with served.serving(folder, token) as server:
        _watch(server, probe, seconds / 3)  # warm
        usual = _watch(server, probe, seconds)
        progress.advance()
        attacks = {}
        for name, attack in ATTACKS.items():
            with _attacked(name, attack, server.port, hostile, seconds + 1) as statuses:
                found = _watch(server, probe, seconds)
            attacks[name] = found | {
                "words": attack.words,
                "statuses": statuses,
                "slower": rounded(found["p95_ms"] / usual["p95_ms"]),
            }
            progress.advance()
    progress.done()
    run.note("usual", usual)
    run.note("attacks", attacks)
    return run


def findings(figures: dict[str, Any]) -> list[str]:
    """Lists in words where others were not answered as they should be."""
    found = []
    for name, one in figures["attacks"].items():
        if one["failed"]:
            found.append(f"{name}: {one['failed']} of {one['requests']} requests of others failed")
        if one["slower"] > SLOWER:
            found.append(f"{name}: requests of others took {one['slower']:g} times as long as usual")
        if one["health_s"] > HEALTH_S:
            found.append(f"{name}: /healthz took {one['health_s']:g} s")
        if one["memory_mb"] > MEMORY_MB:
            found.append(f"{name}: the server took {one['memory_mb']:,.0f} MB")
    return found


def table(results: Results) -> Iterator[str]:
    """Yields what others saw during each attack."""
    document = results.get(NAME)
    if document is None:
        yield MISSING
        return
    usual, attacks = document["figures"]["usual"], document["figures"]["attacks"]
    yield from head(
        "attack", "answers to the attackers", "searches of others, p95, ms", "times as long as usual",
        "requests of others that failed", "/healthz, slowest, s", "memory of the server, MB",
    )  # fmt: skip
    yield row(
        "none", "-", f"{usual['p95_ms']:g}", "1", f"{usual['failed']}", f"{usual['health_s']:.2f}", f"{usual['memory_mb']:,.0f}"
    )
    for one in attacks.values():
        answers = ", ".join(f"{count:,} x {status}" for status, count in one["statuses"].items() if status != "0")
        yield row(
            one["words"], answers or "-", f"{one['p95_ms']:g}", f"**{one['slower']:.1f}**", f"**{one['failed']}**",
            f"**{one['health_s']:.2f}**", f"**{one['memory_mb']:,.0f}**",
        )  # fmt: skip


@contextmanager
def _attacked(name: str, attack: Attack, port: int, token: str, seconds: float) -> Iterator[dict[str, int]]:
    """Attacks inside the block; what it yields is filled with how often each status came, when the attack is over."""
    spawn = multiprocessing.get_context("spawn")
    told: Any = spawn.SimpleQueue()
    process = spawn.Process(target=_attack, args=(name, attack.attackers, port, token, seconds, told), daemon=True)
    process.start()
    told.get()  # it has begun
    statuses: dict[str, int] = {}
    try:
        yield statuses
        statuses |= told.get()
    finally:
        process.kill()
        process.join()


def _attack(name: str, attackers: int, port: int, token: str, seconds: float, told: Any) -> None:
    """Runs in a process of its own, for so long."""
    open_files.allow(2 * SILENT)
    several = [Attacker(port, token, f"127.0.0.{2 + n}", time.monotonic() + seconds) for n in range(attackers)]
    threads = [threading.Thread(target=ATTACKS[name].by, args=(one,), daemon=True) for one in several]
    for thread in threads:
        thread.start()
    told.put(None)
    for thread in threads:
        thread.join(seconds + 60)
    together = sum((one.statuses for one in several), Counter[int]())
    told.put({str(status): count for status, count in sorted(together.items())})


def _watch(server: served.Server, probe: bytes, seconds: float) -> dict[str, Any]:
    """Measures what a client sees for so long, and how much memory the server takes meanwhile."""
    over = threading.Event()
    healths, peaks = list[float](), [0, 0]
    watchers = [
        threading.Thread(target=_ask_for_health, args=(server.port, over, healths), daemon=True),
        threading.Thread(target=_weigh, args=(server, over, peaks), daemon=True),
    ]
    for watcher in watchers:
        watcher.start()
    walls, failed, end = list[float](), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        for method, path, body in (("POST", "/v1/identify/ALL" + PURPOSE, probe), ("GET", "/v1/counts", None)):
            began = time.perf_counter()
            try:
                headers = {"Content-Type": "application/octet-stream"} if body else {}
                fine = server.ask(method, path, body, **headers)[0] == 200
            except (OSError, http.client.HTTPException):
                server.hang_up()
                fine = False
            failed += not fine
            walls.append(1e3 * (time.perf_counter() - began))
            time.sleep(PACE_S)
    over.set()
    for watcher in watchers:
        watcher.join()
    p50, p95 = np.quantile(walls[::2], (0.5, 0.95))  # of searches: what is read is answered at once
    return {
        "requests": len(walls),
        "failed": failed,
        "p50_ms": rounded(p50),
        "p95_ms": rounded(p95),
        "read_p95_ms": rounded(np.quantile(walls[1::2], 0.95)),
        "health_s": rounded(max(healths, default=float(seconds))),
        "memory_mb": rounded(peaks[0] / 1e6),
        "memory_with_workers_mb": rounded(peaks[1] / 1e6),
    }


def _ask_for_health(port: int, over: threading.Event, seconds: list[float]) -> None:
    """Asks each time on a new connection, as whoever watches a service does."""
    while not over.is_set():
        began = time.perf_counter()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            line.request("GET", "/healthz")
            well = line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            well = False
        finally:
            line.close()
        took = time.perf_counter() - began
        seconds.append(took if well else max(took, 60.0))  # no answer is worse than a late one
        over.wait(PACE_S)


def _weigh(server: served.Server, over: threading.Event, peaks: list[int]) -> None:
    """Measures the bytes that the server's process takes at most, and that it takes with its workers."""
    while not over.is_set():
        own, *others = (machine.memory(task).anonymous for task in server.tasks)
        peaks[:] = max(peaks[0], own), max(peaks[1], own + sum(others))
        over.wait(0.2)
