"""Sensors: how a touch becomes grey levels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis.degrade import smooth_noise
from biomatch.synthesis.window import CLEAN, Window, dirt, faded, frame, ground
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
    levels: int = 256  # grey levels that the sensor tells apart
    window: Window = CLEAN
    impression: ImpressionType = ImpressionType.LIVE_SCAN_PLAIN


GLASS = Sensor(
    "glass prism", 504, 480, 263, 58, 15, 34, 0.15, 0.55, 8.0, 1.0, grit=0.12, dirt=4.5, window=Window(spread=0.5),
)  # fmt: skip
SOFT = Sensor(
    "soft optical", 300, 300, 226, 112, 10, 46, 0.66, 1.0, 3.0, 2.6, grit=0.12,
    halo=0.22, dirt=9, ghost=0.16, gain=0.12, grain_px=1.6, level=-0.15,
    window=Window("octagon", spread=7, specks=14),
)  # fmt: skip
COMPACT = Sensor(
    "compact optical", 326, 357, 247, 4, 24, 30, 0.30, 0.55, 10.0, 5.0, grit=0.2,
    halo=0.08, dirt=12, ghost=0.10, level=-0.25, blacks=3,
    grain_px=1.2, window=Window("keystone", spread=5, specks=70),
)  # fmt: skip
LARGE = Sensor(
    "large optical", 448, 478, 190, -18, 18, 42, 0.27, 0.5, 8.0, 6.5, grit=0.2,
    halo=0.14, dirt=14, ghost=0.12, gain=0.55, level=0.15, blacks=17, grain_px=1.15,
    window=Window("oval", spread=12, specks=60),
)  # fmt: skip
CHIP = Sensor(
    "capacitive chip", 256, 364, 252, 103, 3, 18, 0.14, 0.35, 4.0, 1.0, grit=0.20, dirt=13, ghost=0.06, level=0.05,
    window=Window("residue", spread=1, specks=0),
)  # fmt: skip
INK = Sensor(
    "ink on paper", 800, 750, 238, 46, 20, 40, 0.34, 0.8, 10.0, 4.0, grit=0.42, halo=0.08, dirt=7, grain_px=1.3,
    window=Window("paper", spread=3, specks=30), impression=ImpressionType.NONLIVE_SCAN_ROLLED,
)  # fmt: skip

SENSORS = (GLASS, SOFT, COMPACT, LARGE, CHIP)


def develop(touch: np.ndarray, moist: np.ndarray, sensor: Sensor, rng: np.random.Generator) -> np.ndarray:
    """Grey image (h, w) uint8 of a touch.

    touch  (h, w) float32  height of the skin over the sensor's surface: positive where it touches, 1 on a crest
    moist  (h, w) float32  0..1, how firmly and moistly the finger lies around here
    """
    height, width = touch.shape
    rough = touch + sensor.level + sensor.grit * rng.standard_normal((height, width), dtype=np.float32)
    softness = sensor.softness * rng.uniform(0.85, 1.4)
    ink = 1 / (1 + np.exp(-np.clip(rough / softness, -30, 30)))
    ink = np.maximum(ink, sensor.halo * moist)
    ghost = sensor.ghost / (1 + np.exp(-np.clip((touch + 2.0) / 0.45, -30, 30)))  # ridges just above the surface
    ink = np.maximum(ink, ghost)
    empty = ground(rng, height, width, sensor.empty, sensor.window)
    empty = empty - sensor.dirt * dirt(rng, moist)
    dark = _darkness(rng, moist, sensor)
    grey = cv2.GaussianBlur((empty - np.maximum(empty - dark, 0) * ink).astype(np.float32), (0, 0), sensor.blur_px)
    grain = _grain(rng, height, width, sensor.grain_px)
    grey = np.maximum(grey + (sensor.quiet_noise + (sensor.noise - sensor.quiet_noise) * ink) * grain, sensor.blacks)
    gain = 1 + sensor.gain * rng.random()
    grey = frame(np.clip(sensor.blacks + gain * (grey - sensor.blacks), 0, 255), sensor.window)
    if sensor.levels < 256:
        step = 255 / (sensor.levels - 1)
        grey = np.rint(grey / step) * step
    image: np.ndarray = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return image


def _darkness(rng: np.random.Generator, moist: np.ndarray, sensor: Sensor) -> np.ndarray:
    """(h, w) float32: the grey of ridges. Dry and light touches are paler; skin is mottled, and damp in granules."""
    height, width = moist.shape
    pale = sensor.pale * (1.6 * (0.75 - moist) + rng.normal(0.15, 0.5))
    mottled = 0.7 * smooth_noise(rng, height, width, 45) + 0.6 * smooth_noise(rng, height, width, 2.4)
    granules = np.clip(smooth_noise(rng, height, width, 7) - 0.3, 0, 2)
    return (
        sensor.dark
        + np.maximum(pale, -0.3 * sensor.pale)
        + sensor.dark_spread * (mottled + 0.3 - 0.7 * granules)
        + faded(height, width, sensor.window)
    )


def _grain(rng: np.random.Generator, height: int, width: int, grain_px: float) -> np.ndarray:
    noise = rng.standard_normal((height, width), dtype=np.float32)
    if grain_px <= 1:
        return noise
    soft = cv2.GaussianBlur(noise, (0, 0), grain_px / 2)
    return soft / max(float(soft.std()), 1e-6)
