"""What every room's tests share: the real prints, and what must not be skipped.

BIOMATCH_REAL_DATA  folder of real prints; default: ../shared/data beside the repository
BIOMATCH_POSTGRES   URL of a PostgreSQL database in which tests may make schemas, such as postgresql://me@localhost/scratch
BIOMATCH_REQUIRE    names, by comma, of what must be there (data, browser, train, postgres, strace, docs, curl): without it a
                    test fails, else it is skipped
"""

from __future__ import annotations

import functools
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import hypothesis
import pytest

from tests import lanes

if TYPE_CHECKING:
    import httpx
    from fastapi import FastAPI

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("anew", deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parents[1]


LANES = lanes.read(Path(__file__).with_name("lanes.toml"))
_seconds: dict[str, float] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--lane", choices=lanes.names(LANES), help="which tests run (tests/lanes.py)")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.lane is None:  # xdist's workers get the option as it is after this
        config.option.lane = lanes.ALL if config.args_source is pytest.Config.ArgsSource.ARGS else lanes.CHECKS
    if config.option.lane == lanes.WEEKLY:
        os.environ.setdefault("BIOMATCH_TIMES", str(lanes.TIMES))
        hypothesis.settings.load_profile("anew")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file of another lane is not even imported."""
    if collection_path.suffix != ".py" or not collection_path.is_relative_to(ROOT):
        return None
    return None if lanes.may_run(collection_path.relative_to(ROOT).as_posix(), config.option.lane, LANES) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept = [item for item in items if lanes.chosen(item.nodeid, config.option.lane, LANES)]
    left = set(items) - set(kept)
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
    items[:] = kept


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    lane = lanes.lane_of(report.nodeid, LANES)
    _seconds[lane] = _seconds.get(lane, 0.0) + report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if len(_seconds) > 1 or lanes.CHECKS in _seconds or terminalreporter.config.option.lane in lanes.PARTS:
        terminalreporter.write_sep("-", "lanes")
        for line in lanes.table(_seconds, LANES, terminalreporter.config.option.lane):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(autouse=True)
def process_log() -> Iterator[None]:
    """A command or a service that a test runs in this process sets up its log: the next test finds it as it was."""
    loggers = logging.root, logging.getLogger("biomatch")
    before = [(one.level, list(one.handlers)) for one in loggers]
    yield
    for one, (level, handlers) in zip(loggers, before, strict=True):
        one.setLevel(level)
        one.handlers[:] = handlers


@pytest.fixture(scope="session")
def missing() -> Callable[[str, str], NoReturn]:
    """missing(name, reason): skips the test, or fails it where BIOMATCH_REQUIRE names what is missing: `docs` are the tools of
    the site, which `pip install 'biomatch[docs]'` brings; the other names stand at the top of this file."""

    def report(name: str, reason: str) -> NoReturn:
        if name in os.environ.get("BIOMATCH_REQUIRE", "").split(","):
            pytest.fail(f"{reason}, but BIOMATCH_REQUIRE asks for it", pytrace=False)
        pytest.skip(reason)

    return report


@pytest.fixture(scope="session")
def real_data(missing: Callable[[str, str], NoReturn]) -> Path:
    """Folder of real prints, with a manifest.csv."""
    folder = Path(os.environ.get("BIOMATCH_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "manifest.csv").exists():
        missing("data", f"no real prints in {folder}")
    return folder


@pytest.fixture(scope="session")
def new_schema(missing: Callable[[str, str], NoReturn]) -> Iterator[Callable[[], str]]:
    """new_schema(): URL of an empty schema in the PostgreSQL of the tests; all are dropped at the end."""
    url = os.environ.get("BIOMATCH_POSTGRES")
    if url is None:
        missing("postgres", "BIOMATCH_POSTGRES names no database")
    psycopg = pytest.importorskip("psycopg")
    made: list[str] = []

    def make() -> str:
        made.append(f"test_{os.getpid()}_{len(made)}")
        connection.execute(f"CREATE SCHEMA {made[-1]}")
        return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{made[-1]}"

    with psycopg.connect(url, autocommit=True) as connection:
        yield make
        for name in made:
            connection.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    """new_database(): where a new folder's rows shall be: None for SQLite in the folder, else a URL; a test runs with each."""
    if request.param == "sqlite":
        return lambda: None
    make: Callable[[], str] = request.getfixturevalue("new_schema")
    return make


@pytest.fixture
def database(new_database: Callable[[], str | None]) -> str | None:
    """One of these."""
    return new_database()


Step = tuple[str, Path, bytes]


@pytest.fixture
def disk_steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], list[Step]]:
    """disk_steps(folder): what is asked of the disk there from now on, in order.

    ("sync", path, bytes of the file), ("name", path, b""): a file was put in its place, ("folder", path, b""): it was made
    """

    def record(folder: Path) -> list[Step]:
        steps: list[Step] = []
        fsync, replace, mkdir = os.fsync, os.replace, Path.mkdir

        def syncing(descriptor: int) -> None:
            fsync(descriptor)
            for path in (folder, *folder.rglob("*")):
                if os.path.samestat(path.stat(), os.fstat(descriptor)):
                    steps.append(("sync", path, path.read_bytes() if path.is_file() else b""))

        def replacing(old: Path, new: Path) -> None:
            replace(old, new)
            steps.append(("name", Path(new), b""))

        def making(path: Path, *arguments: Any, **options: Any) -> None:
            mkdir(path, *arguments, **options)
            steps.append(("folder", path, b""))

        monkeypatch.setattr(os, "fsync", syncing)
        monkeypatch.setattr(os, "replace", replacing)
        monkeypatch.setattr(Path, "mkdir", making)
        return steps

    return record


