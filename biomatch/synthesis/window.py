"""The window of a sensor where no finger lies: its light, its dirt, and the frame around it.

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


def ground(rng: np.random.Generator, lies: np.ndarray, empty: float, window: Window, device: int = 0) -> np.ndarray:
    """Draws (h, w) float32 greys of an empty window on this day; `device` under DEVICES.

    lies  (h, w) float32  1 where the finger is: around it what lies on a chip is torn
    """
    height, width = lies.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    tilt = rng.normal(0, window.spread, 2)  # the light falls in from somewhere else today
    light = window.spread * smooth_noise(rng, height, width, 140) + tilt[0] * (x / width - 0.5) + tilt[1] * (y / height - 0.5)
    grey = empty + light
    grey = grey - _specks(rng, height, width, window.specks)
    if window.kind == "residue":
        grey = grey - _residue(rng, lies)
    if window.kind == "paper":
        grey = grey + 3.0 * smooth_noise(rng, height, width, 5) + 2.0 * smooth_noise(rng, height, width, 2.2)
    if window.kind == "keystone":  # what many fingers left, where most of them touch
        worn = np.clip(0.7 + 0.6 * smooth_noise(rng, height, width, 80), 0.1, 2)
        smeared = 2.6 * smooth_noise(rng, height, width, 3) + 3.4 * streaks(rng, height, width)
        grey = grey - worn * (9 + smeared + 2.0 * smooth_noise(rng, height, width, 14)) - rng.uniform(-8, 4)
    if window.kind in ("octagon", "keystone", "oval"):
        shade, _, _ = _device(window.kind, height, width, device)
        grey = grey + shade
    if window.kind == "oval":
        dusty = np.clip(0.5 + smooth_noise(rng, height, width, 110), 0, 2)
        grey = (
            grey
            - 5 * dusty * np.clip(smooth_noise(rng, height, width, 2.6) - 1.2, 0, 2)
            - 2.0 * smooth_noise(rng, height, width, 3.2)
            - 2.2 * smooth_noise(rng, height, width, 7)
            - 4 * np.clip(streaks(rng, height, width) + smooth_noise(rng, height, width, 110) - 1.2, 0, 3)
        )
    return np.asarray(grey, np.float32)


def faded(height: int, width: int, window: Window) -> np.ndarray:
    """Computes by how much ridges are paler where the device's light is uneven, (height, width) float32."""
    pale = np.zeros((height, width), np.float32)
    if window.kind == "keystone":
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        pale += 75 * np.clip(y / height - 0.45, 0, 1) / 0.55 + 12 * np.abs(x / width - 0.5)
        pale += 12 * _box(x / width, y / height, _LAMP, (0.060, 0.066), 0.012)
    return pale


def frame(grey: np.ndarray, window: Window, device: int = 0) -> np.ndarray:
    """Replaces in an image (h, w) float32 what lies outside the window's frame."""
    if window.kind == "residue":  # the last column is never read
        whole = grey.copy()
        whole[:, -1], whole[:, 0] = _UNREAD, np.minimum(whole[:, 0] + 18, _UNREAD)
        return whole
    if window.kind not in ("octagon", "keystone", "oval"):
        return grey
    _, outside, veil = _device(window.kind, *grey.shape, device)
    return np.where(np.isnan(outside), grey + (_SIDES - grey) * veil, outside)


