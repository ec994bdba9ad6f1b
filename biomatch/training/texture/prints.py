"""Prints to learn textures from: real ones, whose ridges an extractor finds, and synthetic ones, whose ridges are known."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from biomatch.errors import BiomatchError
from biomatch.evaluation.protocol import Sample
from biomatch.extraction import LearnedExtractor
from biomatch.imaging import decode
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis.impression import impression
from biomatch.synthesis.person import TEN, finger_of
from biomatch.synthesis.sensor import SENSORS
from biomatch.synthesis.skin import draw_touch
from biomatch.synthesis.texture import KINDS, given, tone
from biomatch.training.data import SYNTHETIC
from biomatch.workers import TRUSTED, Pool

KIND_OF_SET = {  # which sensor's prints those of a set are like
    "crossmatch": 0, "fvc2000_db1": 1, "uareu": 2, "fvc2000_db3": 3, "fvc2000_db2": 4, "fvc2000_db2_a": 4,
}  # fmt: skip
DIFFICULTY = 1.6  # of touches, as on research sets
EDGE_PX = 3.0  # over which contact begins
LEAST_FINGER = 0.05  # share of a picture that a finger must cover


@dataclass(frozen=True, eq=False)
class Sheet:
    """A print, and what the network is told of it.

    image, contact, mean, deviation  (h, w) uint8: greys; 0..255
    ridges   (h, w) int8  -127 valley .. 127 crest
    kind     number of its sensor among `KINDS`
    origin   name of its set
    """

    image: np.ndarray
    ridges: np.ndarray
    contact: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    kind: int
    origin: str

    @classmethod
    def of(cls, image: np.ndarray, ridges: np.ndarray, contact: np.ndarray, kind: int, origin: str = SYNTHETIC) -> Sheet:
        """Of ridges (h, w) float32 -1..1, and contact (h, w) float32 0..1."""
        mean, deviation = tone(image, contact)
        steep = np.rint(127 * np.clip(ridges, -1, 1)).astype(np.int8)
        lies, middle, spread = (np.clip(np.rint(one), 0, 255).astype(np.uint8) for one in (255 * contact, mean, deviation))
        return cls(image, steep, lies, middle, spread, kind, origin)

    def planes(self, top: int, left: int, side: int) -> np.ndarray:
        """(PLANES, side, side) float32: what the network is told of a part."""
        here = slice(top, top + side), slice(left, left + side)
        ridges, contact = self.ridges[here] / np.float32(127), self.contact[here] / np.float32(255)
        told = given(ridges, contact, self.mean[here].astype(np.float32), self.deviation[here].astype(np.float32), self.kind)
        height, width = self.image.shape
        told[4] = np.linspace(-1, 1, width, dtype=np.float32)[left : left + side][None, :]
        told[5] = np.linspace(-1, 1, height, dtype=np.float32)[top : top + side][:, None]
        return told


def real(samples: Sequence[Sample], models: Path | None, progress: Progress = NO_PROGRESS) -> list[Sheet]:
    """Prints of the sets in `KIND_OF_SET`; those that cannot be read, or show no finger, are left out. Raises ModelMissing,
    ModelDamaged."""
    _open(models)
    known = [sample for sample in samples if sample.set in KIND_OF_SET]
    setup = functools.partial(_open, models)
    replies = _made("looking at real prints", setup, _look, [(one,) for one in known], progress)
    return [sheet for reply in replies if not isinstance(reply, BiomatchError) for sheet in reply]


def synthetic(fingers: int, seed: int, kinds: Collection[int], progress: Progress = NO_PROGRESS) -> list[Sheet]:
    """One print of each finger on each sensor of some kinds."""
    jobs = [(seed, number, tuple(sorted(kinds))) for number in range(fingers)]
    sheets: list[Sheet] = []
    for reply in _made("pressing synthetic fingers", _nothing, _press, jobs, progress):
        if isinstance(reply, BiomatchError):
            raise reply
        sheets += reply
    return sheets


def _made(
    what: str,
    setup: Callable[[], Any],
    work: Callable[..., list[Sheet]],
    jobs: Sequence[tuple[Any, ...]],
    progress: Progress,
) -> list[list[Sheet] | BiomatchError]:
    progress.start(what, len(jobs))
    with Pool(setup, work, processes=min(2, os.cpu_count() or 1), caps=TRUSTED) as pool:
        replies = list(pool.map(jobs, progress))
    progress.done()
    return replies


def _open(models: Path | None) -> LearnedExtractor:
    return LearnedExtractor(Models(models))


def _look(extractor: LearnedExtractor, sample: Sample) -> list[Sheet]:
    image = decode(Path(sample.path).read_bytes(), ppi=sample.ppi)
    seen: dict[str, np.ndarray] = {}

    def keep(name: str, value: object) -> None:
        if name in ("foreground", "ridges"):
            seen[name] = np.asarray(value)

    extractor.measure(image, trace=keep)
    mask = seen["foreground"].astype(np.float32)
    if mask.mean() < LEAST_FINGER:
        return []
    contact = cv2.GaussianBlur(mask, (0, 0), EDGE_PX)
    return [Sheet.of(image.pixels, -seen["ridges"], contact, KIND_OF_SET[sample.set], sample.set)]


def _nothing() -> None:
    return None


class _Recorder:
    """Takes down what a texture would be told."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []

    def of(self, image: np.ndarray, ridges: np.ndarray, contact: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
        self.sheets.append(Sheet.of(image, ridges, contact, KINDS.index(kind)))
        return image


def _press(_: None, seed: int, number: int, kinds: Sequence[int]) -> list[Sheet]:
    rng = np.random.default_rng((seed, number))
    finger = finger_of(seed, number + 1, TEN[number % len(TEN)])
    recorder = _Recorder()
    for kind in kinds:
        impression(finger, rng, draw_touch(rng, DIFFICULTY), SENSORS[kind], texture=recorder)
    return recorder.sheets
