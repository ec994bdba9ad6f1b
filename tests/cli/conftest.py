"""A gallery of the sample, enrolled once by the command itself, and a way to run commands in this process."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import pytest

from biomatch import cli
from biomatch.sandbox import Layer

PERSONS = ("P01", "P02", "P03", "P04")


class HerePool:
    """A pool whose jobs run in this process, set up once for all tests: what a pool itself does is tested in test_workers."""

    ready: ClassVar[dict[str, Any]] = {}

    def __init__(self, setup: Any, call: Any, **_: Any):
        name = f"{getattr(setup, 'func', setup)} {getattr(setup, 'args', ())}"
        if name not in self.ready:
            self.ready[name] = setup()
        self._state, self._call = self.ready[name], call

    def call(self, *arguments: Any) -> Any:
        return self._call(self._state, *arguments)

    def warm(self) -> HerePool:
        return self

    def layers(self) -> tuple[Layer, ...]:
        return (Layer.LIMITS,)

    def close(self) -> None:
        return None


def in_one_process(patch: pytest.MonkeyPatch) -> None:
    for module in ("biomatch.workers", "biomatch.bureau.folder.opening", "biomatch.imaging.decoder"):
        patch.setattr(f"{module}.Pool", HerePool)


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_process(monkeypatch)


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def biomatch(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """biomatch("verify", a, b): as on the command line."""

    def run(*arguments: object) -> Ran:
        code = started(monkeypatch, *arguments)
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return run


def started(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["biomatch", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


@pytest.fixture(scope="session")
def sample() -> Path:
    return Path(str(resources.files("biomatch.sample_data")))


@pytest.fixture(scope="session")
def first_prints(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Impression 1 of both fingers of four persons, named PERSON_FINGER.png."""
    folder = tmp_path_factory.mktemp("prints")
    for path in sorted((sample / "enrol").glob("*_1.png")):
        person, finger = path.stem.removesuffix("_1").split("-", 1)
        if person in PERSONS:
            shutil.copy(path, folder / f"{person}_{finger}.png")
    return folder


@pytest.fixture(scope="session")
def enrolled(first_prints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of these prints. Copy it before it is changed."""
    folder = tmp_path_factory.mktemp("galleries") / "gallery"
    with pytest.MonkeyPatch.context() as patch:
        in_one_process(patch)
        assert started(patch, "enrol", "-g", folder, first_prints) == 0
    return folder


@pytest.fixture
def gallery(enrolled: Path, tmp_path: Path) -> Path:
    """A copy of the gallery, to change."""
    return Path(shutil.copytree(enrolled, tmp_path / "gallery", ignore=shutil.ignore_patterns("*.sock", "lock")))
