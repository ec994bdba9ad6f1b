"""The details along the crests of ridges: pores, the narrow places and fine lines between them, and drops of sweat.

Heights and depths are in units of a ridge's height, as in skin.py.
"""

from __future__ import annotations

import cv2
import numpy as np

from biomatch.synthesis.degrade import smooth_noise
from biomatch.synthesis.skin import Touch
from biomatch.synthesis.traits import Traits


def holes_and_drops(
    points: np.ndarray,
    along: np.ndarray,
    low: np.ndarray,
    rng: np.random.Generator,
    moist: np.ndarray,
    touch: Touch,
    person: Traits,
) -> tuple[np.ndarray, np.ndarray]:
    """Computes depth (h, w) float32 of what is missing in the crests, and, 0 to 1, drops that stand on them.

    points, along  (n, 2)  px of the pores, and unit vectors along the ridge
    low            (n,)    px below the pattern's origin, on the skin
    moist          (h, w)  0..1

    All of it fills when the finger is pressed hard or wet.
    """
    height, width = moist.shape
    inside = (points >= 2).all(axis=1) & (points < (width - 2, height - 2)).all(axis=1)
    points, along, low = points[inside], along[inside], low[inside]
    pores = points + rng.normal(0, 0.3, points.shape)
    share = float(rng.uniform(0.12, 0.5) if rng.random() < _SWEATY else np.clip(rng.normal(0.0, 0.04), 0, 0.1))
    where = smooth_noise(rng, height, width, 90)[_at(pores, width, height)]
    sweats = rng.random(len(points)) < share * np.clip(1 + where, 0, 2)
    drops = _bumps(_dots(pores, sweats * rng.uniform(0.6, 1.2, len(points)), width, height), rng.uniform(1.8, 2.8))
    between = points + along * rng.uniform(3.2, 5.8, (len(points), 1))
    dry = 1 - moist[_at(between, width, height)]
    holes = _pits(pores, ~sweats, low, rng, width, height, touch, person) + _cuts(
        between, along, dry, rng, width, height, touch, person
    )
    return holes, np.minimum(drops, 1.2)