def dirt(rng: np.random.Generator, moist: np.ndarray) -> np.ndarray:
    """Draws what fingers leave around where they lie: a shade of damp, smears, crumbs, a dusting; (h, w) float32, 0 to about 3.

    moist  (h, w) float32  0..1, 0 where no finger lies
    """
    height, width = moist.shape
    lies = (moist > 0.05).astype(np.float32)
    small = cv2.resize(lies, (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA)
    near = cv2.resize(cv2.GaussianBlur(small, (0, 0), 4) + 0.5 * cv2.GaussianBlur(small, (0, 0), 12.5), (width, height))
    damp = 0.7 * near * np.clip(0.6 + 0.5 * smooth_noise(rng, height, width, 45), 0, 2)
    where = np.clip(0.9 * smooth_noise(rng, height, width, 75) + 0.9 * near - 0.4 + rng.normal(0, 0.3), 0, 2)
    smears = where * np.clip(0.25 * streaks(rng, height, width) + 0.35 * smooth_noise(rng, height, width, 3), 0, 3)
    crumbs = np.clip(smooth_noise(rng, height, width, 2.6) - 2.5, 0, 1) * 4 * np.clip(near + 0.35 * rng.random(), 0, 1)
    dusting = 0.35 * where * np.clip(rng.standard_normal((height, width), dtype=np.float32), 0, 3)
    return np.asarray(damp + smears + cv2.GaussianBlur(crumbs, (0, 0), 0.6) + dusting, np.float32)


def streaks(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Draws strokes in one direction, as of a finger or a cloth, (height, width) float32 of deviation 1."""
    side = int(np.hypot(height, width)) + 2
    strokes = cv2.GaussianBlur(rng.standard_normal((side, side)).astype(np.float32), (0, 0), sigmaX=1.3, sigmaY=16)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(-70, 70)), 1)
    turned = cv2.warpAffine(strokes, turn, (side, side), borderMode=cv2.BORDER_REFLECT)
    top, left = (side - height) // 2, (side - width) // 2
    cut: np.ndarray = turned[top : top + height, left : left + width]
    return cut / max(float(cut.std()), 1e-6)


_SIDES = 254.0  # grey beside a keystone
_UNREAD = 253.0
_LAMP = (0.465, 0.447)  # where it is seen, as shares of the sides


@lru_cache(maxsize=3 * DEVICES)
def _device(kind: str, height: int, width: int, device: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws (h, w) float32 each: shade added to the empty grey; greys outside the frame, NaN inside; how far its sides shine
    in."""
    rng = np.random.default_rng((_MARKS, height, width, device))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    outside = np.full((height, width), np.nan, np.float32)
    if kind == "octagon":
        return *_octagon(rng, x, y, outside), np.zeros_like(x)
    if kind == "keystone":
        return _keystone(rng, x, y, outside)
    return *_oval(rng, x, y, outside), np.zeros_like(x)


def _octagon(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draws a block of glass, its corners cut off: what lies behind them is hardly darker, but their edges are seen, below as
    two lines; above, the mount shows in places."""
    height, width = x.shape
    shade = rng.normal(0, 7) * (x / width - 0.5) + rng.normal(0, 7) * (y / height - 0.5) - rng.uniform(1, 4)
    shade = shade + 3 * smooth_noise(rng, height, width, 160) + 5 * np.exp(-np.minimum(x, width - 1 - x) / 14)
    fine = rng.standard_normal((height, width))
    lit = rng.uniform(0.5, 1.2, 4)  # how clearly the edges are seen
    corners = ((0, 0, (28, 38), (20, 28)), (1, 0, (22, 34), (24, 34)), (0, 1, (14, 20), (28, 38)), (1, 1, (14, 20), (24, 36)))
    for seen, (right, below, wide, high) in zip(lit, corners, strict=True):
        u, v = width - 1 - x if right else x, height - 1 - y if below else y
        a, b = rng.uniform(*wide), rng.uniform(*high)
        bent = (np.clip(u / a, 0, 3) ** 0.9 + np.clip(v / b, 0, 3) ** 0.9) ** (1 / 0.9)
        far = (1 - bent) * a * b / np.hypot(a, b)  # px outside
        there = np.where((u < 2 * a) & (v < 2 * b), 1.0, 0.0)
        if below:
            shade = shade - there * seen * (20 * np.exp(-((far / 0.9) ** 2)) - 8 * np.exp(-(((far - 2.2) / 1.2) ** 2)))
            shade = shade - there * seen * 16 * np.exp(-(((far - 5) / 0.9) ** 2))
        else:
            shade = shade + there * seen * 13 * np.exp(-(((far - 0.5) / 1.1) ** 2))
        behind = (far > 0) & (there > 0)
        outside[behind] = (rng.uniform(226, 240) + 3.5 * fine + shade)[behind]
    top = np.clip(smooth_noise(rng, 1, width, 22)[0] - 0.5, 0, 1.5) * 60 * lit[0]
    shade[0] -= top + 10
    shade[1] -= 0.4 * top
    return shade.astype(np.float32), outside


def _keystone(
    rng: np.random.Generator, x: np.ndarray, y: np.ndarray, outside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws a window seen at a slant and set right, so that its sides lean; the square image of a lamp in the middle and a
    faint one below; two latches at the lower rim, and the round edge of a lens in the lower corners."""
    height, width = x.shape
    up, low = 1 - y / (height - 1), (height - 1) - y
    left, right = rng.uniform(0.115, 0.15) * width * up, width - rng.uniform(0.125, 0.165) * width * up
    lamp, lower = _LAMP, (0.465 + rng.normal(0, 0.004), 0.90)
    worn = rng.uniform(0.45, 1.15, 4)  # how clearly each mark is seen
    shade = 2 + 10 * (y / height - 0.5) + 1.2 * rng.standard_normal((height, 1)) + 0.8 * rng.standard_normal((1, width))
    shade = shade - 84 * worn[0] * _box(x / width, y / height, lamp, (0.060, 0.066), 0.012)
    shade = shade - 9 * worn[0] * _box(x / width, y / height, lower, (0.064, 0.065), 0.012)
    for at, seen in zip(rng.normal((0.214, 0.708), 0.003), worn[1:3], strict=True):
        off = x - at * width - 0.10 * low + 0.006 * low**2
        post = np.exp(-((np.abs(off) / 3.0) ** 10)) * np.clip(25 - low, 0, 1)
        foot = np.exp(-((off / 4.5) ** 6) - (low / 8.5) ** 4)
        cap = np.exp(-((((off + 3.5) ** 2 + (low - 20) ** 2) / 12) ** 3))
        shadow = np.exp(-(((off + 3) / 15) ** 2) - ((low - 10) / 17) ** 2)
        shade = shade - seen * (110 * post + 170 * foot + 105 * cap + 48 * shadow)
    for at, bend, depth, wide, start in ((0.880, 0.155, 13, 2.6, 0.80), (0.920, 0.105, 105, 3.4, 0.85)):  # the lens below
        off = x / width - at - 0.02 * (worn[0] - 0.8) - bend * np.sqrt(np.clip((height - 1 - y) / (0.16 * height), 0, 1))
        arc = np.exp(-((off * width / wide) ** 2)) * np.clip((y / height - start) / 0.05, 0, 1)
        shade = shade - worn[3] * depth * arc * (0.7 + 0.35 * smooth_noise(rng, height, width, 14))
    shade[0] -= 10
    shade[-1] += 18
    lean = np.clip(right - x, 0, None)
    grime = np.clip(smooth_noise(rng, height, width, 30) + 0.4 * smooth_noise(rng, height, width, 6), 0, 2)
    shade = shade - 26 * np.exp(-lean / 5) * grime
    for _ in range(5):  # rows that the device reads a little brighter, as far as its end or a part
        row, start = int(rng.integers(0.3 * height, 0.95 * height)), int(rng.integers(-width, width))
        shade[row, max(start, 0) : start + width] += rng.uniform(3, 8)
    for dust, blunt in ((110, 0.45), (60, 0.8)):  # dust on the optics
        at = rng.integers(0, (height, width), (int(rng.integers(8, 26)), 2))
        spots = np.zeros((height, width), np.float32)
        spots[at[:, 0], at[:, 1]] = rng.exponential(dust, len(at))
        shade = shade - cv2.GaussianBlur(spots, (0, 0), blunt)
    outside[(x < left) | (x > right)] = _SIDES
    return shade.astype(np.float32), outside, np.clip(1 - np.minimum(x - left, right - x) / 2, 0, 1)


def _box(x: np.ndarray, y: np.ndarray, middle: tuple[float, float], half: tuple[float, float], soft: float) -> np.ndarray:
    """Draws 1 inside a box with round corners, 0 outside, over a soft edge, (h, w); lengths as shares of the image's sides."""
    far = (np.abs((x - middle[0]) / half[0]) ** 9 + np.abs((y - middle[1]) / half[1]) ** 9) ** (1 / 9)
    return np.asarray(1 / (1 + np.exp(np.clip((far - 1) * half[0] / soft * 4, -30, 30))))


def _oval(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draws a lamp that lights an oval; grime around it, worst in the corners."""
    height, width = x.shape
    cx, cy = (0.5 + rng.normal(0, 0.015)) * width, (0.58 + rng.normal(0, 0.02)) * height
    power = rng.uniform(3.0, 4.2)
    far = (np.abs(x - cx) / (0.465 * width)) ** power + (np.abs(y - cy) / (0.57 * height)) ** power
    wear = smooth_noise(rng, height, width, 40)
    turn = np.arctan2(y - cy, x - cx)  # the grime is wiped along the rim
    wiped = cv2.remap(
        smooth_noise(rng, 512, 512, 9), (70 * far + 20).astype(np.float32), ((turn + np.pi) * 60 + 20).astype(np.float32),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101,
    )  # fmt: skip
    sides = rng.uniform(0.3, 1.3, 4)
    broken = np.clip(0.7 + 0.8 * smooth_noise(rng, height, width, 150), 0, 1.6)
    above = np.clip((cy - y) / 80 + 0.5, 0, 1)
    share = broken * np.where(x < cx, sides[0], sides[1]) * (above * (0.6 + 0.4 * sides[2]) + (1 - above) * 0.15 * sides[3])
    spot = rng.uniform(0.2, 0.8, 2) * (width, height)
    ring = np.clip((far - 1.08 + 0.12 * wear) / 0.3, 0, 1) * np.exp(-(np.clip((far - 1.3) / 0.6, 0, 3) ** 2))
    shade = -22 * share * ring * np.clip(0.75 + 0.8 * wiped, 0, 2.5)
    below = np.clip(y / height - 0.5, 0, 0.3) / 0.3
    shade = shade - 38 * np.clip((far - 0.9) / 0.7, 0, 1) - 75 * below * np.clip(far - 1.15, 0, 1.2)
    shade = shade - 1.6 * _specks(rng, height, width, 14)
    dusty = np.clip(0.6 + smooth_noise(rng, height, width, 90), 0, 2)
    shade = shade - rng.uniform(6, 22) * dusty * np.clip(smooth_noise(rng, height, width, 2.4) - 1.1, 0, 2)
    shade = shade + 6 * np.exp(-(((far - 0.78) / 0.2) ** 2)) - 4 * np.exp(-(((far - 0.93) / 0.04) ** 2)) * np.clip(wiped, 0, 2)
    shade = (
        shade
        - 26 * np.exp(-(((x - spot[0]) / 5) ** 2) - ((y - spot[1]) / 26) ** 2) * (sides[0] > 0.6)
        + rng.normal(0, 10) * (x / width - 0.5)
    )
    shade = shade + 0.6 * rng.standard_normal((1, width)) + 2.5 * wear
    shade = shade + 1.2 * smooth_noise(rng, height, width, 22) - 7 * np.clip(smooth_noise(rng, height, width, 3) - 1.6, 0, 2)
    shade = shade - rng.uniform(60, 140) * np.exp(-x / rng.uniform(1.0, 2.4))
    return shade.astype(np.float32), outside


def _residue(rng: np.random.Generator, lies: np.ndarray) -> np.ndarray:
    """Draws what lies on a chip: on humid days a grey film, torn into white stipple; strokes and drips of earlier fingers."""
    height, width = lies.shape
    film = float(rng.choice([0.0, rng.uniform(15, 50), rng.uniform(50, 105)], p=[0.3, 0.42, 0.28]))
    drawn = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), sigmaX=0.4, sigmaY=2.2)
    torn = rng.normal(0, 0.45, (height, width)) + 2.0 * drawn + 0.4 * smooth_noise(rng, height, width, 2.2)
    torn = torn + 0.3 * smooth_noise(rng, height, width, 40) + 0.4 * smooth_noise(rng, height, width, 130)
    torn = torn + 0.3 * streaks(rng, height, width) + rng.normal(1.0, 0.6)
    torn = torn - rng.uniform(0.4, 2.0) * cv2.GaussianBlur(lies, (0, 0), rng.uniform(6, 24))  # the finger tears it
    grey = film * np.clip(1.5 * torn + 0.5, 0, 1) * (1 + 0.12 * smooth_noise(rng, height, width, 60))
    where = np.clip(smooth_noise(rng, height, width, 90) + rng.uniform(-1.0, 0.6), 0, 1.2)
    brushed = cv2.GaussianBlur(smooth_noise(rng, height, width, 1.6), (0, 0), sigmaX=0.4, sigmaY=2.4)
    stroke = np.clip(1.6 * brushed + rng.normal(0, 0.8, (height, width)), 0.4, 3) - 0.4
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rim = 30 * rng.random() * np.exp(-np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y)) / 2.5)
    return np.asarray(grey + where * 12 * stroke + rim, np.float32)


def _specks(rng: np.random.Generator, height: int, width: int, mean: float) -> np.ndarray:
    """Draws by how much specks on the window darken it, most of them small and faint, (height, width) float32."""
    dark = np.zeros((height, width), np.float32)
    for _ in range(rng.poisson(mean)):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(dark, (x, y), int(rng.integers(0, 2)), float(rng.exponential(45)), -1)
    return cv2.GaussianBlur(dark, (0, 0), 0.7)
