"""The input of the minutiae network: the normalised picture, and how strong its contrast is."""

from __future__ import annotations

import math

import cv2
import numpy as np

from biomatch.extraction import normalisation
from biomatch.observe import NO_TRACE

USUAL_CONTRAST = 32.0  # grey levels: a clean print's local deviation


def planes(pixels: np.ndarray) -> np.ndarray:
    """Makes (2, h, w) float32 of a grey picture (h, w) uint8; see `of_stages`."""
    return of_stages(*normalisation.flatten(pixels, normalisation.NormalisationParams(), NO_TRACE))


def of_stages(flat: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """Makes the normalised picture, and the logarithm of its contrast, both within about +-2.5, (2, h, w) float32; beyond the
    picture's border 0 is put in."""
    # OpenCV's logarithm has the same bits with and without AVX-512, NumPy's of 32 bits has not
    strength = cv2.log(np.maximum(contrast, 1) * np.float32(1 / USUAL_CONTRAST))
    return np.stack([flat, strength * np.float32(0.5 / math.log(2))])
