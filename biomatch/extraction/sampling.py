"""Values of pictures at places between their pixels."""

from __future__ import annotations

import cv2
import numpy as np


def at(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Reads the picture at sub-pixel places, bilinear; the nearest px at its border; (n,) float32."""
    if not len(x):
        return np.zeros(0, np.float32)
    points = (np.asarray(x, np.float32).reshape(-1, 1), np.asarray(y, np.float32).reshape(-1, 1))
    values: np.ndarray = cv2.remap(picture, *points, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return values[:, 0]


def at_small(small: np.ndarray, shape: tuple[int, ...], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Reads a picture that was shrunk from `shape`, at places given in px of the large one, (n,) float32."""
    rows, columns = small.shape[0] / shape[0], small.shape[1] / shape[1]
    return at(small, (x + 0.5) * columns - 0.5, (y + 0.5) * rows - 0.5)
