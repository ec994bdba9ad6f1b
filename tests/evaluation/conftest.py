"""Prints of a toy engine, whose scores are known, and of ten synthetic fingers that our own engine evaluates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from biomatch.errors import UnreadableImage
from biomatch.evaluation import evaluation, protocol, runner
from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.evaluation import Evaluation
from biomatch.evaluation.protocol import Sample
from biomatch.evaluation.runner import Prints, SetScores
from biomatch.evaluation.searching import wanted
from biomatch.synthesis import press_again, synthesise_templates

SETS = {"left": ("ann", "ben", "cid"), "right": ("ann", "dan"), "fill": ("eve", "fay")}
FINGERS, IMPRESSIONS = 10, 3


@dataclass(frozen=True)
class LikenessSetup:
    """An engine whose print is (finger, impression): mates score 10 minus how far their impressions lie apart."""

    broken: tuple[str, ...] = ()

    def key(self, set_name: str) -> str:
        return "toy"

    def open(self, key: str) -> "Likeness":
        return Likeness(self.broken)


@dataclass(frozen=True)
class Likeness:
    broken: tuple[str, ...] = ()

    def extract(self, sample: Sample) -> tuple[str, int]:
        if sample.path.name in self.broken:
            raise UnreadableImage("broken on purpose")
        return sample.finger, sample.impression

    def compare(self, probe: tuple[str, int], references: Sequence[tuple[str, int]]) -> np.ndarray:
        return np.array([self.pair(probe, one) for one in references])

    def pair(self, a: tuple[str, int], b: tuple[str, int]) -> tuple[float, float]:
        """Score and log10 likelihood ratio."""
        return (10.0 - abs(a[1] - b[1]), 2.0) if a[0] == b[0] else (float(len(a[0] + b[0]) - 6), -2.0)


@pytest.fixture
def likeness() -> type[LikenessSetup]:
    return LikenessSetup


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    lines = ["path,set,finger,impression"]
    for name, fingers in SETS.items():
        for finger in fingers:
            lines += [f"{name}-{finger}-{n}.png,{name},{finger},{n}" for n in ((1,) if name == "fill" else (1, 2, 3))]
    (tmp_path / "m.csv").write_text("\n".join(lines))
    return protocol.read(tmp_path / "m.csv")


@pytest.fixture
def scored(samples: list[Sample]) -> Callable[..., tuple[Prints, dict[str, SetScores]]]:
    """scored(broken=(...)): the prints of `samples`, and all of their pairs."""

    def score(**setup: tuple[str, ...]) -> tuple[Prints, dict[str, SetScores]]:
        made = LikenessSetup(**setup)
        prints = runner.extract_all(made, samples, wanted(made, samples), processes=1)
        return prints, runner.compare_all(made, prints, processes=1)

    return score


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten synthetic fingers, three impressions each, as templates; one file is no print."""
    place = tmp_path_factory.mktemp("prints") / "set"
    place.mkdir()
    rng = np.random.default_rng(5)
    for number, finger in enumerate(synthesise_templates(FINGERS, 11)):
        for n in range(1, IMPRESSIONS + 1):
            template = finger if n == 1 else press_again(finger, rng, 0.5)
            (place / f"{number:02d}_{n}.bmt").write_bytes(template.to_bytes())
    (place / "00_3.bmt").write_bytes(b"no template")
    return place


@pytest.fixture(scope="session")
def done(folder: Path) -> Evaluation:
    return evaluation.run(OurSetup(), folder, distractors=300, processes=1)
