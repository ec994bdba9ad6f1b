"""One impression of a finger: where it is put down, how hard, how moist, on which sensor. Truth comes along."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis.degrade import seen, smooth_noise
from biomatch.synthesis.distortion import Motion, PlaneMap, carry, random_distortion, reading_map
from biomatch.synthesis.master import Master
from biomatch.synthesis.sensor import GLASS, Sensor, develop
from biomatch.template import Minutiae


@dataclass(frozen=True)
class Touch:
    """How a finger is put down. The zeros are a perfect one.

    turn      rad, counter-clockwise as seen
    shift     (dx, dy) px
    skin      strength of the skin's distortion, 1 is usual
    pressure  -1 light .. 1 hard: thickness of ridges, and how much of the finger touches
    moisture  -1 dry .. 1 wet
    wear      0..1: breaks and worn patches in the ridges
    """

    turn: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    skin: float = 0.0
    pressure: float = 0.0
    moisture: float = 0.0
    wear: float = 0.0


@dataclass(frozen=True)
class TouchParams:
    """How `draw_touch` draws at difficulty 1: what cooperative people do without guidance."""

    turn_sd: float = 0.16  # rad, 9 degrees
    shift_x_px: float = 14.0
    shift_y_px: float = 18.0
    skin: tuple[float, float] = (0.4, 1.1)
    pressure_sd: float = 0.35
    moisture_sd: float = 0.35
    wear: tuple[float, float] = (0.1, 0.5)


TOUCH = TouchParams()


@dataclass(frozen=True)
class ContactParams:
    """px at 500 ppi, from the pattern's origin."""

    half_width: float = 122.0  # 6.2 mm each way touch a flat surface
    above: float = 168.0  # to the tip
    below: float = 205.0
    squareness: float = 2.5  # exponent: 2 is an ellipse
    fade_px: float = 24.0  # over which the touch grows lighter to its edge
    ragged_px: float = 5.0


CONTACT = ContactParams()


@dataclass(frozen=True, eq=False)
class Impression:
    """image (h, w) uint8, dark ridges, 500 ppi; its true minutiae; contact (h, w) float32 0..1."""

    image: np.ndarray
    minutiae: Minutiae
    contact: np.ndarray


def draw_touch(rng: np.random.Generator, difficulty: float = 1.0, params: TouchParams = TOUCH) -> Touch:
    """A touch as people make it; difficulty 0 is a perfect one, 2 a careless one."""
    z = np.clip(rng.standard_normal(5), -2, 2) * difficulty
    return Touch(
        turn=float(z[0] * params.turn_sd),
        shift=(float(z[1] * params.shift_x_px), float(z[2] * params.shift_y_px)),
        skin=float(rng.uniform(*params.skin) * difficulty),
        pressure=float(np.clip(z[3] * params.pressure_sd, -1, 1)),
        moisture=float(np.clip(z[4] * params.moisture_sd, -1, 1)),
        wear=float(min(rng.uniform(*params.wear) * difficulty, 1)),
    )


