"""A finger: its pattern, the ridges that grew on it, its minutiae, pores and creases. Impressions are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

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
    uneven_flow: float = 0.07  # rad: 4 degrees by which the flow strays from the smooth model
    uneven_grain_px: float = 36.0  # in patches of four ridges
    waver_px: float = 0.4  # ridges are not ruled: they waver by half a px
    waver_grain_px: float = 16.0
    fray_px: float = 0.13  # and their edges are not smooth
    fold_px: float = 5.0  # half a ridge each way: how far a crease bends the ridges that it crosses,
    drawn_px2: float = 40.0  # and how much: by a px and a half where its slope is 1/25 a px
    pore_share: float = 0.93  # of the places where a pore would fit
    creases: float = 6.0  # mean number of white lines across a finger of lined skin, at most; many have a second beside them
    furrowed_share: float = 0.22  # of fingers have a few that reach across
    scarred_share: float = 0.12  # of fingers have a spot that was hurt
    wrinkles: float = 36.0  # short hairlines, a few ridges long, on lined skin
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
    beads     (h, w) float32  -1..1, where they swell at a pore (1) and are narrow between two (-1)
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
    beads: np.ndarray
    pores: np.ndarray
    minutiae: Minutiae


def master(
    seed: int | tuple[int, ...],
    position: FingerPosition = FingerPosition.UNKNOWN,
    kind: PatternClass | None = None,
    traits: Traits | None = None,
    params: MasterParams = MASTER,
) -> Master:
    """Makes the finger that a seed names. Its class is drawn in natural proportions of the position, unless `kind` says it.

    The person whose finger it is, `traits`, is drawn too where none is given.
    """
    rng = np.random.default_rng(seed)
    person = traits or draw_traits(rng)
    drawn = draw_class(rng, position)
    pattern = _settled(rng, kind or drawn)
    x, y = np.meshgrid(np.arange(params.width) - params.origin[0], np.arange(params.height) - params.origin[1])
    flow = rounded(pattern, orientation(pattern, x, y), x, y)
    uneven = params.uneven_flow * smooth_noise(rng, params.height, params.width, params.uneven_grain_px)
    flow = np.mod(flow + uneven, np.pi).astype(np.float32)
    period = draw_period(rng, pattern, params.width, params.height, params.origin, person.period)
    folds = _creases(rng, person, params)
    swelling = beads(rng, flow)
    ridges = wavered(rng, growth.grow(rng, flow, period), folds, params)
    return Master(
        position=position,
        traits=person,
        pattern=pattern,
        origin=params.origin,
        ridges=ridges,
        flow=flow,
        period=period,
        creases=np.minimum(np.maximum(folds, _hairlines(rng, person, params)), 1),
        texture=_texture(rng, flow),
        beads=swelling,
        pores=_pores(rng, ridges, swelling, params),
        minutiae=truth.find(ridges),
    )


def _settled(rng: np.random.Generator, kind: PatternClass) -> Pattern:
    """Draws a pattern whose ridges lie across the finger towards the joint. The statistics were taken above it, and one draw in
    five stands upright there, which no finger does."""
    for _ in range(_TRIES):
        pattern = draw_pattern(rng, kind)
        below = orientation(pattern, _BELOW_X, np.full(_BELOW_X.shape, _BELOW_Y))
        if np.abs(np.mod(below + np.pi / 2, np.pi) - np.pi / 2).mean() < _UPRIGHT:
            break
    return pattern


_TRIES = 12
_BELOW_X, _BELOW_Y = np.arange(-90.0, 91.0, 15.0), 230.0  # px from the origin: across the finger, above its joint
_UPRIGHT = 0.6  # rad: 34 degrees in the mean


def wavered(rng: np.random.Generator, ridges: np.ndarray, folds: np.ndarray, params: MasterParams) -> np.ndarray:
    """Makes ridges as skin has them: they waver, and at a crease the skin is drawn in and its two sides slip along each
    other."""
    height, width = ridges.shape
    bent = cv2.GaussianBlur(folds, (0, 0), params.fold_px)
    slope = [cv2.Sobel(bent, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1))]
    drawn, slip = params.drawn_px2 * rng.uniform(0.4, 1), params.drawn_px2 * rng.uniform(-1, 1)
    drawn_x, drawn_y = -drawn * slope[0] - slip * slope[1], -drawn * slope[1] + slip * slope[0]
    off_x, off_y = (
        params.waver_px * smooth_noise(rng, height, width, params.waver_grain_px)
        + params.fray_px * smooth_noise(rng, height, width, 5)
        for _ in range(2)
    )
    x, y = np.arange(width)[None, :] + off_x + drawn_x, np.arange(height)[:, None] + off_y + drawn_y
    return cv2.remap(ridges, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _texture(rng: np.random.Generator, flow: np.ndarray) -> np.ndarray:
    """Draws noise that is drawn out along the ridges: 4 px along and 1 px across."""
    turn = _turns(flow)
    noise = rng.standard_normal(flow.shape).astype(np.float32)
    drawn: np.ndarray = growth.filter_along(noise, turn, np.zeros_like(turn), _along_bank(7, _drawn_out), 0.3) / 0.3
    return drawn


def beads(rng: np.random.Generator, flow: np.ndarray) -> np.ndarray:
    """Draws a wave along each ridge, about a pore a period, which knows nothing of the next ridge's, (h, w) float32 -1..1."""
    turn = _turns(flow)
    wave = rng.standard_normal(flow.shape).astype(np.float32)
    for gain in (0.3, 0.15):  # far from where `filter_along` clips
        wave = growth.filter_along(wave, turn, np.zeros_like(turn), _along_bank(10, _beaded), gain)
        wave /= max(float(wave.std()) / 0.55, 1e-6)
    return np.tanh(1.2 * wave)


