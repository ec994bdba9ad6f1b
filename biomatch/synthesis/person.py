"""A person's fingers, and how four of them lie on a surface at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis.impression import Impression, Pressed, press
from biomatch.synthesis.master import MASTER, Master, MasterParams, master
from biomatch.synthesis.sensor import Sensor, develop
from biomatch.synthesis.skin import Contact, Touch, draw_touch
from biomatch.synthesis.traits import Traits, draw_traits
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition

TEN = tuple(FingerPosition(code) for code in range(1, 11))
RIGHT_FOUR = TEN[1:5]  # left to right on the print of a right hand: index to little finger
LEFT_FOUR = TEN[9:5:-1]  # little finger to index


@dataclass(frozen=True)
class HandParams:
    """An adult hand at size 1, px at 500 ppi and rad; index, middle, ring, little finger."""

    apart_px: float = 352.0  # from finger to finger: 18 mm, with a little air between
    apart_sd_px: float = 16.0
    below_px: tuple[float, ...] = (120.0, 0.0, 62.0, 300.0)  # tips below the middle finger's: 6, 3 and 15 mm
    below_sd_px: float = 26.0
    fan: tuple[float, ...] = (0.075, 0.02, -0.035, -0.11)  # of a right hand, counter-clockwise: tips lie apart
    fan_sd: float = 0.025
    turn_sd: float = 0.05  # of the whole hand
    small_share: float = 0.5  # of a finger's smallness shows in the gaps


HAND = HandParams()
SLAP = Contact(below=(200.0, 330.0))
WHOLE_HAND = (1600, 1000)  # px: 3.2 x 2 inches, a slap's box on a ten-print card (ANSI/NIST-ITL 1-2011, table 12)
FRAME = (460, 700)  # px around one finger of a slap


@dataclass(frozen=True)
class Box:
    """Left, top, width, height in px of the image."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class PlacedPrint:
    """One finger's print in an image: where it lies and its truth in px of the image. cores, deltas (k, 2) float64.

    box  around the contact area; of a finger of a slap, around all that its ridges touch, which at the joint reaches further
    """

    finger: Master
    box: Box
    minutiae: Minutiae
    cores: np.ndarray
    deltas: np.ndarray

    def moved(self, x: int, y: int) -> PlacedPrint:
        """Returns the same in an image in which this one lies at (x, y)."""
        m = self.minutiae
        return PlacedPrint(
            self.finger,
            Box(self.box.x + x, self.box.y + y, self.box.width, self.box.height),
            Minutiae.of(m.x + x, m.y + y, m.angle, m.kind, m.quality),
            self.cores + np.array((x, y)),
            self.deltas + np.array((x, y)),
        )


@dataclass(frozen=True, eq=False)
class PressedHand:
    """Skin of several fingers on a surface of (h, w) px; touch and moist as in `impression.Pressed`."""

    touch: np.ndarray
    moist: np.ndarray
    prints: tuple[PlacedPrint, ...]


@dataclass(frozen=True, eq=False)
class Slap:
    """image (h, w) uint8, 500 ppi; its prints from left to right."""

    image: np.ndarray
    prints: tuple[PlacedPrint, ...]


def traits_of(seed: int, number: int) -> Traits:
    """Draws the traits of person `number` of the population that `seed` names."""
    return draw_traits(np.random.default_rng((seed, number, _TRAITS)))


def finger_of(seed: int, number: int, position: FingerPosition, params: MasterParams = MASTER) -> Master:
    """Makes one finger of a person."""
    return master((seed, number, int(position)), position, traits=traits_of(seed, number), params=params)


_TRAITS = 99  # no finger's position


def slap(fingers: Sequence[Master], rng: np.random.Generator, sensor: Sensor) -> Slap:
    """Puts four fingers of a hand down together, given from left to right; the sensor should be `WHOLE_HAND` px large."""
    pressed = press_hand(fingers, rng, sensor.width, sensor.height)
    return Slap(develop(pressed.touch, pressed.moist, sensor, rng), pressed.prints)


