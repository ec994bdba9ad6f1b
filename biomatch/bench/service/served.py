"""A bureau to be measured: its gallery, made once and kept; `biomatch serve` over it; and load, made by locust.

Everything goes through the command line and HTTP, as anybody would go: a bureau's rules, tokens, encryption at rest.
"""

from __future__ import annotations

import csv
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

import biomatch
from biomatch.bench.engine import prints
from biomatch.errors import ExtraMissing, FileUnreadable, NothingToDo, Unavailable, reason_of
from biomatch.evaluation import machine
from biomatch.evaluation.galleries.made import digest, maker
from biomatch.evaluation.protocol import Sample
from biomatch.extraction import open_extractor
from biomatch.json_text import parse
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import synthesise_templates

SCRIPT = Path(biomatch.__file__).parents[1] / "benchmarks" / "load.py"
PICTURES = 20  # ridge pictures that synthetic templates borrow, so that comparing them costs what it does with real ones
AT_ONCE = 1_000  # templates made together
ONE_WORKER = {"BIOMATCH_WORKERS": "1"}  # a start costs less; enough for one client, and for templates, which no worker reads
START_SECONDS = 600  # kernels may have to be compiled, while the machine does other work
ROW = np.dtype([("at", "f8"), ("act", "U20"), ("ms", "f8"), ("status", "i4"), ("engine", "f8")])


def kept_gallery(work: Path, count: int, seed: int, *, progress: Progress = NO_PROGRESS) -> Path:
    """Returns a bureau's folder with `count` synthetic prints and the sample's images, made if WORK has none. Raises
    Unavailable.

    It is named after what its templates follow from: another extractor or generator makes another.
    """
    folder = work / f"bureau-{count}-{seed}-{digest(open_extractor().version, maker())}"
    if folder.exists():
        return folder
    unfinished, inbox = work / f"{folder.name}.unfinished", work / "inbox"
    for left in (unfinished, inbox):
        shutil.rmtree(left, ignore_errors=True)
    inbox.mkdir(parents=True)
    progress.start("Making templates", count)
    images = [one.path.read_bytes() for one in prints.evenly(enrolled(), PICTURES)]
    pictures = [biomatch.extract(biomatch.decode(image)).ridges for image in images]
    for first in range(0, count, AT_ONCE):
        for n, template in enumerate(synthesise_templates(min(AT_ONCE, count - first), seed, first=first), first):
            data = replace(template, ridges=pictures[n % len(pictures)]).to_bytes()
            (inbox / f"T{n}_1.bmt").write_bytes(data)
        progress.advance(min(AT_ONCE, count - first))
    for one in enrolled():
        shutil.copy(one.path, inbox)
    progress.start("Enrolling", None)
    command("init", "--gallery", str(unfinished))
    command("enrol", "--gallery", str(unfinished), str(inbox))
    shutil.rmtree(inbox)
    unfinished.rename(folder)
    progress.done()
    return folder


def enrolled() -> list[Sample]:
    """Lists the images that each gallery holds."""
    return [one for one in prints.listed(None) if one.path.parent.name == "enrol"]


def working_copy(folder: Path, place: Path) -> Path:
    """Copies a gallery to another folder, to be changed: originals, which nothing ever writes to, are linked."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder / "blobs", place / "blobs", copy_function=os.link)
    shutil.copytree(folder, place, dirs_exist_ok=True, ignore=lambda at, names: {"blobs", "lock"} if at == str(folder) else ())
    return place


def load_prints(place: Path) -> Path:
    """Makes a folder as benchmarks/load.py wants it: the sample's probes as images and as templates, and images to enrol."""
    shutil.rmtree(place, ignore_errors=True)
    (place / "enrol").mkdir(parents=True)
    for one in prints.listed(None):
        data = one.path.read_bytes()
        if one.path.parent.name == "enrol":
            shutil.copy(one.path, place / "enrol")
        else:
            (place / one.path.name).write_bytes(data)
            (place / f"{one.path.stem}.bmt").write_bytes(biomatch.extract(biomatch.decode(data)).to_bytes())
    return place


def new_token(folder: Path) -> str:
    """Makes a token for a bureau that is not being served, or is."""
    found: str = json.loads(command("token", "create", "--gallery", str(folder), "--json", "benchmark").stdout)["token"]
    return found


