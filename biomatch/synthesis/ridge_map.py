"""Ridge direction and period at every px of an impression, exactly: the master's, carried through what the touch did to it."""

from __future__ import annotations

import cv2
import numpy as np

from biomatch.synthesis.impression import Impression
from biomatch.synthesis.master import Master


def ridge_map(finger: Master, made: Impression) -> tuple[np.ndarray, np.ndarray]:
    """Maps an impression of the finger: (h, w) float32 ridge direction, 0..pi from x to y (down); (h, w) float32 period, px.

    The ridges are a wave of phase u(master px). Its gradient k stands across the ridges, 2 pi / period long; seen through the
    reading map it is J' k, J being the map's Jacobian.
    """
    x, y = (np.ascontiguousarray(made.reading[..., axis]) for axis in (0, 1))
    turned = np.stack([np.cos(2 * finger.flow), np.sin(2 * finger.flow)], axis=-1)
    double = cv2.remap(turned, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    period = cv2.remap(finger.period, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    flow = 0.5 * np.arctan2(double[..., 1], double[..., 0])
    across = np.sin(flow) / period, np.cos(flow) / period  # ridges run along (cos, -sin) with y down
    (x_down, x_right), (y_down, y_right) = np.gradient(x), np.gradient(y)
    right = x_right * across[0] + y_right * across[1]
    down = x_down * across[0] + y_down * across[1]
    angle = np.mod(np.arctan2(down, right) + np.pi / 2, np.pi)
    return angle.astype(np.float32), (1 / np.maximum(np.hypot(right, down), 1e-3)).astype(np.float32)
