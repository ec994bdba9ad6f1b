"""A gallery of stand-ins: descriptors and comparison in plain NumPy, so that an oracle can repeat what a gallery does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from biomatch import learned
from biomatch.calibration import FingerFusion
from biomatch.comparison import Block, Comparison, Prepared, features
from biomatch.comparison.evidence import Evidence
from biomatch.descriptors.grid import on_grid
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.interface import Entry, TemplateLog
from biomatch.learned import Models
from biomatch.store import KeyPlace, Keyring
from biomatch.store.keys.master_key import open_keyring
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition

RATES = FingerFusion()
_MAP = np.random.default_rng(5).normal(size=(60, 64))


def describe(minutiae: Minutiae) -> np.ndarray:
    """(n, 64) int8: where the six nearest neighbours lie, seen from each minutia, smeared over a grid and projected."""
    n = len(minutiae)
    if n < 2:
        return np.zeros((n, 64), np.int8)
    x, y, angle = (np.asarray(v, np.float64) for v in (minutiae.x, minutiae.y, minutiae.angle))
    dx, dy = x[None] - x[:, None], y[:, None] - y[None]
    apart = np.hypot(dx, dy)
    np.fill_diagonal(apart, np.inf)
    near = np.argsort(apart, axis=1, kind="stable")[:, : min(6, n - 1)]
    bearing, apart = (np.take_along_axis(v, near, 1) for v in (np.arctan2(dy, dx) - angle[:, None], apart))
    around = np.exp(4 * (np.cos(np.arange(12) * np.pi / 6 - bearing[..., None]) - 1))
    away = np.exp(-(((np.arange(5) * 30 + 15 - apart[..., None]) / 25) ** 2))
    vectors = np.sqrt(np.einsum("ijb,ijd->ibd", around, away).reshape(n, 60)) @ _MAP
    return on_grid(vectors.astype(np.float32))


def plain_score(probe: np.ndarray, reference: np.ndarray) -> float:
    """Mean of the eight best similarities, one a minutia of the probe; vectors (n, 64) int8."""
    if not len(probe) or not len(reference):
        return 0.0
    best = (probe.astype(np.int64) @ reference.astype(np.int64).T / 65_536).max(axis=1)
    return float(np.sort(best)[-8:].sum() / 8)


class PlainDescriber:
    version = "plain/1"

    def describe(self, template: Template, most: int | None = None) -> np.ndarray:
        return describe(template.minutiae)

    def describe_each(self, templates: Sequence[Template], most: Sequence[int | None]) -> list[np.ndarray]:
        return [self.describe(template) for template in templates]


class PlainComparer:
    version = "plain/1"
    calibration = SimpleNamespace(fingers=RATES, shown=40.0)

    def relaxed(self, probe: Prepared, references: Block, *_: Any) -> np.ndarray:
        ends = references.starts
        return np.array([plain_score(probe.vectors, references.vectors[a:b]) for a, b in pairwise(ends)], np.float32)

    def refine(self, probe: Prepared, references: Sequence[Prepared], *_: Any) -> list[Comparison]:
        return [comparison_of(plain_score(probe.vectors, r.vectors), min(1, len(r.vectors))) for r in references]


def comparison_of(raw: float, pairs: int = 1) -> Comparison:
    first = np.zeros(pairs, np.int64)
    score, llr = 60 * max(raw, 0.0), 8 * raw - 5
    found = Evidence(np.full((1, features.COUNT), raw), np.zeros((1, 3)), np.array([0, pairs]), first, first, np.ones(pairs))
    return Comparison(score, llr, raw > 0.9, raw, found, 0)


def codebook_arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    unit = rng.normal(size=(32, 64))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return {
        "lists_32": np.clip(np.rint(unit * 256), -127, 127).astype(np.int8),
        "weights": (np.linspace(9, 1, 28)[:, None] - np.linspace(0, 3, 8)[None, :]).astype(np.float32),
        "weight_step": np.array(0.05, np.float32),
    }


def make_template(seed: int, *, minutiae: int = 24, position: FingerPosition = FingerPosition.UNKNOWN) -> Template:
    rng = np.random.default_rng(seed)
    found = Minutiae.of(
        rng.uniform(10, 290, minutiae),
        rng.uniform(10, 290, minutiae),
        rng.uniform(0, 6.28, minutiae),
        rng.integers(0, 3, minutiae),
        rng.uniform(0.1, 1, minutiae),
    )
    return Template(found, 300, 300, position=position, extractor="made/1")


def press_again(template: Template, seed: int, *, noise: float = 1.0, kept: float = 0.9) -> Template:
    rng = np.random.default_rng([seed, 77])
    m = template.minutiae[rng.random(len(template.minutiae)) < kept]
    return Template(
        Minutiae.of(
            np.clip(m.x + rng.normal(size=len(m)) * noise, 0, 300),
            np.clip(m.y + rng.normal(size=len(m)) * noise, 0, 300),
            m.angle + rng.normal(size=len(m)) * 0.03,
            m.kind,
            m.quality,
        ),
        300,
        300,
        position=template.position,
        extractor="made/1",
    )


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("models")
    learned.save(folder, "index", codebook_arrays(), {"data": "made up"})
    return Models(folder)


@pytest.fixture
def open_gallery(models: Models) -> Callable[..., LocalGallery]:
    """open_gallery(log=MemoryLog(), folder=None, ...): with plain descriptors and comparison."""

    def opened(log: TemplateLog | None = None, folder: Path | None = None, **options: Any) -> LocalGallery:
        parts: Any = {"describer": PlainDescriber(), "comparer": PlainComparer()} | options
        return LocalGallery(log or MemoryLog(), folder, models, **parts)

    return opened


@pytest.fixture(scope="session")
def template() -> Callable[..., Template]:
    """template(seed, minutiae=24, position=UNKNOWN): a print like no other."""
    return make_template


@pytest.fixture(scope="session")
def again() -> Callable[..., Template]:
    """again(template, seed): another impression of the same finger."""
    return press_again


@pytest.fixture(scope="session")
def entry() -> Callable[..., Entry]:
    """entry(seed, person=..., labels=..., position=...): print "p<seed>" of person "P<seed>"."""

    def make(
        seed: int,
        *,
        person: str | None = None,
        labels: frozenset[str] = frozenset(),
        position: FingerPosition = FingerPosition.UNKNOWN,
        minutiae: int = 24,
    ) -> Entry:
        made = make_template(seed, minutiae=minutiae, position=position)
        return Entry(person or f"P{seed}", "E1", f"p{seed}", made, labels)

    return make


@pytest.fixture(scope="session")
def plain() -> SimpleNamespace:
    """What an oracle is made of: describe, score, comparison, rates, template, again."""
    return SimpleNamespace(
        describe=describe, score=plain_score, comparison=comparison_of, rates=RATES, template=make_template, again=press_again
    )


@pytest.fixture
def filled(open_gallery: Callable[..., LocalGallery], entry: Callable[..., Entry], tmp_path: Path) -> MemoryLog:
    """A log of 12 prints, the third removed; caches in tmp_path that include all."""
    log = MemoryLog()
    gallery = open_gallery(log, tmp_path)
    gallery.enrol([entry(n) for n in range(8)])
    gallery.compact()
    gallery.enrol([entry(n) for n in range(8, 12)])
    gallery.remove(["p2"])
    gallery.close()
    return log


@pytest.fixture
def keys(tmp_path: Path) -> Keyring:
    return open_keyring(tmp_path / "locked", KeyPlace(), None)


@pytest.fixture
def sealed(
    open_gallery: Callable[..., LocalGallery], entry: Callable[..., Entry], keys: Keyring, tmp_path: Path
) -> tuple[LocalGallery, MemoryLog]:
    """Twenty prints, ten of them in a segment, in sealed caches."""
    log = MemoryLog()
    gallery = open_gallery(log, tmp_path / "caches", sealing=keys)
    gallery.enrol([entry(n) for n in range(10)])
    gallery._upkeep.caches.seal()
    gallery.enrol([entry(n) for n in range(10, 20)])
    gallery._upkeep.caches.save()
    return gallery, log