def command(*arguments: str, fine: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
    """Runs `biomatch ...` to its end. Raises Unavailable."""
    words = [sys.executable, "-m", "biomatch.cli", *arguments]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode not in fine or (done.returncode and not done.stdout):  # 1 is also Python's own for what nobody foresaw
        raise Unavailable(
            f"`biomatch {' '.join(arguments[:3])}` failed: {(done.stderr or done.stdout).strip()}; try it by hand to see why"
        )
    return done


def contradictions(folder: Path, checkpoints: Sequence[str]) -> list[str]:
    """Lists what `biomatch audit verify` finds that contradicts these checkpoints, or is wrong by itself. Raises
    Unavailable."""
    with tempfile.TemporaryDirectory() as place:
        options = []
        for n, note in enumerate(checkpoints):
            path = Path(place) / f"{n}.txt"
            path.write_text(note, encoding="utf-8")
            options += ["--checkpoint", str(path)]
        done = command("audit", "verify", "--gallery", str(folder), "--json", *options, fine=(0, 1))
    return [f"audit verify: {one}" for one in json.loads(done.stdout)["findings"]]


@dataclass
class Server:
    """`biomatch serve` in a process of its own, with its workers.

    started  seconds from its start until /readyz said so
    """

    process: subprocess.Popen[bytes]
    port: int
    token: str = ""
    started: float = 0.0
    _began: float = field(default_factory=time.perf_counter)
    _line: http.client.HTTPConnection | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tasks(self) -> list[int]:
        """The process ids: its own and its workers'."""
        return [self.process.pid, *machine.children(self.process.pid)]

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Sends a request; returns status and body of the answer. Raises OSError, http.client.HTTPException."""
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        allowed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        self._line.request(method, path, body, allowed | headers)
        answer = self._line.getresponse()
        return answer.status, answer.read()

    def hang_up(self) -> None:
        """Closes the connection: the next request is made on a new one."""
        if self._line is not None:
            self._line.close()
        self._line = None

    def wait_until_ready(self) -> None:
        """Raises Unavailable where it ends, or takes too long."""
        while not self.ready():
            if self.process.poll() is not None or time.perf_counter() - self._began > START_SECONDS:
                for task in reversed(self.tasks):  # what runs it goes last, else it would be nobody's child
                    with suppress(ProcessLookupError):  # it has ended
                        os.kill(task, signal.SIGKILL)
                self.process.wait()
                raise Unavailable("`biomatch serve` did not start; try it by hand to see why")
            time.sleep(0.02)
        self.started = time.perf_counter() - self._began

    def ready(self) -> bool:
        """Tells whether it answers, and can be sent requests."""
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except (OSError, http.client.HTTPException):
            self.hang_up()
            return False


def launch(
    folder: Path,
    token: str = "",
    *,
    program: Sequence[str] = ("-m", "biomatch.cli"),
    under: Sequence[str] = (),
    **settings: str,
) -> Server:
    """Starts a server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*under, sys.executable, *program, "serve", "--gallery", str(folder), "--port", str(port)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | settings
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Server(process, port, token)


@contextmanager
def serving(folder: Path, token: str = "", **settings: str) -> Iterator[Server]:
    """Yields a server that is ready, until the block ends. Raises Unavailable where it does not start."""
    server = launch(folder, token, **settings)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.hang_up()
        server.process.terminate()
        server.process.wait()


@dataclass(frozen=True, eq=False)
class Load:
    """The work that locust did.

    rows    (n,) ROW, in order of time; ms of the engine: of searches, the sum of the stages that the answer tells
    there   persons who were enrolled and acknowledged, and the number of their image
    gone    persons whose removal was acknowledged
    unsure  persons of whom an answer never came
    """

    rows: np.ndarray
    there: dict[str, int]
    gone: list[str]
    unsure: list[str]

    def of(self, act: str) -> np.ndarray:
        """Returns the rows of an act that was done."""
        done = (self.rows["status"] >= 200) & (self.rows["status"] < 300)
        return self.rows[done & (self.rows["act"] == act)]

    @property
    def statuses(self) -> dict[str, int]:
        """The number of times that each status came; 0: no answer."""
        found, counts = np.unique(self.rows["status"], return_counts=True)
        return {str(status): int(count) for status, count in zip(found, counts, strict=True)}


def load(
    server: Server,
    prints_at: Path,
    mix: str,
    *,
    users: int,
    seconds: float,
    pace: float = 0.0,
    bound: int = 1_000_000,
    prefix: str = "load",
    watch: Any = None,
) -> Load:
    """Runs benchmarks/load.py for so long. watch: called every second meanwhile. Raises ExtraMissing, Unavailable."""
    if not SCRIPT.exists():
        raise NothingToDo("load is made by benchmarks/load.py, which a package has not; run this in a checkout")
    log, ledger, told = prints_at / "log.csv", prints_at / "ledger.json", prints_at / "locust.log"
    words = [
        *(sys.executable, "-m", "locust", "-f", str(SCRIPT), "--headless", "--only-summary", "--exit-code-on-error", "0"),
        *("--host", server.url, "-u", str(users), "-r", str(users), "-t", f"{seconds:.0f}s", "--stop-timeout", "60"),
        *("--prints", str(prints_at), "--mix", mix, "--pace", str(pace), "--bound", str(bound), "--prefix", prefix),
        *("--log", str(log), "--ledger", str(ledger)),
    ]
    for old in (log, ledger, told):
        old.unlink(missing_ok=True)
    server.hang_up()  # a connection that idles meanwhile is closed
    environment = os.environ | {"BIOMATCH_TOKEN": server.token}
    with told.open("wb") as said, subprocess.Popen(words, env=environment, stdout=said, stderr=said) as process:
        while process.poll() is None:
            time.sleep(0.2 if watch is None else 1.0)
            if watch is not None:
                watch()
    words_said = told.read_text(encoding="utf-8", errors="replace")
    if "No module named locust" in words_said:
        raise ExtraMissing("locust", "bench")
    if not ledger.exists():
        raise Unavailable(f"locust ended early: {words_said.strip()[-500:]}; try benchmarks/load.py by hand to see why")
    return _read(log, ledger)


def _read(log: Path, ledger: Path) -> Load:
    try:
        with log.open(newline="", encoding="utf-8") as file:
            rows = np.array([tuple(row) for row in csv.reader(file)], dtype=ROW)
        told = parse(ledger.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileUnreadable(str(log), reason_of(error)) from None
    return Load(np.sort(rows, order="at"), told["there"], told["gone"], told["unsure"])
