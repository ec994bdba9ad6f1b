"""Distance from ridge to ridge, at every pixel: how fast the phase turns across the ridges.

The picture's spectrum gives one period for the whole print. A first wave, measured with that one, then turns at the true
local rate, which is read from its phase. (The instantaneous frequency of an analytic signal: Boashash, Proc. IEEE 80(4), 1992.)
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.extraction import waves
from biomatch.extraction.orientation import Flow
from biomatch.observe import Trace


@dataclass(frozen=True)
class PeriodParams:
    usual_px: float = 9.0  # adults at 500 ppi; taken where nothing can be measured
    least_px: float = 5.0  # narrower ridges are not read
    most_px: float = 16.0  # nor wider ones
    ring_width: float = 0.08  # of log frequency: rings of the spectrum
    passes: int = 2  # smoothing along the ridges before the first wave
    window_sigma_px: float = 16.0  # two periods: the period changes slowly
    plausible_px: tuple[float, float] = (5.5, 13.5)  # outside, the image's resolution is probably wrong


def estimate(
    flat: np.ndarray, flow: Flow, mask: np.ndarray, params: PeriodParams, wave_params: waves.WaveParams, trace: Trace
) -> np.ndarray:
    """Estimates the distance from ridge to ridge in px, (h, w) float32.

    flat  (h, w) float32  normalised picture
    mask  (h, w) bool     foreground
    """
    whole = of_print(flat, mask, params)
    smooth = waves.smoothed(flat, flow.angle, mask, params.passes, wave_params)
    first = waves.response(smooth, flow.angle, np.full_like(flat, whole), mask, wave_params)
    turning, power = _turning(first, flow)
    small = (max(1, flat.shape[1] // 4), max(1, flat.shape[0] // 4))
    turning, power = (
        cv2.GaussianBlur(cv2.resize(v, small, interpolation=cv2.INTER_AREA), (0, 0), params.window_sigma_px / 4)
        for v in (turning, power)
    )
    floor = 0.02 * float(power.max(initial=0)) + 1e-12
    # central differences of a wave of rate r along n give nx sin(r nx) + ny sin(r ny), about sin(r k) / k with
    # k^2 = nx^4 + ny^4 = (3 + cos 4 theta) / 4
    k = np.sqrt(0.5 + 0.5 * flow.double[..., 0] ** 2)
    rate = np.arcsin(np.clip(k * (turning + floor * np.sin(2 * np.pi / whole)) / (power + floor), 1e-3, 1)) / k
    period = np.clip(2 * np.pi / rate, params.least_px, params.most_px).astype(np.float32)
    full: np.ndarray = cv2.resize(period, flat.shape[::-1], interpolation=cv2.INTER_LINEAR)
    trace("ridge-period", full)
    return full


def of_print(flat: np.ndarray, mask: np.ndarray, params: PeriodParams) -> float:
    """Finds the strongest ring of the spectrum, in px, each ring's power taken over equal steps of log frequency."""
    if not mask.any():
        return params.usual_px
    half = cv2.resize(flat * mask, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # the narrowest ridges keep 2.5 px
    height, width = (cv2.getOptimalDFTSize(side) for side in half.shape)
    framed = cv2.copyMakeBorder(half, 0, height - half.shape[0], 0, width - half.shape[1], cv2.BORDER_CONSTANT, value=0)
    spectrum = cv2.dft(framed, flags=cv2.DFT_COMPLEX_OUTPUT)[:, : width // 2 + 1]
    fy = np.fft.fftfreq(height, 2).astype(np.float32)[:, None]
    fx = np.arange(width // 2 + 1, dtype=np.float32)[None, :] / (2 * width)
    radius = np.sqrt(fy * fy + fx * fx)
    inside = (radius > 1 / params.most_px) & (radius < 1 / params.least_px)
    if not inside.any():
        return params.usual_px
    log = np.log(radius[inside] * params.most_px)
    count = int(np.log(params.most_px / params.least_px) / params.ring_width) + 1
    ring = np.minimum((log / params.ring_width).astype(int), count - 1)
    rings = np.bincount(ring, weights=(spectrum[inside] ** 2).sum(-1), minlength=count)
    best = int(np.argmax(np.convolve(rings, (0.25, 0.5, 0.25), mode="same")))
    return float(params.most_px / np.exp((best + 0.5) * params.ring_width))


def _turning(wave: waves.Wave, flow: Flow) -> tuple[np.ndarray, np.ndarray]:
    """Computes power times radians a px along the normal, and power; both 0 where the sign of the direction jumps."""
    nx, ny = -flow.tangent[..., 1], flow.tangent[..., 0]
    kernel = np.array([[-0.5, 0, 0.5]], np.float32)
    slope = [nx * cv2.filter2D(v, -1, kernel) + ny * cv2.filter2D(v, -1, kernel.T.copy()) for v in (wave.even, wave.odd)]
    turning = wave.even * slope[1] - wave.odd * slope[0]
    power = wave.even * wave.even + wave.odd * wave.odd
    square = np.ones((3, 3), np.uint8)
    below, above = (cv2.dilate(v.astype(np.uint8), square) > 0 for v in (flow.angle < 0.5, flow.angle > np.pi - 0.5))
    jump = below & above
    power[jump] = 0
    turning[jump] = 0
    return turning, power
