"""Latent-like prints: part of a finger, faint and dragged, on a ground that has a structure of its own."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis.degrade import flatten, smooth_noise, smudge
from biomatch.synthesis.impression import Impression, press
from biomatch.synthesis.master import Master
from biomatch.synthesis.sensor import Sensor, develop
from biomatch.synthesis.skin import Touch
from biomatch.synthesis.window import Window
from biomatch.vocabulary import ImpressionType


@dataclass(frozen=True)
class LatentParams:
    """The little that is left of a finger, and how little it stands out."""

    size: tuple[float, float] = (0.58, 0.74)  # of the contact area's axes: 35 to 55 % of its area
    turn_sd: float = 0.45  # rad, 26 degrees: nobody guides the finger
    wear: tuple[float, float] = (0.3, 0.7)
    moisture: tuple[float, float] = (-0.35, 0.3)
    smudge: tuple[float, float] = (0.35, 0.7)
    fade: tuple[float, float] = (0.45, 0.8)  # unevenly lost contrast
    crowded: float = 0.3  # of latents are crossed by a second print
    line_gap_px: tuple[float, float] = (17.0, 34.0)  # of the ground's lines: wood, print, brushed metal
    line_height: tuple[float, float] = (10.0, 26.0)  # grey levels
    stripes: float = 0.35  # of grounds are ruled or grained
    print_share: float = 0.25  # bear letters; the rest is blotched only


LATENT = LatentParams()
LIFTED = Sensor(
    "powder lift", 360, 400, 176, 84, 10, 20, 0.45, (0.9, 0.9), 9.0, 8.0, grit=0.7, grain_px=(1.2, 1.2),
    window=Window("paper", spread=12, specks=120), impression=ImpressionType.LATENT_LIFT,
)  # fmt: skip


def latent(finger: Master, rng: np.random.Generator, params: LatentParams = LATENT, other: Master | None = None) -> Impression:
    """Makes a latent of a finger, with its truth, at 500 ppi. The same generator state gives the same image.

    Where `other` is given, some latents are crossed by a fainter print of it, whose minutiae are not in the truth.
    """
    touch = Touch(
        turn=float(np.clip(rng.normal(0, params.turn_sd), -1, 1)),
        shift=(float(rng.normal(0, 15)), float(rng.normal(0, 15))),
        skin=float(rng.uniform(0.6, 1.3)),
        pressure=float(rng.uniform(-0.2, 0.3)),
        moisture=float(rng.uniform(*params.moisture)),
        wear=float(rng.uniform(*params.wear)),
    )
    width, height = LIFTED.width, LIFTED.height
    made = press(finger, rng, touch, width, height, contact_size=float(rng.uniform(*params.size)))
    surface = made.touch
    if other is not None and rng.random() < params.crowded:
        surface = np.maximum(surface, _crossing(other, rng, width, height))
    image = develop(surface, made.moist, LIFTED, rng)
    dragged = smudge(image, rng, float(rng.uniform(*params.smudge)))
    faded = flatten(dragged, rng, float(rng.uniform(*params.fade))).astype(np.float32)
    grey = np.clip(np.rint(faded + _ground(rng, height, width, params)), 0, 255).astype(np.uint8)
    return Impression(grey, made.minutiae, made.contact, made.cores, made.deltas, made.reading)


def _crossing(other: Master, rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Draws the touch of another finger that lies off to a side, lighter, (height, width) float32."""
    turn = float(rng.uniform(-2, 2))
    shift = (float(rng.choice([-1, 1]) * rng.uniform(110, 170)), float(rng.uniform(-90, 90)))
    across = press(other, rng, Touch(turn, shift, 1.0, -0.3, -0.1, 0.5), width, height, contact_size=0.7)
    return across.touch - np.float32(0.4)


def _ground(rng: np.random.Generator, height: int, width: int, params: LatentParams) -> np.ndarray:
    """Draws patches; often wavy parallel lines or letters; (height, width) float32."""
    grey = 9 * smooth_noise(rng, height, width, 80)
    kind = rng.random()
    if kind < params.stripes:
        turn, gap = rng.uniform(0, np.pi), rng.uniform(*params.line_gap_px)
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        across = x * np.sin(turn) + y * np.cos(turn) + 0.25 * gap * smooth_noise(rng, height, width, 60)
        grey = grey + rng.uniform(*params.line_height) * np.tanh(2 * np.sin(2 * np.pi * across / gap)) * 0.5
    elif kind < params.stripes + params.print_share:
        grey = grey - rng.uniform(25, 60) * _letters(rng, height, width)
    return cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)


def _letters(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Draws lines of print, as on a form or a receipt, (height, width) float32 0..1."""
    page = np.zeros((height, width), np.float32)
    size = float(rng.uniform(0.6, 1.3))
    down = round(34 * size)
    for y in range(int(rng.integers(down)), height + down, down):
        words = "".join(chr(int(c)) for c in rng.choice(np.frombuffer(b"ABCDEHLMNOPRSTUX  0123456789", np.uint8), 40))
        cv2.putText(page, words, (-int(rng.integers(30)), y), cv2.FONT_HERSHEY_SIMPLEX, size, 1.0, 2, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-15, 15)), 1.25)
    return cv2.warpAffine(page, turn, (width, height))
