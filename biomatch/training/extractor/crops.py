"""Crops: parts of labelled prints, turned, stretched and spoilt at random, and what the network shall answer to them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.extraction.learned_input import planes
from biomatch.synthesis import degrade
from biomatch.template import ENDING
from biomatch.training.extractor.labelled import ANGLE_STEPS, GRID, PERIOD_STEPS, LabelledPrint


@dataclass(frozen=True)
class CropParams:
    side_px: int = 192
    margin_px: int = 16  # of picture around the crop, so that its edge is normalised like its middle
    scale_sd: float = 0.06  # of the logarithm: fingers differ, and ppi are wrong by a few percent
    bend_px: float = 5.0  # skin gives way by so much, usual
    bend_grain_px: int = 64
    spoilt: float = 0.75  # of real crops; synthetic ones were spoilt when they were made
    spoilt_synthetic: float = 0.5
    heat_sigma: float = 1.1  # cells
    unsure_cells: float = 2.2  # around a minutia that nobody knows of, nothing is learned
    edge_px: int = 10  # so near the foreground's edge a minutia is not sure
    stray: float = 0.06  # of crops lie anywhere, not on the finger
    inverted: float = 0.04  # of crops have bright ridges, as some latents: what ended forks, and the other way round


PARAMS = CropParams()


@dataclass(frozen=True, eq=False)
class Crop:
    """The input of the network and the answer that it shall give, s being the side in px.

    planes  (2, s, s) float32        see extraction.learned_input
    heat    (2, s/4, s/4) float32    1 on minutiae, falling off; and its weight
    places  (6, s/4, s/4) float32    dx, dy to the minutia in cells, its direction (x, y down), 1 for an ending; and the weight
    ridges  (5, s/8, s/8) float32    foreground; cos and sin of twice the direction, log(period / 9); and the weight of these
    """

    planes: np.ndarray
    heat: np.ndarray
    places: np.ndarray
    ridges: np.ndarray


def cut(one: LabelledPrint, rng: np.random.Generator, params: CropParams = PARAMS) -> Crop:
    """Cuts a crop of the print, drawn at random."""
    whole = params.side_px + 2 * params.margin_px
    at = _frame(one, whole, rng, params)
    pixels = cv2.remap(
        one.pixels, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=one.empty
    )
    height, width = one.pixels.shape
    outside = None
    if rng.random() < 0.5:  # as beyond the image's border
        outside = (at[..., 0] < 0) | (at[..., 1] < 0) | (at[..., 0] > width - 1) | (at[..., 1] > height - 1)
    share = params.spoilt if one.real else params.spoilt_synthetic
    if rng.random() < share:
        pixels = spoil(pixels, rng)
    inverted = rng.random() < params.inverted
    if inverted:
        pixels = 255 - pixels
    inner = slice(params.margin_px, params.margin_px + params.side_px)
    given = planes(pixels)
    if outside is not None:
        given[:, outside] = 0
    inside = np.ascontiguousarray(at[inner, inner])
    foreground = _sampled(one.foreground, inside, 8) / np.float32(255)
    heat, places = _minutiae(one, inside, inverted, params)
    return Crop(np.ascontiguousarray(given[:, inner, inner]), heat, places, _ridges(one, inside, foreground))


def _frame(one: LabelledPrint, side: int, rng: np.random.Generator, params: CropParams) -> np.ndarray:
    """Draws a frame: the print's px at each px of the crop, (side, side, 2) float32."""
    height, width = one.pixels.shape
    inside = np.flatnonzero(one.foreground > 127)
    if len(inside) and rng.random() >= params.stray:
        row, column = divmod(int(rng.choice(inside)), one.foreground.shape[1])
        centre = np.array([column, row]) * GRID + rng.normal(0, 12, 2)
    else:
        centre = rng.uniform(0, 1, 2) * (width, height)
    turn, scale = rng.uniform(0, 2 * np.pi), float(np.exp(rng.normal(0, params.scale_sd)))
    c, s = np.cos(turn) * scale, np.sin(turn) * scale
    mirror = int(rng.choice([-1, 1]))  # a mirrored finger is as natural as a finger
    x, y = _middled(side)
    grains = side // params.bend_grain_px + 3
    coarse = rng.normal(0, params.bend_px * rng.uniform(0, 1), (grains, grains, 2)).astype(np.float32)
    bend = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    turned = np.array([[c * mirror, s * mirror], [-s, c]], np.float32)
    at: np.ndarray = bend + (centre.astype(np.float32) + x[..., None] * turned[0] + y[..., None] * turned[1])
    return at


