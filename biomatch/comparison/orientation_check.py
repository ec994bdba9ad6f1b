"""Step three, first part: do the two ridge flows agree where both prints were seen?"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def flow_agreement(laid: np.ndarray, reference: np.ndarray, cell: int) -> tuple[float, float]:
    """Measures the agreement of the flows of two ridge pictures that lie on each other, over every second row of each cell.

    laid, reference  (h, w) float32  0 outside their masks
    cell             px, side of the squares in which a flow is measured
    returns          mean over the cells seen in both of cos 2(difference), weighted by both coherences; and the share of
                     those cells within 15 degrees. (0, 0) where no cell is seen in both

    Flow by the structure tensor (Kass and Witkin 1987). Twin: tests/comparison/plain.py
    """
    h, w = laid.shape
    total, weight = 0.0, 0.0
    close = seen = 0
    for top in range(1, h - cell, cell):
        for left in range(1, w - cell, cell):
            if reference[top + cell // 2, left + cell // 2] == 0 or laid[top + cell // 2, left + cell // 2] == 0:
                continue
            ac = as_ = ae = bc = bs = be = np.float32(0)
            for y in range(top, top + cell, 2):
                for x in range(left, left + cell):
                    gx, gy = laid[y, x + 1] - laid[y, x - 1], laid[y + 1, x] - laid[y - 1, x]
                    ac += gx * gx - gy * gy
                    as_ += 2 * gx * gy
                    ae += gx * gx + gy * gy
                    gx, gy = reference[y, x + 1] - reference[y, x - 1], reference[y + 1, x] - reference[y - 1, x]
                    bc += gx * gx - gy * gy
                    bs += 2 * gx * gy
                    be += gx * gx + gy * gy
            a, b = math.sqrt(ac * ac + as_ * as_), math.sqrt(bc * bc + bs * bs)
            if a <= 0 or b <= 0:
                continue
            agreement = (ac * bc + as_ * bs) / (a * b)
            sure = (a / ae) * (b / be)
            total += float(sure * agreement)
            weight += float(sure)
            seen += 1
            close += int(agreement > 0.866)
    if seen == 0:
        return 0.0, 0.0
    return total / weight, close / seen
