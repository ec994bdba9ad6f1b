"""Grows ridges along a flow: a noise image, filtered again and again by Gabor kernels of the local direction and period.

Where growing fronts do not fit, a ridge ends or forks: minutiae emerge, as they do in skin.

Source: Cappelli, Erol, Maio, Maltoni, "Synthetic fingerprint-image generation", ICPR 2000 (SFinGe).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit


@dataclass(frozen=True)
class GrowthParams:
    """Half resolution while ridges form (a sixteenth of the work), then full."""

    orientations: int = 64  # steps of 2.8 degrees: finer ones change nothing
    periods: int = 24
    shortest_px: float = 6.6
    longest_px: float = 12.4
    sigma_share: float = 0.40  # of the period: three peaks, as in SFinGe
    radius_share: float = 2.2  # of sigma
    gain: float = 1.6  # of a pass, before clipping: a wave of full height stays full
    coarse_passes: int = 36
    fine_passes: int = 4
    seed_density: float = 1 / 90.0  # seeds a px^2 of the coarse image


GROWTH = GrowthParams()


def grow(rng: np.random.Generator, flow: np.ndarray, period: np.ndarray, params: GrowthParams = GROWTH) -> np.ndarray:
    """Grows ridges (h, w) float32, about cos(phase): 1 on a ridge's crest, -1 in a valley's floor.

    flow    (h, w) float32  orientation, rad counter-clockwise as seen
    period  (h, w) float32  px
    """
    height, width = flow.shape
    half = (width // 2, height // 2)
    slow_flow, slow_period = _shrunk(flow, half), cv2.resize(period, half, interpolation=cv2.INTER_AREA)
    ridges = _seeds(rng, half, params)
    turn, bank = _choices(slow_flow, slow_period, params), _bank(2.0, params)
    for _ in range(params.coarse_passes):
        ridges = filter_along(ridges, *turn, bank, params.gain)
    ridges = cv2.resize(ridges, (width, height), interpolation=cv2.INTER_CUBIC)
    turn, bank = _choices(flow, period, params), _bank(1.0, params)
    for _ in range(params.fine_passes):
        ridges = filter_along(ridges, *turn, bank, params.gain)
    return ridges


def _seeds(rng: np.random.Generator, size: tuple[int, int], params: GrowthParams) -> np.ndarray:
    width, height = size
    seeds = np.where(rng.random((height, width)) < params.seed_density, rng.choice([-1.0, 1.0], (height, width)), 0.0)
    return seeds.astype(np.float32)


def _shrunk(flow: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns orientations at half resolution, averaged as double angles."""
    c, s = (cv2.resize(f(2 * flow).astype(np.float32), size, interpolation=cv2.INTER_AREA) for f in (np.cos, np.sin))
    mean: np.ndarray = 0.5 * np.arctan2(s, c)
    return mean


def _choices(flow: np.ndarray, period: np.ndarray, params: GrowthParams) -> tuple[np.ndarray, np.ndarray]:
    """Chooses for each px an orientation and a period of the bank, int64 both."""
    turn = np.rint(np.mod(flow, np.pi) * (params.orientations / np.pi)).astype(np.int64) % params.orientations
    step = (params.longest_px - params.shortest_px) / (params.periods - 1)
    size = np.rint((period - params.shortest_px) / step).astype(np.int64).clip(0, params.periods - 1)
    return turn, size


def _bank(shrink: float, params: GrowthParams) -> np.ndarray:
    """Makes zero-mean even Gabor kernels, padded to full vectors of eight, (orientations, periods, 2 r + 1, 8 n) float32.

    Each answers a wave of its own direction and period with its own height.
    """
    longest = params.longest_px / shrink
    radius = int(np.ceil(params.radius_share * params.sigma_share * longest))
    side = 2 * radius + 1
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float64)
    bank = np.zeros((params.orientations, params.periods, side, -(-side // 8) * 8), np.float32)
    for i, turn in enumerate(np.arange(params.orientations) * np.pi / params.orientations):
        across = x * np.sin(turn) + y * np.cos(turn)
        for j, period in enumerate(np.linspace(params.shortest_px, params.longest_px, params.periods) / shrink):
            envelope = np.exp(-(x * x + y * y) / (2 * (params.sigma_share * period) ** 2))
            wave = np.cos(2 * np.pi * across / period)
            kernel = envelope * wave
            kernel -= envelope * (kernel.sum() / envelope.sum())
            bank[i, j, :, :side] = kernel / (kernel * wave).sum()
    return bank


def filter_along(image: np.ndarray, turn: np.ndarray, size: np.ndarray, bank: np.ndarray, gain: float) -> np.ndarray:
    """Makes one pass: each px becomes the clipped answer of its own kernel, (h, w) float32 in -1..1."""
    radius = bank.shape[2] // 2
    wide = bank.shape[3] - bank.shape[2]
    padded = cv2.copyMakeBorder(image, radius, radius, radius, radius + wide, cv2.BORDER_REFLECT_101)
    return convolve_chosen(padded, turn, size, bank, np.float32(gain))


@njit(nogil=True, cache=True)
def convolve_chosen(padded: np.ndarray, turn: np.ndarray, size: np.ndarray, bank: np.ndarray, gain: np.float32) -> np.ndarray:
    """Convolves every px with the kernel that is chosen for it, times a gain, clipped to -1..1.

    padded   (h + 2 r, w + 2 r + extra) float32  the image with its border
    turn     (h, w) int64    first index into the bank
    size     (h, w) int64    second index
    bank     (o, p, 2 r + 1, 2 r + 1 + extra) float32  kernels, the extra columns zero
    returns  (h, w) float32

    Sums run in lanes, one a column, and are added at the end: vectors without fast-math. Twin: tests/synthesis/test_growth.py
    """
    height, width = turn.shape
    rows, lanes = bank.shape[2], bank.shape[3]
    out = np.empty((height, width), np.float32)
    total = np.zeros(lanes, np.float32)
    for y in range(height):
        for x in range(width):
            kernel = bank[turn[y, x], size[y, x]]
            total[:] = np.float32(0)
            for i in range(rows):
                for j in range(lanes):
                    total[j] += kernel[i, j] * padded[y + i, x + j]
            answer = np.float32(0)
            for j in range(lanes):
                answer += total[j]
            out[y, x] = min(max(answer * gain, np.float32(-1)), np.float32(1))
    return out
