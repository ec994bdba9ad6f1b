"""Tells skin that was pulled or twisted on the sensor: it spreads ridges on one side, and crowds them on the other.

A logistic model of how the distance of ridges changes over the print. It was fitted to the distorted and the ordinary prints of
Tsinghua University's set (`tdf`), finger by finger apart: at the limit that QualityParams sets it sees 37 of 100 distorted
prints, and takes 2 of 100 ordinary ones of that sensor and 3 of 100 of seven others for such. The network that measures the
distances has seen five of those seven.
"""

from __future__ import annotations

import cv2
import numpy as np

SHRINK = 8  # distances of ridges change over millimetres
LEAST_COHERENCE = 0.5  # of ridges whose distance can be told
LEAST_CELLS = 150  # of 8 x 8 px, 25 mm2: of less, nothing can be told
CROWDED = (2, 10)  # percentiles of the distance, less its median
WEIGHTS = np.array([-6.6, -3.0, -5.5, -3.9])  # of the trend downwards, of the curvature downwards, and of CROWDED
OFFSET = -0.85


def log_odds(period: np.ndarray, coherence: np.ndarray, mask: np.ndarray) -> float:
    """Returns the log odds (natural log) that a print was pulled or twisted; -inf where too little of it is clear.

    period     (h, w) float32  px from ridge to ridge
    coherence  (h, w) float32  0..1
    mask       (h, w) bool     foreground
    """
    height, width = mask.shape
    size = (max(1, width // SHRINK), max(1, height // SHRINK))
    distance, straight, inside = (
        cv2.resize(np.asarray(plane, np.float32), size, interpolation=cv2.INTER_AREA) for plane in (period, coherence, mask)
    )
    told = (straight > LEAST_COHERENCE) & (inside > 0.9) & (distance > 1)
    if np.count_nonzero(told) < LEAST_CELLS:
        return float("-inf")
    y, x = np.nonzero(told)
    value = np.log(distance[told].astype(np.float64))
    value -= np.median(value)
    side = np.sqrt(len(value))
    right, down = (x - x.mean()) / side, (y - y.mean()) / side
    surface = np.column_stack((np.ones(len(value)), right, down, right * right, down * down, right * down))
    bend = np.linalg.lstsq(surface, value, rcond=None)[0]
    return float(WEIGHTS @ (bend[2], bend[4], *np.percentile(value, CROWDED)) + OFFSET)
