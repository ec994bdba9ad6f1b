"""The ridge flow of real fingers and its spread: mean, and lower triangular spread, of the numbers that make a `Pattern`.

A row is: nine coefficients of the smooth part of the flow (rad; see `pattern.smooth_basis`), then the lower core and the
deltas, (x, y) each, in units of 100 px from the upper core, y down. A finger is mean + spread @ standard normals. Loops are
written as right loops (delta on the left), whorls with the lower delta on the right; the others are their mirror images.

Fitted to the orientation fields of live-scan prints of 16 arches, 133 loops and 44 whorls, every finger with equal weight:
singular points by the Poincare index, the rest by least squares; what was left had a median of 5.7 degrees.
"""

from __future__ import annotations

import numpy as np


def _lower(rows: list[list[float]]) -> np.ndarray:
    square = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        square[i, : i + 1] = row
    return square


# Towards the tip the ridges of all classes lie flatter than the rest of the model says, and alike: at 104 px beside and 152 px
# above the core they lean 36 degrees, sd 4. There the flow is drawn to that mean: its share grows from TIP_FROM_PX on.
TIP_LEAN = 0.80  # rad, far beside the core
TIP_WIDE_PX = 100.0
TIP_SHARE = 0.75
TIP_FROM_PX = 65.0
TIP_OVER_PX = 110.0

ARCH_MEAN = np.array([0.00, -0.84, 0.00, -0.36, 0.00, 0.00, 0.06, 0.00, 0.00])
ARCH_SPREAD = _lower(
    [
        [0.43],
        [0.00, 0.49],
        [-0.05, 0.00, 0.31],
        [0.00, 0.30, 0.00, 0.35],
        [-0.49, 0.00, -0.02, 0.00, 0.22],
        [-0.18, 0.00, 0.06, 0.00, -0.07, 0.22],
        [0.00, -0.20, 0.00, 0.00, 0.00, 0.00, 0.22],
        [0.00, -0.06, 0.00, 0.34, 0.00, 0.00, 0.01, 0.16],
        [-0.18, 0.00, -0.29, 0.00, 0.20, -0.06, 0.00, 0.00, 0.23],
    ]
)
LOOP_MEAN = np.array([-0.16, -1.14, 0.13, 0.45, 0.14, 0.06, 0.18, 0.50, -0.01, -0.73, 1.26])
LOOP_SPREAD = _lower(
    [
        [0.13],
        [-0.01, 0.26],
        [0.17, 0.09, 0.29],
        [-0.03, -0.05, 0.08, 0.36],
        [-0.03, -0.03, 0.08, 0.02, 0.27],
        [0.02, 0.09, 0.18, -0.03, 0.02, 0.24],
        [0.05, -0.12, 0.08, 0.08, 0.04, 0.01, 0.21],
        [0.01, -0.01, 0.07, 0.12, 0.03, 0.07, 0.08, 0.28],
        [-0.02, -0.03, -0.07, -0.01, 0.02, 0.03, 0.02, 0.00, 0.21],
        [0.20, -0.18, -0.07, 0.00, 0.05, 0.07, 0.00, 0.03, 0.02, 0.26],
        [-0.05, 0.20, 0.02, 0.01, -0.01, -0.06, -0.02, -0.19, -0.01, -0.11, 0.38],
    ]
)
WHORL_MEAN = np.array([-0.08, -0.70, -0.16, 0.74, -0.07, -0.05, 0.02, 0.45, -0.09, -0.22, 0.80, -1.26, 1.05, 0.87, 1.80])
WHORL_SPREAD = _lower(
    [
        [0.30],
        [-0.02, 0.31],
        [0.13, -0.01, 0.21],
        [-0.06, -0.03, 0.00, 0.40],
        [-0.14, 0.01, 0.08, -0.02, 0.22],
        [0.04, -0.01, 0.12, -0.02, -0.01, 0.21],
        [0.02, -0.15, -0.05, 0.05, -0.02, -0.01, 0.18],
        [0.02, -0.04, 0.02, 0.13, 0.02, -0.01, 0.02, 0.22],
        [-0.03, 0.08, -0.05, -0.07, 0.08, 0.03, -0.01, 0.00, 0.24],
        [-0.19, -0.02, 0.15, 0.16, 0.01, -0.07, 0.01, -0.05, 0.03, 0.28],
        [-0.17, -0.24, -0.01, 0.15, 0.06, -0.02, -0.06, -0.05, -0.01, -0.02, 0.30],
        [0.26, -0.11, 0.19, -0.10, 0.15, 0.07, -0.01, -0.01, 0.02, 0.01, -0.08, 0.26],
        [0.07, 0.15, -0.02, 0.08, 0.08, 0.01, -0.07, 0.08, 0.08, 0.05, 0.21, -0.02, 0.35],
        [0.21, 0.23, -0.05, 0.16, 0.06, 0.05, -0.10, 0.06, -0.07, 0.03, 0.11, 0.00, -0.01, 0.28],
        [-0.12, -0.18, -0.07, 0.02, -0.03, -0.02, 0.00, -0.11, -0.04, -0.02, 0.09, -0.04, 0.00, -0.05, 0.28],
    ]
)
