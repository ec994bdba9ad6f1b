"""The skin where it lies on a surface: how firmly, how thick its ridges show, what is worn, creased, or a pore.

Heights are in units of a ridge's: 1 on a crest, -1 in a valley, touching where positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis.degrade import smooth_noise


@dataclass(frozen=True)
class Touch:
    """How a finger is put down. The zeros are a perfect one.

    turn      rad, counter-clockwise as seen
    shift     (dx, dy) px
    skin      strength of the skin's distortion, 1 is usual
    pressure  -1 light .. 1 hard: thickness of ridges, and how much of the finger touches
    moisture  -1 dry .. 1 wet
    wear      0..1: breaks and worn patches in the ridges
    """

    turn: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    skin: float = 0.0
    pressure: float = 0.0
    moisture: float = 0.0
    wear: float = 0.0


@dataclass(frozen=True)
class TouchParams:
    """How `draw_touch` draws at difficulty 1: what cooperative people do without guidance."""

    turn_sd: float = 0.19  # rad, 11 degrees
    shift_x_px: float = 24.0
    shift_y_px: float = 36.0
    skin: tuple[float, float] = (0.6, 1.7)
    pressure_sd: float = 0.5
    moisture_sd: float = 0.55
    extreme_share: float = 0.25  # of touches are much drier or wetter
    wear: tuple[float, float] = (0.1, 0.8)


TOUCH = TouchParams()


def draw_touch(rng: np.random.Generator, difficulty: float = 1.0, params: TouchParams = TOUCH) -> Touch:
    """A touch as people make it; difficulty 0 is a perfect one, 2 a careless one."""
    z = np.clip(rng.standard_normal(5), -2, 2) * difficulty
    if rng.random() < params.extreme_share:
        z[4] *= 1.8
    return Touch(
        turn=float(z[0] * params.turn_sd),
        shift=(float(z[1] * params.shift_x_px), float(z[2] * params.shift_y_px)),
        skin=float(rng.uniform(*params.skin) * difficulty),
        pressure=float(np.clip(z[3] * params.pressure_sd, -1, 1)),
        moisture=float(np.clip(z[4] * params.moisture_sd, -1, 1)),
        wear=float(min(rng.uniform(*params.wear) * difficulty, 1)),
    )


@dataclass(frozen=True)
class Contact:
    """The area that touches, px at 500 ppi from the pattern's origin, of an index finger of usual size."""

    half_width: float = 136.0  # 6.9 mm each way touch a flat surface
    above: float = 186.0  # to the tip
    below: tuple[float, float] = (185.0, 390.0)  # some are put down with the tip only, others to the joint
    squareness: float = 2.3  # exponent of the outline above the core: 2 is an ellipse
    squareness_below: float = 3.0
    fade_px: tuple[float, float] = (7.0, 24.0)  # over which the touch grows lighter to its edge
    ragged_px: float = 2.6
    vary: float = 0.07  # of the axes, from touch to touch


PLAIN = Contact()
ROLLED = Contact(half_width=232.0, above=205.0, below=(255.0, 330.0), squareness=3.2, squareness_below=3.6, fade_px=(8.0, 18.0))


def depth(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, touch: Touch, size: float, part: float, contact: Contact
) -> np.ndarray:
    """(h, w) px inside the edge of the contact area, negative outside.

    x, y  (h, w)  px from the pattern's origin, on the skin
    size  of the finger; part under 1 leaves that share of the axes, somewhere off the middle
    """
    grown = size * part * (1 + 0.10 * touch.pressure)
    half_width = contact.half_width * grown * (1 + contact.vary * rng.uniform(-1, 1))
    above = contact.above * grown * (1 + contact.vary * rng.uniform(-1.4, 1))
    below = grown * rng.uniform(*contact.below)
    off = (1 - part) * rng.uniform(-1, 1, 2) * (60, 90)
    x, y = x - off[0], y - off[1]
    taper = 1 - 0.07 * np.clip(-y / contact.above, -1, 1)  # fingers are narrower at the tip
    power = np.where(y < 0, contact.squareness, contact.squareness_below)
    far = (np.abs(x) / (half_width * taper)) ** power + (np.abs(y) / np.where(y < 0, above, below)) ** power
    inside = (1 - far ** (1 / power)) * half_width
    height, width = x.shape
    ragged = 1.5 * smooth_noise(rng, height, width, 110) + smooth_noise(rng, height, width, 8)
    edge: np.ndarray = inside + contact.ragged_px * ragged
    return edge


