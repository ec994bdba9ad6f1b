"""Copies of real prints as they come when nobody takes care: carelessly pressed, or left behind as latents are.

Nothing in a copy moves ridges beyond what skin does, so it has the mates that its print has. Beside them stand pictures of what
latents lie on, with no finger.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.imaging import GreyImage
from biomatch.synthesis import degrade


@dataclass(frozen=True)
class LatentParams:
    """The little that is left of a print, and how little it stands out; each drawn evenly between two ends."""

    part: tuple[float, float] = (0.3, 0.9)  # axes of what touched, of the print's
    drag: tuple[float, float] = (0.0, 0.8)  # amounts as `synthesis.degrade` has them
    moisture: tuple[float, float] = (0.2, 1.2)
    fade: tuple[float, float] = (0.0, 1.0)
    noise: tuple[float, float] = (1.0, 12.0)  # grey levels
    structured: float = 0.6  # of all grounds have lines and blots
    wide: float = 0.5  # of these are photographed with their surroundings
    margin_px: tuple[int, int] = (40, 240)  # of which so much is seen on each side
    gap_px: tuple[float, float] = (8.0, 34.0)  # from line to line: narrower than ridges to twice as wide
    lines: tuple[float, float] = (4.0, 28.0)  # grey levels
    blots: tuple[float, float] = (3.0, 12.0)  # grey levels


@dataclass(frozen=True)
class PageParams:
    """The looks of a page of writing; each drawn evenly between two ends."""

    size: tuple[float, float] = (0.5, 3.0)  # of letters, which are 21 px high at 1
    stroke: tuple[float, float] = (1.0, 3.0)  # px, times that
    gap_px: float = 34.0  # from line to line, times that
    fonts: int = 8  # of OpenCV's, upright and in script
    letters: str = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 .,"
    ink: tuple[int, int] = (0, 150)  # grey levels
    paper: tuple[int, int] = (180, 256)  # grey levels
    noise: tuple[float, float] = (0.0, 8.0)  # grey levels


LATENT = LatentParams()
PAGE = PageParams()
HARDNESS = (0.4, 2.2)  # of careless copies: from a little to hopeless


def careless(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Makes a copy turned, stretched, partial, wet or dry, smudged: as people put fingers down unguided."""
    return GreyImage.of(degrade.harder(image.pixels, rng, rng.uniform(*HARDNESS)))


def left_behind(image: GreyImage, rng: np.random.Generator, params: LatentParams = LATENT) -> GreyImage:
    """Makes a copy of part of the print, dragged and faint, some of them on a ground that has a structure of its own."""
    height, width = image.pixels.shape
    level = degrade.background_level(image.pixels)
    touched = degrade.contact_ellipse(rng, height, width, float(rng.uniform(*params.part)))
    pixels = degrade.press_part(image.pixels, touched, level)
    pixels = degrade.smudge(pixels, rng, float(rng.uniform(*params.drag)))
    mood = (degrade.wet, degrade.dry, None)[rng.integers(3)]
    if mood is not None:
        pixels = mood(pixels, rng, float(rng.uniform(*params.moisture)))
    pixels = degrade.flatten(pixels, rng, float(rng.uniform(*params.fade)))
    if rng.random() < params.structured:
        pixels = _on_ground(pixels, rng, level, params)
    return GreyImage.of(degrade.add_noise(pixels, rng, float(rng.uniform(*params.noise))))


def no_finger(rng: np.random.Generator, height: int, width: int) -> GreyImage:
    """Draws a page of writing, or lines and blots: half of these are wider, with their surroundings."""
    return GreyImage.of((_writing, _ground)[rng.integers(2)](rng, height, width))


def _writing(rng: np.random.Generator, height: int, width: int, params: PageParams = PAGE) -> np.ndarray:
    """Draws writing, (height, width) uint8."""
    size, font = float(rng.uniform(*params.size)), int(rng.integers(params.fonts))
    ink, stroke = int(rng.integers(*params.ink)), max(1, int(rng.uniform(*params.stroke) * size))
    page = np.full((height, width), rng.integers(*params.paper), np.uint8)
    gap = params.gap_px * size
    most = 1 + int(width / (8 * size))  # letters that reach across the page, the narrowest ones too
    for line in range(1 + int(height / gap)):
        words = "".join(rng.choice(list(params.letters), most))
        cv2.putText(page, words, (5, int((line + 0.7) * gap)), font, size, ink, stroke)
    return degrade.add_noise(page, rng, float(rng.uniform(*params.noise)))


def _ground(rng: np.random.Generator, height: int, width: int, params: LatentParams = LATENT) -> np.ndarray:
    """Draws a ground, (h, w) uint8, at least of that size."""
    level = int(rng.integers(*PAGE.paper))
    pixels = _on_ground(np.full((height, width), level, np.uint8), rng, level, params)
    return degrade.add_noise(pixels, rng, float(rng.uniform(*params.noise)))


def _on_ground(pixels: np.ndarray, rng: np.random.Generator, level: float, params: LatentParams) -> np.ndarray:
    """Puts the print on wavy lines and blots, which go on beyond it where it is photographed with its surroundings."""
    if rng.random() < params.wide:
        top, bottom, left, right = (int(side) for side in rng.integers(*params.margin_px, size=4))
        pixels = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=level)
    height, width = pixels.shape
    turn, gap = rng.uniform(0, np.pi), rng.uniform(*params.gap_px)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    across = x * np.sin(turn) + y * np.cos(turn) + 0.25 * gap * degrade.smooth_noise(rng, height, width, 60)
    lines = 0.5 * rng.uniform(*params.lines) * np.tanh(2 * np.sin(2 * np.pi * across / gap))
    blots = rng.uniform(*params.blots) * degrade.smooth_noise(rng, height, width, 80)
    return np.clip(np.rint(pixels * 0.85 + lines + blots), 0, 255).astype(np.uint8)
