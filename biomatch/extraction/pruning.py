"""Drops candidates that are no minutiae by rule: those at the finger's edge, and pairs that undo each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biomatch.extraction.foreground import distance_inside
from biomatch.extraction.minutiae import Candidates
from biomatch.observe import Trace


@dataclass(frozen=True)
class PruneParams:
    border_px: float = 14.0  # 0.7 mm: at the finger's edge all ridges end
    pair_periods: float = 0.8  # an end and its opposite closer than this are a speck, a pore or a nick


def prune(found: Candidates, period: np.ndarray, mask: np.ndarray, params: PruneParams, trace: Trace) -> Candidates:
    """Those far enough from the edge that no opposite undoes."""
    inside = distance_inside(mask)[np.int32(found.y + 0.5), np.int32(found.x + 0.5)] >= params.border_px
    kept = found[inside & ~_undone(found, period, params.pair_periods)]
    trace("kept", kept)
    return kept


def _undone(found: Candidates, period: np.ndarray, limit: float) -> np.ndarray:
    """(n,) bool: members of pairs of opposite sense within `limit` periods; the closest pair goes first."""
    gone = np.zeros(len(found), bool)
    if len(found) < 2:
        return gone
    local = period[np.int32(found.y), np.int32(found.x)]
    apart = np.hypot(found.x[:, None] - found.x, found.y[:, None] - found.y) / local[:, None]
    apart[found.dx[:, None] * found.dx + found.dy[:, None] * found.dy >= 0] = np.inf
    first, second = np.nonzero(np.triu(apart <= limit, 1))
    for k in np.argsort(apart[first, second], kind="stable"):
        i, j = first[k], second[k]
        if not (gone[i] or gone[j]):
            gone[i] = gone[j] = True
    return gone
