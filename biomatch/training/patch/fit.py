"""Fits the network of patches: it learns to tell the ridges about mated minutiae from those about all others.

Mated minutiae learn to pick each other among those of other fingers (Chen et al., "A simple framework for contrastive learning
of visual representations", ICML 2020, equation 1), by a linear map of their cylinders to which the network adds what the ridges
look like. The map is thrown away: the projection learns its own beside the network's features.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from biomatch.descriptors.patch import FEATURES, planes
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.patch.network import PatchNetwork
from biomatch.training.patch.pairs import Pairs
from biomatch.training.projection import PARAMS as PROJECTION
from biomatch.training.weights import keep


@dataclass(frozen=True)
class FitParams:
    channels: tuple[int, int, int] = (16, 32, 64)
    batch: int = 768
    rate: float = 1.5e-3
    warm_steps: int = 100
    falling: float = 0.6  # part of the steps, the last, in which the rate falls
    decay: float = 1e-2  # of weights
    temperature: float = 0.07  # of similarities, as the projection's
    unseen: float = 0.15  # share of minutiae whose patch is hidden, so that the map learns to do without
    dropped: float = 0.1  # of the last features
    save_every: int = 200  # steps


PARAMS = FitParams()


def fit(
    pairs: Pairs,
    steps: int,
    state: Path | None = None,
    *,
    seed: int = 1,
    progress: Progress = NO_PROGRESS,
    params: FitParams = PARAMS,
) -> tuple[PatchNetwork, float]:
    """Fits the network; returns it, and its loss at the end. Step k is drawn from (seed, k) alone.

    state  file that a run which was stopped goes on from
    """
    torch.manual_seed(seed)
    network, lower = PatchNetwork(params.channels, params.dropped), nn.Linear(pairs.rows.shape[1], FEATURES, bias=False)
    with torch.no_grad():
        lower.weight.copy_(torch.eye(*lower.weight.shape))
        lower.weight *= PROJECTION.length / torch.linalg.norm(lower(torch.from_numpy(pairs.rows[:20_000])), dim=1).mean()
        network.out.weight *= 0.5
    both = nn.ModuleDict({"network": network, "lower": lower})
    optimiser = torch.optim.AdamW(both.parameters(), params.rate, weight_decay=params.decay)
    begun, loss = _resumed(state, both, optimiser)
    progress.start("learning what ridges look like", steps)
    progress.advance(begun)
    for step in range(begun + 1, steps + 1):
        rate = params.rate * min(1, step / params.warm_steps, (steps - step + 1) / (params.falling * steps))
        for group in optimiser.param_groups:
            group["lr"] = rate
        rng = np.random.default_rng((seed, step))
        torch.manual_seed(int(rng.integers(1 << 31)))  # of what is dropped
        missed = _loss(both, pairs, rng, params)
        optimiser.zero_grad()
        missed.backward()
        optimiser.step()
        loss = float(missed.detach())
        if state is not None and (step % params.save_every == 0 or step == steps):
            _keep(state, both, optimiser, step, loss)
        progress.advance()
    progress.done()
    network.eval()
    return network, loss


def _loss(both: nn.ModuleDict, pairs: Pairs, rng: np.random.Generator, params: FitParams) -> torch.Tensor:
    drawn = rng.integers(len(pairs.first), size=params.batch)
    sides = []
    for rows in (pairs.first[drawn], pairs.second[drawn]):
        patches = torch.from_numpy(planes(pairs.patches[rows]))
        shown = (patches != 0).flatten(1).any(dim=1) & torch.from_numpy(rng.random(len(rows)) >= params.unseen)
        features = both["network"](patches) * shown[:, None]
        sides.append(functional.normalize(both["lower"](torch.from_numpy(pairs.rows[rows])) + features))
    finger = torch.from_numpy(pairs.finger[drawn])
    apart = finger[:, None] != finger[None]
    apart.fill_diagonal_(True)
    likeness = (sides[0] @ sides[1].T / params.temperature).masked_fill(~apart, -1e4)
    mate = torch.arange(len(finger))
    return functional.cross_entropy(likeness, mate) + functional.cross_entropy(likeness.T, mate)


def _resumed(state: Path | None, both: nn.ModuleDict, optimiser: torch.optim.Optimizer) -> tuple[int, float]:
    """Returns the steps that a run which was stopped had done, and its loss."""
    if state is None or not state.exists():
        return 0, 0.0
    known = torch.load(state, weights_only=True)
    both.load_state_dict(known["weights"])
    optimiser.load_state_dict(known["optimiser"])
    return int(known["step"]), float(known["loss"])


def _keep(state: Path, both: nn.ModuleDict, optimiser: torch.optim.Optimizer, step: int, loss: float) -> None:
    kept = {"weights": both.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "loss": loss}
    keep(state, kept)
