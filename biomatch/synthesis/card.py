"""A ten-print card: ten rolled prints, two plain thumbs, two slaps of four, in the boxes of a paper form.

Source: the layout of the cards that ANSI/NIST-ITL 1-2011 describes (8 inches wide; boxes of table 12: rolled 1.6 x 1.5,
slaps 3.2 x 2.0 inches, thumbs between them), at 500 ppi.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from biomatch.synthesis.impression import press
from biomatch.synthesis.master import Master
from biomatch.synthesis.person import LEFT_FOUR, RIGHT_FOUR, TEN, Box, PlacedPrint, as_print, press_hand
from biomatch.synthesis.sensor import INK, develop
from biomatch.synthesis.skin import PLAIN, ROLLED, Contact, Touch, draw_touch
from biomatch.vocabulary import FingerPosition, ImpressionType

WIDTH, HEADER = 4000, 480  # px
ROLLED_BOX = (800, 750)
SLAP_BOX = (1600, 1000)
THUMB_BOX = (400, 1000)
HEIGHT = HEADER + 2 * ROLLED_BOX[1] + SLAP_BOX[1]


@dataclass(frozen=True, eq=False)
class Cell:
    """A box of the card. number: 1 to 10 rolled, 11 and 12 plain right and left thumb, 13 and 14 right and left four."""

    number: int
    label: str
    box: Box
    impression: ImpressionType
    prints: tuple[PlacedPrint, ...]


@dataclass(frozen=True, eq=False)
class Card:
    """image (h, w) uint8, 500 ppi; its cells, with truth in px of the image."""

    image: np.ndarray
    cells: tuple[Cell, ...]

    def crop(self, cell: Cell) -> np.ndarray:
        """Cuts out what lies in one box, without its lines."""
        b = cell.box
        return self.image[b.y : b.y + b.height, b.x : b.x + b.width]


def card(fingers: Mapping[FingerPosition, Master], rng: np.random.Generator, title: str) -> Card:
    """Draws the card of a person whose ten fingers are given, `master.NAIL_TO_NAIL` large."""
    touch = np.full((HEIGHT, WIDTH), -20, np.float32)
    moist = np.zeros((HEIGHT, WIDTH), np.float32)
    usual = draw_touch(rng, 0.8)
    cells = []
    for number, label, box in _layout():
        prints, skin = _filled(fingers, rng, number, box, usual)
        for canvas, part in zip((touch, moist), skin, strict=True):
            canvas[box.y : box.y + box.height, box.x : box.x + box.width] = part
        kind = ImpressionType.NONLIVE_SCAN_ROLLED if number <= 10 else ImpressionType.NONLIVE_SCAN_PLAIN
        cells.append(Cell(number, label, box, kind, tuple(p.moved(box.x, box.y) for p in prints)))
    image = develop(touch, moist, replace(INK, width=WIDTH, height=HEIGHT), rng)
    return Card(np.minimum(image, _form(title)), tuple(cells))


def _layout() -> list[tuple[int, str, Box]]:
    """Lists number, label and inner box of each cell; the lines lie outside the boxes."""
    cells = []
    for place, position in enumerate(TEN):
        x, y = place % 5 * ROLLED_BOX[0], HEADER + place // 5 * ROLLED_BOX[1]
        cells.append((place + 1, f"{place + 1}. {position.words}", _inner(x, y, *ROLLED_BOX)))
    y = HEADER + 2 * ROLLED_BOX[1]
    for number, label, x, size in (
        (14, "left four fingers", 0, SLAP_BOX),
        (12, "left thumb", 1600, THUMB_BOX),
        (11, "right thumb", 2000, THUMB_BOX),
        (13, "right four fingers", 2400, SLAP_BOX),
    ):
        cells.append((number, label, _inner(x, y, *size)))
    return cells


_LINE_PX = 6
_LABEL_PX = 44  # height of the strip that bears a cell's label


def _inner(x: int, y: int, width: int, height: int) -> Box:
    return Box(x + _LINE_PX, y + _LABEL_PX, width - 2 * _LINE_PX, height - _LABEL_PX - _LINE_PX)


def _filled(
    fingers: Mapping[FingerPosition, Master], rng: np.random.Generator, number: int, box: Box, usual: Touch
) -> tuple[tuple[PlacedPrint, ...], tuple[np.ndarray, np.ndarray]]:
    if number in (13, 14):
        four = RIGHT_FOUR if number == 13 else LEFT_FOUR
        hand = press_hand([fingers[position] for position in four], rng, box.width, box.height)
        return hand.prints, (hand.touch, hand.moist)
    finger = fingers[TEN[number - 1] if number <= 10 else TEN[0 if number == 11 else 5]]
    own = draw_touch(rng, 0.6)
    how = Touch(0.6 * own.turn, own.shift, own.skin, usual.pressure + own.pressure, usual.moisture + own.moisture, usual.wear)
    contact = ROLLED if number <= 10 else _THUMB
    made = press(finger, rng, how, box.width, box.height, contact=contact)
    return (as_print(finger, made),), (made.touch, made.moist)


_THUMB: Contact = replace(PLAIN, below=(250.0, 330.0))


def _form(title: str) -> np.ndarray:
    """Draws the printed lines and words, white elsewhere, (h, w) uint8."""
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    _write(page, "FINGERPRINT CARD", 40, 110, 2.4, 5)
    _write(page, title, 40, 220, 1.4, 3)
    for at, label in enumerate(("name", "sex", "date of birth", "date", "taken by")):
        x = 40 + at * 800
        cv2.line(page, (x, 400), (x + 680, 400), _INK, 3)
        _write(page, label, x, 440, 0.9, 2)
    for _, label, box in _layout():
        corner = (box.x - _LINE_PX // 2, box.y - _LABEL_PX + _LINE_PX // 2)
        cv2.rectangle(page, corner, (box.x + box.width + _LINE_PX // 2 - 1, box.y + box.height + _LINE_PX // 2 - 1), _INK, 4)
        _write(page, label, box.x + 10, box.y - 10, 0.9, 2)
    return cv2.GaussianBlur(page, (0, 0), 0.8)


_INK = 90  # grey of the form's printing


def _write(page: np.ndarray, text: str, x: int, y: int, size: float, weight: int) -> None:
    cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, _INK, weight, cv2.LINE_AA)
