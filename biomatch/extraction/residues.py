"""Minutiae as residues of the phase: round the end of a ridge or of a valley the phase gains or loses one turn.

The side that holds one ridge and valley more is the minutia's direction in the sense of ISO/IEC 19794-2: into the ridge that
ends, or into the valley that ends. (Larkin & Fletcher 2007; Feng & Jain, TPAMI 33(2), 2011.)
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def find(even, odd, tangent, mask):  # type: ignore[no-untyped-def]
    """Finds residues of the phase on all squares of 2 x 2 px.

    even, odd  (h, w) float32     complex response, phase rising along n = (-ty, tx)
    tangent    (h, w, 2) float32  unit vector along the ridge, sign free
    mask       (h, w) bool        squares with a corner outside are left out
    returns    (n, 4) float32     x, y (px, where the response is 0), dx, dy (unit vector to the side with one ridge more)

    Squares round which the ridge direction turns by half a turn (cores, deltas) have no residue. Twin:
    tests/extraction/plain.py
    """
    height, width = mask.shape
    found = np.empty((height * width // 2 + 16, 4), np.float32)
    count = 0
    re = np.empty(4, np.float32)
    im = np.empty(4, np.float32)
    for y in range(height - 1):
        for x in range(width - 1):
            if not (mask[y, x] and mask[y, x + 1] and mask[y + 1, x + 1] and mask[y + 1, x]):
                continue
            tx = tangent[y, x, 0]
            ty = tangent[y, x, 1]
            ax, ay = tx, ty
            sign = np.float32(1)
            low = False
            high = False
            for k in range(4):
                cx = x + (1 if k == 1 or k == 2 else 0)
                cy = y + (1 if k >= 2 else 0)
                bx = tangent[cy, cx, 0]
                by = tangent[cy, cx, 1]
                if ax * bx + ay * by < 0:
                    sign = -sign
                ax, ay = bx, by
                re[k] = even[cy, cx]
                im[k] = sign * odd[cy, cx]
                if im[k] > 0:
                    high = True
                else:
                    low = True
            if not (low and high):
                continue
            if sign * (ax * tx + ay * ty) < 0:
                continue
            turns = 0
            for k in range(4):
                j = (k + 1) & 3
                cross = re[k] * im[j] - re[j] * im[k]
                if im[k] <= 0 and im[j] > 0:
                    if cross > 0:
                        turns += 1
                elif im[k] > 0 and im[j] <= 0 and cross < 0:
                    turns -= 1
            if turns == 0 or count == len(found):
                continue
            gx = 0.5 * (re[1] + re[2] - re[0] - re[3])
            gy = 0.5 * (re[2] + re[3] - re[0] - re[1])
            hx = 0.5 * (im[1] + im[2] - im[0] - im[3])
            hy = 0.5 * (im[2] + im[3] - im[0] - im[1])
            mr = 0.25 * (re[0] + re[1] + re[2] + re[3])
            mi = 0.25 * (im[0] + im[1] + im[2] + im[3])
            det = gx * hy - gy * hx
            fx = np.float32(0)
            fy = np.float32(0)
            if det != 0:
                fx = min(max(-(mr * hy - mi * gy) / det, np.float32(-0.5)), np.float32(0.5))
                fy = min(max(-(gx * mi - hx * mr) / det, np.float32(-0.5)), np.float32(0.5))
            found[count, 0] = x + np.float32(0.5) + fx
            found[count, 1] = y + np.float32(0.5) + fy
            found[count, 2] = turns * tx
            found[count, 3] = turns * ty
            count += 1
    return found[:count].copy()


@njit(nogil=True, cache=True)
def partner(of, among, reach, cosine):  # type: ignore[no-untyped-def]
    """Finds for each residue the nearest one of the same sense in another view.

    of       (n, 4) float32  x, y, dx, dy
    among    (m, 4) float32  the other view's
    reach    float           px, beyond which nothing counts
    cosine   float           least cosine between the directions
    returns  (n,) int64      number in `among`; -1: none

    Twin: tests/extraction/plain.py
    """
    out = np.full(len(of), -1, np.int64)
    for i in range(len(of)):
        best = reach * reach
        for j in range(len(among)):
            dx = of[i, 0] - among[j, 0]
            dy = of[i, 1] - among[j, 1]
            apart = dx * dx + dy * dy
            if apart < best and of[i, 2] * among[j, 2] + of[i, 3] * among[j, 3] >= cosine:
                best = apart
                out[i] = j
    return out
