"""What a sensor shows where no finger lies: its light, its dirt, and the frame around its window.

A device's own marks (dirt at the rim, a shade of its lamp) are the same in all its images.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from biomatch.synthesis.degrade import smooth_noise

_DEVICE = 77  # seed of the marks that a device always shows


@dataclass(frozen=True)
class Window:
    """kind: "plain", "octagon", "keystone", "oval", "residue" or "paper"; spread in grey levels; specks on it, mean number."""

    kind: str = "plain"
    spread: float = 0.5
    specks: float = 0.0


CLEAN = Window()


def ground(rng: np.random.Generator, height: int, width: int, empty: float, window: Window) -> np.ndarray:
    """(height, width) float32 greys of an empty window on this day."""
    grey = empty + window.spread * smooth_noise(rng, height, width, 140)
    grey = grey - _specks(rng, height, width, window.specks)
    if window.kind == "residue":
        grey = grey - _residue(rng, height, width)
    if window.kind == "paper":
        grey = grey + 3.0 * smooth_noise(rng, height, width, 5) + 2.0 * smooth_noise(rng, height, width, 2.2)
    if window.kind in ("octagon", "keystone", "oval"):
        shade, _ = _device(window.kind, height, width)
        grey = grey + shade
    if window.kind == "oval":
        grey = grey - 5 * np.clip(smooth_noise(rng, height, width, 7), 0, 2) * np.clip(
            smooth_noise(rng, height, width, 90), 0, 1
        )
    return np.asarray(grey, np.float32)


def faded(height: int, width: int, window: Window) -> np.ndarray:
    """(height, width) float32: by how much ridges are paler where the device's light is uneven."""
    pale = np.zeros((height, width), np.float32)
    if window.kind == "keystone":
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        pale += 75 * np.clip(y / height - 0.45, 0, 1) / 0.55 + 12 * np.abs(x / width - 0.5)
    return pale


def frame(grey: np.ndarray, window: Window) -> np.ndarray:
    """An image (h, w) float32 with what lies outside the window's frame replaced."""
    if window.kind not in ("octagon", "keystone", "oval"):
        return grey
    _, outside = _device(window.kind, *grey.shape)
    return np.where(np.isnan(outside), grey, outside)


def dirt(rng: np.random.Generator, moist: np.ndarray) -> np.ndarray:
    """(h, w) float32, 0 to about 3: what fingers leave around where they lie: a shade of damp, smears, crumbs, a dusting.

    moist  (h, w) float32  0..1, 0 where no finger lies
    """
    height, width = moist.shape
    lies = (moist > 0.05).astype(np.float32)
    near = cv2.GaussianBlur(lies, (0, 0), 16) + 0.5 * cv2.GaussianBlur(lies, (0, 0), 50)
    damp = 0.7 * near * np.clip(0.6 + 0.5 * smooth_noise(rng, height, width, 45), 0, 2)
    where = np.clip(0.9 * smooth_noise(rng, height, width, 75) + 0.9 * near - 0.4 + rng.normal(0, 0.3), 0, 2)
    smears = where * np.clip(0.6 * _streaks(rng, height, width) + 0.35 * smooth_noise(rng, height, width, 3), 0, 3)
    crumbs = np.clip(smooth_noise(rng, height, width, 2.6) - 2.5, 0, 1) * 4 * np.clip(near + 0.35 * rng.random(), 0, 1)
    dusting = 0.35 * where * np.clip(rng.standard_normal((height, width), dtype=np.float32), 0, 3)
    return np.asarray(damp + smears + cv2.GaussianBlur(crumbs, (0, 0), 0.6) + dusting, np.float32)


def _streaks(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """(height, width) float32 of deviation 1: strokes in one direction, as of a finger or a cloth."""
    side = int(np.hypot(height, width)) + 2
    strokes = cv2.GaussianBlur(rng.standard_normal((side, side)).astype(np.float32), (0, 0), sigmaX=1.3, sigmaY=16)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(-70, 70)), 1)
    turned = cv2.warpAffine(strokes, turn, (side, side), borderMode=cv2.BORDER_REFLECT)
    top, left = (side - height) // 2, (side - width) // 2
    cut: np.ndarray = turned[top : top + height, left : left + width]
    return cut / max(float(cut.std()), 1e-6)


