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
    grit: float  # fine roughness of the touch, in units of the ridge's height: ragged edges
    halo: float = 0.0  # share by which moist skin darkens the valleys, too
    dust: int = 0  # specks on the window
    levels: int = 256  # grey levels that the sensor tells apart


GLASS = Sensor("glass prism", 388, 440, 254, 0.5, 56, 22, 0.15, 0.5, 2.0, grit=0.22)
SOFT = Sensor("soft optical", 300, 320, 212, 7, 100, 15, 0.62, 1.0, 3.0, grit=0.12, halo=0.33)
COMPACT = Sensor("compact optical", 326, 372, 240, 7, 30, 26, 0.22, 0.6, 4.0, grit=0.25, halo=0.08, dust=90)
CHIP = Sensor("capacitive chip", 256, 364, 252, 1, 96, 8, 0.13, 0.4, 3.0, grit=0.42, levels=16)

SENSORS = (GLASS, SOFT, COMPACT, CHIP)


def develop(touch: np.ndarray, moist: np.ndarray, sensor: Sensor, rng: np.random.Generator) -> np.ndarray:
    """Grey image (h, w) uint8 of a touch.

    touch  (h, w) float32  height of the skin over the sensor's surface: positive where it touches, 1 on a crest
    moist  (h, w) float32  0..1, how firmly and moistly the finger lies around here
    """
    height, width = touch.shape
    rough = touch + sensor.grit * rng.standard_normal((height, width), dtype=np.float32)
    ink = 1 / (1 + np.exp(-np.clip(rough / sensor.softness, -30, 30)))
    ink = np.maximum(ink, sensor.halo * moist)
    dark = sensor.dark + sensor.dark_spread * (0.6 * smooth_noise(rng, height, width, 50) + 1.2 * (0.6 - moist))
    dark = dark + 0.35 * sensor.dark_spread * smooth_noise(rng, height, width, 3)
    empty = sensor.empty + sensor.empty_spread * smooth_noise(rng, height, width, 140)
    empty = empty - _dust(rng, height, width, sensor.dust)
    grey = cv2.GaussianBlur((empty - (empty - dark) * ink).astype(np.float32), (0, 0), sensor.blur_px)
    grain = sensor.noise * (0.35 + 0.65 * ink) * rng.standard_normal((height, width), dtype=np.float32)
    grey = np.clip(grey + grain, 0, 255)
    if sensor.levels < 256:
        step = 255 / (sensor.levels - 1)
        grey = np.rint(grey / step) * step
    image: np.ndarray = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return image


def _dust(rng: np.random.Generator, height: int, width: int, specks: int) -> np.ndarray:
    """(height, width) float32: by how much specks on the window darken it, most of them small and faint."""
    dark = np.zeros((height, width), np.float32)
    for _ in range(rng.poisson(specks)):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(dark, (x, y), int(rng.integers(0, 2)), float(rng.exponential(45)), -1)
    return cv2.GaussianBlur(dark, (0, 0), 0.7)