def impression(
    finger: Master, rng: np.random.Generator, touch: Touch | None = None, sensor: Sensor = GLASS, *, contact_size: float = 1.0
) -> Impression:
    """Presses a finger on a sensor. The same generator state gives the same image; `contact_size` under 1 is a partial one."""
    touch = touch or draw_touch(rng)
    width, height = sensor.width, sensor.height
    maps = _placement(finger, rng, touch, width, height)
    map_x, map_y = reading_map(maps, width, height)
    depth = _depth(map_x - finger.origin[0], map_y - finger.origin[1], rng, touch, contact_size)
    firm = np.clip(depth / CONTACT.fade_px, -1.5, 1).astype(np.float32)
    crest = cv2.remap(finger.ridges, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=-1)
    crease = cv2.remap(finger.creases, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    skin = crest + _thickness(rng, touch, firm) - 2.2 * crease * (1.1 - 0.5 * touch.pressure)
    skin = skin - _pore_holes(finger, maps, rng, width, height, touch)
    moist = np.clip(0.55 + 0.3 * touch.moisture + 0.3 * firm + 0.15 * smooth_noise(rng, height, width, 70), 0, 1)
    moist = moist * np.clip(firm + 0.5, 0, 1)
    image = develop(skin.astype(np.float32), moist.astype(np.float32), sensor, rng)
    contact = np.clip(depth / CONTACT.ragged_px, 0, 1).astype(np.float32)
    return Impression(image, seen(carry(finger.minutiae, maps, width, height), contact), contact)


def _placement(finger: Master, rng: np.random.Generator, touch: Touch, width: int, height: int) -> list[PlaneMap]:
    """From the master's frame to the sensor's: skin first, then the finger as a whole."""
    middle = (CONTACT.below - CONTACT.above) / 2
    to_sensor = (
        width / 2 - finger.origin[0] + touch.shift[0],
        height / 2 - middle - finger.origin[1] + touch.shift[1],
    )
    full_height, full_width = finger.ridges.shape
    skin = random_distortion(rng, full_width, full_height, touch.skin)
    return [skin, Motion(touch.turn, finger.origin, to_sensor)]


def _depth(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, touch: Touch, size: float) -> np.ndarray:
    """(h, w) px inside the edge of the contact area, negative outside."""
    grown = size * (1 + 0.10 * touch.pressure)
    half_width = CONTACT.half_width * grown * rng.uniform(0.93, 1.07)
    above, below = CONTACT.above * grown * rng.uniform(0.9, 1.08), CONTACT.below * grown * rng.uniform(0.75, 1.1)
    off = (1 - size) * rng.uniform(-1, 1, 2) * (60, 90)
    x, y = x - off[0], y - off[1]
    taper = 1 - 0.06 * np.clip(-y / CONTACT.above, -1, 1)  # fingers are narrower at the tip
    power = CONTACT.squareness
    far = (np.abs(x) / (half_width * taper)) ** power + (np.abs(y) / np.where(y < 0, above, below)) ** power
    depth = (1 - far ** (1 / power)) * half_width
    height, width = x.shape
    ragged = CONTACT.ragged_px * (smooth_noise(rng, height, width, 45) + 0.6 * smooth_noise(rng, height, width, 10))
    edge: np.ndarray = depth + ragged
    return edge


def _thickness(rng: np.random.Generator, touch: Touch, firm: np.ndarray) -> np.ndarray:
    """What is added to the skin's height: pressure and moisture, the fade to the edge, patches, worn and dry places."""
    height, width = firm.shape
    dryness, wetness = max(-touch.moisture, 0.0), max(touch.moisture, 0.0)
    thick = 0.05 + 0.32 * touch.pressure + 0.32 * touch.moisture
    level = thick + 0.24 * smooth_noise(rng, height, width, 60) + 0.17 * smooth_noise(rng, height, width, 16)
    fine = (0.26 + 0.30 * dryness) * smooth_noise(rng, height, width, 3) + 0.17 * smooth_noise(rng, height, width, 6)
    breaks = np.minimum(smooth_noise(rng, height, width, 5) + 0.7 * smooth_noise(rng, height, width, 45) + 1.7, 0)
    worn = (0.4 + 1.3 * touch.wear + 1.2 * dryness) * breaks
    blots = wetness * 1.1 * np.clip(smooth_noise(rng, height, width, 40) - 0.7, 0, 1)
    edge = np.where(firm < 1, 1.15 * (1 - firm) ** 1.6, 0)
    added: np.ndarray = level + fine + worn + blots - edge - np.where(firm < 0, 6 * -firm, 0)
    return added


def _pore_holes(
    finger: Master, maps: list[PlaneMap], rng: np.random.Generator, width: int, height: int, touch: Touch
) -> np.ndarray:
    """(h, w) float32: pores as dimples. They fill when the finger is pressed hard or wet, and differ from touch to touch."""
    points = finger.pores.astype(np.float64)
    for one in maps:
        points = one.forward(points)
    open_now = rng.random(len(points)) < 0.8 - 0.3 * touch.moisture - 0.2 * touch.pressure
    deep = rng.uniform(0.6, 2.0, len(points)) * open_now
    x, y = np.rint(points[:, 0]).astype(int), np.rint(points[:, 1]).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    holes = np.zeros((height, width), np.float32)
    holes[y[inside], x[inside]] = deep[inside]
    sigma = 0.8
    return cv2.GaussianBlur(holes, (0, 0), sigma) * np.float32(2 * np.pi * sigma**2)