def press_hand(
    fingers: Sequence[Master], rng: np.random.Generator, width: int, height: int, params: HandParams = HAND
) -> PressedHand:
    """Puts four fingers (index to little, or mirrored) on a surface of (width, height) px."""
    touch = np.full((height, width), _NOWHERE, np.float32)
    moist = np.zeros((height, width), np.float32)
    usual = draw_touch(rng, 0.8)
    prints = []
    for finger, (x, y, turn) in zip(fingers, _places(fingers, rng, width, height, params), strict=True):
        own = draw_touch(rng, 0.4)
        how = Touch(turn, (0, 0), own.skin, usual.pressure + own.pressure, usual.moisture + 0.5 * own.moisture, usual.wear)
        pressed = press(finger, rng, how, *FRAME, contact=SLAP)
        left, top = round(x - FRAME[0] / 2), round(y - FRAME[1] / 2)
        _lay(touch, pressed.touch, left, top)
        _lay(moist, pressed.moist, left, top)
        inside = _inside(pressed.minutiae, left, top, width, height)
        box = _box(touched(pressed.touch), left, top, width, height)
        corner = np.array((left, top))
        prints.append(placed(finger, box, inside, pressed.cores + corner, pressed.deltas + corner, width, height))
    return PressedHand(touch, moist, tuple(prints))


def as_print(finger: Master, made: Impression | Pressed) -> PlacedPrint:
    """Places one finger on the surface that it was put down on."""
    height, width = made.contact.shape
    return placed(finger, box_of(made.contact), made.minutiae, made.cores, made.deltas, width, height)


def placed(
    finger: Master, box: Box, minutiae: Minutiae, cores: np.ndarray, deltas: np.ndarray, width: int, height: int
) -> PlacedPrint:
    """Places a print with the singular points that lie inside an image of (width, height) px."""
    kept = [points[((points >= 0) & (points <= (width - 1, height - 1))).all(axis=1)] for points in (cores, deltas)]
    return PlacedPrint(finger, box, minutiae, kept[0], kept[1])


def touched(touch: np.ndarray) -> np.ndarray:
    """Tells where ridges touch densely enough to be seen, (h, w) bool; `touch` as in `impression.Pressed`.

    Beyond the contact area the skin still comes down in places. Averaged over half a ridge, a half of the surface is touched
    where a finger lies firmly, and at least a fifth where a print is still one.
    """
    return np.asarray(cv2.GaussianBlur((touch > 0).astype(np.float32), (0, 0), _HALF_RIDGE_PX) > _LEAST_TOUCHED)


_HALF_RIDGE_PX = 4.0
_LEAST_TOUCHED = 0.2


def box_of(contact: np.ndarray) -> Box:
    """Returns the box around the contact area (h, w) float32; the whole image where nothing touches."""
    return _box(contact > 0.5, 0, 0, contact.shape[1], contact.shape[0])


_NOWHERE = -20.0  # far above the surface


def _places(
    fingers: Sequence[Master], rng: np.random.Generator, width: int, height: int, params: HandParams
) -> list[tuple[float, float, float]]:
    """Returns middle x, y in px and turn in rad of each finger's contact area, from left to right."""
    mirrored = fingers[0].position == FingerPosition.LEFT_LITTLE
    order = [3, 2, 1, 0] if mirrored else [0, 1, 2, 3]
    size = fingers[order[1]].traits.size
    gap = params.apart_px * (1 + params.small_share * (size - 1))
    hand = rng.normal(0, params.turn_sd)
    middle = height * 0.52 - 0.36 * params.below_px[3] * size + rng.normal(0, 20)
    off = rng.normal(0, 25)
    places = []
    for place, who in enumerate(order):
        x = (place - 1.5) * gap + rng.normal(0, params.apart_sd_px)
        y = params.below_px[who] * size + rng.normal(0, params.below_sd_px if who else 0)
        fan = (-1 if mirrored else 1) * params.fan[who] + rng.normal(0, params.fan_sd)
        places.append((width / 2 + off + x + np.sin(hand) * y, middle + y - np.sin(hand) * x, hand + fan))
    return places


def _lay(canvas: np.ndarray, part: np.ndarray, left: int, top: int) -> None:
    """Puts a part on the canvas, in place; the higher of both stays."""
    height, width = canvas.shape
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + part.shape[1], width), min(top + part.shape[0], height)
    if x0 < x1 and y0 < y1:
        here = canvas[y0:y1, x0:x1]
        np.maximum(here, part[y0 - top : y1 - top, x0 - left : x1 - left], out=here)


def _inside(m: Minutiae, left: int, top: int, width: int, height: int) -> Minutiae:
    x, y = m.x + left, m.y + top
    kept = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    return Minutiae.of(x[kept], y[kept], m.angle[kept], m.kind[kept], m.quality[kept])


def _box(area: np.ndarray, left: int, top: int, width: int, height: int) -> Box:
    rows, columns = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
    if not len(rows):
        return Box(0, 0, width, height)
    x0, y0 = max(int(columns[0]) + left, 0), max(int(rows[0]) + top, 0)
    x1, y1 = min(int(columns[-1]) + left + 1, width), min(int(rows[-1]) + top + 1, height)
    return Box(x0, y0, x1 - x0, y1 - y0)
