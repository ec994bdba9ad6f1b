"""The look of the ridges about a minutia: features of a small picture of them, found by a network.

The picture is cut from a template's ridge picture, turned so that the minutia's direction points to the right, and the network
sees it alone: two impressions of a finger show the same ridges there, whichever minutiae an extractor found on them.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numba import njit

from biomatch.extraction.ridge_picture import RidgePicture
from biomatch.networks import ThreadNets
from biomatch.template import TURN_STEPS, Minutiae

MODEL = "patch"
FEATURES = 64
SIDE = 32  # px of the picture
STEP_PX = 3.0  # of the print a px: five ridges to either side
BLUR_PX = 1.2  # of the print: the ridge picture has few levels
EMPTY = 128  # grey where no ridges are seen
LEVEL = 40  # grey a level of the ridge picture


class Patches:
    """Features of the ridges about minutiae. May be called from many threads."""

    def __init__(self, network: bytes):
        """Takes `network`: ONNX, as the model "patch" holds it. Raises ModelDamaged."""
        self._nets = ThreadNets(network, MODEL)

    def features(self, minutiae: Minutiae, ridges: RidgePicture, rows: np.ndarray) -> np.ndarray:
        """Computes the features of minutiae `rows` (m,), (m, FEATURES) float32; zeros where no ridges are seen."""
        patches = cut(minutiae, ridges, rows)
        out = np.zeros((len(rows), FEATURES), np.float32)
        seen = np.flatnonzero((patches != EMPTY).any(axis=(1, 2)))
        if len(seen):
            net = self._nets.net()
            net.setInput(planes(patches[seen]))
            out[seen] = net.forward()
        return out


def planes(patches: np.ndarray) -> np.ndarray:
    """Returns patches as the network takes them, (n, 1, SIDE, SIDE) float32."""
    return (patches[:, None].astype(np.float32) - EMPTY) / 64


def cut(minutiae: Minutiae, ridges: RidgePicture, rows: np.ndarray) -> np.ndarray:
    """Cuts pictures about minutiae `rows` (m,), (m, SIDE, SIDE) uint8: columns run along the direction, rows to its left;
    `EMPTY` where no ridges are seen, less on ridges, more in valleys. The same bits on every machine."""
    grey: np.ndarray = (EMPTY + LEVEL * ridges.picture.astype(np.int16)).astype(np.uint8)
    grey = cv2.GaussianBlur(grey, (0, 0), max(0.5, BLUR_PX / ridges.scale))  # of bytes: exact
    out = np.empty((len(rows), SIDE, SIDE), np.uint8)
    _cut(grey, ridges.scale, minutiae.x[rows], minutiae.y[rows], minutiae.turns[rows], _COSINES, out)
    return out


@njit(nogil=True, cache=True)
def _cut(grey, scale, x, y, turns, cosines, out):  # type: ignore[no-untyped-def]
    """Fills out (m, side, side) from grey (h, w) about px x, y (m,) of the print; turns (m,) of len(cosines) a whole turn."""
    height, width = grey.shape
    side, whole = out.shape[1], len(cosines)
    for k in range(len(out)):
        cos, sin = cosines[turns[k]], cosines[(turns[k] - whole // 4) % whole]
        for j in range(side):
            left = (j - (side - 1) / 2) * STEP_PX
            for i in range(side):
                along = (i - (side - 1) / 2) * STEP_PX
                u = (x[k] + along * cos - left * sin) / scale
                v = (y[k] - along * sin - left * cos) / scale
                if u < 0 or v < 0 or u >= width - 1 or v >= height - 1:
                    out[k, j, i] = EMPTY
                    continue
                a, b = int(u), int(v)
                u, v = u - a, v - b
                above = (1 - u) * grey[b, a] + u * grey[b, a + 1]
                below = (1 - u) * grey[b + 1, a] + u * grey[b + 1, a + 1]
                out[k, j, i] = np.uint8((1 - v) * above + v * below + 0.5)


_COSINES = np.array([math.cos(2 * math.pi * turn / TURN_STEPS) for turn in range(TURN_STEPS)])
