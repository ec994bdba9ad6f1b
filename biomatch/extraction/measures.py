"""The measures that quality assesses, taken on the stages of extraction."""

from __future__ import annotations

import cv2
import numpy as np

from biomatch.extraction import twist
from biomatch.extraction.orientation import Flow
from biomatch.extraction.waves import Wave
from biomatch.observe import Trace
from biomatch.quality import Measures
from biomatch.template import Minutiae

PX_PER_MM = 500 / 25.4
SURE = 0.8  # quality from which a minutia is: four in five of them are real
SHRINK = 4  # how clear the ridges are is gathered on every fourth pixel
SIGMA_PX = 10.0  # over one ridge period
CLEAR_COHERENCE = (0.3, 0.8)  # from noise to ridges that run straight
CLEAR_RIDGES = (0.15, 0.45)  # share of the picture's energy, from grain to a clean finger


def of(
    mask: np.ndarray,
    flat: np.ndarray,
    contrast: np.ndarray,
    flow: Flow,
    period: np.ndarray,
    wave: Wave,
    judged: Minutiae,
    trace: Trace,
) -> Measures:
    """Takes the measures of one print.

    mask      (h, w) bool     foreground
    flat      (h, w) float32  normalised picture
    contrast  (h, w) float32  local deviation, grey levels
    period    (h, w) float32  px
    wave      of the strongest view
    """
    area = int(mask.sum())
    if area == 0:
        measures = Measures.nothing()
    else:
        values = flat[mask]
        squares = values * values
        power = float(squares.mean())
        energy = float((wave.even * wave.even + wave.odd * wave.odd)[mask].mean())
        measures = Measures(
            area_mm2=area / PX_PER_MM**2,
            reliable_mm2=_clear(mask, flat, flow.coherence, wave) / PX_PER_MM**2,
            clarity=float(flow.coherence[mask].mean()),
            minutiae=float(judged.quality.sum()),
            sure=float((judged.quality > SURE).sum()),
            doubtful=float((judged.quality < 0.5).sum()) / max(len(judged), 1),
            contrast=float(np.median(contrast[mask])),
            ridges=float(np.sqrt(energy / (power + 1e-9))),
            darkness=float((squares * values).mean()) / (power**1.5 + 1e-9),
            cut=_cut(mask),
            period_px=float(np.median(period[mask])),
            twist=twist.log_odds(period, flow.coherence, mask),
        )
    trace("measures", measures)
    return measures


def _clear(mask: np.ndarray, flat: np.ndarray, coherence: np.ndarray, wave: Wave) -> float:
    """Counts pixels of the foreground, each weighted 0..1 by how straight and how strong the ridges around it are."""
    height, width = mask.shape
    small = (max(1, width // SHRINK), max(1, height // SHRINK))
    ridges, power = (
        cv2.GaussianBlur(cv2.resize(v, small, interpolation=cv2.INTER_AREA), (0, 0), SIGMA_PX / SHRINK)
        for v in (wave.even * wave.even + wave.odd * wave.odd, flat * flat)
    )
    inside = cv2.resize(mask.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST) > 0
    straight = _between(cv2.resize(coherence, small, interpolation=cv2.INTER_AREA), CLEAR_COHERENCE)
    strong = _between(np.sqrt(ridges / (power + 1e-3)), CLEAR_RIDGES)
    return float((straight * strong)[inside].sum()) * (height * width) / (small[0] * small[1])


def _between(values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    return np.clip((values - ends[0]) / (ends[1] - ends[0]), 0, 1)


def _cut(mask: np.ndarray) -> float:
    """Computes the share of the finger's outline that is the border of the image."""
    framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    outline = framed - cv2.erode(framed, np.ones((3, 3), np.uint8))
    outline = outline[1:-1, 1:-1]
    border = int(outline[0].sum() + outline[-1].sum() + outline[1:-1, 0].sum() + outline[1:-1, -1].sum())
    return border / max(int(outline.sum()), 1)
