"""Prints for training: what a manifest lists, their groups, and their templates, extracted once and kept in a cache."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biomatch.errors import BiomatchError
from biomatch.evaluation import protocol
from biomatch.evaluation.engine import group_of as group_of
from biomatch.evaluation.protocol import Sample
from biomatch.extraction import CLASSICAL, Extractor, open_extractor
from biomatch.imaging import decode
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.synthesis.degrade import harder
from biomatch.template import Template
from biomatch.workers import TRUSTED, Pool

FILLER_SUFFIX = "_a"  # sets with one impression a finger: no mates, never a set to score
SYNTHETIC = "synthetic"
PRESSURE = 0.6  # how unlike two presses of a synthetic finger are: as two careful impressions
HARDNESS = 1.0  # of the degraded copies: skin distortion, pressure, wetness and dryness as strong as they come in practice


@dataclass(frozen=True, eq=False)
class Print:
    """One print of a known finger. `finger` is unique over all sets; prints of one finger may come from several sets."""

    path: str
    set: str
    finger: str
    impression: int
    group: str
    template: Template


def read(places: Sequence[Path]) -> list[Sample]:
    """Reads the samples of manifests, and of folders with a manifest.csv, together, sorted. Raises BadManifest."""
    return protocol.read_several(protocol.lists_of(places))


def templates(
    samples: Sequence[Sample],
    models: Path | None,
    cache: Path | None,
    progress: Progress = NO_PROGRESS,
    *,
    hardness: float = 0,
    extractor: str = CLASSICAL,
) -> list[Print]:
    """Makes prints of samples, extracted by two processes, quality not judged. Those whose image gives an error are left out.

    models    folder of the models that extraction uses, None: the package's
    cache     folder that keeps templates by extractor version and hardness; None: nothing is kept
    hardness  0: prints as they are; above: degraded copies, each the same way every time
    extractor by its name
    """
    version = _open(models, extractor).version
    folder = None if cache is None else cache / f"{version.replace('/', '-')}-{hardness:g}"
    known = {s: _kept(folder, s) for s in samples}
    missing = [s for s in samples if known[s] is None]
    progress.start(f"extracting {len(missing):,} prints", len(missing))
    setup = functools.partial(_open, models, extractor)
    with Pool(setup, _extract, processes=min(2, os.cpu_count() or 1), caps=TRUSTED) as pool:
        for sample, reply in zip(missing, pool.map([(s, hardness) for s in missing], progress), strict=True):
            if not isinstance(reply, BiomatchError):
                known[sample] = reply
                _keep(folder, sample, reply)
    progress.done()
    return [
        Print(str(s.path), s.set, s.finger, s.impression, group_of(s.set), Template.from_bytes(data))
        for s in samples
        if (data := known[s]) is not None
    ]


def _open(models: Path | None, extractor: str) -> Extractor:
    return open_extractor(extractor, None if models is None else Models(models))


def _extract(extractor: Extractor, sample: Sample, hardness: float) -> bytes:
    image = decode(sample.path.read_bytes(), ppi=sample.ppi)
    if hardness:
        image = type(image).of(harder(image.pixels, np.random.default_rng(seed_of(sample)), hardness))
    return extractor.measure(image)[0].to_bytes()


def seed_of(sample: Sample) -> list[int]:
    return list(f"{sample.set}/{sample.finger}/{sample.impression}".encode())


def _kept(folder: Path | None, sample: Sample) -> bytes | None:
    path = _place(folder, sample)
    return path.read_bytes() if path is not None and path.exists() else None


def _keep(folder: Path | None, sample: Sample, data: bytes) -> None:
    path = _place(folder, sample)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        temporary.write_bytes(data)
        temporary.replace(path)


def _place(folder: Path | None, sample: Sample) -> Path | None:
    return None if folder is None else folder / sample.set / f"{sample.path.stem}.bmt"


def pressed(fingers: int, seed: int, models: Models) -> list[Print]:
    """Makes minutiae of so many fingers of nobody, each pressed twice; what they have in common is `group` "synthetic"."""
    rng = np.random.default_rng(seed)
    return [
        Print(f"{SYNTHETIC}/{i}_{k}", SYNTHETIC, f"{SYNTHETIC}/{i}", k, SYNTHETIC, press_again(finger, rng, PRESSURE))
        for i, finger in enumerate(synthesise_templates(fingers, seed, models=models))
        for k in (1, 2)
    ]


def mated_pairs(prints: Sequence[Print], most_a_finger: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Draws pairs of prints (by number) of one finger, at most so many a finger, at random, in a fixed order."""
    by_finger: dict[str, list[int]] = {}
    for i, p in enumerate(prints):
        by_finger.setdefault(p.finger, []).append(i)
    out: list[tuple[int, int]] = []
    for finger in sorted(by_finger):
        own = by_finger[finger]
        pairs = [(a, b) for n, a in enumerate(own) for b in own[n + 1 :]]
        chosen = rng.permutation(len(pairs))[:most_a_finger]
        out.extend(pairs[i] for i in sorted(chosen))
    return out
