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

import cv2
import pytest

from biomatch import cli
from biomatch.imaging import ImageFormat, encode
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


@pytest.fixture
def probe(sample: Path) -> Path:
    """Another impression of P03's right index than the gallery has."""
    return sample / "enrol" / "P03-right-index_2.png"


@pytest.fixture
def pair(sample: Path) -> tuple[Path, Path]:
    """Two impressions of one finger."""
    return sample / "enrol" / "P01-right-index_1.png", sample / "enrol" / "P01-right-index_2.png"


XML = b'\xef\xbb\xbf<?xml version="1.0"?>\n<itl:NISTBiometricInformationExchangePackage/>'


@pytest.fixture
def files(tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one good print and one of each kind of bad file, which is also the working folder."""
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "words.png").write_text("these are words")
    (tmp_path / "package.xml").write_bytes(XML)
    (tmp_path / "bytes.csv").write_bytes(bytes(range(128, 256)))
    (tmp_path / "folder").mkdir()
    shutil.copy(sample / "enrol" / "P01-right-index_1.png", tmp_path / "good.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def wsq_file(probe: Path, tmp_path: Path) -> Callable[..., Path]:
    """wsq_file(b"PPI 250"): the probe as a WSQ file that says a resolution, or with other pixels."""
    plain = cv2.imread(str(probe), cv2.IMREAD_GRAYSCALE)

    def write(says: bytes = b"PPI 500", pixels: Any = plain) -> Path:
        data = encode(pixels, ImageFormat.WSQ, rate=2.25)
        assert data.count(b"PPI 500") == 1
        (tmp_path / "given.wsq").write_bytes(data.replace(b"PPI 500", says))
        return tmp_path / "given.wsq"

    return write


@pytest.fixture
def twins(biomatch: Callable[..., Ran], gallery: Path, sample: Path, tmp_path: Path) -> Path:
    """P02 is enrolled as "twin", too."""
    shutil.copy(sample / "enrol" / "P02-right-index_2.png", tmp_path / "twin_2.png")
    assert biomatch("enrol", "-g", gallery, tmp_path / "twin_2.png").code == 0
    return gallery


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[tuple[Any, ...], dict[str, Any]]]]:
    """measured("service.kills", "kills", figures): this benchmark has measured that, in no time, and nothing is drawn.

    Returns the arguments of each time that it was to be measured.
    """

    def put(module: str, name: str, figures: dict[str, Any]) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        from biomatch.bench import frame

        asked: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

        def measure(*given: Any, **named: Any) -> frame.Run:
            asked.append((given, named))
            run = frame.Run(name, threads=1)
            run.figures |= figures
            return run

        monkeypatch.setattr(f"biomatch.bench.{module}.measure", measure)
        monkeypatch.setattr("biomatch.bench.report.plots.draw", lambda *_: [])
        return asked

    return put


@pytest.fixture
def refused(biomatch: Callable[..., Ran], tmp_path: Path) -> Callable[..., str]:
    """refused("rates", "--sizes", "many"): what is said on stderr, in one line, by a benchmark that wrote nothing."""

    def ask(*arguments: object) -> str:
        ran = biomatch("bench", *arguments, "--out", tmp_path / "out")
        assert ran.code == 2, ran.out
        assert not list((tmp_path / "out").glob("*"))
        return " ".join(ran.err.split())

    return ask
