"""The models of the learned extractor, from the prints of a data folder. Says so where torch is missing."""

from __future__ import annotations

import os
from pathlib import Path

from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training import data
from biomatch.training.steps import need_torch, without


def train_network(
    data_folder: Path,
    out: Path,
    cache: Path,
    *,
    leave_out: str | None = None,
    seed: int = 1,
    start: Path | None = None,
    steps: int | None = None,
    real_steps: int | None = None,
    fingers: int | None = None,
    progress: Progress = NO_PROGRESS,
) -> None:
    """Trains the network on synthetic prints, then on these and real ones; see `extractor.training.train_extractor`.

    leave_out  groups of sets that take no part, joined by +; fillers, which have no mates that could correct the teacher and
               are themselves mates of latents, never do
    start      folder of models whose network the training begins with
    steps      of the run on synthetic prints, and
    real_steps of the one on real ones, too
    fingers    synthetic ones

    Raises ExtraMissing, PeerMissing, NothingToDo, BadManifest.
    """
    need_torch()
    from biomatch.training.extractor.training import ExtractorParams, train_extractor

    usual = ExtractorParams()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    params = ExtractorParams(
        threads=cores,
        fingers=fingers or usual.fingers,
        steps_synthetic=steps or usual.steps_synthetic,
        steps_real=real_steps or usual.steps_real,
    )
    samples = [s for s in without(data.read(data_folder), leave_out) if not s.set.endswith(data.FILLER_SUFFIX)]
    given = {"leave-out": leave_out, "fingers": fingers, "steps": steps, "real-steps": real_steps, "start": start and "DIR"}
    options = [f"--{name} {value}" for name, value in given.items() if value is not None]
    card = {"made_by": " ".join(["biomatch train extractor --data DIR --out models", *options]), "seed": seed}
    loaders = min(1, cores - 1)
    train_extractor(samples, out, cache, seed=seed, start=start, params=params, card=card, loaders=loaders, progress=progress)
