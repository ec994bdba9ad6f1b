"""One impression of a finger: where it is put down, how hard, how moist, on which sensor. Truth comes along."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis import skin
from biomatch.synthesis.degrade import seen, smooth_noise
from biomatch.synthesis.distortion import Motion, PlaneMap, carry, random_distortion, reading_map
from biomatch.synthesis.master import Master
from biomatch.synthesis.sensor import GLASS, INK, Sensor, develop
from biomatch.synthesis.skin import PLAIN, ROLLED, Contact, Touch, draw_touch
from biomatch.synthesis.traits import finger_size
from biomatch.template import Minutiae


@dataclass(frozen=True, eq=False)
class Pressed:
    """Skin on a surface of (h, w) px, before any sensor saw it; and the truth.

    touch     (h, w) float32   height of the skin over the surface: positive where it touches
    moist     (h, w) float32   0..1, how firmly and moistly it lies
    contact   (h, w) float32   0..1, where the finger lies
    minutiae  those that lie in the contact area
    cores, deltas  (k, 2) float64  px, likewise
    reading   (h, w, 2) float32  x, y of the master's px that lies there
    """

    touch: np.ndarray
    moist: np.ndarray
    contact: np.ndarray
    minutiae: Minutiae
    cores: np.ndarray
    deltas: np.ndarray
    reading: np.ndarray


@dataclass(frozen=True, eq=False)
class Impression:
    """image (h, w) uint8, dark ridges, 500 ppi; its true minutiae; contact (h, w) float32 0..1; singular points (k, 2) px;
    reading (h, w, 2) float32, x and y of the master's px that lies there."""

    image: np.ndarray
    minutiae: Minutiae
    contact: np.ndarray
    cores: np.ndarray
    deltas: np.ndarray
    reading: np.ndarray


def impression(
    finger: Master,
    rng: np.random.Generator,
    touch: Touch | None = None,
    sensor: Sensor = GLASS,
    *,
    contact: Contact = PLAIN,
    contact_size: float = 1.0,
) -> Impression:
    """Presses a finger on a sensor. The same generator state gives the same image; `contact_size` under 1 is a partial one."""
    touch = touch or draw_touch(rng)
    pressed = press(finger, rng, touch, sensor.width, sensor.height, contact=contact, contact_size=contact_size)
    image = develop(pressed.touch, pressed.moist, sensor, rng)
    return Impression(image, pressed.minutiae, pressed.contact, pressed.cores, pressed.deltas, pressed.reading)


def rolled(finger: Master, rng: np.random.Generator, touch: Touch | None = None, sensor: Sensor = INK) -> Impression:
    """Rolls an inked finger on paper, nail to nail. The master should be wide enough: `master.NAIL_TO_NAIL`."""
    usual = draw_touch(rng, 0.7)
    touch = touch or Touch(0.5 * usual.turn, usual.shift, 1.2 * usual.skin, 0.2 + usual.pressure, usual.moisture, usual.wear)
    return impression(finger, rng, touch, sensor, contact=ROLLED)


def press(
    finger: Master,
    rng: np.random.Generator,
    touch: Touch,
    width: int,
    height: int,
    *,
    contact: Contact = PLAIN,
    contact_size: float = 1.0,
) -> Pressed:
    """A finger on a surface of (width, height) px, its contact area in the middle."""
    maps = _placement(finger, rng, touch, width, height, contact)
    map_x, map_y = reading_map(maps, width, height)
    size = finger.traits.size * finger_size(finger.position)
    x, y = map_x - finger.origin[0], map_y - finger.origin[1]
    inside = skin.depth(x, y, rng, touch, size, contact_size, contact)
    if contact is ROLLED:
        inside = _on_the_master(inside, map_x, map_y, finger)
    fade = rng.uniform(*contact.fade_px) * (1 + 1.6 * np.clip(y / 200, 0, 1))  # towards the joint the finger lies less firmly
    firm = np.clip(inside / fade, -4, 1).astype(np.float32)
    crest = cv2.remap(finger.ridges, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=-1)
    crease = cv2.remap(finger.creases, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    points = _carried(finger.pores.astype(np.float64), maps)
    surface = crest + skin.incipient(crest, rng, finger.traits.between)
    swells = cv2.remap(finger.texture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    surface = (
        surface
        + skin.thickness(rng, touch, firm)
        + (0.2 + 0.12 * touch.wear) * swells
        - 2.4 * crease * (1.1 - 0.5 * touch.pressure)
    )
    surface = surface - skin.pore_holes(points, rng, width, height, touch, finger.traits.porous)
    moist = np.clip(0.62 + 0.3 * touch.moisture + 0.25 * touch.pressure + 0.12 * (firm - 0.5), 0, 1)
    moist = np.clip(moist + 0.15 * smooth_noise(rng, height, width, 70), 0, 1) * np.clip(firm + 0.5, 0, 1)
    lies = np.clip(inside / 4, 0, 1).astype(np.float32)
    return Pressed(
        touch=surface.astype(np.float32),
        moist=moist.astype(np.float32),
        contact=lies,
        minutiae=seen(carry(finger.minutiae, maps, width, height), lies),
        cores=_seen_points(_carried(finger.pattern.cores + finger.origin, maps), lies),
        deltas=_seen_points(_carried(finger.pattern.deltas + finger.origin, maps), lies),
        reading=np.stack([map_x, map_y], axis=-1),
    )


def _on_the_master(inside: np.ndarray, map_x: np.ndarray, map_y: np.ndarray, finger: Master) -> np.ndarray:
    """Large fingers, rolled, reach beyond the skin that was grown: nothing touches there."""
    height, width = finger.ridges.shape
    edge = np.minimum(np.minimum(map_x, width - 1 - map_x), np.minimum(map_y, height - 1 - map_y))
    kept: np.ndarray = np.where(edge < _EDGE_PX, np.minimum(inside, 4 * (edge - _EDGE_PX / 2)), inside)
    return kept


_EDGE_PX = 6.0


def _placement(
    finger: Master, rng: np.random.Generator, touch: Touch, width: int, height: int, contact: Contact
) -> list[PlaneMap]:
    """From the master's frame to the surface's: skin first, then the finger as a whole."""
    middle = (sum(contact.below) / 2 - contact.above) / 2
    to_surface = (
        width / 2 - finger.origin[0] + touch.shift[0],
        height / 2 - middle - finger.origin[1] + touch.shift[1],
    )
    full_height, full_width = finger.ridges.shape
    moved = random_distortion(rng, full_width, full_height, touch.skin)
    return [moved, Motion(touch.turn, finger.origin, to_surface)]


def _carried(points: np.ndarray, maps: list[PlaneMap]) -> np.ndarray:
    points = points.reshape(-1, 2)
    for one in maps:
        points = one.forward(points)
    return points


def _seen_points(points: np.ndarray, contact: np.ndarray) -> np.ndarray:
    """Those of `points` (k, 2) that lie where the finger does."""
    height, width = contact.shape
    inside = (points >= 0).all(axis=1) & (points[:, 0] <= width - 1) & (points[:, 1] <= height - 1)
    at = np.rint(points[inside]).astype(int)
    kept: np.ndarray = points[inside][contact[at[:, 1], at[:, 0]] >= 0.5]
    return kept
