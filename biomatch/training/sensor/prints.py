"""The owner's prints: read, extracted, and counted."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biomatch.comparison import Prepared
from biomatch.errors import TooFewPrints, TooManyPrints
from biomatch.evaluation import protocol, runner
from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.protocol import Sample
from biomatch.evaluation.runner import Failure
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.template import Template

MOST_PRINTS = 5_000  # their pairs are counted in memory, and more prints change no law any more
LEAST_PRINTS, LEAST_FINGERS = 50, 20  # with fewer the owner could not see whether the refit is any better


@dataclass(frozen=True, eq=False)
class Prints:
    """samples, prepared: of each print that could be read; finger (n,) int64, numbers from 0; failures: of the others."""

    samples: tuple[Sample, ...]
    prepared: tuple[Prepared, ...]
    finger: np.ndarray
    failures: tuple[Failure, ...] = ()

    @property
    def templates(self) -> list[Template]:
        return [one.template for one in self.prepared]

    @property
    def fingers(self) -> int:
        return int(self.finger.max()) + 1

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of all templates, whatever their order."""
        each = sorted(hashlib.sha256(one.to_bytes()).hexdigest() for one in self.templates)
        return hashlib.sha256("".join(each).encode()).hexdigest()

    def __getitem__(self, which: Sequence[int]) -> Prints:
        return made([self.samples[n] for n in which], [self.prepared[n] for n in which], self.failures)


def made(samples: Sequence[Sample], prepared: Sequence[Prepared], failures: Sequence[Failure] = ()) -> Prints:
    return Prints(tuple(samples), tuple(prepared), protocol.finger_numbers(samples), tuple(failures))


def read(
    setup: OurSetup, place: Path, only: Sequence[str] = (), *, processes: int = 1, progress: Progress = NO_PROGRESS
) -> Prints:
    """Reads a folder of prints, or a manifest, as `evaluation.protocol` does. Raises BadManifest, NothingToDo, TooFewPrints,
    TooManyPrints.
    """
    samples = protocol.read(place, only)
    if len(samples) > MOST_PRINTS:
        raise TooManyPrints(len(samples), MOST_PRINTS)
    found = runner.extract_all(setup, samples, [(at, "") for at in range(len(samples))], processes=processes, progress=progress)
    ready = [(one, value) for at, one in enumerate(samples) if (value := found.ready[at, ""]) is not None]
    prints = made([one for one, _ in ready], [value for _, value in ready], found.failures)
    refuse_few(prints)
    return prints


def refuse_few(prints: Prints) -> None:
    """Raises TooFewPrints."""
    impressions = Counter((one.set, one.finger) for one in prints.samples)
    mated = len({finger for (_, finger), count in impressions.items() if count > 1})
    if len(prints.samples) < LEAST_PRINTS or mated < LEAST_FINGERS:
        reason = f"{prints.failures[0].reason}" if prints.failures else ""
        raise TooFewPrints(len(prints.samples), mated, LEAST_PRINTS, LEAST_FINGERS, reason)
