"""The foreground, where the finger is: first where the picture has slopes, then, once ridges were followed, where there are
ridges.

The second step is what tells a finger from the grain and the frame of a sensor's window, which would otherwise make the same
false minutiae in every print of that sensor.
"""

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
    ridge_sigma_px: float = 10.0  # the share of ridges is gathered over one period
    ridge_share: float = 0.55  # of the share that the finger has in the mean
    contrast_share: float = 0.2  # of the contrast that the finger has: the grain of an empty sensor stays below
    ridge_least: float = 0.07  # of the energy that must be ridges anywhere; grain has about 0.1, a very dry finger 0.15
    part_share: float = 0.15  # of the largest part's area: smaller parts are marks


def find(pixels: np.ndarray, params: ForegroundParams, trace: Trace) -> np.ndarray:
    """Finds the largest area with ridge-like energy, (h, w) bool.

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
    trace("foreground-coarse", full)
    return full


def refine(
    coarse: np.ndarray,
    flat: np.ndarray,
    contrast: np.ndarray,
    even: np.ndarray,
    odd: np.ndarray,
    params: ForegroundParams,
    trace: Trace,
) -> np.ndarray:
    """Keeps of the coarse mask where following the ridges left a wave, (h, w) bool.

    coarse     (h, w) bool     mask of `find`
    flat       (h, w) float32  normalised picture
    contrast   (h, w) float32  local deviation in grey levels
    even, odd  (h, w) float32  complex response of the strongest view
    """
    height, width = coarse.shape
    small = (max(1, width // params.shrink), max(1, height // params.shrink))
    sigma = params.ridge_sigma_px / params.shrink
    wave, all_, power = (
        cv2.GaussianBlur(cv2.resize(v, small, interpolation=cv2.INTER_AREA), (0, 0), sigma)
        for v in (even * even + odd * odd, flat * flat, contrast * contrast)
    )
    share = np.sqrt(wave / (all_ + 1e-3))
    inside = cv2.resize(coarse.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST) > 0
    # where contrast is high there is the finger, not the grain of the sensor
    usual = float(np.average(share[inside], weights=power[inside] + 1e-6)) if inside.any() else 0.0
    strong = float(np.average(power[inside], weights=power[inside] + 1e-6)) if inside.any() else 0.0
    ridges = share > max(params.ridge_share * usual, params.ridge_least)
    mask = (inside & ridges & (power > params.contrast_share**2 * strong)).astype(np.uint8)
    full = _tidied(mask, params, (width, height)) & coarse
    trace("ridge-share", share)
    trace("foreground", full)
    return full


def of_network(coarse: np.ndarray, logit: np.ndarray, params: ForegroundParams, trace: Trace) -> np.ndarray:
    """Keeps of the coarse mask what a network takes for a finger, (h, w) bool.

    coarse  (h, w) bool     mask of `find`
    logit   (h, w) float32  above 0 where a finger is the likelier
    """
    height, width = coarse.shape
    small = (max(1, width // params.shrink), max(1, height // params.shrink))
    inside = cv2.resize(coarse.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST) > 0
    mask = ((cv2.resize(logit, small, interpolation=cv2.INTER_AREA) > 0) & inside).astype(np.uint8)
    full = _tidied(mask, params, (width, height)) & coarse
    trace("foreground", full)
    return full


def _tidied(mask: np.ndarray, params: ForegroundParams, size: tuple[int, int]) -> np.ndarray:
    """Returns a small mask without gaps, smears and marks, in full size (w, h)."""
    mask = _morph(mask, cv2.MORPH_CLOSE, params.close_px // params.shrink)
    mask = _morph(_holes_filled(mask), cv2.MORPH_OPEN, params.open_px // params.shrink)
    full: np.ndarray = cv2.resize(_parts(mask, params.part_share), size, interpolation=cv2.INTER_LINEAR) > 0
    return full


def distance_inside(mask: np.ndarray) -> np.ndarray:
    """Measures px to the nearest place outside the foreground, (h, w) float32; what lies outside the image is outside."""
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


def _parts(mask: np.ndarray, share: float) -> np.ndarray:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    area = stats[:, cv2.CC_STAT_AREA]
    keep = area >= share * area[1:].max(initial=1)
    keep[0] = False
    return keep[labels].astype(np.uint8)


def _holes_filled(mask: np.ndarray) -> np.ndarray:
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(framed, None, (0, 0), 2)
    return (framed[1:-1, 1:-1] != 2).astype(np.uint8)
