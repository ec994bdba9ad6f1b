"""The motion of skin when a finger is pressed down: rigid motion, and the elastic distortion around the contact area.

Both are maps of the plane with a forward and an inverse side: truth (minutiae) goes forward, images are read backward
through `reading_map` and `cv2.remap`.

Source: Cappelli, Maio, Maltoni, "Modelling plastic distortion in fingerprint images", ICAPR 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from biomatch.template import Minutiae


class PlaneMap(Protocol):
    """A map of the plane that can be undone. Points are (n, 2) float64, px, y down."""

    def forward(self, points: np.ndarray) -> np.ndarray: ...

    def inverse(self, points: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Motion:
    """Turn about a centre, then shift.

    turn     radians, counter-clockwise as seen (y up), as the angles of minutiae
    centre   (x, y) px
    shift    (dx, dy) px
    """

    turn: float
    centre: tuple[float, float]
    shift: tuple[float, float] = (0.0, 0.0)

    def forward(self, points: np.ndarray) -> np.ndarray:
        centre = np.asarray(self.centre)
        moved: np.ndarray = (points - centre) @ _rotation(self.turn).T + centre + np.asarray(self.shift)
        return moved

    def inverse(self, points: np.ndarray) -> np.ndarray:
        centre = np.asarray(self.centre)
        moved: np.ndarray = (points - np.asarray(self.shift) - centre) @ _rotation(-self.turn).T + centre
        return moved


@dataclass(frozen=True)
class SkinDistortion:
    """The skin that touches the sensor stays; the finger moves on by `turn` and `shift`, and the skin between gives way.

    centre   (x, y) px of the contact ellipse, about which the finger turns
    radii    (x, y) px, half axes of the area that sticks
    turn     radians, counter-clockwise as seen
    shift    (dx, dy) px
    give     width of the zone that gives way, in units of the ellipse; larger: softer skin
    """

    centre: tuple[float, float]
    radii: tuple[float, float]
    turn: float
    shift: tuple[float, float]
    give: float

    def forward(self, points: np.ndarray) -> np.ndarray:
        moved: np.ndarray = points + self._displacement(points)
        return moved

    def inverse(self, points: np.ndarray) -> np.ndarray:
        """Inverts the distortion by fixed-point iteration, which converges because `steepness` is kept under one."""
        found = points.astype(np.float64)
        for _ in range(_INVERSE_STEPS):
            found = points - self._displacement(found)
        return found

    def steepness(self, width: int, height: int) -> float:
        """Finds the largest change of displacement a px, over an image. From 1 on the skin would fold."""
        points = _lattice(width, height)
        shape = (*_lattice_shape(width, height), 2)
        field = self._displacement(points).reshape(shape)
        down, right = np.gradient(field, _LATTICE_PX, axis=(0, 1))
        norms = np.linalg.norm(np.stack([right, down], axis=-1), ord=2, axis=(-2, -1))
        return float(norms.max())

    def _displacement(self, points: np.ndarray) -> np.ndarray:
        away = points - np.asarray(self.centre)
        ellipse = np.hypot(away[:, 0] / self.radii[0], away[:, 1] / self.radii[1])
        beyond = np.clip((ellipse - 1) / self.give, 0, 1)
        share = 0.5 * (1 - np.cos(np.pi * beyond))
        whole = away @ (_rotation(self.turn) - np.eye(2)).T + np.asarray(self.shift)
        moved: np.ndarray = share[:, None] * whole
        return moved


@dataclass(frozen=True)
class DistortionParams:
    """The force with which fingers are pressed and dragged, at strength 1. Ranges of the paper, and of what looks natural."""

    turn_sd: float = 0.06  # rad: 3.4 degrees; with a cut at 2.2 sd this reaches the paper's 8 degrees
    shift_sd_px: float = 7.0  # 0.35 mm; reaches 15 px
    cut_sd: float = 2.2  # beyond it a subject would be asked to press again
    radius_x_px: tuple[float, float] = (55.0, 110.0)  # the part that sticks: a third to a half of the contact area
    radius_y_px: tuple[float, float] = (70.0, 140.0)
    give: tuple[float, float] = (0.6, 2.0)  # the paper's range of skin plasticity
    off_centre_px: float = 20.0  # the pressure's centre is seldom the image's
    steepest: float = 0.45  # px a px; ridges on real prints are not stretched or squeezed by more than about half


DISTORTION = DistortionParams()

_INVERSE_STEPS = 24  # 0.45 to the 24th of 30 px is 1e-7 px
_LATTICE_PX = 4


def random_distortion(
    rng: np.random.Generator, width: int, height: int, strength: float = 1.0, params: DistortionParams = DISTORTION
) -> SkinDistortion:
    """Draws a distortion for an image of (width, height) px; never folds. Strength 0 is the identity, 1 usual, 2 severe."""
    turn, dx, dy = np.clip(rng.standard_normal(3), -params.cut_sd, params.cut_sd)
    off = rng.normal(0, params.off_centre_px, 2)
    centre = (float(width / 2 + off[0]), float(height / 2 + off[1]))
    radii = (rng.uniform(*params.radius_x_px), rng.uniform(*params.radius_y_px))
    give = rng.uniform(*params.give)
    turn, dx, dy = strength * np.array([turn * params.turn_sd, dx * params.shift_sd_px, dy * params.shift_sd_px])
    wanted = SkinDistortion(centre, radii, float(turn), (float(dx), float(dy)), give)
    tame = min(1.0, params.steepest / max(wanted.steepness(width, height), 1e-9))
    return SkinDistortion(centre, radii, float(turn * tame), (float(dx * tame), float(dy * tame)), give)


def carry(minutiae: Minutiae, maps: Sequence[PlaneMap], width: int, height: int) -> Minutiae:
    """Moves minutiae by the maps, first to last; directions turn by the Jacobian; those outside (width, height) are dropped."""
    points = np.stack([minutiae.x, minutiae.y], axis=1).astype(np.float64)
    ahead = points + _TIP_PX * np.stack([np.cos(minutiae.angle), -np.sin(minutiae.angle)], axis=1)
    behind = 2 * points - ahead
    for one in maps:
        points, ahead, behind = one.forward(points), one.forward(ahead), one.forward(behind)
    along = ahead - behind
    angle = np.arctan2(-along[:, 1], along[:, 0])
    inside = (points[:, 0] >= 0) & (points[:, 1] >= 0) & (points[:, 0] <= width - 1) & (points[:, 1] <= height - 1)
    return Minutiae.of(points[inside, 0], points[inside, 1], angle[inside], minutiae.kind[inside], minutiae.quality[inside])


def reading_map(maps: Sequence[PlaneMap], width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Finds where each pixel of an image of (width, height) px comes from: two (height, width) float32, for `cv2.remap`."""
    points = _lattice(width, height).astype(np.float64)
    for one in reversed(maps):
        points = one.inverse(points)
    coarse = points.reshape(*_lattice_shape(width, height), 2).astype(np.float32)
    scale = np.array([[1 / _LATTICE_PX, 0, 0], [0, 1 / _LATTICE_PX, 0]])
    fine = cv2.warpAffine(coarse, scale, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.ascontiguousarray(fine[..., 0]), np.ascontiguousarray(fine[..., 1])


def warp(image: np.ndarray, maps: Sequence[PlaneMap], width: int, height: int, outside: float) -> np.ndarray:
    """Warps the image (h, w), uint8 or float32, as the maps move it, (height, width); `outside` where nothing was."""
    x, y = reading_map(maps, width, height)
    return cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=outside)


_TIP_PX = 1.0  # how far along a minutia's direction its Jacobian is measured


def _rotation(turn: float) -> np.ndarray:
    """Returns a rotation, counter-clockwise as seen, in coordinates with y down."""
    c, s = np.cos(turn), np.sin(turn)
    return np.array([[c, s], [-s, c]])


def _lattice_shape(width: int, height: int) -> tuple[int, int]:
    return (height - 1) // _LATTICE_PX + 2, (width - 1) // _LATTICE_PX + 2


def _lattice(width: int, height: int) -> np.ndarray:
    rows, columns = _lattice_shape(width, height)
    y, x = np.mgrid[0:rows, 0:columns] * _LATTICE_PX
    return np.stack([x.ravel(), y.ravel()], axis=1)
