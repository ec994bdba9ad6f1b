"""One impression of a finger: where it is put down, how hard, how moist, on which sensor. Truth comes along."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from biomatch.synthesis import pores, skin
from biomatch.synthesis.degrade import seen, smooth_noise
from biomatch.synthesis.distortion import Motion, PlaneMap, carry, random_distortion, reading_map
from biomatch.synthesis.master import Master
from biomatch.synthesis.sensor import GLASS, INK, Sensor, develop
from biomatch.synthesis.skin import PLAIN, ROLLED, Contact, Touch, draw_touch
from biomatch.synthesis.traits import finger_size
from biomatch.synthesis.window import streaks
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
    earlier   (h, w) float32   0..1, ridges of an earlier touch
    """

    touch: np.ndarray
    moist: np.ndarray
    contact: np.ndarray
    minutiae: Minutiae
    cores: np.ndarray
    deltas: np.ndarray
    reading: np.ndarray
    earlier: np.ndarray


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
    core_at, part = None, contact_size
    if contact is PLAIN:
        part = contact_size * sensor.reach
        contact = replace(contact, below=sensor.below or contact.below)
        core_at = (sensor.width / sensor.scale / 2, sensor.core_y * sensor.height / sensor.scale)
        touch = replace(touch, shift=(sensor.stray * touch.shift[0], sensor.stray * touch.shift[1]))
    size = round(sensor.width / sensor.scale), round(sensor.height / sensor.scale)
    pressed = press(finger, rng, touch, *size, contact=contact, contact_size=part, core_at=core_at)
    if sensor.scale != 1:
        pressed = zoomed(pressed, sensor.width, sensor.height)
    image = develop(pressed.touch, pressed.moist, sensor, rng, pressed.earlier)
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
    core_at: tuple[float, float] | None = None,
) -> Pressed:
    """Puts a finger on a surface of (width, height) px, its contact area in the middle; or its core where `core_at`, x and y in
    px, says, before the touch's shift."""
    maps = _placement(finger, rng, touch, width, height, contact, core_at)
    map_x, map_y = reading_map(maps, width, height)
    size = finger.traits.size * finger_size(finger.position)
    x, y = map_x - finger.origin[0], map_y - finger.origin[1]
    inside = skin.depth(x, y, rng, touch, size, contact_size, contact)
    inside = _on_the_master(inside, map_x, map_y, finger)
    fade = (rng.uniform(*contact.fade_px) * (1 + 1.5 * np.clip((y - 60) / 160, 0, 1))).astype(
        np.float32
    )  # less firmly at the joint
    firm = np.clip(inside / fade, -4, 1).astype(np.float32)
    crest = cv2.remap(finger.ridges, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=-1)
    crease = cv2.remap(finger.creases, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    points, along = _pores(finger, maps)
    swells = cv2.remap(finger.texture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    swells = 0.7 * swells + 1.0 * pores.segments(points, rng, width, height)
    surface, damp = skin.lie(crest, swells, inside, y, rng, touch, fade)
    beads = cv2.remap(finger.beads, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    surface = surface - pores.necks(crest, beads, swells, damp, rng, touch, finger.traits)
    surface = surface + skin.incipient(crest, rng, finger.traits.between)
    surface = surface - 3.2 * crease * (1.05 - 0.35 * touch.pressure)
    holes, drops = pores.holes_and_drops(points, along, finger.pores[:, 1] - finger.origin[1], rng, damp, touch, finger.traits)
    surface, damp = surface - holes + 1.3 * drops, np.clip(damp + drops, 0, 1)
    moist = np.clip(0.28 + 0.3 * touch.moisture + 0.25 * touch.pressure + 0.40 * damp + 0.10 * (firm - 0.5), 0, 1)
    moist = moist + skin.pressed(x, y, rng)
    moist = np.clip(moist + 0.16 * smooth_noise(rng, height, width, 60), 0, 1) * np.clip(firm + 0.5, 0, 1)
    lies = np.clip(inside / 4, 0, 1).astype(np.float32)
    return Pressed(
        touch=surface.astype(np.float32),
        moist=moist.astype(np.float32),
        contact=lies,
        minutiae=seen(carry(finger.minutiae, maps, width, height), lies),
        cores=_seen_points(_carried(finger.pattern.cores + finger.origin, maps), lies),
        deltas=_seen_points(_carried(finger.pattern.deltas + finger.origin, maps), lies),
        reading=np.stack([map_x, map_y], axis=-1),
        earlier=_earlier(crest, inside, rng),
    )


def zoomed(pressed: Pressed, width: int, height: int) -> Pressed:
    """Returns the same on a surface that is shown (width, height) px large."""
    share = np.array((width / pressed.touch.shape[1], height / pressed.touch.shape[0]))
    fields = (pressed.touch, pressed.moist, pressed.contact, pressed.reading, pressed.earlier)
    touch, moist, contact, reading, earlier = (
        cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC) for one in fields
    )
    m = pressed.minutiae
    points = np.stack([m.x, m.y], axis=1)
    at, cores, deltas = ((one + 0.5) * share - 0.5 for one in (points, pressed.cores, pressed.deltas))
    minutiae = Minutiae.of(at[:, 0], at[:, 1], m.angle, m.kind, m.quality)
    return Pressed(
        touch, np.clip(moist, 0, 1), np.clip(contact, 0, 1), minutiae, cores, deltas, reading, np.clip(earlier, 0, 1)
    )


def _earlier(crest: np.ndarray, inside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draws what an earlier touch of the finger left, turned and off to a side; on most surfaces nothing; (h, w) float32
    0..1."""
    height, width = crest.shape
    if rng.random() > 0.4:
        return np.zeros_like(crest)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.normal(0, 12)), 1)
    turn[:, 2] += np.array((rng.normal(0, 45), rng.normal(-10, 55)))
    left = np.clip(0.4 + 1.2 * crest, 0, 1) * np.clip(inside / 20, 0, 1)
    patches = 0.8 * smooth_noise(rng, height, width, 90) + 1.0 * streaks(rng, height, width) + rng.normal(0.0, 0.4)
    crumbled = np.clip(0.8 + 0.9 * smooth_noise(rng, height, width, 2.4), 0, 2.5)  # it dries, and is wiped
    moved: np.ndarray = cv2.warpAffine(left.astype(np.float32), turn, (width, height)) * np.clip(patches, 0, 1) * crumbled
    wiped = cv2.GaussianBlur(moved, (0, 0), sigmaX=0.8, sigmaY=rng.uniform(1.5, 5))
    return 0.6 * wiped + 0.5 * np.float32(rng.random()) * cv2.GaussianBlur(moved, (0, 0), 6)


def _on_the_master(inside: np.ndarray, map_x: np.ndarray, map_y: np.ndarray, finger: Master) -> np.ndarray:
    """Limits the touch to the skin that was grown: large fingers reach beyond it."""
    height, width = finger.ridges.shape
    edge = np.minimum(np.minimum(map_x, width - 1 - map_x), np.minimum(map_y, height - 1 - map_y))
    kept: np.ndarray = np.where(edge < _EDGE_PX, np.minimum(inside, 4 * (edge - _EDGE_PX / 2)), inside)
    return kept


_EDGE_PX = 6.0


def _placement(
    finger: Master,
    rng: np.random.Generator,
    touch: Touch,
    width: int,
    height: int,
    contact: Contact,
    core_at: tuple[float, float] | None,
) -> list[PlaneMap]:
    """Returns the maps from the master's frame to the surface's: skin first, then the finger as a whole."""
    x, y = core_at or (width / 2, height / 2 - (sum(contact.below) / 2 - contact.above) / 2)
    to_surface = (x - finger.origin[0] + touch.shift[0], y - finger.origin[1] + touch.shift[1])
    full_height, full_width = finger.ridges.shape
    moved = random_distortion(rng, full_width, full_height, touch.skin)
    return [moved, Motion(touch.turn, finger.origin, to_surface)]


def _pores(finger: Master, maps: list[PlaneMap]) -> tuple[np.ndarray, np.ndarray]:
    """Returns pores (n, 2) px on the surface, and unit vectors (n, 2) along their ridges there."""
    points = finger.pores.astype(np.float64)
    x, y = np.rint(points).astype(int).T
    height, width = finger.flow.shape
    turn = finger.flow[y.clip(0, height - 1), x.clip(0, width - 1)]
    ahead = _carried(points + np.stack([np.cos(turn), -np.sin(turn)], axis=1), maps)
    points = _carried(points, maps)
    along = ahead - points
    return points, along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)


def _carried(points: np.ndarray, maps: list[PlaneMap]) -> np.ndarray:
    points = points.reshape(-1, 2)
    for one in maps:
        points = one.forward(points)
    return points


def _seen_points(points: np.ndarray, contact: np.ndarray) -> np.ndarray:
    """Keeps those of `points` (k, 2) that lie where the finger does."""
    height, width = contact.shape
    inside = (points >= 0).all(axis=1) & (points[:, 0] <= width - 1) & (points[:, 1] <= height - 1)
    at = np.rint(points[inside]).astype(int)
    kept: np.ndarray = points[inside][contact[at[:, 1], at[:, 0]] >= 0.5]
    return kept
