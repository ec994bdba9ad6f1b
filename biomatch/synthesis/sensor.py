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
    """Looks of one kind of sensor, after real prints of its kind. Greys are 0..255, lengths px at 500 ppi."""

    name: str
    width: int
    height: int
    empty: float  # grey where nothing touches
    dark: float  # grey of a ridge that is firmly pressed
    dark_spread: float  # how much that varies over the print
    pale: float  # how much lighter a light, dry touch is
    softness: float  # of the step from valley to ridge, in units of the ridge's height: small is nearly black and white
    blur_px: float  # of the optics
    noise: float  # standard deviation on ridges, grey levels
    quiet_noise: float  # the same where nothing touches
    grit: float  # fine roughness of the touch, in units of the ridge's height: ragged edges
    halo: float = 0.0  # share by which moist skin darkens the valleys, too
    level: float = 0.0  # added to the touch: this sensor shows thicker ridges
    blacks: float = 0.0  # what is darker is shown so
    dirt: float = 0.0  # grey levels by which what fingers leave darkens the window
    ghost: float = 0.0  # share by which ridges show that nearly touch
    gain: float = 0.0  # by how much the brightness is at most turned up, as a share: the device sets it by itself
    grain_px: float = 1.0  # of the noise
    streak: float = 1.0  # by how much the noise is longer along the rows
    parched: float = 0.15  # how pale a finger without sweat is: 1, it is hardly seen but for a few drops
    reach: float = 1.0  # of a touch, beside the largest window: on a small one less of the finger is put down
    below: tuple[float, float] | None = None  # px that touch below the core, where the joint does not come down as usual
    core_y: float = 0.5  # where fingers are put down: their core, as a share of the height
    stray: float = 1.0  # how much they stray from there, beside other sensors
    levels: int = 256  # grey levels that the sensor tells apart
    window: Window = CLEAN
    impression: ImpressionType = ImpressionType.LIVE_SCAN_PLAIN


GLASS = Sensor(
    "glass prism", 504, 480, 263, 56, 20, 40, 0.15, 0.5, 11.0, 1.0, grit=0.11, dirt=4.5, core_y=0.50, stray=1.2,
    window=Window(spread=0.5),
)  # fmt: skip
SOFT = Sensor(
    "soft optical", 300, 300, 228, 110, 12, 62, 0.50, 0.95, 2.4, 3.0, grit=0.12,
    halo=0.20, dirt=8, ghost=0.14, gain=0.10, grain_px=1.4, level=0.15, parched=0.25, core_y=0.42, stray=2.2,
    window=Window("octagon", spread=7, specks=14),
)  # fmt: skip
COMPACT = Sensor(
    "compact optical", 326, 357, 251, 0, 20, 36, 0.26, 0.6, 10.0, 5.5, grit=0.13,
    halo=0.06, dirt=8, ghost=0.08, level=0.3, blacks=3, reach=0.94, below=(125, 265), core_y=0.41, stray=1.4,
    grain_px=1.1, window=Window("keystone", spread=4, specks=60),
)  # fmt: skip
LARGE = Sensor(
    "large optical", 448, 478, 176, -30, 18, 105, 0.24, 0.5, 8.0, 6.5, grit=0.15,
    halo=0.12, dirt=10, ghost=0.06, gain=0.3, level=0.35, blacks=16, parched=0.3, grain_px=1.5, streak=1.4,
    reach=1.08, core_y=0.5, stray=1.3, window=Window("oval", spread=6, specks=80),
)  # fmt: skip
CHIP = Sensor(
    "capacitive chip", 256, 364, 253, 103, 3, 18, 0.13, 0.35, 4.0, 1.0, grit=0.16, dirt=3, ghost=0.06, level=0.3,
    parched=0.6, core_y=0.5, stray=2.0, window=Window("residue", spread=1, specks=0),
)  # fmt: skip
INK = Sensor(
    "ink on paper", 800, 750, 238, 46, 20, 40, 0.34, 0.8, 10.0, 4.0, grit=0.42, halo=0.08, dirt=7, grain_px=1.3,
    window=Window("paper", spread=3, specks=30), impression=ImpressionType.NONLIVE_SCAN_ROLLED,
)  # fmt: skip

