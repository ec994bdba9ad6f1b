"""What a sensor shows where no finger lies: its light, its dirt, and the frame around its window.

A device's own marks (dirt at the rim, a shade of its lamp) are the same in all its images; of each kind there are some devices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from biomatch.synthesis.degrade import smooth_noise

DEVICES = 8  # of a kind
_MARKS = 77  # seed of the marks that a device always shows


@dataclass(frozen=True)
class Window:
    """kind: "plain", "octagon", "keystone", "oval", "residue" or "paper"; spread in grey levels; specks on it, mean number."""

    kind: str = "plain"
    spread: float = 0.5
    specks: float = 0.0


CLEAN = Window()


def ground(rng: np.random.Generator, height: int, width: int, empty: float, window: Window, device: int = 0) -> np.ndarray:
    """(height, width) float32 greys of an empty window on this day; `device` under DEVICES."""
    grey = empty + window.spread * smooth_noise(rng, height, width, 140)
    grey = grey - _specks(rng, height, width, window.specks)
    if window.kind == "residue":
        grey = grey - _residue(rng, height, width)
    if window.kind == "paper":
        grey = grey + 3.0 * smooth_noise(rng, height, width, 5) + 2.0 * smooth_noise(rng, height, width, 2.2)
    if window.kind in ("octagon", "keystone", "oval"):
        shade, _, _ = _device(window.kind, height, width, device)
        grey = grey + shade
    if window.kind == "oval":
        dusty = np.clip(0.5 + smooth_noise(rng, height, width, 110), 0, 2)
        grey = (
            grey
            - 9 * dusty * np.clip(smooth_noise(rng, height, width, 2.6) - 1.1, 0, 2)
            + 2 * smooth_noise(rng, height, width, 12)
        )
    return np.asarray(grey, np.float32)


def faded(height: int, width: int, window: Window) -> np.ndarray:
    """(height, width) float32: by how much ridges are paler where the device's light is uneven."""
    pale = np.zeros((height, width), np.float32)
    if window.kind == "keystone":
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        pale += 75 * np.clip(y / height - 0.45, 0, 1) / 0.55 + 12 * np.abs(x / width - 0.5)
    return pale


def frame(grey: np.ndarray, window: Window, device: int = 0) -> np.ndarray:
    """An image (h, w) float32 with what lies outside the window's frame replaced."""
    if window.kind not in ("octagon", "keystone", "oval"):
        return grey
    _, outside, veil = _device(window.kind, *grey.shape, device)
    return np.where(np.isnan(outside), grey + (_SIDES - grey) * veil, outside)


def dirt(rng: np.random.Generator, moist: np.ndarray) -> np.ndarray:
    """(h, w) float32, 0 to about 3: what fingers leave around where they lie: a shade of damp, smears, crumbs, a dusting.

    moist  (h, w) float32  0..1, 0 where no finger lies
    """
    height, width = moist.shape
    lies = (moist > 0.05).astype(np.float32)
    near = cv2.GaussianBlur(lies, (0, 0), 16) + 0.5 * cv2.GaussianBlur(lies, (0, 0), 50)
    damp = 0.7 * near * np.clip(0.6 + 0.5 * smooth_noise(rng, height, width, 45), 0, 2)
    where = np.clip(0.9 * smooth_noise(rng, height, width, 75) + 0.9 * near - 0.4 + rng.normal(0, 0.3), 0, 2)
    smears = where * np.clip(0.25 * _streaks(rng, height, width) + 0.35 * smooth_noise(rng, height, width, 3), 0, 3)
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


_SIDES = 254.0  # grey beside a keystone


