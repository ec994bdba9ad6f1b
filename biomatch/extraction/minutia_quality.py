"""The probability that a candidate is a real minutia: a small network over its features, trained on mates.

Patches seen in a mirror are as natural as the fingers they come from, so the mean of both is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from biomatch.extraction.features import MIRRORED, Features
from biomatch.extraction.minutiae import Candidates
from biomatch.observe import Trace
from biomatch.template import BIFURCATION, ENDING, Minutiae

MODEL = "minutia_quality"


@dataclass(frozen=True)
class JudgementParams:
    most: int = 255  # what an ISO/IEC 19794-2 finger view can hold
    least: float = 0.05  # weaker ones are dropped; weak ones are kept, since a matcher can weigh them


def judge(
    found: Candidates, features: Features, model: Mapping[str, np.ndarray], params: JudgementParams, trace: Trace
) -> Minutiae:
    """Returns candidates as minutiae with their quality, best first, without the most doubtful and those beyond what a template
    holds.

    model  arrays of the model "minutia_quality"
    """
    quality = probability(features, model)
    order = np.argsort(-quality, kind="stable")
    order = order[quality[order] >= params.least][: params.most]
    x, y, dx, dy = (v[order] for v in (found.x, found.y, found.dx, found.dy))
    kind = np.where(features.ridge[order] >= 0, ENDING, BIFURCATION)
    judged = Minutiae.of(np.maximum(x, 0), np.maximum(y, 0), np.arctan2(-dy, dx), kind, quality[order])
    trace("minutiae", judged)
    return judged


def probability(features: Features, model: Mapping[str, np.ndarray]) -> np.ndarray:
    """Computes the mean over the candidate and its mirror image, calibrated, (n,) float32, 0..1."""
    side = features.patches.shape[-1]
    seen = _logit(features.scalars, features.patches.reshape(-1, 2 * side * side), model)
    mirrored = features.patches[:, :, ::-1, :].reshape(-1, 2 * side * side)
    turned = _logit(features.scalars * MIRRORED, mirrored, model)
    raw = 0.5 * (seen + turned)
    return np.asarray(1 / (1 + np.exp(-(model["slope"] * raw + model["offset"]))), np.float32)


def _logit(scalars: np.ndarray, patches: np.ndarray, model: Mapping[str, np.ndarray]) -> np.ndarray:
    standard = np.clip((scalars - model["mean"]) / model["deviation"], -4, 4)
    hidden = standard @ model["from_scalars"] + patches @ model["from_patches"].astype(np.float32) + model["hidden_bias"]
    return np.asarray(np.maximum(hidden, 0) @ model["output"] + model["output_bias"], np.float32)