@lru_cache(maxsize=8)
def _device(kind: str, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) float32 twice: shade added to the empty grey; greys outside the frame, NaN inside it."""
    rng = np.random.default_rng((_DEVICE, height, width))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    outside = np.full((height, width), np.nan, np.float32)
    if kind == "octagon":
        return _octagon(rng, x, y, outside)
    if kind == "keystone":
        return _keystone(rng, x, y, outside)
    return _oval(rng, x, y, outside)


def _octagon(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A glass block with cut corners, brighter along the cuts, a little darker at its sides."""
    height, width = x.shape
    corner = np.minimum(x, width - 1 - x) + np.minimum(y, height - 1 - y)
    side = np.minimum(x, width - 1 - x)
    shade = -9 * np.exp(-side / 9) + 22 * np.exp(-((corner - 19) ** 2) / 6)
    shade = shade + 5 * np.exp(-np.minimum(y, height - 1 - y) / 3)
    outside[corner < 17] = (222 + 3 * smooth_noise(rng, height, width, 8))[corner < 17]
    return shade.astype(np.float32), outside


def _keystone(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A window seen at a slant and set right, so that its sides lean; the lamp's image in the middle; dirt at a side."""
    height, width = x.shape
    up = 1 - y / (height - 1)
    left, right = 0.135 * width * up, width - 0.15 * width * up
    shade = 4 + 14 * (y / height - 0.5) + 1.2 * rng.standard_normal((height, 1))
    shade = shade - 40 * np.exp(-((((x - 0.47 * width) ** 2 + (y - 0.44 * height) ** 2) / (2 * (0.06 * width) ** 2)) ** 2))
    lean = np.clip(right - x, 0, None)
    streaks = np.clip(smooth_noise(rng, height, width, 30) + 0.4 * smooth_noise(rng, height, width, 6), 0, 2)
    shade = shade - 34 * np.exp(-lean / 9) * streaks * (y > 0.45 * height)
    outside[(x < left) | (x > right)] = 254
    return shade.astype(np.float32), outside


def _oval(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A lamp that lights an oval; grime around it, worst in the corners."""
    height, width = x.shape
    far = (np.abs(x - 0.5 * width) / (0.56 * width)) ** 3.4 + (np.abs(y - 0.54 * height) / (0.60 * height)) ** 3.4
    grime = np.clip(far - 0.72, 0, 1.4)
    rings = 0.8 * smooth_noise(rng, height, width, 34) + 0.3 * smooth_noise(rng, height, width, 5)
    far = far + 0.06 * rings
    rim = np.exp(-(((far - 0.80) / 0.05) ** 2)) * np.clip(0.6 + 0.6 * rings, 0, 2)
    shade = (
        -120 * grime**1.1 * (1 + 0.22 * rings)
        - 22 * rim
        + 16 * np.exp(-(((far - 0.58) / 0.14) ** 2)) * np.clip(0.6 + 0.5 * rings, 0, 1.5)
    )
    shade = shade + 14 * (1 - np.clip(far, 0, 1)) * (x / width - 0.3)
    shade = shade + 2.0 * rng.standard_normal((1, width))
    outside[:, :1] = 60
    return shade.astype(np.float32), outside


def _residue(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """What earlier fingers left on a chip: faint strokes and stipple, in patches."""
    where = np.clip(smooth_noise(rng, height, width, 90) + rng.uniform(-0.6, 1.0), 0, 1.4)
    brushed = cv2.GaussianBlur(smooth_noise(rng, height, width, 2.2), (0, 0), sigmaX=0.4, sigmaY=2.2)
    stroke = np.clip(2 * brushed + rng.normal(0, 0.8, (height, width)), 0.4, 3) - 0.4
    stains = np.clip(smooth_noise(rng, height, width, 60) - 0.6, 0, 1)
    return np.asarray(where * 13 * stroke + 20 * stains, np.float32)


def _specks(rng: np.random.Generator, height: int, width: int, mean: float) -> np.ndarray:
    """(height, width) float32: by how much specks on the window darken it, most of them small and faint."""
    dark = np.zeros((height, width), np.float32)
    for _ in range(rng.poisson(mean)):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(dark, (x, y), int(rng.integers(0, 2)), float(rng.exponential(45)), -1)
    return cv2.GaussianBlur(dark, (0, 0), 0.7)
