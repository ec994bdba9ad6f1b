"""Distance from ridge to ridge, at every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.observe import Trace


@dataclass(frozen=True)
class PeriodParams:
    low_sigma_px: float = 1.3  # of the band-pass: noise above it
    high_sigma_px: float = 5.0  # of the band-pass: shading below it
    window_sigma_px: float = 20.0  # two periods: the period changes slowly
    usual_px: float = 9.0  # adults at 500 ppi; taken where nothing can be measured
    least_px: float = 5.0  # narrower ridges are not read
    most_px: float = 15.0  # nor wider ones
    plausible_px: tuple[float, float] = (5.5, 13.5)  # outside, the image's resolution is probably wrong


def estimate(flat: np.ndarray, coherence: np.ndarray, mask: np.ndarray, params: PeriodParams, trace: Trace) -> np.ndarray:
    """(h, w) float32, px. For a wave, energy of the gradient / energy of the picture = (2 pi / period)^2.

    flat       (h, w) float32  normalised picture
    coherence  (h, w) float32  0..1: incoherent places do not count
    mask       (h, w) bool     foreground
    """
    band = cv2.GaussianBlur(flat, (0, 0), params.low_sigma_px) - cv2.GaussianBlur(flat, (0, 0), params.high_sigma_px)
    gx, gy = (cv2.Scharr(band, cv2.CV_32F, *d, scale=1 / 32) for d in ((1, 0), (0, 1)))
    weight = coherence * coherence * mask
    small = (max(1, flat.shape[1] // 4), max(1, flat.shape[0] // 4))
    picture, slope = (
        cv2.GaussianBlur(cv2.resize(v * weight, small, interpolation=cv2.INTER_AREA), (0, 0), params.window_sigma_px / 4)
        for v in (band * band, gx * gx + gy * gy)
    )
    floor = 1e-3 * float(picture.max(initial=0)) + 1e-9
    usual = (2 * np.pi / params.usual_px) ** 2
    period = 2 * np.pi * np.sqrt((picture + floor) / (slope + floor * usual))
    period = np.clip(period, params.least_px, params.most_px).astype(np.float32)
    full: np.ndarray = cv2.resize(period, flat.shape[::-1], interpolation=cv2.INTER_LINEAR)
    trace("ridge-period", full)
    return full


def warnings(period: np.ndarray, mask: np.ndarray, params: PeriodParams) -> tuple[str, ...]:
    """Says so where the ridges tell that the image's resolution is wrong. Nothing is rescaled."""
    if not mask.any():
        return ()
    median = float(np.median(period[mask]))
    low, high = params.plausible_px
    if low <= median <= high:
        return ()
    return (f"the ridges are {median:.1f} px apart, {low:g} to {high:g} are usual at 500 ppi; check the image's resolution",)
