"""The features of a candidate, as numbers: how each view shows it, its surroundings, and two patches turned its way."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from biomatch.extraction.minutiae import Candidates
from biomatch.extraction.orientation import Flow
from biomatch.extraction.sampling import at, at_small
from biomatch.extraction.waves import Wave
from biomatch.observe import Trace


@dataclass(frozen=True)
class FeatureParams:
    patch_side: int = 24  # samples: 24 x 24
    patch_step: float = 2 / 9  # periods between samples, so that patches span five ridges whatever the finger's period
    seen_px: float = 8.0  # a view shows a candidate within this distance, with the same sense
    crowd_periods: float = 2.5  # radius in which other residues are counted
    far_periods: float = 4.0  # what is farther does not count
    energy_sigma_px: float = 6.0  # over which a view's strength is measured
    calm_sigma_px: float = 12.0  # over which the coherence of the surroundings is measured


VIEW_COLUMNS = ("seen", "opposite", "opposite along", "opposite across", "like", "crowd", "strength")
PLACE_COLUMNS = ("edge", "coherence", "fine scale", "period", "period ratio", "ridge", "ridge or valley", "print", "density")

VIEWS = 3  # light, middle, strong
# factors of the scalars under reflection in the direction: only "opposite across" changes its sign
MIRRORED = np.array([-1 if c == "opposite across" else 1 for c in VIEW_COLUMNS * VIEWS + PLACE_COLUMNS], np.float32)


@dataclass(frozen=True, eq=False)
class Features:
    """The features of n candidates.

    scalars  (n, v * 7 + 9) float32     VIEW_COLUMNS for each view, then PLACE_COLUMNS
    patches  (n, 2, side, side) float32  normalised picture and light wave; rows across, columns along the direction
    """

    scalars: np.ndarray
    patches: np.ndarray

    @property
    def ridge(self) -> np.ndarray:
        """(n,) float32, -1..1: 1 where a ridge ends, -1 where a valley does."""
        return self.scalars[:, -len(PLACE_COLUMNS) + PLACE_COLUMNS.index("ridge")]


def measure(
    found: Candidates,
    flat: np.ndarray,
    waves: list[Wave],
    flow: Flow,
    period: np.ndarray,
    mask: np.ndarray,
    params: FeatureParams,
    trace: Trace,
) -> Features:
    """Measures features of all candidates.

    flat    (h, w) float32  normalised picture
    period  (h, w) float32  px
    mask    (h, w) bool     foreground
    """
    own = np.stack((found.x, found.y, found.dx, found.dy), axis=1)
    local = at(period, found.x, found.y)
    columns: list[np.ndarray] = []
    strengths: list[np.ndarray] = []
    for view, wave in zip(found.views, waves, strict=True):
        near = neighbourhood(own, view, local, params.seen_px, params.crowd_periods, params.far_periods)
        strength = _gathered(cv2.magnitude(wave.even, wave.odd), params.energy_sigma_px)
        strengths.append(strength)
        inside = strength > 0
        usual = float(np.median(strength[inside])) if inside.any() else 1.0
        columns += [*near.T, np.clip(at_small(strength, flat.shape, found.x, found.y) / (usual + 1e-6), 0, 3)]
    columns += _place(found, waves[-1], flow, period, local, mask, params)
    scalars = np.stack(columns, axis=1).astype(np.float32) if len(found) else np.zeros((0, len(columns)), np.float32)
    light = waves[0].even / (cv2.resize(strengths[0], flat.shape[::-1], interpolation=cv2.INTER_LINEAR) + 1e-3)
    patches = np.stack(
        [patch(np.ascontiguousarray(v, np.float32), own, local, params.patch_side, params.patch_step) for v in (flat, light)],
        axis=1,
    )
    features = Features(scalars, patches)
    trace("features", features)
    return features


def _place(
    found: Candidates, wave: Wave, flow: Flow, period: np.ndarray, local: np.ndarray, mask: np.ndarray, params: FeatureParams
) -> list[np.ndarray]:
    """Measures PLACE_COLUMNS."""
    usual = float(np.median(period[mask])) if mask.any() else 9.0
    reach = 0.6 * local  # just beyond the end: ridge before and valley behind, or the other way round
    sides = []
    for sign in (1, -1):
        even, odd = (at(v, found.x + sign * reach * found.dx, found.y + sign * reach * found.dy) for v in (wave.even, wave.odd))
        sides.append(even / (np.hypot(even, odd) + 1e-6))
    ridge = 0.5 * (sides[1] - sides[0])
    area = max(float(mask.sum()), 1.0)
    everywhere = np.ones(len(found), np.float32)
    return [
        np.minimum(found.inside, 40) / 40,
        at(flow.coherence, found.x, found.y),
        at_small(_gathered(flow.coherence, params.calm_sigma_px), mask.shape, found.x, found.y),
        local / 9,
        np.abs(np.log(local / usual)),
        ridge,
        np.abs(ridge),
        everywhere * (float(flow.coherence[mask].mean()) if mask.any() else 0.0),
        everywhere * (len(found.views[0]) / area * 1e3),
    ]


def _gathered(picture: np.ndarray, sigma_px: float) -> np.ndarray:
    """Blurs the picture; what varies over a period is kept on every fourth pixel, (h / 4, w / 4) float32."""
    size = (max(1, picture.shape[1] // 4), max(1, picture.shape[0] // 4))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    blurred: np.ndarray = cv2.GaussianBlur(small, (0, 0), sigma_px / 4)
    return blurred


@njit(nogil=True, cache=True)
def neighbourhood(own, view, period, seen_px, crowd, far):  # type: ignore[no-untyped-def]
    """Measures how a view's residues lie round each candidate.

    own      (n, 4) float32  candidates: x, y, dx, dy
    view     (m, 4) float32  residues of the view
    period   (n,) float32    px, at the candidates
    seen_px  float           reach of a residue of the same sense
    crowd    float           periods, in which others are counted
    far      float           periods, beyond which nothing counts
    returns  (n, 6) float32  share of seen_px to the same minutia (1: not seen); periods to the nearest of opposite sense,
                             and that along and across the direction; periods to the next of the same sense; number in the crowd

    Twin: tests/extraction/plain.py
    """
    out = np.empty((len(own), 6), np.float32)
    for i in range(len(own)):
        seen = seen_px
        opposite = far
        along = np.float32(0)
        across = np.float32(0)
        like = far
        count = 0
        for j in range(len(view)):
            dx = view[j, 0] - own[i, 0]
            dy = view[j, 1] - own[i, 1]
            apart = np.sqrt(dx * dx + dy * dy)
            if apart > far * period[i]:
                continue
            periods = apart / period[i]
            cosine = own[i, 2] * view[j, 2] + own[i, 3] * view[j, 3]
            if periods < crowd:
                count += 1
            if cosine > 0.5 and apart < seen:
                if seen < seen_px:
                    like = min(like, seen / period[i])
                seen = apart
            elif cosine > 0.5:
                like = min(like, periods)
            elif cosine < 0 and periods < opposite:
                opposite = periods
                along = (dx * own[i, 2] + dy * own[i, 3]) / period[i]
                across = (dy * own[i, 2] - dx * own[i, 3]) / period[i]
        out[i, 0] = seen / seen_px
        out[i, 1] = opposite
        out[i, 2] = along
        out[i, 3] = across
        out[i, 4] = like
        out[i, 5] = count
    return out


@njit(nogil=True, cache=True)
def patch(picture, own, period, side, step):  # type: ignore[no-untyped-def]
    """Cuts square patches round the candidates, turned to their directions and scaled to their periods.

    picture  (h, w) float32           what is sampled, bilinear; 0 outside
    own      (n, 4) float32           x, y, dx, dy
    period   (n,) float32             px
    side     int                      samples
    step     float                    periods between samples
    returns  (n, side, side) float32  rows across, columns along

    Twin: tests/extraction/plain.py
    """
    height, width = picture.shape
    out = np.zeros((len(own), side, side), np.float32)
    middle = 0.5 * (side - 1)
    for i in range(len(own)):
        ax = own[i, 2] * step * period[i]
        ay = own[i, 3] * step * period[i]
        for r in range(side):
            for c in range(side):
                x = own[i, 0] + (c - middle) * ax - (r - middle) * ay
                y = own[i, 1] + (c - middle) * ay + (r - middle) * ax
                ix = int(np.floor(x))
                iy = int(np.floor(y))
                if ix < 0 or iy < 0 or ix + 1 >= width or iy + 1 >= height:
                    continue
                fx = np.float32(x - ix)
                fy = np.float32(y - iy)
                top = picture[iy, ix] + fx * (picture[iy, ix + 1] - picture[iy, ix])
                low = picture[iy + 1, ix] + fx * (picture[iy + 1, ix + 1] - picture[iy + 1, ix])
                out[i, r, c] = top + fy * (low - top)
    return out
