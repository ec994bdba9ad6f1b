"""Ridge direction at every pixel, from the structure tensor at two scales."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from biomatch.observe import Trace


@dataclass(frozen=True)
class OrientationParams:
    noise_sigma_px: float = 1.3  # blur before the gradient: finer detail is pores and noise
    shade_sigma_px: float = 4.0  # what is coarser than ridges is taken off before the gradient
    shrink: int = 4  # the tensor is kept on every fourth pixel: it is smooth over half a period
    fine_sigma_px: float = 6.0  # two thirds of a period: follows cores
    coarse_sigma_px: float = 16.0  # two periods: bridges creases and blots
    trust_from: float = 0.25  # coherence of the fine scale below which only the coarse one counts
    trust_to: float = 0.65  # and above which only the fine one counts


@dataclass(frozen=True, eq=False)
class Flow:
    """Direction of the ridges.

    angle      (h, w) float32     0..pi, from x (right) to y (down)
    coherence  (h, w) float32     0..1, of the gradients round the pixel
    double     (h', w', 2) float32  unit vector of twice the angle, on every fourth pixel: what can be averaged
    """

    angle: np.ndarray
    coherence: np.ndarray
    double: np.ndarray

    @cached_property
    def tangent(self) -> np.ndarray:
        """Unit vector of the angle, (h, w, 2) float32; the sign means nothing."""
        return np.stack((np.cos(self.angle), np.sin(self.angle)), axis=-1).astype(np.float32)


def estimate(flat: np.ndarray, mask: np.ndarray, params: OrientationParams, trace: Trace) -> Flow:
    """Estimates the coherence-weighted direction field: fine where it is sure, coarse elsewhere.

    flat  (h, w) float32  normalised picture
    mask  (h, w) bool     foreground
    """
    height, width = flat.shape
    fine = _fine(flat, mask, params)
    # each place votes once with its coherence, however strong its contrast
    c, s, weight = fine
    coarse = _direction(c * weight, s * weight, np.ones_like(c), params.coarse_sigma_px / params.shrink)
    trust = np.clip((weight - params.trust_from) / (params.trust_to - params.trust_from), 0, 1)
    c, s = (trust * f * weight + (1 - trust) * g * coarse[2] for f, g in zip(fine[:2], coarse[:2], strict=True))
    length = np.hypot(c, s) + 1e-9
    double = np.stack((c / length, s / length), axis=-1).astype(np.float32)
    full = (width, height)
    c, s, coherence = (cv2.resize(v, full, interpolation=cv2.INTER_LINEAR) for v in (c, s, weight))
    angle = 0.5 * np.arctan2(s, c) + np.float32(np.pi / 2)
    trace("orientation", angle)
    trace("coherence", coherence)
    return Flow(angle, coherence, double)


def coherence(flat: np.ndarray, mask: np.ndarray, params: OrientationParams, trace: Trace) -> np.ndarray:
    """Computes the coherence that `estimate` finds, without the directions, (h, w) float32."""
    full = cv2.resize(_fine(flat, mask, params)[2], flat.shape[::-1], interpolation=cv2.INTER_LINEAR)
    trace("coherence", full)
    return np.asarray(full)


def _fine(flat: np.ndarray, mask: np.ndarray, params: OrientationParams) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimates the direction of the fine scale, on every fourth px, as `_direction` has it."""
    height, width = flat.shape
    band = flat - cv2.GaussianBlur(flat, (0, 0), params.shade_sigma_px)
    blurred = cv2.GaussianBlur(band, (0, 0), params.noise_sigma_px)
    gx, gy = cv2.Scharr(blurred, cv2.CV_32F, 1, 0), cv2.Scharr(blurred, cv2.CV_32F, 0, 1)
    inside = mask.astype(np.float32)
    small = (max(1, width // params.shrink), max(1, height // params.shrink))
    difference, mixed, energy = (
        cv2.resize(v * inside, small, interpolation=cv2.INTER_AREA) for v in (gx * gx - gy * gy, 2 * gx * gy, gx * gx + gy * gy)
    )
    return _direction(difference, mixed, energy, params.fine_sigma_px / params.shrink)


def _direction(
    difference: np.ndarray, mixed: np.ndarray, energy: np.ndarray, sigma: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Computes the unit doubled-angle vector of the smoothed gradients, and its coherence."""
    d, m, e = (cv2.GaussianBlur(v, (0, 0), sigma) for v in (difference, mixed, energy))
    length = np.hypot(d, m)
    return d / (length + 1e-9), m / (length + 1e-9), np.clip(length / (e + 1e-6), 0, 1)
