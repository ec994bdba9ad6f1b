"""Ridges as a wave: smoothing along them, and their phase across them.

Across the ridges a print is a wave. Its complex response C = A exp(i phi) is measured at every pixel along the normal of
the local ridge direction: phi = 0 on the middle of a valley, pi on the middle of a ridge. (Larkin & Fletcher, "A coherent
framework for fingerprint analysis", Optics Express 15(14), 2007.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.observe import Trace


@dataclass(frozen=True)
class WaveParams:
    along_step_px: float = 1.5  # distance of two samples along the ridge: a sixth of a period, so nothing is lost between
    along_taps: int = 3  # samples on either side
    along_sigma_px: float = 2.2  # one pass blurs along the ridge by a quarter of a period
    passes: tuple[int, ...] = (1, 4)  # light and strong view; repeated passes follow the curve of the ridge
    across_sigma: float = 0.40  # in periods: three ridges inside the window, as SFinGe's and pyfing's Gabor filters
    period_min_px: float = 4.0  # the table of filters begins here
    period_max_px: float = 16.0  # and ends here
    period_step_px: float = 0.5  # finer makes no difference to the phase


@dataclass(frozen=True, eq=False)
class Wave:
    """The complex response of one view.

    even, odd  (h, w) float32  real and imaginary part; 0 outside the mask
    """

    even: np.ndarray
    odd: np.ndarray


MARGIN = 24  # px round the pictures that kernels read, so that they need no bounds checks: above 1.5 periods


def measure(
    flat: np.ndarray, tangent: np.ndarray, period: np.ndarray, mask: np.ndarray, params: WaveParams, trace: Trace
) -> list[Wave]:
    """One wave for each view, the lightest first.

    flat     (h, w) float32     normalised picture, ridges negative
    tangent  (h, w, 2) float32  unit vector along the ridge, x right, y down
    period   (h, w) float32     ridge period, px
    mask     (h, w) bool        foreground
    """
    table = filters(params)
    taps = np.arange(-params.along_taps, params.along_taps + 1) * params.along_step_px
    weight = np.exp(-0.5 * (taps / params.along_sigma_px) ** 2)
    weight = (weight / weight.sum()).astype(np.float32)
    which = np.clip((period - params.period_min_px) / params.period_step_px + 0.5, 0, len(table) - 1).astype(np.uint8)
    waves = []
    smooth, done = _padded(flat), 0
    for wanted in params.passes:
        while done < wanted:
            smooth = smooth_along(smooth, tangent, mask, weight, np.float32(params.along_step_px), MARGIN)
            done += 1
        even, odd = across(smooth, tangent, which, table, mask, MARGIN)
        waves.append(Wave(even, odd))
    trace("wave-light", waves[0].even)
    trace("wave-strong", waves[-1].even)
    return waves


def cosine(waves: list[Wave]) -> np.ndarray:
    """(h, w) float32: cosine of the ridge phase in the strongest view; -1 ridge, 1 valley, 0 outside."""
    wave = waves[-1]
    return np.asarray(wave.even / (np.hypot(wave.even, wave.odd) + 1e-6), np.float32)


def filters(params: WaveParams) -> np.ndarray:
    """(k, 2, m) float32: for each period the even and the odd half filter at 0, 1, ... px; the even one without mean."""
    periods = np.arange(params.period_min_px, params.period_max_px + 1e-6, params.period_step_px)
    reach = min(int(np.ceil(2.6 * params.across_sigma * params.period_max_px)), MARGIN - 2)
    at = np.arange(reach + 1)
    table = np.zeros((len(periods), 2, reach + 1), np.float32)
    for k, period in enumerate(periods):
        window = np.exp(-0.5 * (at / (params.across_sigma * period)) ** 2)
        window[at > 2.6 * params.across_sigma * period] = 0
        even = window * np.cos(2 * np.pi * at / period)
        mean = (even[0] + 2 * even[1:].sum()) / (window[0] + 2 * window[1:].sum())
        even -= mean * window
        odd = window * np.sin(2 * np.pi * at / period)
        table[k, 0] = even / (window[0] + 2 * window[1:].sum())
        table[k, 1] = odd / (window[0] + 2 * window[1:].sum())
    return table


def _padded(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape
    out = np.zeros((height + 2 * MARGIN, width + 2 * MARGIN), np.float32)
    out[MARGIN : MARGIN + height, MARGIN : MARGIN + width] = picture
    return out


@njit(nogil=True, cache=True)
def smooth_along(picture, tangent, mask, weight, step, margin):  # type: ignore[no-untyped-def]
    """One pass of smoothing along the ridges.

    picture  (h + 2 margin, w + 2 margin) float32  with a margin that holds 0
    tangent  (h, w, 2) float32                     unit vector along the ridge
    mask     (h, w) bool                           where to smooth; elsewhere the picture is kept
    weight   (2 k + 1,) float32                    weights of the samples
    step     float32                               px between samples
    margin   int                                   px
    returns  as picture                            smoothed, bilinear samples

    Twin: tests/extraction/plain.py
    """
    height, width = mask.shape
    out = picture.copy()
    half = len(weight) // 2
    for y in range(height):
        for x in range(width):
            if not mask[y, x]:
                continue
            dx = tangent[y, x, 0] * step
            dy = tangent[y, x, 1] * step
            total = weight[half] * picture[y + margin, x + margin]
            for k in range(1, half + 1):
                w = weight[half + k]
                px = x + margin + k * dx
                py = y + margin + k * dy
                qx = x + margin - k * dx
                qy = y + margin - k * dy
                total += w * (_bilinear(picture, px, py) + _bilinear(picture, qx, qy))
            out[y + margin, x + margin] = total
    return out


@njit(nogil=True, cache=True, inline="always")
def _bilinear(picture, x, y):  # type: ignore[no-untyped-def]
    ix = np.int32(x)
    iy = np.int32(y)
    fx = np.float32(x - ix)
    fy = np.float32(y - iy)
    top = picture[iy, ix] + fx * (picture[iy, ix + 1] - picture[iy, ix])
    low = picture[iy + 1, ix] + fx * (picture[iy + 1, ix + 1] - picture[iy + 1, ix])
    return top + fy * (low - top)


@njit(nogil=True, cache=True)
def across(picture, tangent, which, table, mask, margin):  # type: ignore[no-untyped-def]
    """Complex response across the ridges: sum over u of I(p + u n) g(u) exp(-2 pi i u / period), n = (-ty, tx).

    picture  (h + 2 margin, w + 2 margin) float32  smoothed along the ridges
    tangent  (h, w, 2) float32                     unit vector along the ridge
    which    (h, w) uint8                          number of the filter
    table    (k, 2, m) float32                     half filters, see `filters`
    mask     (h, w) bool                           where to measure
    margin   int                                   px
    returns  (h, w) float32 twice                  even and odd part; 0 outside the mask

    Twin: tests/extraction/plain.py
    """
    height, width = mask.shape
    even = np.zeros((height, width), np.float32)
    odd = np.zeros((height, width), np.float32)
    reach = table.shape[2]
    for y in range(height):
        for x in range(width):
            if not mask[y, x]:
                continue
            nx = -tangent[y, x, 1]
            ny = tangent[y, x, 0]
            row = which[y, x]
            real = table[row, 0, 0] * picture[y + margin, x + margin]
            imaginary = np.float32(0)
            for u in range(1, reach):
                ge = table[row, 0, u]
                go = table[row, 1, u]
                if ge == 0 and go == 0:
                    break
                a = _bilinear(picture, x + margin + u * nx, y + margin + u * ny)
                b = _bilinear(picture, x + margin - u * nx, y + margin - u * ny)
                real += ge * (a + b)
                imaginary -= go * (a - b)
            even[y, x] = real
            odd[y, x] = imaginary
    return even, odd
