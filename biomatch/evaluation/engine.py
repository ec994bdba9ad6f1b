"""The interface of an engine to an evaluation, and ours behind it. Another engine takes part by the same two methods."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from biomatch.errors import NothingToDo
from biomatch.evaluation.protocol import Sample
from biomatch.extraction.opening import DEFAULT

if TYPE_CHECKING:
    from biomatch.learned import Models

SHARED_FINGERS = {  # sets that show the same fingers, or come from one source or sensor model, are left out together
    "g12": ("fvc2000_db1", "fvc2000_db2", "fvc2000_db2_a"),
    "g3": ("fvc2000_db3",),
    "g4": ("fvc2000_db4", "fvc2000_db4_a"),
    "cmu": ("crossmatch", "uareu", "casia"),  # the first two share fingers, the last two the sensor model
}


def group_of(name: str) -> str:
    """Returns the group of sets that a set is left out with; a set that shares neither fingers nor sensor is its own group."""
    return next((group for group, names in SHARED_FINGERS.items() if name in names), name)


def kin_of(name: str) -> tuple[str, ...]:
    """Returns all sets of a set's group, itself among them."""
    return SHARED_FINGERS.get(group_of(name), (name,))


class Engine(Protocol):
    """Extraction and comparison of one system."""

    def extract(self, sample: Sample) -> Any:
        """Extracts a print, ready to be compared; it crosses processes. Raises BiomatchError when it cannot be read."""
        ...

    def compare(self, probe: Any, references: Sequence[Any]) -> np.ndarray:
        """Compares a probe with references: (m, 2) float64, score and log10 likelihood ratio (NaN where the engine has
        none)."""
        ...


class Setup(Protocol):
    """Picklable: opens engines in whatever process needs one. Sets of one `key` share an engine."""

    def key(self, set_name: str) -> str: ...

    def open(self, key: str) -> Engine: ...


@dataclass(frozen=True)
class OurSetup:
    """biomatch itself.

    models    folder of the models; None: those of the package
    held_out  folder with one folder a group of sets that holds models trained without it; a set is then scored with those
              whose cards prove that they never saw it, nor a set that shares fingers or the sensor with it
    ridges    whether templates carry their ridge picture
    hardness  0: prints as they are; above: each print is first made harder, the same way every time (synthesis)
    extractor one of `biomatch.extraction.NAMES`
    """

    models: Path | None = None
    held_out: Path | None = None
    ridges: bool = True
    hardness: float = 0.0
    extractor: str = DEFAULT

    def key(self, set_name: str) -> str:
        """Raises NothingToDo, ModelNotHeldOut, ModelMissing, ModelDamaged."""
        if self.held_out is None:
            return ""
        group = group_of(set_name)
        if not (self.held_out / group).is_dir():
            raise NothingToDo(f"{self.held_out} has no models that were trained without set '{set_name}'; run `biomatch train`")
        _check_never_saw(self.held_out / group, set_name)
        return group

    def used(self, sets: Iterable[str]) -> Models | dict[str, Models]:
        """Returns the models that these sets are scored with: those of one folder, or of several by key. Raises as `key`
        does."""
        from biomatch.learned import Models, shipped

        if self.held_out is not None:
            return {key: Models(self.held_out / key) for key in sorted({self.key(name) for name in sets})}
        return shipped() if self.models is None else Models(self.models)

    def open(self, key: str) -> OurEngine:
        from biomatch.learned import Models, shipped

        if self.held_out is not None:
            return OurEngine(Models(self.held_out / key), self)
        return OurEngine(shipped() if self.models is None else Models(self.models), self)


@cache
def _check_never_saw(folder: Path, set_name: str) -> None:
    """Checks once a process that a folder's models never saw a set: every print of a set asks."""
    from biomatch.evaluation.origins import check_never_saw
    from biomatch.learned import Models

    check_never_saw(Models(folder), kin_of(set_name), set_name)


class OurEngine:
    """Extractor, describer and comparer with one folder of models."""

    def __init__(self, models: Any, setup: OurSetup):
        from biomatch.comparison import Comparer
        from biomatch.descriptors import Describer
        from biomatch.extraction import open_extractor

        self.models = models
        self.extractor = open_extractor(setup.extractor, models)
        self.describer = Describer(models)
        self.comparer = Comparer(models, use_ridges=setup.ridges)
        self._setup = setup

    def extract(self, sample: Sample) -> Any:
        from biomatch.comparison import prepare

        return prepare(self.template(sample.path.read_bytes(), sample), self.describer)

    def template(self, data: bytes, sample: Sample) -> Any:
        """Makes a template of the bytes of an image or a template."""
        from biomatch import formats
        from biomatch.imaging import decode

        if formats.is_record(data):
            return formats.read_templates(data)[0]
        image = decode(data, ppi=sample.ppi)
        if self._setup.hardness:
            image = replace(image, pixels=hardened(image.pixels, sample, self._setup.hardness))
        template = self.extractor.extract(image)
        return template if self._setup.ridges else replace(template, ridges=b"")

    def compare(self, probe: Any, references: Sequence[Any]) -> np.ndarray:
        found = self.comparer.refine(probe, references, ridge_checks=len(references))
        return np.array([(one.score, one.llr) for one in found]).reshape(-1, 2)


def hardened(pixels: np.ndarray, sample: Sample, strength: float) -> np.ndarray:
    """Distorts and spoils a print, in the same way every time, (h, w) uint8."""
    from biomatch.synthesis.degrade import harder

    seed = zlib.crc32(f"{sample.set}/{sample.finger}/{sample.impression}".encode())
    return harder(pixels, np.random.default_rng(seed), strength)
