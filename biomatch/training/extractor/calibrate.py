"""The meaning of the network's heat: a logistic line from its logit to the chance that a minutia is real, put into the weights.

On real prints a minutia is real where at least two fifths of the finger's other impressions that cover its place show it again,
as the classical extractor's quality has it; on synthetic ones the truth is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from biomatch.evaluation.protocol import Sample
from biomatch.extraction import LearnedExtractor, Params
from biomatch.extraction.minutia_quality import JudgementParams
from biomatch.extraction.network import MODEL, SYNTHETIC_MODEL
from biomatch.imaging import GreyImage, decode
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis.degrade import harder
from biomatch.template import Minutiae
from biomatch.training import minutia_quality
from biomatch.training.extractor.labelled import GRID, LabelledPrint
from biomatch.training.extractor.network import Network


@dataclass(frozen=True)
class CalibrationParams:
    least: float = 0.02  # of the uncalibrated heat: weaker peaks are not looked at
    hard_every: int = 3  # every third print has a copy made hard
    hardness: float = 1.0
    reach_px: float = 9.0  # of a true minutia
    cosine: float = 0.866  # and its direction, within 30 degrees
    most: int = 500  # prints that are looked at


PARAMS = CalibrationParams()


def on_real(
    samples: Sequence[Sample], models: Path, seed: int, progress: Progress = NO_PROGRESS, params: CalibrationParams = PARAMS
) -> tuple[float, float, dict[str, float]]:
    """Fits slope and offset, and figures, from the impressions of fingers laid on each other."""
    extractor = _uncalibrated(models, MODEL, params)
    seen, quality = [], []
    progress.start(f"calibrating on {len(samples):,} prints", len(samples))
    for number, sample in enumerate(samples):
        image = decode(sample.path.read_bytes(), ppi=sample.ppi)
        pictures = [image]
        if number % params.hard_every == 0:
            pictures.append(GreyImage.of(harder(image.pixels, np.random.default_rng((seed, number)), params.hardness)))
        for picture in pictures:
            own, covered = _look(extractor, picture)
            nothing = np.zeros((len(own.x), 0), np.float32)
            table = np.stack([own.x, own.y, np.cos(own.angle), -np.sin(own.angle)], axis=1)
            seen.append(minutia_quality.Seen(sample, table, nothing, nothing, covered))
            quality.append(own.quality)
        progress.advance()
    progress.done()
    fit = minutia_quality.FitParams()
    counts = minutia_quality.found_again(seen, quality, fit)
    tested = [count[:, 1] >= fit.tests_min for count in counts]
    truth = np.concatenate([c[t, 0] >= fit.found_share * c[t, 1] for c, t in zip(counts, tested, strict=True)])
    return _line(np.concatenate([q[t] for q, t in zip(quality, tested, strict=True)]), truth)


def on_synthetic(
    prints: Sequence[LabelledPrint], models: Path, params: CalibrationParams = PARAMS
) -> tuple[float, float, dict[str, float]]:
    """Fits the same from the truth of synthetic prints."""
    extractor = _uncalibrated(models, SYNTHETIC_MODEL, params)
    chances, truths = [], []
    for one in prints[:: max(1, len(prints) // params.most)]:
        found, _ = _look(extractor, GreyImage.of(one.pixels))
        truth = one.minutiae
        apart = np.hypot(found.x[:, None] - truth[:, 0], found.y[:, None] - truth[:, 1])
        real = ((apart < params.reach_px) & (np.cos(found.angle[:, None] - truth[:, 2]) > params.cosine)).any(1)
        row, column = (
            np.minimum((v / GRID).astype(int), side - 1)
            for v, side in zip((found.y, found.x), one.foreground.shape, strict=True)
        )
        inside = one.foreground[row, column] > 127
        chances.append(found.quality[inside])
        truths.append(real[inside])
    return _line(np.concatenate(chances), np.concatenate(truths))


@torch.no_grad()
def put_in(network: Network, slope: float, offset: float) -> None:
    """Changes the weights of the heat so that it is the chance itself."""
    heat = network.minutiae
    assert heat.bias is not None
    heat.weight[0] *= slope
    heat.bias[0] = slope * heat.bias[0] + offset


def _uncalibrated(models: Path, name: str, params: CalibrationParams) -> LearnedExtractor:
    return LearnedExtractor(Models(models), Params(judgement=JudgementParams(least=params.least)), model=name)


def _look(extractor: LearnedExtractor, image: GreyImage) -> tuple[Minutiae, np.ndarray]:
    """Finds minutiae, and where the foreground is, less its edge, on every fourth px."""
    kept: dict[str, np.ndarray] = {}

    def trace(name: str, value: object) -> None:
        if name == "foreground":
            kept[name] = np.asarray(value)

    minutiae = extractor.measure(image, trace=trace)[0].minutiae
    return minutiae, minutia_quality.covered(kept["foreground"], minutia_quality.FitParams())


def _line(chance: np.ndarray, truth: np.ndarray) -> tuple[float, float, dict[str, float]]:
    """Fits slope and offset, and tells how well they fit; the heat stays as it is where all minutiae are real, or none."""
    if len(np.unique(truth)) < 2:
        return 1.0, 0.0, {"candidates": len(truth)}
    chance = np.clip(chance, 1e-4, 1 - 1e-4)
    logit = np.log(chance / (1 - chance))
    fitted = LogisticRegression(C=1e3).fit(logit[:, None], truth)
    slope, offset = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    calibrated = 1 / (1 + np.exp(-(slope * logit + offset)))
    order = np.argsort(chance, kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    positive = int(truth.sum())
    area = (ranks[truth].sum() - positive * (positive + 1) / 2) / max(positive * (len(truth) - positive), 1)
    error = minutia_quality.calibration_error(calibrated, truth)
    return slope, offset, {
        "candidates": len(truth), "real": round(float(truth.mean()), 3), "auc": round(float(area), 3),
        "calibration_error": round(error, 3),
    }  # fmt: skip