def thickness(rng: np.random.Generator, touch: Touch, firm: np.ndarray) -> np.ndarray:
    """(h, w) float32 added to the skin's height: pressure and moisture, the fade to the edge, patches, worn and dry places.

    firm  (h, w) float32  1 well inside the contact area, 0 at its edge, negative outside
    """
    height, width = firm.shape
    dryness, wetness = max(-touch.moisture, 0.0), max(touch.moisture, 0.0)
    thick = 0.02 + 0.34 * touch.pressure + 0.30 * touch.moisture
    level = thick + 0.14 * smooth_noise(rng, height, width, 60) + 0.16 * smooth_noise(rng, height, width, 150)
    level = level + 0.09 * smooth_noise(rng, height, width, 18)
    dry = np.clip(0.10 + 0.6 * dryness + 0.5 * touch.wear * smooth_noise(rng, height, width, 70), 0, 1.2)
    speckle = 0.55 * smooth_noise(rng, height, width, 2.4) + 0.4 * smooth_noise(rng, height, width, 5)
    pinched = smooth_noise(rng, height, width, 8)
    fine = 0.09 * smooth_noise(rng, height, width, 3) + 0.09 * pinched + 0.02 * pinched**3 + dry * speckle
    patch = smooth_noise(rng, height, width, 26) + 0.8 * smooth_noise(rng, height, width, 90)
    worn = touch.wear * 1.5 * np.minimum(patch + 2.2, 0)
    blotted = smooth_noise(rng, height, width, 46) + 0.35 * smooth_noise(rng, height, width, 9)
    blots = 0.45 * max(wetness - 0.15, 0.0) * np.clip(blotted - 0.6, 0, 1)
    edge = np.where(firm < 1, 0.95 * (1 - firm) ** 1.8, 0)
    outside = np.where(firm < 0, 2 * np.minimum(-firm, 0.8) + 4 * np.maximum(-firm - 1.5, 0), 0)
    added: np.ndarray = level + fine + worn + blots - edge - outside
    return added


def pore_holes(
    points: np.ndarray, rng: np.random.Generator, width: int, height: int, touch: Touch, porous: float
) -> np.ndarray:
    """(h, w) float32: pores at `points` (n, 2) as dimples, and the waists that ridges have there.

    They fill when the finger is pressed hard or wet.
    """
    shut = 0.85 - 0.25 * touch.moisture - 0.2 * touch.pressure
    deep = (0.3 + 1.1 * porous) * rng.uniform(0.3, 1.4, len(points)) * (rng.random(len(points)) < shut)
    places = points + rng.normal(0, 0.45, points.shape)
    wide = rng.random(len(points)) < 0.4
    x, y = np.rint(places[:, 0]).astype(int), np.rint(places[:, 1]).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    holes = np.zeros((height, width), np.float32)
    holes[y[inside], x[inside]] = (deep * ~wide)[inside]
    ragged = np.zeros_like(holes)
    ragged[y[inside], x[inside]] = (0.8 * deep * wide)[inside]
    waists = np.zeros_like(holes)
    beaded = np.clip(rng.normal(0.5, 0.35) - 0.6 * touch.moisture - 0.3 * touch.pressure, 0.05, 1.3)
    waists[y[inside], x[inside]] = (beaded * rng.uniform(0.0, 1.6, len(points)))[inside]
    return _bumps(holes, 0.7) + _bumps(ragged, 1.15) * (1 + 0.5 * smooth_noise(rng, height, width, 2.2)) + _bumps(waists, 1.7)


def _bumps(heights: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian bumps as high as the points of `heights` (h, w) say."""
    return cv2.GaussianBlur(heights, (0, 0), sigma) * np.float32(2 * np.pi * sigma**2)


def incipient(crest: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """(h, w) float32: thin broken ridges along the middle of the valleys, in `share` of the print."""
    if share <= 0:
        return np.zeros_like(crest)
    height, width = crest.shape
    where = np.clip(
        0.6 * smooth_noise(rng, height, width, 60) + 0.9 * smooth_noise(rng, height, width, 6) + 1.4 * share - 0.7, 0, 1
    )
    middle: np.ndarray = np.clip(-crest, 0, 1) ** 14 * where
    return (1.05 * middle).astype(np.float32)
