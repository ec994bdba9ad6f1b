"""Pictures of ridges whose answers are known by construction."""

import numpy as np


def stripes(size=200, period=9.0, turned=0.0, amplitude=80.0):
    """(size, size) uint8: straight ridges; `turned` radians is their direction, counter-clockwise as seen."""
    y, x = np.mgrid[:size, :size].astype(float)
    phase = 2 * np.pi / period * (x * np.sin(turned) + y * np.cos(turned))
    return np.rint(128 + amplitude * np.cos(phase)).astype(np.uint8)


def minutia(at=(100.3, 99.6), size=200, period=9.0, turned=0.0, ridge=True, amplitude=80.0):
    """(size, size) uint8: straight ridges with one minutia at `at` (x, y), whose direction is `turned`.

    ridge  True: a ridge ends there; False: a valley does, so that a ridge forks
    """
    y, x = np.mgrid[:size, :size].astype(float)
    along = (x - at[0]) * np.cos(turned) - (y - at[1]) * np.sin(turned)
    across = (x - at[0]) * np.sin(turned) + (y - at[1]) * np.cos(turned)
    phase = 2 * np.pi / period * across + np.arctan2(across, along) + (np.pi if ridge else 0)
    return np.rint(128 + amplitude * np.cos(phase)).astype(np.uint8)


def on_paper(picture, margin=40):
    """The picture on an empty sensor."""
    return np.pad(picture, margin, constant_values=250)


def print_like(seed=3, size=(260, 240), period=9.0):
    """(h, w) uint8: an arch of ridges with a dozen minutiae, inside an oval, on an empty sensor."""
    rng = np.random.default_rng(seed)
    height, width = size
    y, x = np.mgrid[:height, :width].astype(float)
    phase = 2 * np.pi / period * (y + 22 * np.cos((x - width / 2) / 60))
    for sign in (1, -1) * 6:
        cx, cy = rng.uniform(60, width - 60), rng.uniform(60, height - 60)
        phase += sign * np.arctan2(y - cy, x - cx)
    grey = 150 + 70 * np.cos(phase) + rng.normal(0, 8, size)
    inside = ((x - width / 2) / (width / 2 - 12)) ** 2 + ((y - height / 2) / (height / 2 - 12)) ** 2 < 1
    return np.clip(np.where(inside, grey, 245), 0, 255).astype(np.uint8)