@lru_cache(maxsize=3 * DEVICES)
def _device(kind: str, height: int, width: int, device: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(h, w) float32 each: shade added to the empty grey; greys outside the frame, NaN inside; how far its sides shine in."""
    rng = np.random.default_rng((_MARKS, height, width, device))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    outside = np.full((height, width), np.nan, np.float32)
    if kind == "octagon":
        return *_octagon(rng, x, y, outside), np.zeros_like(x)
    if kind == "keystone":
        return _keystone(rng, x, y, outside)
    return *_oval(rng, x, y, outside), np.zeros_like(x)


def _octagon(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A glass block with cut corners, brighter along the cuts, a little darker at its sides."""
    height, width = x.shape
    off = rng.normal(0, 2.5, 2)  # the camera looks a little to a side
    corner = np.minimum(x + off[0], width - 1 - x - off[0]) + np.minimum(y + off[1], height - 1 - y - off[1])
    side = np.minimum(x, width - 1 - x)
    cut = rng.uniform(14, 30)
    shade = -rng.uniform(2, 10) * np.exp(-side / 9) + rng.uniform(5, 20) * np.exp(-((corner - cut - 2) ** 2) / 6)
    shade = shade + 5 * np.exp(-np.minimum(y, height - 1 - y) / 3) + rng.normal(0, 7) * (x / width - 0.5)
    shade = shade + rng.normal(0, 7) * (y / height - 0.5) + 3 * smooth_noise(rng, height, width, 160)
    outside[corner < cut] = (rng.uniform(216, 236) + 4 * smooth_noise(rng, height, width, 3))[corner < cut]
    return shade.astype(np.float32), outside


def _keystone(
    rng: np.random.Generator, x: np.ndarray, y: np.ndarray, outside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A window seen at a slant and set right, so that its sides lean; the square image of a lamp in the middle and a faint
    one below; two latches at the lower rim, and the round edge of a lens in the lower corners."""
    height, width = x.shape
    up, low = 1 - y / (height - 1), (height - 1) - y
    left, right = rng.uniform(0.115, 0.15) * width * up, width - rng.uniform(0.125, 0.165) * width * up
    lamp, lower = (0.465 + rng.normal(0, 0.012), 0.445 + rng.normal(0, 0.02)), (0.465 + rng.normal(0, 0.012), 0.90)
    worn = rng.uniform(0.45, 1.15, 4)  # how clearly each mark is seen
    shade = 2 + 10 * (y / height - 0.5) + 1.2 * rng.standard_normal((height, 1)) + 0.8 * rng.standard_normal((1, width))
    shade = shade - 58 * worn[0] * _box(x / width, y / height, lamp, (0.060, 0.066), 0.03)
    shade = shade - 9 * worn[0] * _box(x / width, y / height, lower, (0.064, 0.065), 0.03)
    for at, seen in zip(rng.normal((0.214, 0.708), 0.012), worn[1:3], strict=True):
        off = x - at * width - 0.10 * low
        post = np.exp(-((np.abs(off) / 3.4) ** 4)) * np.clip((25 - low) / 5, 0, 1)
        foot = np.exp(-((off / 4.5) ** 2) - (low / 8.5) ** 2)
        cap = np.exp(-((off + 3.5) ** 2 + (low - 20) ** 2) / 10)
        shadow = np.exp(-(((off + 3) / 15) ** 2) - ((low - 10) / 17) ** 2)
        shade = shade - seen * (55 * post + 170 * foot + 105 * cap + 48 * shadow)
    for at, bend, depth, wide, start in ((0.880, 0.155, 13, 2.6, 0.80), (0.920, 0.105, 105, 3.4, 0.85)):  # the lens below
        off = x / width - at - 0.02 * (worn[0] - 0.8) - bend * np.sqrt(np.clip((height - 1 - y) / (0.16 * height), 0, 1))
        arc = np.exp(-((off * width / wide) ** 2)) * np.clip((y / height - start) / 0.05, 0, 1)
        shade = shade - worn[3] * depth * arc * (0.7 + 0.35 * smooth_noise(rng, height, width, 14))
    lean = np.clip(right - x, 0, None)
    streaks = np.clip(smooth_noise(rng, height, width, 30) + 0.4 * smooth_noise(rng, height, width, 6), 0, 2)
    shade = shade - 26 * np.exp(-lean / 5) * streaks
    outside[(x < left) | (x > right)] = _SIDES
    return shade.astype(np.float32), outside, np.clip(1 - np.minimum(x - left, right - x) / 8, 0, 1) ** 1.5


def _box(x: np.ndarray, y: np.ndarray, middle: tuple[float, float], half: tuple[float, float], soft: float) -> np.ndarray:
    """(h, w): 1 inside a box with round corners, 0 outside, over a soft edge; lengths as shares of the image's sides."""
    far = (np.abs((x - middle[0]) / half[0]) ** 5 + np.abs((y - middle[1]) / half[1]) ** 5) ** 0.2
    return np.asarray(1 / (1 + np.exp(np.clip((far - 1) * half[0] / soft * 4, -30, 30))))


def _oval(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A lamp that lights an oval; grime around it, worst in the corners."""
    height, width = x.shape
    cx, cy = (0.5 + rng.normal(0, 0.015)) * width, (0.56 + rng.normal(0, 0.02)) * height
    power = rng.uniform(3.0, 4.2)
    far = (np.abs(x - cx) / (0.515 * width)) ** power + (np.abs(y - cy) / (0.57 * height)) ** power
    wear = smooth_noise(rng, height, width, 40)
    turn = np.arctan2(y - cy, x - cx)  # the grime is wiped along the rim
    wiped = cv2.remap(
        smooth_noise(rng, 512, 512, 9), (40 * far + 60).astype(np.float32), ((turn + np.pi) * 70 + 20).astype(np.float32),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101,
    )  # fmt: skip
    sides = rng.uniform(0.2, 1.1, 4)
    share = np.where(x < cx, sides[0], sides[1]) * np.where(y < cy, 0.5 + 0.5 * sides[2], 0.5 * sides[3])
    spot = rng.uniform(0.2, 0.8, 2) * (width, height)
    ring = np.exp(-(np.abs((far - 1.13 + 0.06 * wear) / 0.15) ** 3))
    shade = -44 * share * ring * np.clip(1 + 0.6 * wiped, 0, 2.5)
    shade = shade - 38 * np.clip((far - 1.0) / 0.3, 0, 1) - 60 * np.clip(far - 1.45, 0, 1) * (y > 0.5 * height)
    shade = shade + 9 * np.exp(-(((far - 0.78) / 0.12) ** 2)) - 8 * np.exp(-(((far - 0.93) / 0.04) ** 2)) * np.clip(wiped, 0, 2)
    shade = (
        shade
        - 26 * np.exp(-(((x - spot[0]) / 5) ** 2) - ((y - spot[1]) / 26) ** 2) * (sides[0] > 0.6)
        + rng.normal(0, 10) * (x / width - 0.5)
    )
    shade = shade + 0.6 * rng.standard_normal((1, width)) + 2.5 * wear
    shade = shade + 1.2 * smooth_noise(rng, height, width, 22) - 7 * np.clip(smooth_noise(rng, height, width, 3) - 1.6, 0, 2)
    outside[:, : int(rng.integers(0, 4))] = rng.uniform(20, 90)
    return shade.astype(np.float32), outside


def _residue(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """What lies on a chip: on humid days a grey film, torn into white stipple; strokes and drips of earlier fingers."""
    film = float(rng.choice([0.0, rng.uniform(8, 40), rng.uniform(40, 100)], p=[0.55, 0.33, 0.12]))
    torn = rng.normal(0, 0.9, (height, width)) + 0.9 * smooth_noise(rng, height, width, 1.8)
    torn = torn + 0.6 * smooth_noise(rng, height, width, 50) + rng.normal(0.25, 0.5)
    grey = film * np.clip(1.5 * torn + 0.5, 0, 1) * (1 + 0.12 * smooth_noise(rng, height, width, 60))
    where = np.clip(smooth_noise(rng, height, width, 90) + rng.uniform(-1.0, 0.6), 0, 1.2)
    brushed = cv2.GaussianBlur(smooth_noise(rng, height, width, 1.6), (0, 0), sigmaX=0.4, sigmaY=2.4)
    stroke = np.clip(1.6 * brushed + rng.normal(0, 0.8, (height, width)), 0.4, 3) - 0.4
    return np.asarray(grey + where * 12 * stroke, np.float32)


def _specks(rng: np.random.Generator, height: int, width: int, mean: float) -> np.ndarray:
    """(height, width) float32: by how much specks on the window darken it, most of them small and faint."""
    dark = np.zeros((height, width), np.float32)
    for _ in range(rng.poisson(mean)):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(dark, (x, y), int(rng.integers(0, 2)), float(rng.exponential(45)), -1)
    return cv2.GaussianBlur(dark, (0, 0), 0.7)
