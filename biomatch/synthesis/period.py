"""The distance of ridges over a finger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biomatch.synthesis.degrade import smooth_noise
from biomatch.synthesis.pattern import Pattern


@dataclass(frozen=True)
class PeriodParams:
    """px at 500 ppi, from ridge to ridge."""

    mean_px: float = 8.4  # 8.8 over a print, 0.45 mm: men 0.47, women 0.41 (Ashbaugh; Moore); live-scan sets here: 7.6 to 9.7
    mean_sd_px: float = 0.45  # from finger to finger of a person; persons differ by as much again
    least_px: float = 7.2
    most_px: float = 11.5
    wander: float = 0.13  # low-pass noise, as a share
    grain_px: float = 85.0  # its grain: a patch of a dozen ridges
    ripple: float = 0.05  # the same from ridge to ridge
    ripple_px: float = 32.0
    tip_share: float = 0.2  # wider above the upper core,
    base_share: float = 0.19  # and below the deltas, where the finger bends
    centre_share: float = -0.05  # finest around the core


PERIOD = PeriodParams()


def draw_period(
    rng: np.random.Generator,
    pattern: Pattern,
    width: int,
    height: int,
    origin: tuple[float, float],
    share_of_mean: float = 1.0,
    params: PeriodParams = PERIOD,
) -> np.ndarray:
    """Draws (height, width) float32, px; `origin` is where the pattern's origin lies in the image; a person's share scales
    it."""
    mean = share_of_mean * params.mean_px + params.mean_sd_px * float(np.clip(rng.standard_normal(), -2.2, 2.2))
    y = np.arange(height, dtype=np.float32)[:, None] - origin[1]
    x = np.arange(width, dtype=np.float32)[None, :] - origin[0]
    below = float(pattern.deltas[:, 1].max()) if len(pattern.deltas) else 110.0
    share = params.wander * smooth_noise(rng, height, width, params.grain_px)
    share = share + params.ripple * smooth_noise(rng, height, width, params.ripple_px)
    share = share + params.tip_share * _ramp(-y, 40, 130) + params.base_share * _ramp(y, 0.6 * below, below + 70)
    share = share + params.centre_share * np.exp(-(x * x + y * y) / (2 * 55.0**2))
    period: np.ndarray = np.clip(mean * (1 + share), params.least_px, params.most_px).astype(np.float32)
    return period


def _ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Returns 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    smooth: np.ndarray = t * t * (3 - 2 * t)
    return smooth
