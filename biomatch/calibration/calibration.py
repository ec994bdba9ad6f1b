"""The model "calibration": raw scores of a pair of prints to a score and a likelihood ratio, and how fingers add up."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from biomatch.calibration.classes import COUNT_CLASSES, IMPRESSIONS, count_class
from biomatch.calibration.fingers import FingerFusion
from biomatch.calibration.llr import LlrLine
from biomatch.calibration.score_to_fmr import FmrCurve
from biomatch.calibration.stretch import NONE, Stretch
from biomatch.learned import Models, shipped

MOST_A_MINUTIA = 8.0  # score units: what one minutia of the smaller print can tell, some 2.7 bits
STAGES = ("minutiae", "ridges", "foreign")  # raw scores: of minutiae, of these with the ridge pictures, of foreign minutiae


@dataclass(frozen=True, eq=False)
class Calibrated:
    """score (m,) -10 log10 FMR; llr (m,) log10; extrapolated (m,) bool."""

    score: np.ndarray
    llr: np.ndarray
    extrapolated: np.ndarray


class Calibration:
    """Curves and lines by stage, impression class and count class.

    stretches  by stage and impression class: of a calibration that was fitted to a sensor of its own; none where left out
    """

    def __init__(self, curves: Mapping[tuple[str, int, int], FmrCurve], lines: Mapping[tuple[str, int, int], LlrLine],
                 fingers: FingerFusion, stretches: Mapping[tuple[str, int], Stretch] | None = None):  # fmt: skip
        self._curves, self._lines, self.fingers = curves, lines, fingers
        self._stretches = stretches or {}

    @cached_property
    def shown(self) -> float:
        """The highest score that non-mated pairs of any class show: a rate below that is extrapolated, wherever it comes
        from."""
        return max(float(self.stretch(stage, i)(np.array(curve.shown))) for (stage, i, _), curve in self._curves.items())

    def stretch(self, stage: str, impression: int) -> Stretch:
        return self._stretches.get((stage, impression), NONE)

    def adapted(
        self, stretches: Mapping[tuple[str, int], Stretch], turns: Mapping[tuple[str, int], tuple[float, float]]
    ) -> Calibration:
        """Returns the same for another sensor.

        stretches  of scores, by stage and impression class
        turns      by the same: offset and slope of the log10 likelihood ratio in that of this calibration; limits stay
        """
        lines = {}
        for (stage, i, c), line in self._lines.items():
            offset, slope = turns.get((stage, i), (0.0, 1.0))
            lines[stage, i, c] = replace(line, slope=slope * line.slope, offset=offset + slope * line.offset)
        return Calibration(self._curves, lines, self.fingers, stretches)

    def line(self, stage: str, impression: int, count: int) -> LlrLine:
        """Returns the line of a count class."""
        return self._lines[stage, impression, count]

    @classmethod
    def of(cls, models: Models | None = None) -> Calibration:
        """Reads the model "calibration". Raises ModelMissing, ModelDamaged."""
        arrays = (models or shipped()).arrays("calibration")
        curves, lines = {}, {}
        for key in _keys():
            name = _name(key)
            tail, line = arrays[f"{name}_tail"], arrays[f"{name}_llr"]
            curves[key] = FmrCurve(arrays[f"{name}_raw"], arrays[f"{name}_score"], float(tail[0]), float(tail[1]))
            lines[key] = LlrLine(*(float(v) for v in line))
        stretches = {
            (stage, i): Stretch(*(float(v) for v in arrays[name])) for stage, i, name in _stretched() if name in arrays
        }
        return cls(curves, lines, FingerFusion(float(arrays["gallery"][-1])), stretches)

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns the arrays of a model file, for `of`."""
        out: dict[str, np.ndarray] = {"gallery": np.array(dataclasses.astuple(self.fingers), np.float64)}
        for key in _keys():
            name, curve = _name(key), self._curves[key]
            out[f"{name}_raw"], out[f"{name}_score"] = curve.raw, curve.score
            out[f"{name}_tail"] = np.array([curve.slope, curve.seen])
            out[f"{name}_llr"] = np.array(dataclasses.astuple(self._lines[key]))
        out |= {
            name: np.array(dataclasses.astuple(self._stretches[stage, i]))
            for stage, i, name in _stretched()
            if (stage, i) in self._stretches
        }
        return out

    def __call__(self, stage: str, raw: np.ndarray, fewer: Sequence[int] | np.ndarray, impression: int) -> Calibrated:
        """Calibrates raw scores.

        stage       of `STAGES`
        raw         (m,) float64
        fewer       (m,) minutiae of the smaller template of each pair
        impression  class, as `impression_class` gives it
        """
        raw, fewer = np.asarray(raw, np.float64), np.asarray(fewer)
        number = count_class(fewer)
        score, llr = np.zeros(len(raw)), np.zeros(len(raw))
        beyond = np.zeros(len(raw), bool)
        for c in np.unique(number):
            own = number == c
            curve, line = self._curves[stage, impression, int(c)], self._lines[stage, impression, int(c)]
            score[own], beyond[own], llr[own] = curve(raw[own]), curve.extrapolated(raw[own]), line(raw[own])
        score = self.stretch(stage, impression)(score)
        most = MOST_A_MINUTIA * fewer
        return Calibrated(np.minimum(score, most), np.minimum(llr, most / 10), beyond | (score > most))


def _keys() -> list[tuple[str, int, int]]:
    return [(s, i, c) for s in STAGES for i in range(len(IMPRESSIONS)) for c in range(len(COUNT_CLASSES))]


def _stretched() -> list[tuple[str, int, str]]:
    """Lists stage, impression class, and the name of the array."""
    return [(s, i, f"{s}_{IMPRESSIONS[i]}_stretch") for s in STAGES for i in range(len(IMPRESSIONS))]


def _name(key: tuple[str, int, int]) -> str:
    stage, impression, count = key
    return f"{stage}_{IMPRESSIONS[impression]}_{count}"