SENSORS = (GLASS, SOFT, COMPACT, LARGE, CHIP)


def develop(
    touch: np.ndarray,
    moist: np.ndarray,
    sensor: Sensor,
    rng: np.random.Generator,
    earlier: np.ndarray | None = None,
) -> np.ndarray:
    """Grey image (h, w) uint8 of a touch.

    touch  (h, w) float32  height of the skin over the sensor's surface: positive where it touches, 1 on a crest
    moist  (h, w) float32  0..1, how firmly and moistly the finger lies around here
    earlier (h, w) float32  0..1, ridges that an earlier touch left
    """
    height, width = touch.shape
    rough = touch + sensor.level + sensor.grit * rng.standard_normal((height, width), dtype=np.float32)
    softness = sensor.softness * rng.uniform(0.85, 1.4)
    ink = 1 / (1 + np.exp(-np.clip(rough / softness, -30, 30)))
    ink = np.maximum(ink, sensor.halo * moist)
    ghost = sensor.ghost / (1 + np.exp(-np.clip((touch + 2.0) / 0.45, -30, 30)))  # ridges just above the surface
    ink = np.maximum(ink, ghost)
    device = int(rng.integers(DEVICES))
    empty = ground(rng, height, width, sensor.empty, sensor.window, device)
    if sensor.window.kind == "residue":  # the finger sweeps and dries it
        near = cv2.GaussianBlur((moist > 0.05).astype(np.float32), (0, 0), 2.5)
        empty = empty + (sensor.empty - empty) * np.clip(1.4 * near, 0, 0.92)
    empty = empty - sensor.dirt * dirt(rng, moist)
    if earlier is not None:
        empty = empty - 3.0 * sensor.dirt * earlier
    dark = _darkness(rng, moist, sensor)
    grey = cv2.GaussianBlur((empty - np.maximum(empty - dark, 0) * ink).astype(np.float32), (0, 0), sensor.blur_px)
    grain = _grain(rng, height, width, sensor)
    grey = np.maximum(grey + (sensor.quiet_noise + (sensor.noise - sensor.quiet_noise) * ink) * grain, sensor.blacks)
    gain = 1 + sensor.gain * rng.random()
    grey = frame(np.clip(sensor.blacks + gain * (grey - sensor.blacks), 0, 255), sensor.window, device)
    if sensor.levels < 256:
        step = 255 / (sensor.levels - 1)
        grey = np.rint(grey / step) * step
    image: np.ndarray = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return image


def _darkness(rng: np.random.Generator, moist: np.ndarray, sensor: Sensor) -> np.ndarray:
    """(h, w) float32: the grey of ridges. Dry and light touches are paler, and a finger without any sweat is hardly seen but
    for a few drops; skin is mottled, and damp in granules."""
    height, width = moist.shape
    lies = moist > 0.05
    mean = float(moist[lies].mean()) if lies.any() else 0.5
    pale = sensor.pale * (1.5 * (0.72 - moist) + rng.normal(0.1, 0.35))
    parched = sensor.parched * float(np.clip((0.38 - mean) / 0.15, 0, 1)) * np.clip(1.6 - 2.2 * moist, 0, 1)
    mottled = 0.7 * smooth_noise(rng, height, width, 45) + 0.7 * smooth_noise(rng, height, width, 2.4)
    granules = np.clip(smooth_noise(rng, height, width, 7) - 0.3, 0, 2)
    return (
        sensor.dark
        + np.maximum(pale, -0.3 * sensor.pale)
        + 0.7 * (sensor.empty - sensor.dark) * parched
        + sensor.dark_spread * (mottled + 0.3 - 0.7 * granules)
        + faded(height, width, sensor.window)
    )


def _grain(rng: np.random.Generator, height: int, width: int, sensor: Sensor) -> np.ndarray:
    noise = rng.standard_normal((height, width), dtype=np.float32)
    if sensor.grain_px <= 1:
        return noise
    soft = cv2.GaussianBlur(
        noise, (0, 0), sigmaX=sensor.grain_px * sensor.streak / 2, sigmaY=sensor.grain_px / sensor.streak / 2
    )
    return soft / max(float(soft.std()), 1e-6)
