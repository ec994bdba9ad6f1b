"""What lies along the crests of ridges: pores, the narrow places and fine lines between them, and drops of sweat.

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
    width: int,
    height: int,
    touch: Touch,
    person: Traits,
) -> tuple[np.ndarray, np.ndarray]:
    """Depth (h, w) float32 of what is missing in the crests, and, (h, w) float32 0 to 1, drops that stand on them.

    points, along  (n, 2)  px of the pores, and unit vectors along the ridge
    low            (n,)    px below the pattern's origin, on the skin

    All of it fills when the finger is pressed hard or wet.
    """
    inside = (points >= 2).all(axis=1) & (points < (width - 2, height - 2)).all(axis=1)
    points, along, low = points[inside], along[inside], low[inside]
    pores = points + rng.normal(0, 0.45, points.shape)
    share = float(rng.uniform(0.12, 0.5) if rng.random() < _SWEATY else np.clip(rng.normal(0.0, 0.04), 0, 0.1))
    where = smooth_noise(rng, height, width, 90)[_at(pores, width, height)]
    sweats = rng.random(len(points)) < share * np.clip(1 + where, 0, 2)
    drops = _bumps(_dots(pores, sweats * rng.uniform(0.6, 1.2, len(points)), width, height), rng.uniform(1.8, 2.8))
    between = points + along * rng.uniform(2.5, 6, (len(points), 1))
    beaded = np.clip(rng.normal(0.55, 0.25), 0.1, 1) * (1 - 0.4 * max(touch.moisture, 0.0))  # ridges are beads on a string
    waists = beaded * rng.uniform(0.2, 1.6, len(points))
    holes = (
        _pits(pores, ~sweats, low, rng, width, height, touch, person)
        + _bumps(_dots(between, waists, width, height), 1.7)
        + _cuts(between, along, rng, width, height, touch, person)
    )
    return holes, np.minimum(drops, 1.2)


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
    """(h, w) float32: the pores themselves. Towards the joint they are larger: a ridge is a row of rings there."""
    count = len(pores)
    seen = open_ & (rng.random(count) < 0.9 - 0.25 * touch.moisture - 0.15 * touch.pressure)
    deep = (0.3 + 1.8 * person.porous**1.3) * rng.uniform(0.35, 1.2, count) * seen
    deep = deep * (1 + 0.4 * np.clip((low - 60) / 120, 0, 1))
    large = rng.random(count) < 0.3 + 0.4 * person.porous
    fine, wide = (_dots(pores, values, width, height) for values in (deep * ~large, 0.8 * deep * large))
    return _bumps(fine, 0.7) + _bumps(wide, 1.05)


def _cuts(
    between: np.ndarray,
    along: np.ndarray,
    rng: np.random.Generator,
    width: int,
    height: int,
    touch: Touch,
    person: Traits,
) -> np.ndarray:
    """(h, w) float32: fine lines across a ridge between two of its pores."""
    share = float(np.clip(0.02 + person.scored * (0.8 - 0.9 * touch.moisture), 0.01, 0.9))
    scored = np.flatnonzero(rng.random(len(between)) < share)
    across = np.stack([-along[scored, 1], along[scored, 0]], axis=1) + rng.normal(0, 0.2, (len(scored), 2))
    reach = rng.uniform(2.5, 4.5, (len(scored), 1))
    ends = np.rint(8 * np.stack([between[scored] - reach * across, between[scored] + reach * across], axis=1))
    cuts = np.zeros((height, width), np.float32)
    for (start, end), depth in zip(ends.astype(int).tolist(), rng.uniform(0.4, 1.6, len(scored)).tolist(), strict=True):
        cv2.line(cuts, start, end, depth, 1, cv2.LINE_AA, 3)
    blunt = rng.uniform(0.5, 1.0)
    return cv2.GaussianBlur(cuts, (0, 0), blunt) * np.float32(2 * blunt)


def _at(points: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of points (n, 2)."""
    x, y = np.rint(points).astype(int).clip(0, (width - 1, height - 1)).T
    return y, x


def _dots(points: np.ndarray, values: np.ndarray, width: int, height: int) -> np.ndarray:
    """(h, w) float32: the values (n,) at their points (n, 2), 0 elsewhere."""
    dots = np.zeros((height, width), np.float32)
    dots[_at(points, width, height)] = values
    return dots


def _bumps(heights: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian bumps as high as the points of `heights` (h, w) say."""
    return cv2.GaussianBlur(heights, (0, 0), sigma) * np.float32(2 * np.pi * sigma**2)
