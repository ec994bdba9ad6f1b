"""Fits the network that paints prints, against one that learns to tell painted prints from real ones.

The judge is shown parts of real prints, of real prints painted anew from what was told of them, and of synthetic prints
(Goodfellow et al., "Generative adversarial nets", 2014; hinge loss and spectral normalisation: Miyato et al., 2018). It is told
the kind of sensor and the place in its window, and not where ridges run, how dark and how rich in contrast they are to be.
That the ridges are those that were told, is asked for by itself: a real print painted anew must be like the real one once both
are blurred, and a synthetic one must be dark where its crests are.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from biomatch.errors import NothingToDo
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis.texture import KINDS, PLANES, noises
from biomatch.training.texture.network import Judge, Painter
from biomatch.training.texture.prints import Sheet
from biomatch.training.weights import keep, pack, unpack


@dataclass(frozen=True)
class FitParams:
    painter: tuple[int, int, int] = (16, 32, 64)  # channels
    judge: tuple[int, int, int, int] = (32, 64, 96, 128)
    side: int = 128  # px of a part
    batch: int = 3  # parts of real prints, and as many of synthetic ones
    rate: float = 2e-4
    judge_rate: float = 4e-4
    betas: tuple[float, float] = (0.0, 0.99)
    like: float = 6.0  # weight of a blurred real print painted anew being like the real one
    blur_px: float = 1.6
    tone: float = 4.0  # weight of a synthetic print's smooth greys being those that were told
    tone_px: float = 12.0
    along: float = 2.0  # weight of a synthetic print being dark on crests and bright in valleys
    step: float = 0.5  # by so many deviations, at least: blurred, a wave of ridges has 0.7
    averaged: float = 0.999  # of the painter's weights, a step
    least_contact: float = 0.3  # of most parts
    bare_share: float = 0.15  # of parts may show less of the finger
    save_every: int = 500  # steps
    brain_floats: bool = False  # convolutions in bfloat16: a third of the time on processors that have AMX, more on others


PARAMS = FitParams()


def fit(
    real: Sequence[Sheet],
    synthetic: Sequence[Sheet],
    steps: int,
    state: Path | None = None,
    *,
    seed: int = 1,
    begin: bytes | None = None,
    progress: Progress = NO_PROGRESS,
    params: FitParams = PARAMS,
) -> tuple[Painter, bytes]:
    """The painter, its weights averaged over the last steps; and all weights, which a later run may begin with. Step k is drawn
    from (seed, k) alone.

    state  file that a run which was stopped goes on from
    begin  weights of an earlier run

    Raises NothingToDo where no print is as large as the parts that are learned from.
    """
    of_real, of_synthetic = _Drawn(real, params), _Drawn(synthetic, params)
    torch.manual_seed(seed)
    run = _Run(params)
    if begin is not None:
        run.begin(begin)
    begun = run.resumed(state)
    progress.start("learning textures", steps)
    progress.advance(begun)
    for step in range(begun + 1, steps + 1):
        rng = np.random.default_rng((seed, step))
        run.step(of_real.parts(rng), of_synthetic.parts(rng), rng)
        if state is not None and (step % params.save_every == 0 or step == steps):
            run.keep(state, step)
        progress.advance()
    progress.done()
    return run.average, run.weights()


class _Drawn:
    """Parts of prints, drawn as often of each kind of sensor."""

    def __init__(self, sheets: Sequence[Sheet], params: FitParams):
        large = [one for one in sheets if min(one.image.shape) >= params.side]
        self._kinds = [some for kind in range(len(KINDS)) if (some := [one for one in large if one.kind == kind])]
        self._params = params
        if not large:
            raise NothingToDo(f"no print measures {params.side} px each way, as the parts do that textures are learned from")

    def parts(self, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Images (b, 1, side, side), -1..1, and what is told (b, PLANES, side, side)."""
        p = self._params
        images, told = [], []
        for _ in range(p.batch):
            some = self._kinds[rng.integers(len(self._kinds))]
            sheet = some[rng.integers(len(some))]
            height, width = sheet.image.shape
            bare = rng.random() < p.bare_share
            for _ in range(20):
                top, left = int(rng.integers(height - p.side + 1)), int(rng.integers(width - p.side + 1))
                here = slice(top, top + p.side), slice(left, left + p.side)
                if bare or sheet.contact[here].mean() > 255 * p.least_contact:
                    break
            images.append(sheet.image[here][None] / np.float32(127.5) - 1)
            told.append(sheet.planes(top, left, p.side))
        return torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(told))


