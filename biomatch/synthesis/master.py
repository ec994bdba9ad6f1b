"""A finger: its pattern, the ridges that grew on it, its minutiae, pores and creases. Impressions are made of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis import growth, truth
from biomatch.synthesis.degrade import smooth_noise
from biomatch.synthesis.pattern import Pattern, PatternClass, draw_class, draw_pattern, orientation, rounded
from biomatch.synthesis.period import draw_period
from biomatch.synthesis.traits import Traits, draw_traits
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition


@dataclass(frozen=True)
class MasterParams:
    """px at 500 ppi."""

    width: int = 416  # 21 mm: what a plain impression can show, and room to turn
    height: int = 576  # 29 mm: from the tip to the first crease
    origin: tuple[float, float] = (208.0, 236.0)  # where the pattern's origin lies: nearer the tip
    waver_px: float = 0.45  # ridges are not ruled: they waver by half a px
    waver_grain_px: float = 13.0
    fray_px: float = 0.22  # and their edges are not smooth
    pore_gap_px: int = 7  # pores lie every 9 to 18 px along a ridge
    pore_share: float = 0.9  # of the places where a pore would fit
    creases: float = 2.6  # mean number of white lines across a finger of lined skin, at most; many have a second beside them
    crease_width_px: tuple[float, float] = (1.0, 3.2)
    crease_px: tuple[float, float] = (45.0, 220.0)
    wrinkles: float = 110.0  # short hairlines, a few ridges long, on lined skin
    wrinkle_px: float = 40.0  # mean length


MASTER = MasterParams()
NAIL_TO_NAIL = MasterParams(width=640, height=624, origin=(320.0, 250.0))  # 33 x 32 mm: what is rolled on a card


@dataclass(frozen=True, eq=False)
class Master:
    """A finger without blemish of capture, in px at 500 ppi, `origin` (x, y) being the pattern's.

    ridges    (h, w) float32  about cos(phase): 1 on crests, -1 in valleys
    flow      (h, w) float32  orientation, rad counter-clockwise as seen
    period    (h, w) float32  px from ridge to ridge
    creases   (h, w) float32  0..1, how deep a white line is there
    texture   (h, w) float32  how ridges swell and pinch along their course, deviation 1
    pores     (n, 2) float32  x, y
    minutiae  all of them, quality 1
    """

    position: FingerPosition
    traits: Traits
    pattern: Pattern
    origin: tuple[float, float]
    ridges: np.ndarray
    flow: np.ndarray
    period: np.ndarray
    creases: np.ndarray
    texture: np.ndarray
    pores: np.ndarray
    minutiae: Minutiae


def master(
    seed: int | tuple[int, ...],
    position: FingerPosition = FingerPosition.UNKNOWN,
    kind: PatternClass | None = None,
    traits: Traits | None = None,
    params: MasterParams = MASTER,
) -> Master:
    """The finger that a seed names. Its class is drawn in natural proportions of the position, unless `kind` says it.

    The person whose finger it is, `traits`, is drawn too where none is given.
    """
    rng = np.random.default_rng(seed)
    person = traits or draw_traits(rng)
    drawn = draw_class(rng, position)
    pattern = draw_pattern(rng, kind or drawn)
    x, y = np.meshgrid(np.arange(params.width) - params.origin[0], np.arange(params.height) - params.origin[1])
    flow = rounded(pattern, orientation(pattern, x, y), x, y).astype(np.float32)
    period = draw_period(rng, pattern, params.width, params.height, params.origin, person.period)
    ridges = _wavered(rng, growth.grow(rng, flow, period), params)
    return Master(
        position=position,
        traits=person,
        pattern=pattern,
        origin=params.origin,
        ridges=ridges,
        flow=flow,
        period=period,
        creases=_creases(rng, person, params),
        texture=_texture(rng, flow),
        pores=_pores(rng, ridges, params),
        minutiae=truth.find(ridges),
    )


def _wavered(rng: np.random.Generator, ridges: np.ndarray, params: MasterParams) -> np.ndarray:
    height, width = ridges.shape
    off_x, off_y = (
        params.waver_px * smooth_noise(rng, height, width, params.waver_grain_px)
        + params.fray_px * smooth_noise(rng, height, width, 5)
        for _ in range(2)
    )
    x, y = np.arange(width)[None, :] + off_x, np.arange(height)[:, None] + off_y
    return cv2.remap(ridges, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _texture(rng: np.random.Generator, flow: np.ndarray) -> np.ndarray:
    """Noise that is drawn out along the ridges: 4 px along and 1 px across."""
    turns = growth.GROWTH.orientations
    y, x = np.mgrid[-7:8, -7:8].astype(np.float64)
    bank = np.zeros((turns, 1, 15, 16), np.float32)
    for at, turn in enumerate(np.arange(turns) * np.pi / turns):
        along, across = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        kernel = np.exp(-(along**2) / (2 * 3.2**2) - across**2 / (2 * 1.0**2))
        bank[at, 0, :, :15] = 0.3 * kernel / np.sqrt((kernel**2).sum())
    chosen = np.rint(np.mod(flow, np.pi) * (turns / np.pi)).astype(np.int64) % turns
    noise = rng.standard_normal(flow.shape).astype(np.float32)
    drawn: np.ndarray = growth.filter_along(noise, chosen, np.zeros_like(chosen), bank, 1.0) / 0.3
    return drawn


def _pores(rng: np.random.Generator, ridges: np.ndarray, params: MasterParams) -> np.ndarray:
    """Along the crests, no two nearer than the gap: the places where noise on the crests is highest around."""
    crests = truth.thin(ridges > 0)
    noise = np.where(crests, 1 + rng.random(ridges.shape), 0).astype(np.float32)
    side = params.pore_gap_px
    highest = cv2.dilate(noise, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    y, x = np.nonzero((noise > 0) & (noise == highest) & (rng.random(ridges.shape) < params.pore_share))
    jitter = rng.normal(0, 0.5, (len(x), 2))
    return (np.stack([x, y], axis=1) + jitter).astype(np.float32)


def _creases(rng: np.random.Generator, person: Traits, params: MasterParams) -> np.ndarray:
    """White lines that the skin folds along: some long ones, about as one lies the others, and many short hairlines."""
    depth: np.ndarray = np.zeros((params.height, params.width), np.float32)
    usual = rng.normal(0, 0.14)
    for _ in range(min(rng.poisson(params.creases * person.lined), 8)):
        turn = usual + rng.normal(0, 0.12) if rng.random() < 0.88 else rng.uniform(0, np.pi)
        length, width = rng.uniform(*params.crease_px), rng.uniform(*params.crease_width_px)
        along = _line(rng, params, turn, length)
        deepest = rng.uniform(0.45, 1.05)
        depth = np.maximum(depth, deepest * _folded(along, width, params))
        if rng.random() < 0.25:
            part = along[int(rng.integers(0, max(len(along) // 4, 1))) :] + np.array((0, rng.uniform(14, 50)))
            depth = np.maximum(depth, deepest * _folded(part, 0.6 * width, params))
    for _ in range(rng.binomial(2, 0.35)):  # above the joint the skin folds deeper
        along = _line(rng, params, 0.3 * usual, params.width * 0.9)
        along += np.array((params.width / 2, params.origin[1] + rng.uniform(185, 310))) - along.mean(axis=0)
        depth = np.maximum(depth, _folded(along, rng.uniform(3, 7), params))
    depth *= np.clip(0.8 + 0.4 * smooth_noise(rng, params.height, params.width, 11), 0.1, 1.1)
    hairlines = np.zeros_like(depth)
    slants = (0.0, rng.uniform(0.5, 1.0), -rng.uniform(0.5, 1.0), np.pi / 2)
    for _ in range(rng.poisson(params.wrinkles * person.lined**1.5)):
        turn = usual + rng.choice(slants) + rng.normal(0, 0.12) if rng.random() < 0.85 else rng.uniform(0, np.pi)
        length = min(rng.exponential(params.wrinkle_px), 220)
        _draw(hairlines, _line(rng, params, turn, length), rng.uniform(0.15, 0.65), 1.0)
    fine: np.ndarray = np.maximum(depth, 1.6 * cv2.GaussianBlur(hairlines, (0, 0), 0.75))
    return np.minimum(fine, 1)


def _folded(along: np.ndarray, width: float, params: MasterParams) -> np.ndarray:
    """(h, w) float32 0..1: a crease along a line (n, 2), with shoulders that the skin beside it bends down to."""
    line = np.zeros((params.height, params.width), np.float32)
    _draw(line, along, 1.0, width)
    sharp = cv2.GaussianBlur(line, (0, 0), 0.9)
    folded: np.ndarray = np.maximum(sharp, np.float32(0.35) * cv2.GaussianBlur(line, (0, 0), 3.0))
    return folded


def _line(rng: np.random.Generator, params: MasterParams, turn: float, length: float) -> np.ndarray:
    """(n, 2) float64 x, y in px along a slightly bent line somewhere on the finger."""
    steps = max(int(length / 4), 2)
    turns = turn + rng.normal(0, 0.0013) * 4 * np.arange(steps) + 0.035 * np.cumsum(rng.standard_normal(steps))
    start = rng.uniform(0.08, 0.92, 2) * (params.width, params.height)
    points = start + np.cumsum(4 * np.stack([np.cos(turns), np.sin(turns)], axis=1), axis=0)
    return np.asarray(points - (points[-1] - points[0]) / 2)


def _draw(canvas: np.ndarray, points: np.ndarray, depth: float, width: float) -> None:
    """Draws a line (n, 2) that is `width` px wide and tapers at its ends on the canvas (h, w) float32, in place."""
    at = np.rint(points * 8).astype(np.int32)
    steps = len(at)
    ends = np.minimum(np.arange(1, steps), np.arange(1, steps)[::-1]) / max(steps * 0.3, 1)
    for k in range(steps - 1):
        thin = min(1.0, 0.3 + float(ends[k]))
        shade = depth * (thin if width < 2 else 1.0)
        cv2.line(canvas, at[k].tolist(), at[k + 1].tolist(), shade, max(1, round(width * thin)), cv2.LINE_AA, 3)
