"""A contact sheet: fingers, their prints on every sensor, rolled, slaps and latents, beside their truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from biomatch.errors import ImpossibleSynthesis
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis.files import make_room, write_whole
from biomatch.synthesis.impression import Impression, impression, rolled
from biomatch.synthesis.latent import latent
from biomatch.synthesis.master import NAIL_TO_NAIL, Master
from biomatch.synthesis.master import master as grown
from biomatch.synthesis.orders import check_seed
from biomatch.synthesis.pattern import PatternClass
from biomatch.synthesis.person import RIGHT_FOUR, TEN, WHOLE_HAND, PlacedPrint, finger_of, slap
from biomatch.synthesis.sensor import GLASS, SENSORS
from biomatch.synthesis.skin import Touch, draw_touch
from biomatch.template import BIFURCATION, Minutiae
from biomatch.vocabulary import FingerPosition

SUFFIXES = (".png", ".jpg", ".jpeg")

_GAP, _TITLE = 12, 30  # px
_ENDING_COLOUR, _FORK_COLOUR, _CORE, _DELTA, _FRAME = (40, 40, 220), (200, 90, 0), (0, 150, 0), (180, 0, 180), (0, 0, 0)


def write(file: Path, seed: int, progress: Progress = NO_PROGRESS) -> None:
    """Writes the sheet, PNG or JPEG by its name, and folders above it. Raises ImpossibleSynthesis, DiskFull, FileUnwritable."""
    if file.suffix.lower() not in SUFFIXES:
        raise ImpossibleSynthesis("the sheet's name", file.name, "a name that ends in .png or .jpg")
    check_seed(seed)
    make_room(file)  # before the drawing, which takes long
    options = [cv2.IMWRITE_JPEG_QUALITY, 64] if file.suffix.lower() != ".png" else [cv2.IMWRITE_PNG_COMPRESSION, 9]
    write_whole(file, cv2.imencode(file.suffix.lower(), sheet(seed, progress), options)[1].tobytes())


def sheet(seed: int, progress: Progress = NO_PROGRESS) -> np.ndarray:
    """Draws the sheet of a seed, (h, w, 3) uint8, BGR."""
    rows = (_masters, _truths, _sensors, _touches, _rolls, _hands, _latents)
    progress.start("Drawing", len(rows))
    drawn = []
    for row in rows:
        drawn.append(row(seed))
        progress.advance()
    progress.done()
    width = max(row.shape[1] for row in drawn)
    return np.vstack([_padded(row, row.shape[0], width) for row in drawn])


def _masters(seed: int) -> np.ndarray:
    fingers = [grown((seed, at), kind=kind) for at, kind in enumerate(PatternClass)]
    pictures = [_shrunk(np.clip(127.5 - 127.5 * one.ridges, 0, 255).astype(np.uint8), 0.5) for one in fingers]
    return _row("masters: arch, tented arch, left and right loop, whorl, double loop", pictures)


def _truths(seed: int) -> np.ndarray:
    pictures = []
    for at, kind in enumerate(PatternClass):
        finger, rng = grown((seed, at), kind=kind), np.random.default_rng((seed, at, 1))
        pictures.append(_shrunk(_marked(impression(finger, rng, Touch(skin=0.8, shift=(0, 20)), GLASS)), 0.62))
    return _row("a print of each with its truth: endings red, bifurcations blue, cores green, deltas purple", pictures)


def _sensors(seed: int) -> np.ndarray:
    finger = finger_of(seed, 8, FingerPosition.LEFT_RING)
    pictures = []
    for at, on in enumerate(SENSORS):
        rng = np.random.default_rng((seed, 2, at))
        pictures.append(_colour(impression(finger, rng, draw_touch(rng), on).image))
    return _row("one finger on five sensors: " + ", ".join(on.name for on in SENSORS), pictures)


def _touches(seed: int) -> np.ndarray:
    finger = finger_of(seed, 2, FingerPosition.RIGHT_RING)
    kinds = {
        "dry": Touch(moisture=-0.8, pressure=-0.2),
        "wet": Touch(moisture=0.9, pressure=0.3),
        "light": Touch(pressure=-0.8),
        "worn": Touch(wear=1.0),
        "turned and dragged": Touch(turn=0.5, skin=2.0),
    }
    pictures = [
        _shrunk(impression(finger, np.random.default_rng((seed, 3, at)), touch, GLASS).image, 0.8)
        for at, touch in enumerate(kinds.values())
    ]
    return _row("the same finger " + ", ".join(kinds), pictures)


def _rolls(seed: int) -> np.ndarray:
    pictures = []
    for at, position in enumerate((FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_INDEX)):
        finger, rng = finger_of(seed, 3, position, NAIL_TO_NAIL), np.random.default_rng((seed, 4, at))
        made = rolled(finger, rng)
        pictures += [_shrunk(made.image, 0.62), _shrunk(_marked(made), 0.62)]
    return _row("rolled in ink, beside their truth", pictures)


def _hands(seed: int) -> np.ndarray:
    fingers = [finger_of(seed, 4, position) for position in RIGHT_FOUR]
    on = replace(GLASS, width=WHOLE_HAND[0], height=WHOLE_HAND[1])
    made = slap(fingers, np.random.default_rng((seed, 5)), on)
    picture = _colour(made.image)
    for one in made.prints:
        picture = _print_marked(picture, one)
    return _row("four fingers put down together, with boxes", [_shrunk(made.image, 0.62), _shrunk(picture, 0.62)])


def _latents(seed: int) -> np.ndarray:
    pictures = []
    for at in range(3):
        finger, other = _of(seed, 5 + at, at), _of(seed, 5 + at, at + 1)
        made = latent(finger, np.random.default_rng((seed, 6, at)), other=other)
        pictures += [_shrunk(made.image, 0.85), _shrunk(_marked(made), 0.85)]
    return _row("latents, beside their marked minutiae", pictures)


def _of(seed: int, number: int, place: int) -> Master:
    return finger_of(seed, number, TEN[place])


def _marked(made: Impression) -> np.ndarray:
    return _points(_minutiae(_colour(made.image), made.minutiae), made.cores, made.deltas)


def _print_marked(picture: np.ndarray, one: PlacedPrint) -> np.ndarray:
    b = one.box
    cv2.rectangle(picture, (b.x, b.y), (b.x + b.width - 1, b.y + b.height - 1), _FRAME, 3)
    return _points(_minutiae(picture, one.minutiae), one.cores, one.deltas)


def _minutiae(picture: np.ndarray, m: Minutiae) -> np.ndarray:
    for x, y, angle, kind in zip(m.x, m.y, m.angle, m.kind, strict=True):
        colour = _FORK_COLOUR if kind == BIFURCATION else _ENDING_COLOUR
        tip = (round(float(x + 13 * np.cos(angle))), round(float(y - 13 * np.sin(angle))))
        cv2.circle(picture, (round(float(x)), round(float(y))), 4, colour, 2, cv2.LINE_AA)
        cv2.line(picture, (round(float(x)), round(float(y))), tip, colour, 2, cv2.LINE_AA)
    return picture


def _points(picture: np.ndarray, cores: np.ndarray, deltas: np.ndarray) -> np.ndarray:
    for points, colour in ((cores, _CORE), (deltas, _DELTA)):
        for x, y in points:
            cv2.circle(picture, (round(float(x)), round(float(y))), 10, colour, 3, cv2.LINE_AA)
    return picture


def _row(title: str, pictures: Sequence[np.ndarray]) -> np.ndarray:
    height = max(one.shape[0] for one in pictures)
    parts = [_padded(_colour(one), height, one.shape[1] + _GAP) for one in pictures]
    body = np.hstack(parts)
    head: np.ndarray = np.full((_TITLE, max(body.shape[1], 1200), 3), 255, np.uint8)
    cv2.putText(head, title, (4, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([head, _padded(body, height + _GAP, head.shape[1])])


def _padded(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    down, right = height - picture.shape[0], width - picture.shape[1]
    return cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_CONSTANT, value=(255, 255, 255))


def _shrunk(picture: np.ndarray, share: float) -> np.ndarray:
    return cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def _colour(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
