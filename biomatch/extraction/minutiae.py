"""Candidates for minutiae: the phase residues of all views, each with what every view shows of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.extraction import residues
from biomatch.extraction.orientation import Flow
from biomatch.extraction.waves import Wave
from biomatch.observe import Trace


@dataclass(frozen=True)
class DetectionParams:
    same_px: float = 8.0  # two views' residues closer than one period are the same minutia
    same_cos: float = 0.9  # and their directions within 26 degrees
    behind_periods: float = 0.6  # what lies this far behind the end tells a ridge's end from a valley's


@dataclass(frozen=True, eq=False)
class Candidates:
    """n candidates.

    x, y      (n,) float32    px
    dx, dy    (n,) float32    unit vector, y down: into the ridge or the valley that ends
    ridge     (n,) float32    -1..1: 1 a ridge ends here, -1 a valley (the ridge forks)
    seen      (n, v) float32  px to the same minutia in each of the v views; `same_px` where it does not show it
    opposite  (n, v) float32  periods to the nearest residue of opposite sense in each view, at most 4
    """

    x: np.ndarray
    y: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    ridge: np.ndarray
    seen: np.ndarray
    opposite: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, which: np.ndarray) -> Candidates:
        return Candidates(*(v[which] for v in self.__dict__.values()))


def detect(
    waves: list[Wave], flow: Flow, period: np.ndarray, mask: np.ndarray, params: DetectionParams, trace: Trace
) -> Candidates:
    """The residues of the strongest view, and how the others show them."""
    views = [residues.find(wave.even, wave.odd, flow.tangent, mask) for wave in waves]
    taken = views[-1]
    x, y, dx, dy = (np.ascontiguousarray(v) for v in taken.T)
    seen = np.stack([_nearest(taken, view, params)[0] for view in views], axis=1)
    opposite = np.stack([_nearest(taken, view, params)[1] for view in views], axis=1)
    local = _at(period, x, y)
    found = Candidates(x, y, dx, dy, _ridge(waves, x, y, dx, dy, local, params), seen, np.minimum(opposite / local[:, None], 4))
    trace("candidates", found)
    return found


def _nearest(of: np.ndarray, among: np.ndarray, params: DetectionParams) -> tuple[np.ndarray, np.ndarray]:
    """px from each residue to the nearest of the same sense (at most same_px), and to the nearest of opposite sense."""
    far = np.float32(1e3)
    if not len(among) or not len(of):
        return np.full(len(of), params.same_px, np.float32), np.full(len(of), far)
    distance = np.hypot(of[:, None, 0] - among[None, :, 0], of[:, None, 1] - among[None, :, 1])
    cosine = of[:, None, 2] * among[None, :, 2] + of[:, None, 3] * among[None, :, 3]
    same = np.where(cosine > params.same_cos, distance, far).min(1)
    opposite = np.where(cosine < 0, distance, far).min(1)
    return np.minimum(same, params.same_px), opposite


def _ridge(
    waves: list[Wave], x: np.ndarray, y: np.ndarray, dx: np.ndarray, dy: np.ndarray, period: np.ndarray, params: DetectionParams
) -> np.ndarray:
    """Valley behind and ridge before: 1; ridge behind and valley before: -1."""
    reach = params.behind_periods * period
    wave = waves[-1]
    sides = []
    for sign in (-1, 1):
        even = _at(wave.even, x + sign * reach * dx, y + sign * reach * dy)
        odd = _at(wave.odd, x + sign * reach * dx, y + sign * reach * dy)
        sides.append(even / (np.hypot(even, odd) + 1e-6))
    return np.asarray(0.5 * (sides[0] - sides[1]), np.float32)


def _at(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(n,) float32: the picture at sub-pixel places; the nearest px at its border."""
    if not len(x):
        return np.zeros(0, np.float32)
    points = (np.asarray(x, np.float32).reshape(-1, 1), np.asarray(y, np.float32).reshape(-1, 1))
    return cv2.remap(picture, *points, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
