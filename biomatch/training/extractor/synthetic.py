"""Synthetic prints for the network: every kind of sensor, careless touches, rolled ones and latents, with exact labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import draw_touch, impression, latent, rolled
from biomatch.synthesis.impression import Impression
from biomatch.synthesis.master import NAIL_TO_NAIL, Master, master
from biomatch.synthesis.sensor import SENSORS
from biomatch.training.extractor import labels
from biomatch.training.extractor.labelled import LabelledPrint, read, write


@dataclass(frozen=True)
class SyntheticParams:
    plain: int = 3  # impressions of a finger, each on another sensor
    difficulty: tuple[float, float] = (0.7, 2.3)  # from guided touches to worse than in the public sets
    rolled_every: int = 10  # every tenth finger is rolled, too
    latent_every: int = 2  # every second one left a latent, some of them crossed by the finger before


PARAMS = SyntheticParams()


def prints(folder: Path, fingers: int, seed: int, progress: Progress = NO_PROGRESS) -> list[LabelledPrint]:
    """Makes labelled prints of so many fingers; those that lie in `folder` are not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    progress.start(f"synthetic prints of {fingers:,} fingers", fingers)
    out = []
    for number in range(fingers):
        path = folder / f"{seed}-{number:05}.npz"
        if not path.exists():
            write(path, list(of_finger(seed, number)))
        out += read(path)
        progress.advance()
    progress.done()
    return out


def of_finger(seed: int, number: int, params: SyntheticParams = PARAMS) -> Iterator[LabelledPrint]:
    """Yields all prints of one finger. The same seed and number give the same prints."""
    rng = np.random.default_rng((seed, number))
    wide = number % params.rolled_every == params.rolled_every - 1
    finger = master((seed, number, 0), params=NAIL_TO_NAIL) if wide else master((seed, number, 0))
    if wide:
        yield labels.of_synthetic(finger, rolled(finger, rng))
    for sensor in rng.permutation(len(SENSORS))[: params.plain]:
        touch = draw_touch(rng, float(rng.uniform(*params.difficulty)))
        yield labels.of_synthetic(finger, impression(finger, rng, touch, SENSORS[sensor]))
    if number % params.latent_every == 0:
        yield labels.of_synthetic(finger, _latent(finger, rng, seed, number))


def _latent(finger: Master, rng: np.random.Generator, seed: int, number: int) -> Impression:
    return latent(finger, rng, other=master((seed, number - 1, 0)) if number else None)
