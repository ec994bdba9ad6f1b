"""Sensors: how a touch becomes grey levels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis.degrade import smooth_noise
from biomatch.synthesis.window import CLEAN, DEVICES, Window, dirt, faded, frame, ground
from biomatch.vocabulary import ImpressionType


@dataclass(frozen=True)
class Sensor:
    """Looks of one kind of sensor, after real prints of its kind. Lengths are px at 500 ppi; greys are told before they are cut
    off at 0 and 255."""

    name: str
    width: int
    height: int
    empty: float  # grey where nothing touches
    dark: float  # grey of a ridge that is firmly pressed
    dark_spread: float  # how much that varies over the print
    pale: float  # how much lighter a light, dry touch is
    softness: float  # of the step from valley to ridge, in units of the ridge's height: small is nearly black and white
    blur_px: tuple[float, float]  # of the optics, along the rows and down
    noise: float  # standard deviation on ridges, grey levels
    quiet_noise: float  # the same where nothing touches
    grit: float  # fine roughness of the touch, in units of the ridge's height: ragged edges
    halo: float = 0.0  # share by which moist skin darkens the valleys, too
    level: float = 0.0  # added to the touch: this sensor shows thicker ridges
    blacks: float = 0.0  # what is darker is shown so
    whites: float = 255.0  # what is brighter is shown so
    dirt: float = 0.0  # grey levels by which what fingers leave darkens the window
    ghost: float = 0.0  # share by which ridges show that nearly touch
    gain: float = 0.0  # by how much the brightness is at most turned up, as a share: the device sets it by itself
    grain_px: tuple[float, float] = (0.0, 0.0)  # by which the noise is blurred, along the rows and down
    crisp: float = 1.0  # gain about the middle between valley and ridge: from 2 on a pixel is either
    jitter_px: float = 0.0  # by which rows are read too early or too late (standard deviation)
    comb_px: float = 0.0  # by which odd rows lie off even ones, where the finger moved from one to the next (at most)
    rows: float = 1.0  # of the sensor, for a row of the image: under 1, some rows are much like the one above
    scale: float = 1.0  # px of an image for a px at 500 ppi: 1 is a device true to scale, as these are sold
    parched: float = 0.15  # how pale a finger without sweat is: 1, it is hardly seen but for a few drops
    reach: float = 1.0  # of a touch, beside the largest window: on a small one less of the finger is put down
    below: tuple[float, float] | None = None  # px that touch below the core, where the joint does not come down as usual
    core_y: float = 0.5  # where fingers are put down: their core, as a share of the height
    stray: float = 1.0  # how much they stray from there, beside other sensors
    levels: int = 256  # grey levels that the sensor tells apart
    window: Window = CLEAN
    device: int | None = None  # which of its kind, under `DEVICES`; None: any
    impression: ImpressionType = ImpressionType.LIVE_SCAN_PLAIN


GLASS = Sensor(
    "glass prism", 504, 480, 263, 80, 26, 44, 0.20, (0.35, 0.35), 12.0, 1.0, grit=0.16, level=-0.16, dirt=4.5, core_y=0.48,
    stray=1.2, grain_px=(0.55, 0.55), window=Window(spread=0.5),
)  # fmt: skip
SOFT = Sensor(
    "soft optical", 300, 300, 234, 130, 18, 62, 0.6, (0.95, 0.95), 2.6, 2.2, grit=0.10,
    halo=0.20, dirt=15, ghost=0.14, gain=0.04, grain_px=(0.0, 0.73), level=0.36, parched=0.3, core_y=0.54, stray=1.4,
    window=Window("octagon", spread=5, specks=14),
)  # fmt: skip
COMPACT = Sensor(
    "compact optical", 326, 357, 253, 26, 18, 44, 0.28, (0.53, 0.33), 5.5, 3.6, grit=0.13,
    halo=0.04, dirt=20, ghost=0.08, level=0.17, blacks=3, reach=0.9, below=(150, 290), core_y=0.37, stray=1.4,
    grain_px=(0.3, 0.3), jitter_px=0.08, rows=0.78, window=Window("keystone", spread=6, specks=40),
)  # fmt: skip
LARGE = Sensor(
    "large optical", 448, 478, 195, -34, 12, 60, 0.24, (0.8, 0.56), 6.5, 6.6, grit=0.15,
    halo=0.12, dirt=16, ghost=0.06, gain=0.35, level=0.18, blacks=16, whites=253, parched=0.5, grain_px=(0.78, 0.2),
    jitter_px=0.1, comb_px=1.2, reach=0.93, core_y=0.5, stray=1.3, window=Window("oval", spread=9, specks=40),
)  # fmt: skip
CHIP = Sensor(
    "capacitive chip", 256, 364, 262, 103, 4, 30, 0.13, (0.25, 0.25), 4.5, 1.0, grit=0.21, dirt=6, ghost=0.06, level=0.3,
    whites=253, crisp=2.2, parched=0.5, core_y=0.48, stray=2.0, window=Window("residue", spread=1, specks=0),
)  # fmt: skip
INK = Sensor(
    "ink on paper", 800, 750, 238, 46, 20, 40, 0.34, (0.8, 0.8), 10.0, 4.0, grit=0.42, halo=0.08, dirt=7,
    grain_px=(0.6, 0.6), window=Window("paper", spread=3, specks=30), impression=ImpressionType.NONLIVE_SCAN_ROLLED,
)  # fmt: skip

SENSORS = (GLASS, SOFT, COMPACT, LARGE, CHIP)


def develop(
    touch: np.ndarray,
    moist: np.ndarray,
    sensor: Sensor,
    rng: np.random.Generator,
    earlier: np.ndarray | None = None,
) -> np.ndarray:
    """Makes the grey image (h, w) uint8 of a touch.

    touch  (h, w) float32  height of the skin over the sensor's surface: positive where it touches, 1 on a crest
    moist  (h, w) float32  0..1, how firmly and moistly the finger lies around here
    earlier (h, w) float32  0..1, ridges that an earlier touch left
    """
    height, width = touch.shape
    ink = np.maximum(_contact(touch, sensor, rng), sensor.halo * moist)
    ghost = sensor.ghost / (1 + np.exp(-np.clip((touch + 2.0) / 0.45, -30, 30)))  # ridges just above the surface
    ink = np.maximum(ink, ghost)
    device = int(rng.integers(DEVICES)) if sensor.device is None else sensor.device
    empty = _empty(moist, sensor, rng, earlier, device)
    dark = _darkness(rng, moist, sensor)
    grey = (empty - np.maximum(empty - dark, 0) * ink).astype(np.float32)
    grey = cv2.GaussianBlur(grey, (0, 0), sigmaX=sensor.blur_px[0], sigmaY=sensor.blur_px[1])
    grey = _read(grey, sensor, rng)
    grain = _grain(rng, height, width, sensor)
    grey = np.maximum(grey + (sensor.quiet_noise + (sensor.noise - sensor.quiet_noise) * ink) * grain, sensor.blacks)
    gain = 1 + sensor.gain * rng.random() ** 2
    shown = np.clip(sensor.blacks + gain * (grey - sensor.blacks), 0, sensor.whites)
    grey = frame(shown, sensor.window, device)
    if sensor.levels < 256:
        step = 255 / (sensor.levels - 1)
        grey = np.rint(grey / step) * step
    image: np.ndarray = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return image


def _contact(touch: np.ndarray, sensor: Sensor, rng: np.random.Generator) -> np.ndarray:
    """Measures how much of each px the skin touches, (h, w) float32 0..1. Looked at four times finer, as valleys are thinner
    than a px where ridges are pressed together."""
    height, width = touch.shape
    fine = cv2.resize(touch, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    rough = fine + np.float32(1.5 * sensor.grit) * rng.standard_normal(fine.shape, dtype=np.float32)
    steep = np.float32(-1 / (sensor.softness * rng.uniform(0.85, 1.4)))
    ink = cv2.resize(1 / (1 + np.exp(np.clip(steep * rough, -30, 30))), (width, height), interpolation=cv2.INTER_AREA)
    if sensor.crisp != 1:
        ink = np.clip(sensor.crisp * (ink - 0.5) + 0.5, 0, 1)
    return np.asarray(ink, np.float32)


def _empty(moist: np.ndarray, sensor: Sensor, rng: np.random.Generator, earlier: np.ndarray | None, device: int) -> np.ndarray:
    """Draws greys of the window as the finger finds it, (h, w) float32."""
    lies = (moist > 0.05).astype(np.float32)
    empty = ground(rng, lies, sensor.empty, sensor.window, device)
    if sensor.window.kind == "residue":  # the finger sweeps and dries it
        near = cv2.GaussianBlur(lies, (0, 0), 1.3)
        empty = empty + (sensor.empty - empty) * np.clip(1.4 * near, 0, rng.uniform(0.55, 0.95))
    empty = empty - sensor.dirt * dirt(rng, moist)
    return empty if earlier is None else np.asarray(empty - 3.0 * sensor.dirt * earlier)


def _read(grey: np.ndarray, sensor: Sensor, rng: np.random.Generator) -> np.ndarray:
    """Reads the picture (h, w) row by row: rows lie a little off, and where two halves of it are read one after the other, the
    finger has moved between them, most where it still slides; a sensor of few rows repeats some."""
    if not sensor.jitter_px and not sensor.comb_px and sensor.rows == 1:
        return grey
    height, width = grey.shape
    off = sensor.jitter_px * rng.standard_normal((height, 1))
    slid = sensor.comb_px * max(rng.random() - 0.75, 0) ** 2 * 16
    slides = np.clip(1 + smooth_noise(rng, height, 1, 120), 0, 2)
    off = off + 0.5 * slid * slides * np.where(np.arange(height) % 2, 1, -1)[:, None]
    x = np.arange(width)[None, :] + off
    whole = np.arange(height) * sensor.rows
    between = whole - np.floor(whole)
    nearer = np.floor(whole) + np.clip(8 * (between - 0.5) + 0.5, 0, 1)  # rows are repeated rather than blended
    y = np.broadcast_to((nearer / sensor.rows)[:, None], grey.shape).astype(np.float32)
    return cv2.remap(grey, x.astype(np.float32), np.ascontiguousarray(y), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _darkness(rng: np.random.Generator, moist: np.ndarray, sensor: Sensor) -> np.ndarray:
    """Draws the grey of ridges, (h, w) float32. Dry and light touches are paler, and a finger without any sweat is hardly seen
    but for a few drops; skin is mottled, and damp in granules."""
    height, width = moist.shape
    lies = moist > 0.05
    mean = float(moist[lies].mean()) if lies.any() else 0.5
    pale = sensor.pale * (1.9 * (0.72 - moist) + rng.normal(0.1, 0.22))
    parched = sensor.parched * float(np.clip((0.38 - mean) / 0.15, 0, 1)) * np.clip(1.6 - 2.2 * moist, 0, 1)
    mottled = 0.4 * smooth_noise(rng, height, width, 45) + 0.45 * smooth_noise(rng, height, width, 1.8)
    granules = np.clip(smooth_noise(rng, height, width, 7) - 0.6, 0, 2)
    dark = (
        sensor.dark
        + np.maximum(pale, -0.3 * sensor.pale)
        + 0.7 * (sensor.empty - sensor.dark) * parched
        + sensor.dark_spread * (mottled + 0.1 - 0.35 * granules)
        + faded(height, width, sensor.window)
    )
    return np.minimum(dark, sensor.empty - _FAINTEST * (sensor.empty - sensor.dark))


_FAINTEST = 0.25  # of the step from an empty window to a firm ridge is seen of any ridge that touches


def _grain(rng: np.random.Generator, height: int, width: int, sensor: Sensor) -> np.ndarray:
    """Draws grain, (h, w) float32 of deviation 1."""
    noise = rng.standard_normal((height, width), dtype=np.float32)
    along, down = sensor.grain_px
    if not along and not down:
        return noise
    soft = cv2.GaussianBlur(noise, (0, 0), sigmaX=max(along, 0.05), sigmaY=max(down, 0.05))
    return soft / max(float(soft.std()), 1e-6)
