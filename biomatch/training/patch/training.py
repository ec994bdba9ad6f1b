"""The model "patch", from nothing: synthetic prints, the network's run, its ONNX file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.data import Print
from biomatch.training.patch.fit import FitParams, fit
from biomatch.training.patch.network import to_onnx
from biomatch.training.patch.pairs import Pairs


@dataclass(frozen=True)
class PatchParams:
    steps: int = 4_000
    pairs_a_finger: int = 6  # of prints
    clear: tuple[int, int] = (10, 32)  # minutiae that a part shows, drawn evenly
    scaled_by: int = 4_096  # patches by which the size of features is set
    fit: FitParams = field(default_factory=FitParams)


PARAMS = PatchParams()


def train_patches(
    prints: Sequence[Print],
    cache: Path | None,
    *,
    seed: int = 1,
    progress: Progress = NO_PROGRESS,
    params: PatchParams = PARAMS,
) -> tuple[bytes, Mapping[str, float]]:
    """Trains the network; returns it as ONNX, and figures for its card.

    prints  of synthetic fingers
    cache   folder that keeps the run, so that one that was stopped goes on
    """
    pairs = Pairs.of(prints, np.random.default_rng(seed), params.pairs_a_finger, params.clear)
    state = None if cache is None else cache / f"patch-{_digest(prints, seed, params)}.state"
    network, loss = fit(pairs, params.steps, state, seed=seed, progress=progress, params=params.fit)
    data = to_onnx(network, pairs.patches[: params.scaled_by])
    return data, {"mated_minutiae": len(pairs.first), "loss": round(loss, 3)}


def _digest(prints: Sequence[Print], seed: int, params: PatchParams) -> str:
    """Digests all that a run depends on but its length, which may be changed while it lasts."""
    known = hashlib.sha256(repr((seed, params.pairs_a_finger, params.clear, params.fit)).encode())
    for one in prints:
        known.update(one.template.to_bytes())
    return known.hexdigest()[:12]