@pytest.fixture(scope="session")
def sample_print() -> Callable[[str], bytes]:
    """sample_print("P01-right-index_1"): a print of the sample, as PNG, made anew."""
    from biomatch.synthesis import sample

    by_name = {Path(one.path).stem: one for one in sample.listing()}

    @functools.cache
    def made(name: str) -> bytes:
        return sample.to_png(sample.render(by_name[name]), sample.PPI)

    return made


@dataclass
class Server:
    """`biomatch serve` in a process of its own, answering at `url`.

    page   the address that it printed, which opens the page once
    token  the first one of its gallery, which it printed; empty: the gallery had some
    """

    process: subprocess.Popen[bytes]
    url: str
    page: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """With the token."""
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[Server]]:
    """serve(folder, setting=...): the real command, until the block ends."""

    @contextmanager
    def serving(folder: Path, **settings: str) -> Iterator[Server]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = ["-c", "from biomatch.cli import main; main()", "serve", "--gallery", str(folder), "--port", str(port)]
        environment = (
            os.environ | {"BIOMATCH_WORKERS": "1"} | {f"BIOMATCH_{name.upper()}": value for name, value in settings.items()}
        )
        with subprocess.Popen([sys.executable, *command], env=environment, stdout=subprocess.PIPE) as process:
            try:
                wait_for(port, process)
                assert process.stdout is not None
                said = os.read(process.stdout.fileno(), 10_000).decode()  # said before it listens
                pages, tokens = (
                    re.findall(r"https?://\S+#code=\S+", said),
                    re.findall(r"^export TOKEN=(\S+)$", said, re.MULTILINE),
                )
                yield Server(process, f"http://127.0.0.1:{port}", pages[0], tokens[0] if tokens else "")
            finally:
                process.terminate()

    def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
        for _ in range(3_000):  # five minutes: kernels may have to be compiled
            assert process.poll() is None, "the server ended"
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("the server does not listen")

    return serving


@pytest.fixture(scope="session")
def serving() -> Callable[[FastAPI], AbstractContextManager[httpx.Client]]:
    """serving(app): a server on a port of its own, in a thread of the test, until the block ends; a client of it."""
    import httpx
    import uvicorn

    @contextmanager
    def serve_in_thread(app: FastAPI) -> Iterator[httpx.Client]:
        tcp = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP  # named, so that asyncio lets no answer wait for an ACK
        with socket.socket(*tcp) as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()  # so that a request before the server's thread runs waits instead of being refused
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="error"))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()
            try:
                with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=300) as client:
                    yield client
            finally:
                server.should_exit = True
                thread.join()

    return serve_in_thread
