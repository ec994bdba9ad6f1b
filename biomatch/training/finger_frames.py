"""Real prints in their cores' frames, to which the model "fingers" is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.errors import BiomatchError
from biomatch.evaluation.protocol import Sample
from biomatch.extraction import Extractor, Params
from biomatch.extraction.pipeline import look
from biomatch.imaging import decode
from biomatch.observe import NO_TRACE, Progress
from biomatch.synthesis.fingers import COLUMNS, LEFT_PX, ROWS, STEP_PX, TOP_PX

_SHRINK = 4  # the extractor's flow is kept on every fourth pixel
_RING = np.array([(0, -4), (3, -3), (4, 0), (3, 3), (0, 4), (-3, 3), (-4, 0), (-3, -3)])  # nodes round a core, clockwise
_ANGLES = np.linspace(-np.pi, np.pi, 72, endpoint=False)


@dataclass(frozen=True)
class FrameParams:
    """px at 500 ppi."""

    coherence: float = 0.4  # mean around a core, below which it is noise
    core_nodes: int = 6  # that see the core, at least
    gap_px: tuple[float, float] = (22.0, 140.0)  # of a whorl's cores
    lean: float = 1.2  # rad: the ridges inside a core never lie flatter than 20 degrees
    rings_px: tuple[float, ...] = (14.0, 20.0, 28.0)  # where a core is asked which way it opens
    least_nodes: int = 500  # of the foreground
    deepest_px: float = 60.0  # distances from the edge are cut there


FRAMES = FrameParams()


@dataclass(frozen=True, eq=False)
class Framed:
    """One print in its frame (`synthesis.fingers`).

    cores    0, 1 or 2;  gap px between two
    double   (rows, columns, 2) float32  unit vectors, zero where nothing is known
    mask     (rows, columns) bool;  inside (rows, columns) float32, px from the edge
    x, y, angle, quality  (m,) float64   its minutiae
    """

    set: str
    finger: str
    cores: int
    gap: float
    double: np.ndarray
    mask: np.ndarray
    inside: np.ndarray
    x: np.ndarray
    y: np.ndarray
    angle: np.ndarray
    quality: np.ndarray


def frame_all(
    samples: Sequence[Sample], extractor: Extractor, progress: Progress, params: FrameParams = FRAMES
) -> list[Framed]:
    """Puts prints whose foreground is large enough into their frames, with the minutiae that the extractor finds."""
    numbers = Params()
    out = []
    progress.start("Flows of fingers", len(samples))
    for sample in samples:
        progress.advance(1)
        try:
            image = decode(sample.path.read_bytes(), ppi=sample.ppi)
            seen = look(image, numbers, NO_TRACE)
        except BiomatchError:
            continue
        double = cv2.GaussianBlur(seen.flow.double, (0, 0), 1.0)
        small = (double.shape[1], double.shape[0])
        mask = cv2.resize(seen.mask.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST) > 0
        if np.count_nonzero(mask) < params.least_nodes:
            continue
        minutiae = extractor.measure(image)[0].minutiae
        cores = find_cores(double, cv2.resize(seen.flow.coherence, small), mask, params)
        place = np.stack([minutiae.x, minutiae.y, minutiae.angle, minutiae.quality]).astype(np.float64)
        out.append(framed(sample.set, sample.finger, double, mask, cores, place, params))
    progress.done()
    return out


def find_cores(double: np.ndarray, coherence: np.ndarray, mask: np.ndarray, params: FrameParams = FRAMES) -> list[np.ndarray]:
    """Finds cores (x, y) px of a flow on every fourth pixel, the upper first, by the Poincare index round each node."""
    theta = 0.5 * np.arctan2(double[..., 1], double[..., 0])
    around = [np.roll(theta, (-dy, -dx), (0, 1)) for dx, dy in _RING]
    turn = sum(((b - a + np.pi / 2) % np.pi) - np.pi / 2 for a, b in zip(around, around[1:] + around[:1], strict=True))
    sure = np.mean([np.roll(coherence, (-dy, -dx), (0, 1)) for dx, dy in _RING], axis=0)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((9, 9)), borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
    found = (abs(turn / (2 * np.pi) - 0.5) < 0.1) & inner
    count, labels, stats, centres = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    kept = [
        centres[k] * _SHRINK + 1.5
        for k in range(1, count)
        if stats[k, cv2.CC_STAT_AREA] >= params.core_nodes and sure[labels == k].mean() > params.coherence
    ]
    return sorted(kept, key=lambda at: float(at[1]))


def framed(
    set_name: str, finger: str, double: np.ndarray, mask: np.ndarray, cores: Sequence[np.ndarray], place: np.ndarray,
    params: FrameParams = FRAMES,
) -> Framed:  # fmt: skip
    """Turns a print into its frame; place (4, m): x, y, angle, quality of its minutiae."""
    rows, columns = np.nonzero(mask)
    origin, down, kind, gap = np.array([columns.mean(), rows.mean()]) * _SHRINK - (0, 20), np.pi / 2, 0, 0.0
    if cores:
        origin, opens = cores[0], opening(double, cores[0], params)
        second = [c for c in cores[1:] if params.gap_px[0] < np.hypot(*(c - origin)) < params.gap_px[1]]
        if second:
            dx, dy = second[0] - origin
            kind, gap, down = 2, float(np.hypot(dx, dy)), float(np.arctan2(dy, dx))
        elif abs(opens - np.pi / 2) <= params.lean:
            kind, down = 1, opens
    turn = down - np.pi / 2
    cos, sin = np.cos(turn), np.sin(turn)
    gx, gy = np.meshgrid(LEFT_PX + STEP_PX * np.arange(COLUMNS), TOP_PX + STEP_PX * np.arange(ROWS))
    px, py = origin[0] + gx * cos - gy * sin, origin[1] + gx * sin + gy * cos
    vectors = np.stack([_read(double[..., k], px, py) for k in (0, 1)], axis=-1)
    known = np.hypot(vectors[..., 0], vectors[..., 1])[..., None]
    angle = np.arctan2(vectors[..., 1], vectors[..., 0]) - 2 * turn
    x, y = place[0] - origin[0], place[1] - origin[1]
    return Framed(
        set_name,
        finger,
        kind,
        gap,
        (np.stack([np.cos(angle), np.sin(angle)], axis=-1) * (known > 1e-6)).astype(np.float32),
        _read(mask.astype(np.float32), px, py) > 0.5,
        np.clip(_depth(mask, px, py), -params.deepest_px, params.deepest_px).astype(np.float32),
        x * cos + y * sin,
        y * cos - x * sin,
        place[2] + turn,
        place[3],
    )


def opening(double: np.ndarray, core: np.ndarray, params: FrameParams = FRAMES) -> float:
    """Finds the way in which the ridges inside a core run away from it, rad from x (right) to y (down)."""
    agree = np.zeros(len(_ANGLES))
    for radius in params.rings_px:
        x, y = core[0] + radius * np.cos(_ANGLES), core[1] + radius * np.sin(_ANGLES)
        c, s = (_read(double[..., k], x[None], y[None])[0] for k in (0, 1))
        along = np.cos(2 * (0.5 * np.arctan2(s, c) + np.pi / 2 - _ANGLES))
        agree += along + 0.5 * (np.roll(along, 1) + np.roll(along, -1))
    return float(_ANGLES[agree.argmax()])


def _read(small: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Reads a picture on every fourth pixel at px; 0 outside."""
    u, v = (((p - 1.5) / _SHRINK).astype(np.float32) for p in (x, y))
    return np.asarray(
        cv2.remap(small.astype(np.float32), u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    )


def _depth(mask: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Measures px from the edge of the mask, negative outside."""
    room = 90
    wide = np.pad(mask.astype(np.uint8), room)
    inner, outer = (cv2.distanceTransform(m, cv2.DIST_L2, 3) for m in (wide, 1 - wide))
    u, v = (((p - 1.5) / _SHRINK + room).astype(np.float32) for p in (x, y))
    signed = ((inner - outer) * _SHRINK).astype(np.float32)
    return np.asarray(cv2.remap(signed, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