def _turns(flow: np.ndarray) -> np.ndarray:
    """Chooses the kernel of `_along_bank` that lies along the flow, (h, w) int64."""
    turns = growth.GROWTH.orientations
    return np.rint(np.mod(flow, np.pi) * (turns / np.pi)).astype(np.int64) % turns


@cache
def _along_bank(radius: int, kernel: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Makes a kernel, a function of px along and across, turned all ways, (turns, 1, 2 r + 1, 8 n) float32; answers to white
    noise have deviation 1."""
    turns, side = growth.GROWTH.orientations, 2 * radius + 1
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float64)
    bank = np.zeros((turns, 1, side, -(-side // 8) * 8), np.float32)
    for at, turn in enumerate(np.arange(turns) * np.pi / turns):
        values = kernel(x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn))
        bank[at, 0, :, :side] = values / np.sqrt((values**2).sum())
    return bank


def _drawn_out(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-(along**2) / (2 * 3.2**2) - across**2 / (2 * 1.0**2)))


def _beaded(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    envelope = np.exp(-(along**2) / (2 * 4.8**2) - across**2 / (2 * 1.3**2))
    wave = envelope * np.cos(2 * np.pi * along / _BEAD_PX)
    return np.asarray(wave - envelope * (wave.sum() / envelope.sum()))


_BEAD_PX = 8.6  # 0.44 mm: pores lie nine to eighteen a centimetre and ridge


def _pores(rng: np.random.Generator, ridges: np.ndarray, beads: np.ndarray, params: MasterParams) -> np.ndarray:
    """Finds pores along the crests, where ridges swell."""
    crests = truth.thin(ridges > 0)
    height = np.where(crests, beads, -1).astype(np.float32)
    highest = cv2.dilate(height, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    y, x = np.nonzero((height > 0.25) & (height == highest) & (rng.random(ridges.shape) < params.pore_share))
    jitter = rng.normal(0, 0.25, (len(x), 2))
    return (np.stack([x, y], axis=1) + jitter).astype(np.float32)


_WIDTHS_PX = (0.75, 1.2, 2.1)  # of creases: what is three times as wide is parted where one is deep


def _creases(rng: np.random.Generator, person: Traits, params: MasterParams) -> np.ndarray:
    """Draws the lines that the skin folds along, about as one lies the others, (h, w) float32 0..1."""
    lines = np.zeros((len(_WIDTHS_PX), params.height, params.width), np.float32)
    usual = rng.normal(0, 0.14)
    long = int(rng.integers(2, 5)) if rng.random() < params.furrowed_share else 0
    for at in range(long + min(rng.poisson(params.creases * person.lined), 14)):
        _crease(lines, rng, usual, at < long, params)
    for _ in range(rng.binomial(2, 0.35)):  # above the joint the skin folds deeper
        along = _line(rng, params, 0.3 * usual, params.width * 0.9)
        along += np.array((params.width / 2, params.origin[1] + rng.uniform(185, 310))) - along.mean(axis=0)
        _lay(lines[-1], rng, along, rng.uniform(1.0, 1.6))
    depth = np.zeros((params.height, params.width), np.float32)
    for line, width in zip(lines, _WIDTHS_PX, strict=True):
        depth = np.maximum(depth, cv2.GaussianBlur(line, (0, 0), width) * np.float32(np.sqrt(2 * np.pi) * width))
    uneven = np.clip(0.85 + 0.35 * smooth_noise(rng, params.height, params.width, 6), 0.2, 1.3)  # feet of ridges reach in
    return np.asarray(np.maximum(np.minimum(depth * uneven, 1.2), _scar(rng, params)), np.float32)


def _crease(lines: np.ndarray, rng: np.random.Generator, usual: float, is_long: bool, params: MasterParams) -> None:
    """Draws one, what runs beside it and its forks on `lines` (3, h, w) float32, one canvas for each of `_WIDTHS_PX`."""
    slant = rng.normal(0, 0.10) if rng.random() < 0.75 else rng.choice((0.6, -0.6, np.pi / 2)) + rng.normal(0, 0.2)
    turn = usual + slant
    length = rng.uniform(180, 480) if is_long else float(np.clip(rng.lognormal(4.2, 0.6), 25, 300))
    along = _line(rng, params, turn, length)
    size = int(rng.choice(3, p=(0.2, 0.4, 0.4) if is_long else (0.5, 0.4, 0.1)))
    finer, deepest = lines[max(size - 1, 0)], rng.uniform(0.45, 1.1)
    _lay(lines[size], rng, along, deepest)
    if rng.random() < 0.3:  # another runs beside it for a while
        part = along[int(rng.integers(0, max(len(along) // 2, 1))) :][: int(rng.integers(6, 30))]
        beside = part + rng.normal(0, 1.5) + np.array((0, rng.choice((-1, 1)) * rng.uniform(5, 22)))
        _lay(finer, rng, beside, deepest)
    for _ in range(rng.poisson(length / 160)):  # it forks
        branch = _line(rng, params, turn + rng.choice((-1, 1)) * rng.uniform(0.15, 0.9), rng.uniform(0.15, 0.45) * length)
        branch += along[int(rng.integers(len(along)))] - branch[0]
        _lay(finer, rng, branch, 0.8 * deepest)


def _scar(rng: np.random.Generator, params: MasterParams) -> np.ndarray:
    """Draws on some fingers a healed spot, its skin thick at the rim and torn within; on most nothing; (h, w) float32 0..1."""
    height, width = params.height, params.width
    if rng.random() > params.scarred_share:
        return np.zeros((height, width), np.float32)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    at, radius = params.origin + rng.normal(0, 80, 2), rng.uniform(6, 16)
    far = np.hypot(x - at[0], (y - at[1]) * rng.uniform(0.6, 1.4)) / radius + 0.18 * smooth_noise(rng, height, width, 16)
    rim, within = np.exp(-(((far - 1) / 0.22) ** 2)), np.clip(1.6 - 1.6 * far, 0, 1)
    torn = np.clip(0.4 + 0.5 * smooth_noise(rng, height, width, 5), 0, 1)
    return np.asarray(np.maximum(0.6 * rim * torn, 0.6 * within * torn), np.float32)


def _hairlines(rng: np.random.Generator, person: Traits, params: MasterParams) -> np.ndarray:
    """Draws many short fine lines, (h, w) float32 0..1."""
    hairlines = np.zeros((params.height, params.width), np.float32)
    usual = rng.normal(0, 0.14)
    slants = (0.0, rng.uniform(0.5, 1.0), -rng.uniform(0.5, 1.0), np.pi / 2)
    for _ in range(rng.poisson(params.wrinkles * person.lined**1.5)):
        turn = usual + rng.choice(slants) + rng.normal(0, 0.12) if rng.random() < 0.85 else rng.uniform(0, np.pi)
        length = min(rng.exponential(params.wrinkle_px), 220)
        _lay(hairlines, rng, _line(rng, params, turn, length), rng.uniform(0.15, 0.75))
    fine: np.ndarray = np.float32(np.sqrt(2 * np.pi) * 0.7) * cv2.GaussianBlur(hairlines, (0, 0), 0.7)
    return fine


def _line(rng: np.random.Generator, params: MasterParams, turn: float, length: float) -> np.ndarray:
    """Draws x, y in px along a slightly bent line somewhere on the finger, (n, 2) float64."""
    steps = max(int(length / 4), 2)
    wander = np.convolve(rng.standard_normal(steps + 8), np.full(9, 1 / 3), "valid")
    turns = turn + rng.normal(0, 0.0016) * 4 * np.arange(steps) + 0.17 * wander + 0.05 * rng.standard_normal(steps)
    start = rng.uniform(0.08, 0.92, 2) * (params.width, params.height)
    points = start + np.cumsum(4 * np.stack([np.cos(turns), np.sin(turns)], axis=1), axis=0)
    return np.asarray(points - (points[-1] - points[0]) / 2)


def _lay(canvas: np.ndarray, rng: np.random.Generator, points: np.ndarray, depth: float) -> None:
    """Draws a line (n, 2), a px wide, on the canvas (h, w) float32, in place: as deep as `depth` in its middle, less by
    lengths, and nothing at its ends."""
    at = np.rint(points * 16).astype(np.int32)
    steps = len(at)
    if steps < 2:
        return
    place = np.arange(1, steps) / steps
    ends = np.minimum(np.minimum(place, 1 - place) / 0.3, 1)
    swells = np.convolve(rng.standard_normal(steps + 5), np.full(7, 1 / np.sqrt(7)), "valid")[: steps - 1]
    shades = depth * np.clip(ends * (1 + 0.35 * swells), 0, 1.3)
    for k in range(steps - 1):
        cv2.line(canvas, at[k].tolist(), at[k + 1].tolist(), float(shades[k]), 1, cv2.LINE_AA, 4)