@functools.cache
def _middled(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns x (1, side) and y (side, 1), counted from the middle."""
    away = np.arange(side, dtype=np.float32) - np.float32((side - 1) / 2)
    return away[None, :], away[:, None]


def _sampled(small: np.ndarray, at: np.ndarray, step: int) -> np.ndarray:
    """Reads a map kept on every fourth px at the middle of every cell of `step` px of the crop."""
    middle = step // 2
    part = (at[middle::step, middle::step] - (GRID - 1) / 2) / GRID
    return cv2.remap(small, np.ascontiguousarray(part[..., 0]), np.ascontiguousarray(part[..., 1]), cv2.INTER_LINEAR)


def _ridges(one: LabelledPrint, at: np.ndarray, foreground: np.ndarray) -> np.ndarray:
    """Makes the second answer: directions and periods are carried by the Jacobian of the frame."""
    part = (at[4::8, 4::8] - (GRID - 1) / 2) / GRID
    x, y = (np.rint(part[..., k]).astype(int) for k in (0, 1))
    inside = (x >= 0) & (y >= 0) & (x < one.angle.shape[1]) & (y < one.angle.shape[0])
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    period = one.period[y, x].astype(np.float32) / PERIOD_STEPS
    known = inside & (period > 0)
    angle = one.angle[y, x] * np.float32(np.pi / ANGLE_STEPS)
    across = np.stack([-np.sin(angle), np.cos(angle)], -1) / np.maximum(period, 1)[..., None]
    down, right = np.gradient(at[4::8, 4::8], 8, axis=(0, 1))
    wave = np.stack([(right * across).sum(-1), (down * across).sum(-1)], -1)
    rate = np.hypot(wave[..., 0], wave[..., 1]) + 1e-6
    double = 2 * (np.arctan2(wave[..., 1], wave[..., 0]) + np.pi / 2)
    weight = np.where(known & (foreground > 0.5), 1, 0)
    covered = np.where(inside, foreground, 0)
    return np.stack([covered, np.cos(double), np.sin(double), -np.log(9 * rate), weight]).astype(np.float32)


def _minutiae(one: LabelledPrint, at: np.ndarray, inverted: bool, params: CropParams) -> tuple[np.ndarray, np.ndarray]:
    """Makes heat and places of the first answer."""
    cells = params.side_px // 4
    heat = np.zeros((2, cells, cells), np.float32)
    heat[1] = 1
    places = np.zeros((6, cells, cells), np.float32)
    m = one.minutiae
    if not len(m):
        return heat, places
    tips = m[:, :2] + 3 * np.stack([np.cos(m[:, 2]), -np.sin(m[:, 2])], -1)
    where = _found_in(at, np.concatenate([m[:, :2], tips]))
    place, tip = where[: len(m)], where[len(m) :]
    direction = tip - place
    direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-6
    cell = (place - 1.5) / 4
    near = (cell > -3).all(1) & (cell < cells + 2).all(1)
    sure = (m[:, 4] > 0.5) & ~_at_edge(one, m, params)
    nearest = np.full((cells, cells), np.inf, np.float32)
    for k in np.flatnonzero(near & sure):
        part, dx, dy = _around(cell[k], 4, cells)
        away = dx * dx + dy * dy
        own = away < nearest[part]
        nearest[part] = np.where(own, away, nearest[part])
        close = own & (away < 2.6)
        dx, dy = np.broadcast_to(dx, close.shape), np.broadcast_to(dy, close.shape)
        for channel, value in enumerate((dx, dy, direction[k, 0], direction[k, 1], float((m[k, 3] == ENDING) != inverted))):
            places[channel][part] = np.where(close, value, places[channel][part])
        places[5][part] = np.where(close, np.exp(-away / 2), places[5][part])
    heat[0] = np.exp(-nearest / (2 * params.heat_sigma**2))
    at_peak = np.rint(cell[near & sure]).astype(int)
    at_peak = at_peak[((at_peak >= 0) & (at_peak < cells)).all(1)]
    heat[0, at_peak[:, 1], at_peak[:, 0]] = 1
    for k in np.flatnonzero(near & ~sure):
        part, dx, dy = _around(cell[k], 3, cells)
        unknown = (np.hypot(dx, dy) < params.unsure_cells) & (heat[0][part] < 0.5)
        heat[1][part] = np.where(unknown, 0, heat[1][part])
    return heat, places


def _around(cell: np.ndarray, reach: int, cells: int) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Returns the cells around a place, and how far it lies from each of them, (1, w) and (h, 1)."""
    first = np.clip(np.rint(cell).astype(int) - reach, 0, cells)
    last = np.clip(np.rint(cell).astype(int) + reach + 1, 0, cells)
    dx = cell[0] - np.arange(first[0], last[0], dtype=np.float32)
    dy = cell[1] - np.arange(first[1], last[1], dtype=np.float32)
    return (slice(first[1], last[1]), slice(first[0], last[0])), dx[None, :], dy[:, None]


def _at_edge(one: LabelledPrint, m: np.ndarray, params: CropParams) -> np.ndarray:
    reach = 2 * round(params.edge_px / GRID) + 1
    framed = cv2.copyMakeBorder((one.foreground > 127).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    inner = cv2.erode(framed, np.ones((reach, reach), np.uint8))[1:-1, 1:-1]
    row = np.clip((m[:, 1] / GRID).astype(int), 0, inner.shape[0] - 1)
    column = np.clip((m[:, 0] / GRID).astype(int), 0, inner.shape[1] - 1)
    return inner[row, column] == 0


def _found_in(at: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Finds where points of the print lie in the crop, (n, 2); the frame is smooth, so Newton's method finds them at once."""
    side = at.shape[0]
    middle = side // 2
    jacobian = np.stack([at[middle, -1] - at[middle, 0], at[-1, middle] - at[0, middle]], 1) / (side - 1)
    back = np.linalg.inv(jacobian)
    found = (points - at[middle, middle]) @ back.T + middle
    for _ in range(4):
        inside = np.clip(found, 0, side - 1).astype(np.float32)
        seen = cv2.remap(at, inside[:, None, 0].copy(), inside[:, None, 1].copy(), cv2.INTER_LINEAR)[:, 0]
        seen = seen + (found - inside) @ jacobian.T
        found = found + (points - seen) @ back.T
    return np.asarray(found, np.float32)


def spoil(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Spoils a crop (h, w) uint8: wet or dry, dragged, faint, soft, noisy, scratched, partly covered, on another ground; each
    at times."""
    mood = rng.random()
    if mood < 0.25:
        pixels = degrade.wet(pixels, rng, float(rng.uniform(0.1, 1.0)))
    elif mood < 0.5:
        pixels = degrade.dry(pixels, rng, float(rng.uniform(0.1, 1.0)))
    if rng.random() < 0.15:
        pixels = degrade.smudge(pixels, rng, float(rng.uniform(0.1, 0.8)))
    if rng.random() < 0.5:
        pixels = degrade.flatten(pixels, rng, float(rng.uniform(0, 1)))
    if rng.random() < 0.3:
        pixels = cv2.GaussianBlur(pixels, (0, 0), float(rng.uniform(0.4, 1.5)))
    grey: np.ndarray = pixels.astype(np.float32)
    if rng.random() < 0.4:
        grey = 255 * (np.clip(grey, 0, 255) / 255) ** float(np.exp(rng.normal(0, 0.35)))
    if rng.random() < 0.12:
        grey = grey + _ground(rng, *grey.shape)
    if rng.random() < 0.15:
        _scratch(grey, rng)
    if rng.random() < 0.08:
        _cover(grey, rng)
    if rng.random() < 0.7:
        grey = grey + float(rng.gamma(1.5, 4.0)) * rng.standard_normal(grey.shape, dtype=np.float32)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def _ground(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    turn, gap = rng.uniform(0, np.pi), rng.uniform(7, 36)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    across = (
        x * np.float32(np.sin(turn)) + y * np.float32(np.cos(turn)) + 0.3 * gap * degrade.smooth_noise(rng, height, width, 60)
    )
    lines = rng.uniform(0, 22) * np.tanh(2 * np.sin(2 * np.pi / gap * across))
    return np.asarray(lines + rng.uniform(0, 14) * degrade.smooth_noise(rng, height, width, 50), np.float32)


def _scratch(grey: np.ndarray, rng: np.random.Generator) -> None:
    height, width = grey.shape
    for _ in range(int(rng.integers(1, 5))):
        ends = rng.uniform(0, 1, 4) * (width, height, width, height)
        shade = float(rng.choice([0, 255], p=[0.3, 0.7]))
        x0, y0, x1, y1 = (int(v) for v in ends)
        cv2.line(grey, (x0, y0), (x1, y1), shade, int(rng.integers(1, 4)), cv2.LINE_AA)


def _cover(grey: np.ndarray, rng: np.random.Generator) -> None:
    height, width = grey.shape
    x, y = rng.uniform(0, 1, 2) * (width, height)
    a, b = rng.uniform(8, 45, 2)
    cv2.ellipse(grey, (int(x), int(y)), (int(a), int(b)), float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0, 255)), -1)