def segments(points: np.ndarray, rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Draws what differs from pore to pore along a ridge, and from ridge to ridge, (h, w) float32 of deviation about 1."""
    inside = points[(points >= 2).all(axis=1) & (points < (width - 2, height - 2)).all(axis=1)]
    own = _dots(inside, rng.standard_normal(len(inside)), width, height)
    return np.float32(1.9) * (_bumps(own, 2.6) - np.float32(0.5 * (2.6 / 5.5) ** 2) * _bumps(own, 5.5))


def necks(
    crest: np.ndarray,
    beads: np.ndarray,
    swells: np.ndarray,
    moist: np.ndarray,
    rng: np.random.Generator,
    touch: Touch,
    person: Traits,
) -> np.ndarray:
    """Computes how much lower a ridge is between two pores, and higher (negative) at them: it is beads on a string; (h, w)
    float32. Where it is dry the string may part.

    crest   (h, w) float32  1 on a ridge's crest, -1 in a valley's floor
    beads   (h, w) float32  as in master.Master
    swells  (h, w) float32  what differs along a ridge, deviation 1
    moist   (h, w) float32  0..1
    """
    height, width = beads.shape
    beaded = np.clip(0.25 + 1.5 * person.beaded + rng.normal(0, 0.2), 0.1, 1.7) * (1 - 0.4 * max(touch.moisture, 0.0))
    where = np.clip(1 + 0.4 * smooth_noise(rng, height, width, 60) + 0.5 * swells, 0.1, 2.4)
    string = 1 - 0.85 * np.clip(1.6 * crest - 0.4, 0, 1)
    narrow = np.clip(-beads - 0.1, 0, 1) * where * string * (0.4 + 1.3 * (1 - moist))
    return np.asarray(beaded * (1.5 * narrow - 0.45 * np.clip(beads, 0, 1)) - 0.10 * beads, np.float32)


_SWEATY = 0.12  # share of touches on whose skin drops stand


def _pits(
    pores: np.ndarray,
    open_: np.ndarray,
    low: np.ndarray,
    rng: np.random.Generator,
    width: int,
    height: int,
    touch: Touch,
    person: Traits,
) -> np.ndarray:
    """Draws the pores themselves, (h, w) float32. Towards the joint they are larger: a ridge is a row of rings there."""
    count = len(pores)
    clear = 0.35 * smooth_noise(rng, height, width, 50)[_at(pores, width, height)]  # in some places they are clogged
    open_share = 0.25 + 0.7 * person.porous - 0.2 * touch.moisture - 0.12 * touch.pressure
    seen = open_ & (rng.random(count) < open_share + clear)
    deep = (1.0 + 2.0 * person.porous) * np.minimum(rng.lognormal(-0.2, 0.5, count), 2.0) * seen
    deep = deep * (1 + 0.4 * np.clip((low - 60) / 120, 0, 1))
    size = rng.choice(3, count, p=(0.9 - 0.75 * person.porous, 0.1 + 0.3 * person.porous, 0.45 * person.porous))
    sizes = (0.6, 0.75, 0.95)
    pits = [_bumps(_dots(pores, deep * (size == at), width, height), wide) for at, wide in enumerate(sizes)]
    return np.asarray(np.sum(pits, axis=0))


def _cuts(
    between: np.ndarray,
    along: np.ndarray,
    dry: np.ndarray,
    rng: np.random.Generator,
    width: int,
    height: int,
    touch: Touch,
    person: Traits,
) -> np.ndarray:
    """Draws fine lines across a ridge between two of its pores, (h, w) float32."""
    share = np.clip(0.01 + person.scored * (0.4 - 0.5 * touch.moisture) * (0.4 + 2 * dry), 0.005, 0.9)
    scored = np.flatnonzero(rng.random(len(between)) < share)
    across = np.stack([-along[scored, 1], along[scored, 0]], axis=1) + rng.normal(0, 0.3, (len(scored), 2))
    reach = rng.uniform(2.5, 4.5, (len(scored), 1))
    ends = np.rint(8 * np.stack([between[scored] - reach * across, between[scored] + reach * across], axis=1))
    cuts = np.zeros((height, width), np.float32)
    for (start, end), depth in zip(ends.astype(int).tolist(), rng.uniform(0.4, 1.6, len(scored)).tolist(), strict=True):
        cv2.line(cuts, start, end, depth, 1, cv2.LINE_AA, 3)
    blunt = rng.uniform(0.5, 1.0)
    return cv2.GaussianBlur(cuts, (0, 0), blunt) * np.float32(2 * blunt)


def _at(points: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns rows and columns of points (n, 2)."""
    x, y = np.rint(points).astype(int).clip(0, (width - 1, height - 1)).T
    return y, x


def _dots(points: np.ndarray, values: np.ndarray, width: int, height: int) -> np.ndarray:
    """Puts the values (n,) at their points (n, 2), shared by the four px around; 0 elsewhere; (h, w) float32."""
    dots = np.zeros((height, width), np.float32)
    whole = np.floor(points).astype(int).clip(0, (width - 2, height - 2))
    right, down = np.clip(points - whole, 0, 1).T
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        share = np.abs(1 - dx - right) * np.abs(1 - dy - down)
        np.add.at(dots, (whole[:, 1] + dy, whole[:, 0] + dx), (share * values).astype(np.float32))
    return dots


def _bumps(heights: np.ndarray, sigma: float) -> np.ndarray:
    """Draws Gaussian bumps as high as the points of `heights` (h, w) say."""
    return cv2.GaussianBlur(heights, (0, 0), sigma) * np.float32(2 * np.pi * sigma**2)
