"""Latent-like prints: part of a finger, faint and dragged, on a ground that has a structure of its own."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis.degrade import smooth_noise, smudge
from biomatch.synthesis.impression import Impression, Touch, impression
from biomatch.synthesis.master import Master
from biomatch.synthesis.sensor import Sensor


@dataclass(frozen=True)
class LatentParams:
    """How little of a finger is left, and how little it stands out."""

    size: tuple[float, float] = (0.58, 0.74)  # of the contact area's axes: 35 to 55 % of its area
    turn_sd: float = 0.45  # rad, 26 degrees: nobody guides the finger
    wear: tuple[float, float] = (0.3, 0.6)
    moisture: tuple[float, float] = (-0.3, 0.3)
    smudge: tuple[float, float] = (0.2, 0.5)
    line_gap_px: tuple[float, float] = (17.0, 34.0)  # of the ground's lines: wood, print, brushed metal
    line_height: tuple[float, float] = (10.0, 26.0)  # grey levels


LATENT = LatentParams()
LIFTED = Sensor("powder lift", 360, 400, 170, 14, 104, 14, 0.5, 1.0, 8.0, grit=0.5, dust=220)


def latent(finger: Master, rng: np.random.Generator, params: LatentParams = LATENT) -> Impression:
    """A latent of a finger, with its truth, at 500 ppi. The same generator state gives the same image."""
    touch = Touch(
        turn=float(np.clip(rng.normal(0, params.turn_sd), -1, 1)),
        shift=(float(rng.normal(0, 15)), float(rng.normal(0, 15))),
        skin=float(rng.uniform(0.6, 1.3)),
        pressure=float(rng.uniform(-0.2, 0.3)),
        moisture=float(rng.uniform(*params.moisture)),
        wear=float(rng.uniform(*params.wear)),
    )
    made = impression(finger, rng, touch, LIFTED, contact_size=float(rng.uniform(*params.size)))
    dragged = smudge(made.image, rng, float(rng.uniform(*params.smudge))).astype(np.float32)
    height, width = made.image.shape
    grey = dragged + _ground(rng, height, width, params)
    return Impression(np.clip(np.rint(grey), 0, 255).astype(np.uint8), made.minutiae, made.contact)


def _ground(rng: np.random.Generator, height: int, width: int, params: LatentParams) -> np.ndarray:
    """(height, width) float32: wavy parallel lines, darker and brighter patches."""
    turn, gap = rng.uniform(0, np.pi), rng.uniform(*params.line_gap_px)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    across = x * np.sin(turn) + y * np.cos(turn) + 0.25 * gap * smooth_noise(rng, height, width, 60)
    lines = rng.uniform(*params.line_height) * np.tanh(2 * np.sin(2 * np.pi * across / gap)) * 0.5
    patches = 9 * smooth_noise(rng, height, width, 80)
    return cv2.GaussianBlur((lines + patches).astype(np.float32), (0, 0), 1.0)