class _Run:
    """Both networks while they learn."""

    def __init__(self, params: FitParams):
        self._params = params
        self.painter = Painter(params.painter).to(memory_format=torch.channels_last)
        self.judge = Judge(params.judge).to(memory_format=torch.channels_last)
        self.average = deepcopy(self.painter).requires_grad_(False)
        self._painting = torch.optim.Adam(self.painter.parameters(), params.rate, params.betas)
        self._judging = torch.optim.Adam(self.judge.parameters(), params.judge_rate, params.betas)
        self._near, self._far = (_gaussian(px) for px in (params.blur_px, params.tone_px))

    def step(
        self, real: tuple[torch.Tensor, torch.Tensor], synthetic: tuple[torch.Tensor, torch.Tensor], rng: np.random.Generator
    ) -> None:
        p = self._params
        (images, told), (_, made) = real, synthetic
        both = torch.cat([told, made])
        noise = np.stack([noises(rng, p.side, p.side) for _ in range(len(both))])
        painted = self._painted(torch.cat([both, torch.from_numpy(noise)], dim=1))
        self._judging.zero_grad()
        missed = sum(functional.relu(1 - one).mean() for one in self._judged(images, told))
        missed = missed + sum(functional.relu(1 + one).mean() for one in self._judged(painted.detach(), both))
        missed.backward()
        self._judging.step()
        self._painting.zero_grad()
        again, new = painted[: len(told)], painted[len(told) :]
        loss = -sum(one.mean() for one in self._judged(painted, both))
        loss = loss + p.like * (_blurred(again, self._near) - _blurred(images, self._near)).abs().mean()
        loss = loss + self._off(new, made)
        loss.backward()
        self._painting.step()
        with torch.no_grad():
            for kept, now in zip(self.average.parameters(), self.painter.parameters(), strict=True):
                kept.lerp_(now, 1 - p.averaged)

    def _painted(self, planes: torch.Tensor) -> torch.Tensor:
        with self._cast():
            painted = self.painter(planes.contiguous(memory_format=torch.channels_last))
        return painted.float()

    def _judged(self, images: torch.Tensor, told: torch.Tensor) -> list[torch.Tensor]:
        """What the judge makes of pictures: it sees where in the window they lie, and the kind of sensor."""
        shown = torch.cat([images, told[:, 4:PLANES]], dim=1).contiguous(memory_format=torch.channels_last)
        with self._cast():
            judged = self.judge(shown)
        return [one.float() for one in judged]

    def _cast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self._params.brain_floats)

    def _off(self, painted: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """By how much synthetic prints are not what was told."""
        p = self._params
        ridges, contact, mean, deviation = (told[:, n : n + 1] for n in range(4))
        smooth = _blurred(painted * contact, self._far) / _blurred(contact, self._far).clamp_min(0.05)
        tone = (smooth * contact - mean).abs().mean()
        high = (smooth - _blurred(painted, self._near)) * 127.5 / (64 * deviation + 4)  # deviations darker than about it
        along = (functional.relu(p.step * ridges.abs() - high * ridges.sign()) * contact).mean()
        return p.tone * tone + p.along * along

    def begin(self, data: bytes) -> None:
        for name, one in self._networks().items():
            one.load_state_dict(unpack(data, name))

    def weights(self) -> bytes:
        return pack({name: one.state_dict() for name, one in self._networks().items()})

    def resumed(self, state: Path | None) -> int:
        """Steps that a run which was stopped had done."""
        if state is None or not state.exists():
            return 0
        known = torch.load(state, weights_only=True)
        for name, one in self._parts().items():
            one.load_state_dict(known[name])
        return int(known["step"])

    def keep(self, state: Path, step: int) -> None:
        keep(state, {"step": step} | {name: one.state_dict() for name, one in self._parts().items()})

    def _networks(self) -> dict[str, torch.nn.Module]:
        return {"painter": self.painter, "judge": self.judge, "average": self.average}

    def _parts(self) -> dict[str, torch.nn.Module | torch.optim.Optimizer]:
        return {**self._networks(), "painting": self._painting, "judging": self._judging}


def _gaussian(px: float) -> torch.Tensor:
    reach = int(2.5 * px + 0.5)
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / px) ** 2)
    return weights / weights.sum()


def _blurred(images: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """(n, 1, h, w), its border's values going on beyond it."""
    reach = len(weights) // 2
    wide = functional.pad(images, (reach,) * 4, mode="replicate")
    return functional.conv2d(functional.conv2d(wide, weights[None, None, None]), weights[None, None, :, None])
