"""Where the finger is: ridge-like energy, inside the sensor's window."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.observe import Trace


@dataclass(frozen=True)
class ForegroundParams:
    shrink: int = 4  # the mask is made on every fourth pixel
    sigma_px: float = 6.0  # energy is gathered over two thirds of a period
    share: float = 0.2  # of the 95th percentile of energy (GMFS, pyfing)
    least: float = 6.0  # grey levels per px: the noise of an empty sensor lies below
    close_px: int = 24  # dry gaps and creases up to this width belong to the finger
    open_px: int = 24  # what is narrower is a smear


def find(pixels: np.ndarray, params: ForegroundParams, trace: Trace) -> np.ndarray:
    """(h, w) bool: the largest area with ridge-like energy.

    pixels  (h, w) uint8
    """
    height, width = pixels.shape
    gx, gy = (cv2.Scharr(pixels, cv2.CV_32F, *d) for d in ((1, 0), (0, 1)))
    slope = cv2.magnitude(gx, gy) / 16
    small = (max(1, width // params.shrink), max(1, height // params.shrink))
    energy = cv2.GaussianBlur(cv2.resize(slope, small, interpolation=cv2.INTER_AREA), (0, 0), params.sigma_px / params.shrink)
    strong = np.percentile(energy, 95)
    mask = (energy > max(params.share * strong, params.least / 4)).astype(np.uint8)
    mask = _morph(mask, cv2.MORPH_CLOSE, params.close_px // params.shrink)
    mask = _holes_filled(_largest(mask))
    mask = _largest(_morph(mask, cv2.MORPH_OPEN, params.open_px // params.shrink))
    full = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR) > 0
    trace("foreground", full)
    return full


def distance_inside(mask: np.ndarray) -> np.ndarray:
    """(h, w) float32: px to the nearest place outside the foreground; what lies outside the image is outside."""
    framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance: np.ndarray = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
    return distance


def _morph(mask: np.ndarray, what: int, size: int) -> np.ndarray:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size | 1, size | 1))
    pad = size
    framed = cv2.copyMakeBorder(mask, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    changed: np.ndarray = cv2.morphologyEx(framed, what, kernel)
    return changed[pad:-pad, pad:-pad]


def _largest(mask: np.ndarray) -> np.ndarray:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if count < 2:
        return mask
    return (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)


def _holes_filled(mask: np.ndarray) -> np.ndarray:
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(framed, None, (0, 0), 2)
    return (framed[1:-1, 1:-1] != 2).astype(np.uint8)
