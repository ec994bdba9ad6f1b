"""Candidates for minutiae: the phase residues of all views, each minutia once."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.extraction import residues
from biomatch.extraction.foreground import distance_inside
from biomatch.extraction.orientation import Flow
from biomatch.extraction.sampling import at, at_small
from biomatch.extraction.waves import Wave
from biomatch.observe import Trace


@dataclass(frozen=True)
class DetectionParams:
    same_px: float = 8.0  # residues of two views closer than a period are the same minutia
    same_cos: float = 0.87  # and their directions within 30 degrees
    border_px: float = 6.0  # a third of a mm: nearer the finger's edge all ridges end
    ahead_periods: float = 0.6  # directions are read this far along: at the end itself ridges give way to it
    direction_sigma_px: float = 4.0  # and averaged over half a period
    most_a_view: int = 20_000  # residues; only noise as large as a palm has more, and then its middle counts
    most: int = 3_000  # candidates, those of strong views first: thirty times what a plain print has


@dataclass(frozen=True, eq=False)
class Candidates:
    """n candidates, those of the strongest view first.

    x, y    (n,) float32     px, from the lightest view that shows it
    dx, dy  (n,) float32     unit vector, y down: into the ridge or the valley that ends
    inside  (n,) float32     px to the edge of the foreground
    views   v of (m, 4)      all residues of each view, the lightest first: x, y, dx, dy
    """

    x: np.ndarray
    y: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    inside: np.ndarray
    views: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.x)


def detect(
    waves: list[Wave], flow: Flow, period: np.ndarray, mask: np.ndarray, params: DetectionParams, trace: Trace
) -> Candidates:
    """Finds residues of the strongest view, then of each lighter one what no stronger one shows; positions from the
    lightest."""
    inside = distance_inside(mask)
    found = [residues.find(wave.even, wave.odd, flow.tangent, mask) for wave in waves]
    views = tuple(_well_inside(view, inside[_pixel(view)], params) for view in found)
    taken = views[-1]
    for view in views[-2::-1]:
        new = residues.partner(view, taken, params.same_px, params.same_cos) < 0
        partner = residues.partner(taken, view, params.same_px, params.same_cos)
        first = np.zeros(len(taken), bool)  # two of a stronger view may share one partner: they are one minutia
        first[np.unique(np.where(partner >= 0, partner, -1 - np.arange(len(taken))), return_index=True)[1]] = True
        moved = np.where((partner >= 0)[:, None], view[partner], taken) if len(view) else taken
        taken = np.concatenate((moved[first], view[new]))
    taken = np.ascontiguousarray(taken[: params.most].T)
    x, y, dx, dy = taken
    dx, dy = _directions(x, y, dx, dy, flow, period, params)
    candidates = Candidates(x, y, dx, dy, inside[_pixel(taken.T)], views)
    trace("candidates", candidates)
    return candidates


def _directions(
    x: np.ndarray, y: np.ndarray, dx: np.ndarray, dy: np.ndarray, flow: Flow, period: np.ndarray, params: DetectionParams
) -> tuple[np.ndarray, np.ndarray]:
    """Returns unit vectors along the flow ahead of each residue, on its side."""
    reach = params.ahead_periods * at(period, x, y)
    smooth = cv2.GaussianBlur(flow.double, (0, 0), params.direction_sigma_px / 4)
    c, s = (at_small(smooth[..., k], period.shape, x + reach * dx, y + reach * dy) for k in range(2))
    angle = 0.5 * np.arctan2(s, c) + np.float32(np.pi / 2)  # the doubled vector is that of the gradient
    tx, ty = np.cos(angle), np.sin(angle)
    sign = np.where(tx * dx + ty * dy < 0, -1, 1).astype(np.float32)
    return tx * sign, ty * sign


def _well_inside(view: np.ndarray, inside: np.ndarray, params: DetectionParams) -> np.ndarray:
    kept = np.flatnonzero(inside >= params.border_px)
    if len(kept) > params.most_a_view:
        kept = np.sort(kept[np.argsort(-inside[kept], kind="stable")[: params.most_a_view]])
    return view[kept]


def _pixel(residue: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns row and column under each residue."""
    return (residue[:, 1] + 0.5).astype(np.int32), (residue[:, 0] + 0.5).astype(np.int32)
