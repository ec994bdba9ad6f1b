"""Ridges as a wave: smoothing along them, and their phase across them.

Across the ridges a print is a wave. Its complex response C = A exp(i phi) is measured at every pixel along the normal of
the local ridge direction: phi = 0 on the middle of a valley, pi on the middle of a ridge. (Larkin & Fletcher, "A coherent
framework for fingerprint analysis", Optics Express 15(14), 2007.)

Kernels read a picture of twice the size at the nearest place, through tables of places: one for each direction.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.observe import Trace


@dataclass(frozen=True)
class WaveParams:
    directions: int = 64  # of half a turn: 2.8 degrees, a third of the matcher's tolerance
    along_step_px: float = 1.5  # distance of two samples along the ridge: a sixth of a period, so nothing is lost between
    along_taps: int = 3  # samples on either side
    along_sigma_px: float = 2.2  # one pass blurs along the ridge by a quarter of a period
    passes: tuple[int, ...] = (1, 2, 5)  # light to strong view; repeated passes follow the curve of the ridge
    across_sigma: float = 0.40  # in periods: three ridges inside the window, as SFinGe's and pyfing's Gabor filters
    tuned: float = 0.87  # of the period: what ends between two ridges is narrower than a ridge and its valley
    across_reach: float = 2.6  # in sigmas: beyond, the window is below 4 %
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
    flat: np.ndarray, angle: np.ndarray, period: np.ndarray, mask: np.ndarray, params: WaveParams, trace: Trace
) -> list[Wave]:
    """Measures one wave for each view, the lightest first.

    flat    (h, w) float32  normalised picture, ridges negative
    angle   (h, w) float32  ridge direction, 0..pi, from x to y (down)
    period  (h, w) float32  ridge period, px
    mask    (h, w) bool     foreground
    """
    found: list[Wave] = []
    smooth, done = flat, 0
    for wanted in params.passes:
        smooth = smoothed(smooth, angle, mask, wanted - done, params)
        found.append(response(smooth, angle, params.tuned * period, mask, params))
        done = wanted
    trace("wave-light", found[0].even)
    trace("wave-strong", found[-1].even)
    return found


def smoothed(picture: np.ndarray, angle: np.ndarray, mask: np.ndarray, passes: int, params: WaveParams) -> np.ndarray:
    """Smooths the picture by so many passes along the ridges, (h, w) float32."""
    weight = along_weights(params)
    along = offsets(params, params.along_taps, params.along_step_px, 0.0, picture.shape)
    turn = _turn(angle, params)
    for _ in range(passes):
        picture = smooth_along(picture, doubled(picture, MARGIN), turn, mask, along, weight, MARGIN)
    return picture


def response(picture: np.ndarray, angle: np.ndarray, period: np.ndarray, mask: np.ndarray, params: WaveParams) -> Wave:
    """Computes the complex response of a smoothed picture across the ridges."""
    table, reach = filters(params)
    step = (period - params.period_min_px) / params.period_step_px + 0.5
    which = np.clip(step, 0, len(table) - 1).astype(np.uint8)
    normal = offsets(params, table.shape[2] - 1, 1.0, np.pi / 2, picture.shape)
    return Wave(*across(picture, doubled(picture, MARGIN), _turn(angle, params), which, mask, normal, table, reach, MARGIN))


def _turn(angle: np.ndarray, params: WaveParams) -> np.ndarray:
    return np.rint(angle * (params.directions / np.pi)).astype(np.uint8)


def cosine(waves: list[Wave]) -> np.ndarray:
    """Computes the cosine of the ridge phase in the strongest view, (h, w) float32; -1 ridge, 1 valley, 0 outside."""
    wave = waves[-1]
    return np.asarray(wave.even / (np.hypot(wave.even, wave.odd) + 1e-6), np.float32)


def along_weights(params: WaveParams) -> tuple[np.float32, ...]:
    """Returns weights of the samples at 0, 1, ... steps; both sides together sum to 1."""
    at = np.arange(params.along_taps + 1) * params.along_step_px
    weight = np.exp(-0.5 * (at / params.along_sigma_px) ** 2)
    return tuple(np.asarray(weight / (weight[0] + 2 * weight[1:].sum()), np.float32))


@functools.lru_cache(maxsize=16)
def filters(params: WaveParams) -> tuple[np.ndarray, np.ndarray]:
    """Makes half filters at 0, 1, ... px, one for each period; the even one without mean.

    returns  (k, 2, m) float32  even and odd
             (k,) uint64        how many of the m are not 0
    """
    periods = np.arange(params.period_min_px, params.period_max_px + 1e-6, params.period_step_px)
    longest = params.across_reach * params.across_sigma * params.period_max_px
    at = np.arange(min(int(np.ceil(longest)), MARGIN - 2) + 1)
    table, reach = np.zeros((len(periods), 2, len(at)), np.float32), np.zeros(len(periods), np.uint64)
    for k, period in enumerate(periods):
        sigma = params.across_sigma * period
        window = np.where(at <= params.across_reach * sigma, np.exp(-0.5 * (at / sigma) ** 2), 0)
        total = window[0] + 2 * window[1:].sum()
        even = window * np.cos(2 * np.pi * at / period)
        even -= window * (even[0] + 2 * even[1:].sum()) / total
        table[k] = even / total, window * np.sin(2 * np.pi * at / period) / total
        reach[k] = np.count_nonzero(window)
    return table, reach


@functools.lru_cache(maxsize=64)
def offsets(params: WaveParams, taps: int, step_px: float, turned: float, shape: tuple[int, int]) -> np.ndarray:
    """Finds where the samples of pixel (0, 0) lie in a doubled picture of that shape (h, w), (directions + 1, 2, taps + 1)
    uint32.

    Sample k lies k steps before (first row) and behind (second row) the pixel, along the direction plus `turned` radians.
    """
    angle = np.arange(params.directions + 1) * (np.pi / params.directions) + turned
    reach = np.arange(taps + 1) * (2 * step_px)
    side = np.array([1.0, -1.0])[None, :, None]
    dx = np.rint(side * reach * np.cos(angle)[:, None, None]).astype(int)
    dy = np.rint(side * reach * np.sin(angle)[:, None, None]).astype(int)
    height, width = shape[0] + 2 * MARGIN, shape[1] + 2 * MARGIN
    plane = 2 * (dy & 1) + (dx & 1)
    return np.asarray((plane * height + (dy >> 1) + MARGIN) * width + (dx >> 1) + MARGIN, np.uint32)


@njit(nogil=True, cache=True)
def doubled(picture, margin):  # type: ignore[no-untyped-def]
    """Makes the picture at twice the size, with a margin of 0, as four planes: at (x, y), (x + 1/2, y), (x, y + 1/2), both.

    picture  (h, w) float32
    margin   int                                       px
    returns  (4 (h + 2 margin) (w + 2 margin),) float32  linear between the pixels

    Twin: tests/extraction/plain.py
    """
    height, width = picture.shape
    planes = np.zeros((4, height + 2 * margin, width + 2 * margin), np.float32)
    inner = planes[:, margin : margin + height, margin : margin + width]
    half = np.float32(0.5)
    for y in range(height):
        row, whole, between = picture[y], inner[0, y], inner[1, y]
        for x in range(width):
            whole[x] = row[x]
        for x in range(width - 1):
            between[x] = half * (row[x] + row[x + 1])
    for y in range(height - 1):
        for k in range(2):
            above, below, between = inner[k, y], inner[k, y + 1], inner[2 + k, y]
            for x in range(width):
                between[x] = half * (above[x] + below[x])
    return planes.reshape(-1)


@njit(nogil=True, cache=True)
def smooth_along(picture, twice, turn, mask, along, weight, margin):  # type: ignore[no-untyped-def]
    """Makes one pass of smoothing along the ridges.

    picture  (h, w) float32        what is smoothed
    twice    flat float32          the same, see `doubled`
    turn     (h, w) uint8          number of the ridge direction
    mask     (h, w) bool           where to smooth; elsewhere the picture is kept
    along    (d, 2, k + 1) uint32  where the samples lie, see `offsets`
    weight   k + 1 float32         their weights; a tuple, so that the loop over them is unrolled
    margin   int                   px round the picture in `twice`
    returns  (h, w) float32

    Twin: tests/extraction/plain.py
    """
    height, width = mask.shape
    stride = width + 2 * margin
    out = picture.copy()
    for y in range(height):
        for x in range(width):
            if not mask[y, x]:
                continue
            here = np.uint64(y * stride + x)  # an unsigned index is not held against the array's end
            direction = np.uint64(turn[y, x])
            total = weight[0] * picture[y, x]
            for k in range(1, len(weight)):
                total += weight[k] * (twice[here + along[direction, 0, k]] + twice[here + along[direction, 1, k]])
            out[y, x] = total
    return out


@njit(nogil=True, cache=True)
def across(picture, twice, turn, which, mask, normal, table, reach, margin):  # type: ignore[no-untyped-def]
    """Computes the complex response across the ridges: sum over u of I(p + u n) g(u) exp(-2 pi i u / period).

    The normal n is the ridge direction turned by a quarter from x to y.

    picture  (h, w) float32    smoothed along the ridges
    twice    flat float32      the same, see `doubled`
    turn     (h, w) uint8      number of the ridge direction
    which    (h, w) uint8      number of the filter
    mask     (h, w) bool       where to measure
    normal   (d, 2, m) uint32  where the samples along the normal lie, see `offsets`
    table    (k, 2, m) float32  half filters, see `filters`
    reach    (k,) uint64       how many of each are not 0
    margin   int               px round the picture in `twice`
    returns  (h, w) float32 twice  even and odd part; 0 outside the mask

    Twin: tests/extraction/plain.py
    """
    height, width = mask.shape
    stride = width + 2 * margin
    even = np.zeros((height, width), np.float32)
    odd = np.zeros((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            if not mask[y, x]:
                continue
            here, direction, kind = np.uint64(y * stride + x), np.uint64(turn[y, x]), np.uint64(which[y, x])
            real = table[kind, 0, 0] * picture[y, x]
            imaginary = np.float32(0)
            for u in range(np.uint64(1), reach[kind]):
                a = twice[here + normal[direction, 0, u]]
                b = twice[here + normal[direction, 1, u]]
                real += table[kind, 0, u] * (a + b)
                imaginary -= table[kind, 1, u] * (a - b)
            even[y, x] = real
            odd[y, x] = imaginary
    return even, odd
