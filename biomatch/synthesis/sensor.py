"""Sensors: how a touch becomes grey levels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis.degrade import smooth_noise


@dataclass(frozen=True)
class Sensor:
    """Looks of one kind of sensor, after real live-scan prints of its kind. Greys are 0..255, lengths px at 500 ppi."""

    name: str
    width: int
    height: int
    empty: float  # grey where nothing touches
    empty_spread: float  # slow unevenness of it, grey levels
    dark: float  # grey of a ridge that is firmly pressed
    dark_spread: float  # how much that varies over the print
    softness: float  # of the step from valley to ridge, in units of the ridge's height: small is nearly black and white
    blur_px: float  # of the optics
    noise: float  # standard deviation, grey levels
    halo: float = 0.0  # share by which moist skin darkens the valleys, too
    levels: int = 256  # grey levels that the sensor tells apart


GLASS = Sensor("glass prism", 388, 440, 254, 0.5, 62, 16, 0.17, 0.55, 2.0)
SOFT = Sensor("soft optical", 300, 320, 214, 6, 104, 14, 0.62, 1.0, 2.5, halo=0.30)
COMPACT = Sensor("compact optical", 326, 372, 236, 7, 34, 20, 0.20, 0.6, 4.0, halo=0.06)
CHIP = Sensor("capacitive chip", 256, 364, 252, 1, 92, 10, 0.13, 0.45, 3.0, levels=16)

SENSORS = (GLASS, SOFT, COMPACT, CHIP)


def develop(touch: np.ndarray, moist: np.ndarray, sensor: Sensor, rng: np.random.Generator) -> np.ndarray:
    """Grey image (h, w) uint8 of a touch.

    touch  (h, w) float32  height of the skin over the sensor's surface: positive where it touches, 1 on a crest
    moist  (h, w) float32  0..1, how firmly and moistly the finger lies around here
    """
    height, width = touch.shape
    ink = 1 / (1 + np.exp(-np.clip(touch / sensor.softness, -30, 30)))
    ink = np.maximum(ink, sensor.halo * moist)
    dark = sensor.dark + sensor.dark_spread * (0.6 * smooth_noise(rng, height, width, 50) + 1.2 * (0.6 - moist))
    dark = dark + 0.35 * sensor.dark_spread * smooth_noise(rng, height, width, 3)
    empty = sensor.empty + sensor.empty_spread * smooth_noise(rng, height, width, 140)
    grey = cv2.GaussianBlur((empty - (empty - dark) * ink).astype(np.float32), (0, 0), sensor.blur_px)
    grain = sensor.noise * (0.35 + 0.65 * ink) * rng.standard_normal((height, width), dtype=np.float32)
    grey = np.clip(grey + grain, 0, 255)
    if sensor.levels < 256:
        step = 255 / (sensor.levels - 1)
        grey = np.rint(grey / step) * step
    image: np.ndarray = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return image
