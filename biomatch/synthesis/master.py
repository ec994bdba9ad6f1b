"""A finger: its pattern, the ridges that grew on it, its minutiae, pores and creases. Impressions are made of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis import growth, truth
from biomatch.synthesis.degrade import smooth_noise
from biomatch.synthesis.pattern import Pattern, PatternClass, draw_class, draw_pattern, orientation
from biomatch.synthesis.period import draw_period
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition


@dataclass(frozen=True)
class MasterParams:
    """px at 500 ppi."""

    width: int = 416  # 21 mm: what a plain impression can show, and room to turn
    height: int = 560  # 28 mm: from the tip to the first crease
    origin: tuple[float, float] = (208.0, 215.0)  # where the pattern's origin lies: nearer the tip
    waver_px: float = 0.55  # ridges are not ruled: they waver by half a px
    waver_grain_px: float = 13.0
    pore_gap_px: int = 9  # pores lie every 9 to 18 px along a ridge
    pore_share: float = 0.85  # of the places where a pore would fit
    creases: float = 1.6  # mean number of white lines across the finger; many fingers have none
    crease_width_px: tuple[float, float] = (1.6, 3.6)


MASTER = MasterParams()


@dataclass(frozen=True, eq=False)
class Master:
    """A finger without blemish of capture, in px at 500 ppi, `origin` (x, y) being the pattern's.

    ridges    (h, w) float32  about cos(phase): 1 on crests, -1 in valleys
    flow      (h, w) float32  orientation, rad counter-clockwise as seen
    period    (h, w) float32  px from ridge to ridge
    creases   (h, w) float32  0..1, how deep a white line is there
    pores     (n, 2) float32  x, y
    minutiae  all of them, quality 1
    """

    position: FingerPosition
    pattern: Pattern
    origin: tuple[float, float]
    ridges: np.ndarray
    flow: np.ndarray
    period: np.ndarray
    creases: np.ndarray
    pores: np.ndarray
    minutiae: Minutiae


def master(
    seed: int | tuple[int, ...],
    position: FingerPosition = FingerPosition.UNKNOWN,
    kind: PatternClass | None = None,
    params: MasterParams = MASTER,
) -> Master:
    """The finger that a seed names. Its class is drawn in natural proportions of the position, unless `kind` says it."""
    rng = np.random.default_rng(seed)
    drawn = draw_class(rng, position)
    pattern = draw_pattern(rng, kind or drawn)
    x, y = np.meshgrid(np.arange(params.width) - params.origin[0], np.arange(params.height) - params.origin[1])
    flow = orientation(pattern, x, y).astype(np.float32)
    period = draw_period(rng, pattern, params.width, params.height, params.origin)
    ridges = _wavered(rng, growth.grow(rng, flow, period), params)
    return Master(
        position=position,
        pattern=pattern,
        origin=params.origin,
        ridges=ridges,
        flow=flow,
        period=period,
        creases=_creases(rng, params),
        pores=_pores(rng, ridges, params),
        minutiae=truth.find(ridges),
    )


def _wavered(rng: np.random.Generator, ridges: np.ndarray, params: MasterParams) -> np.ndarray:
    height, width = ridges.shape
    off_x, off_y = (params.waver_px * smooth_noise(rng, height, width, params.waver_grain_px) for _ in range(2))
    x, y = np.arange(width)[None, :] + off_x, np.arange(height)[:, None] + off_y
    return cv2.remap(ridges, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _pores(rng: np.random.Generator, ridges: np.ndarray, params: MasterParams) -> np.ndarray:
    """Along the crests, no two nearer than the gap: the places where noise on the crests is highest around."""
    crests = truth.thin(ridges > 0)
    noise = np.where(crests, 1 + rng.random(ridges.shape), 0).astype(np.float32)
    side = params.pore_gap_px
    highest = cv2.dilate(noise, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    y, x = np.nonzero((noise > 0) & (noise == highest) & (rng.random(ridges.shape) < params.pore_share))
    jitter = rng.normal(0, 0.5, (len(x), 2))
    return (np.stack([x, y], axis=1) + jitter).astype(np.float32)


def _creases(rng: np.random.Generator, params: MasterParams) -> np.ndarray:
    """White lines that the skin folds along: long, slightly bent, mostly across the finger."""
    depth = np.zeros((params.height, params.width), np.float32)
    for _ in range(min(rng.poisson(params.creases), 6)):
        start = rng.uniform(0.1, 0.9, 2) * (params.width, params.height)
        turn, bend = rng.normal(0, 0.6), rng.normal(0, 0.004)
        along = np.arange(0, rng.uniform(50, 260), 4.0)
        turns = turn + bend * along + 0.05 * np.cumsum(rng.standard_normal(len(along)))
        points = start + np.cumsum(4 * np.stack([np.cos(turns), np.sin(turns)], axis=1), axis=0)
        line: np.ndarray = np.zeros((params.height, params.width), np.float32)
        cv2.polylines(line, [np.rint(points * 8).astype(np.int32)], False, 1.0, 1, cv2.LINE_AA, 3)
        width = rng.uniform(*params.crease_width_px)
        line = cv2.GaussianBlur(line, (0, 0), width / 2.0)
        depth = np.maximum(depth, rng.uniform(0.5, 1.0) * line / max(float(line.max()), 1e-6))
    return depth
