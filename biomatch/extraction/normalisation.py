"""Turns grey levels into a picture with local mean 0 and local deviation 1."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.observe import Trace


@dataclass(frozen=True)
class NormalisationParams:
    window_px: int = 33  # three to four ridges: the mean is that of ridges and valleys together
    deviation_min: float = 4.0  # grey levels: below lies the noise of a sensor's empty background
    clip: float = 2.5  # deviations: specks and scratches must not outweigh ridges


def flatten(pixels: np.ndarray, params: NormalisationParams, trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Normalises a picture locally.

    pixels   (h, w) uint8    ridges dark
    returns  (h, w) float32  picture with local mean 0, deviation 1, ridges negative
             (h, w) float32  the local deviation, grey levels: the contrast
    """
    grey = pixels.astype(np.float32)
    size = (params.window_px, params.window_px)
    mean = cv2.boxFilter(grey, -1, size, borderType=cv2.BORDER_REFLECT)
    square = cv2.boxFilter(grey * grey, -1, size, borderType=cv2.BORDER_REFLECT)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    flat = (grey - mean) / np.maximum(deviation, params.deviation_min)
    np.clip(flat, -params.clip, params.clip, out=flat)
    trace("normalised", flat)
    trace("contrast", deviation)
    return flat, deviation
