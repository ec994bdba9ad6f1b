"""The models of the learned extractor, from the prints of a data folder. Says so where torch is missing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from biomatch.evaluation.protocol import Sample
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training import data
from biomatch.training.steps import need_torch, without

if TYPE_CHECKING:
    from biomatch.training.extractor import training


@dataclass(frozen=True)
class NetworkParams:
    """The length of the network's training, where it is not as long as usual.

    steps       of the run on synthetic prints
    real_steps  of the one on real ones, too
    fingers     synthetic ones
    """

    steps: int | None = None
    real_steps: int | None = None
    fingers: int | None = None


USUAL = NetworkParams()


def train_network(
    places: Sequence[Path],
    out: Path,
    cache: Path,
    *,
    leave_out: str | None = None,
    seed: int = 1,
    start: Path | None = None,
    params: NetworkParams = USUAL,
    progress: Progress = NO_PROGRESS,
) -> None:
    """Trains the network on synthetic prints, then on these and real ones; see `extractor.training.train_extractor`.

    places     as `data.read` takes them
    leave_out  groups of sets that take no part, joined by +
    start      folder of models whose network the training begins with

    Raises ExtraMissing, PeerMissing, NothingToDo, BadManifest.
    """
    need_torch()
    from biomatch.training.extractor import training

    said = {"leave-out": leave_out, **_said(params), "start": start and "DIR"}
    run = _run(out, cache, seed, params, said, progress)
    training.train_extractor(_with_mates(without(data.read(places), leave_out)), run, start)


def train_network_of_fold(
    samples: Sequence[Sample], out: Path, cache: Path, fold: str, seed: int, params: NetworkParams, progress: Progress
) -> None:
    """Trains a network that never saw the fold's group, from the synthetic one in `out`. Raises ExtraMissing, PeerMissing."""
    need_torch()
    from biomatch.training.extractor import training

    run = _run(out, cache, seed, params, {"leave-out": fold, **_said(params)}, progress)
    training.train_from_synthetic(_with_mates(samples), run)


def _run(out: Path, cache: Path, seed: int, params: NetworkParams, said: dict[str, object], progress: Progress) -> training.Run:
    from biomatch.training.extractor import training

    usual = training.ExtractorParams()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    sizes = training.ExtractorParams(
        threads=cores,
        fingers=params.fingers or usual.fingers,
        steps_synthetic=params.steps or usual.steps_synthetic,
        steps_real=params.real_steps or usual.steps_real,
    )
    options = [f"--{name} {value}" for name, value in said.items() if value is not None]
    card = {"made_by": " ".join(["biomatch train extractor --data DIR --out models", *options]), "seed": seed}
    return training.Run(out, cache, seed, sizes, card, min(1, cores - 1), progress)


def _said(params: NetworkParams) -> dict[str, object]:
    return {"fingers": params.fingers, "steps": params.steps, "real-steps": params.real_steps}


def _with_mates(samples: Sequence[Sample]) -> list[Sample]:
    """Drops fillers, which have no mates that could correct the teacher, and are themselves mates of latents."""
    return [s for s in samples if not s.set.endswith(data.FILLER_SUFFIX)]
