"""Reads minutiae from the network's map of heat: its peaks, each moved to where the network says that the minutia lies."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.extraction.foreground import distance_inside
from biomatch.extraction.minutia_quality import JudgementParams
from biomatch.observe import Trace
from biomatch.template import BIFURCATION, ENDING, Minutiae

CELL = 4  # px
MIDDLE = 1.5  # px: from a cell's first px to its middle


@dataclass(frozen=True)
class HeatParams:
    border_px: float = 4.0  # so near the finger's edge all ridges end
    same_px: float = 6.0  # two peaks nearer than two thirds of a period are one minutia
    same_cos: float = 0.5  # where they point within 60 degrees


def read(
    answer: np.ndarray, left: int, top: int, mask: np.ndarray, judgement: JudgementParams, params: HeatParams, trace: Trace
) -> Minutiae:
    """Reads minutiae with their quality, best first.

    answer     (6, h/4, w/4) float32  logit of the heat; dx, dy in cells; cosine and sine, y down; logit of an ending
    left, top  px of the picture at the answer's first px
    mask       (h', w') bool          foreground of the whole picture
    """
    # of 64 bits: NumPy's functions of 32 have other last bits with AVX-512 than without
    heat = (1 / (1 + np.exp(-answer[0], dtype=np.float64))).astype(np.float32)
    peak = (heat == cv2.dilate(heat, np.ones((3, 3), np.uint8))) & (heat >= judgement.least)
    row, column = np.nonzero(peak)
    quality, dx, dy, cosine, sine, ending = (v[row, column] for v in (heat, *answer[1:]))
    x = left + CELL * (column + np.clip(dx, -1.5, 1.5)) + MIDDLE
    y = top + CELL * (row + np.clip(dy, -1.5, 1.5)) + MIDDLE
    height, width = mask.shape
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    inside = distance_inside(mask)[np.rint(y).astype(int), np.rint(x).astype(int)]
    order = np.argsort(-quality, kind="stable")
    order = order[inside[order] >= params.border_px][: 4 * judgement.most]
    cosine, sine = cosine.astype(np.float64), sine.astype(np.float64)
    length = np.hypot(cosine, sine) + 1e-9
    table = np.stack([x, y, cosine / length, sine / length], axis=1)[order]
    kept = order[_first_of_each(table, params)][: judgement.most]
    found = Minutiae.of(
        x[kept], y[kept], np.arctan2(-sine[kept], cosine[kept]), np.where(ending[kept] >= 0, ENDING, BIFURCATION), quality[kept]
    )
    trace("heat", heat)
    trace("minutiae", found)
    return found


def _first_of_each(table: np.ndarray, params: HeatParams) -> np.ndarray:
    """Tells which rows no better one is the same as, (n,) bool; table (n, 4): x, y, and unit vector, best first."""
    apart = np.hypot(table[:, None, 0] - table[:, 0], table[:, None, 1] - table[:, 1])
    alike = (apart < params.same_px) & (table[:, 2:] @ table[:, 2:].T > params.same_cos)
    kept = np.ones(len(table), bool)
    for k in np.flatnonzero(np.tril(alike, -1).any(1)):
        kept[k] = not (alike[k, :k] & kept[:k]).any()
    return kept
