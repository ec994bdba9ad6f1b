"""Fits the minutiae network to crops: AdamW, an average of the weights, a checkpoint every ten minutes.

Batch k of a run is drawn from (seed, k) alone, so a run that was stopped goes on as if it had not been. The rate of learning
stays what it is until the last part of a run, in which it falls to nothing: a run that is to be longer or shorter than it was
meant to be goes on from its checkpoint with another number of steps.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.extractor.crops import PARAMS as CROPS
from biomatch.training.extractor.crops import CropParams, cut
from biomatch.training.extractor.labelled import LabelledPrint
from biomatch.training.extractor.network import Network
from biomatch.training.weights import keep


@dataclass(frozen=True)
class FitParams:
    batch: int = 32
    rate: float = 2e-3
    warm_steps: int = 200
    falling: float = 0.3  # part of the steps, the last, in which the rate falls
    decay: float = 1e-2  # of weights
    average: float = 0.998  # what the averaged weights keep at each step
    real_share: float = 0.6  # of the crops, where there are real prints
    heat: float = 1.0  # weights of the losses
    offset: float = 1.0
    direction: float = 2.0
    kind: float = 0.3
    foreground: float = 0.5
    ridges: float = 1.0
    period: float = 0.5
    save_every_s: float = 600


PARAMS = FitParams()


class _Batches(Dataset[tuple[torch.Tensor, ...]]):
    """Batch k, drawn from (seed, k)."""

    def __init__(self, prints: Sequence[LabelledPrint], seed: int, params: FitParams, crops: CropParams):
        self._prints = prints
        self._real = [k for k, one in enumerate(prints) if one.real]
        self._made = [k for k, one in enumerate(prints) if not one.real]
        self._seed, self._params, self._crops = seed, params, crops

    def __getitem__(self, number: int) -> tuple[torch.Tensor, ...]:
        rng = np.random.default_rng((self._seed, number))
        crops = [cut(self._prints[self._one(rng)], rng, self._crops) for _ in range(self._params.batch)]
        return tuple(
            torch.from_numpy(np.stack([getattr(one, name) for one in crops])) for name in ("planes", "heat", "places", "ridges")
        )

    def _one(self, rng: np.random.Generator) -> int:
        real = bool(self._real) and (not self._made or rng.random() < self._params.real_share)
        return int(rng.choice(self._real if real else self._made))


def fit(
    prints: Sequence[LabelledPrint],
    steps: int,
    state: Path,
    *,
    seed: int = 1,
    begin: Mapping[str, torch.Tensor] | None = None,
    params: FitParams = PARAMS,
    crops: CropParams = CROPS,
    threads: int = 1,
    loaders: int = 1,
    progress: Progress = NO_PROGRESS,
) -> tuple[Network, list[dict[str, float]]]:
    """Fits the network of averaged weights with so many steps, and returns it with the curve of its losses.

    state  file that keeps the run; where it is there, the run goes on from it
    begin  weights of another run, which this one begins with
    """
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = Network().to(device, memory_format=torch.channels_last)
    if begin is not None:
        network.load_state_dict(begin)
    average = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), params.rate, weight_decay=params.decay)
    first, curve = 0, []
    if state.exists():
        kept = torch.load(state, weights_only=True, map_location=device)
        network.load_state_dict(kept["network"])
        average.load_state_dict(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        first, curve = kept["step"], json.loads(kept["curve"])
    batches = DataLoader(
        _Batches(prints, seed, params, crops), batch_size=None, sampler=range(first, steps), num_workers=loaders,
        prefetch_factor=4 if loaders else None,
    )  # fmt: skip
    progress.start(f"training on {len(prints):,} prints", steps - first)
    network.train()
    saved, seen = time.monotonic(), 0
    sums: dict[str, float] = {}
    for step, batch in enumerate(batches, first):
        for group in optimiser.param_groups:
            group["lr"] = _rate(step, steps, params)
        planes, *wanted = (one.to(device, non_blocking=True) for one in batch)
        with torch.autocast(device, torch.bfloat16):
            answers = network(planes.contiguous(memory_format=torch.channels_last))
        losses = _losses(*(one.float() for one in answers), *wanted)
        total = sum(getattr(params, name) * loss for name, loss in losses.items())
        optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        _blend(average, network, min(params.average, (1 + step) / (10 + step)))
        for name, loss in losses.items():
            sums[name] = sums.get(name, 0.0) + float(loss.detach())
        seen += 1
        if seen == 100 or step == steps - 1:
            curve.append({"step": step + 1, **{name: round(value / seen, 4) for name, value in sums.items()}})
            sums, seen = {}, 0
        progress.advance()
        if time.monotonic() - saved > params.save_every_s or step == steps - 1:
            _save(state, network, average, optimiser, step + 1, curve)
            saved = time.monotonic()
    progress.done()
    return average.cpu().eval(), curve


def _save(state: Path, network: Network, average: Network, optimiser: Any, step: int, curve: list[dict[str, float]]) -> None:
    kept = {
        "network": network.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "step": step,
        "curve": json.dumps(curve),
    }  # fmt: skip
    keep(state, kept)


def _rate(step: int, steps: int, params: FitParams) -> float:
    warm = min(1.0, (step + 1) / params.warm_steps)
    left = min(1.0, (steps - step) / (params.falling * steps))
    return params.rate * warm * left


@torch.no_grad()
def _blend(average: Network, network: Network, kept: float) -> None:
    own, others = average.state_dict(), network.state_dict()
    for name, value in own.items():
        if value.dtype.is_floating_point:
            value.lerp_(others[name], 1 - kept)
        else:
            value.copy_(others[name])


def _losses(
    quarter: torch.Tensor, eighth: torch.Tensor, heat: torch.Tensor, places: torch.Tensor, ridges: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Computes losses by name. Focal loss of the heat (CenterNet, Zhou et al., arXiv 1904.07850); the others where a minutia or
    a finger is."""
    logit, truth, weight = quarter[:, 0], heat[:, 0], heat[:, 1]
    chance = torch.sigmoid(logit)
    peak = (truth > 0.999).float() * weight
    hit = (1 - chance) ** 2 * functional.logsigmoid(logit) * peak
    miss = (1 - truth) ** 4 * chance**2 * functional.logsigmoid(-logit) * (weight - peak)
    at, many = places[:, 5], places[:, 5].sum() + 1
    direction = quarter[:, 3:5]
    length = direction.norm(dim=1)
    cosine = (direction * places[:, 2:4]).sum(1) / (length + 1e-4)
    inside, area = ridges[:, 4], ridges[:, 4].sum() + 1
    double = eighth[:, 1:3]
    straight = (double * ridges[:, 1:3]).sum(1) / (double.norm(dim=1) + 1e-4)
    return {
        "heat": -(hit + miss).sum() / (peak.sum() + 1),
        "offset": ((quarter[:, 1:3] - places[:, 0:2]).abs().sum(1) * at).sum() / many,
        "direction": ((1 - cosine + 0.05 * (length - 1) ** 2) * at).sum() / many,
        "kind": (functional.binary_cross_entropy_with_logits(quarter[:, 5], places[:, 4], reduction="none") * at).sum() / many,
        "foreground": functional.binary_cross_entropy_with_logits(eighth[:, 0], ridges[:, 0]),
        "ridges": ((1 - straight + 0.05 * (double.norm(dim=1) - 1) ** 2) * inside).sum() / area,
        "period": ((eighth[:, 3] - ridges[:, 3]).abs() * inside).sum() / area,
    }
