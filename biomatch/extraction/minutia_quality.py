"""How probable it is that a candidate is a real minutia, from what the views say of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biomatch.extraction.minutiae import Candidates
from biomatch.extraction.orientation import Flow
from biomatch.observe import Trace
from biomatch.template import BIFURCATION, ENDING, Minutiae


@dataclass(frozen=True)
class JudgementParams:
    most: int = 255  # what an ISO/IEC 19794-2 finger view can hold
    least: float = 0.1  # weaker ones are dropped


def judge(kept: Candidates, flow: Flow, params: JudgementParams, trace: Trace) -> Minutiae:
    """Candidates with their quality, best first."""
    coherence = flow.coherence[np.int32(kept.y + 0.5), np.int32(kept.x + 0.5)] if len(kept) else np.zeros(0)
    agreement = 1 - kept.seen.max(1) / 8
    quality = 0.15 + 0.5 * np.clip(2 * agreement, 0, 1) + 0.3 * coherence
    order = np.argsort(-quality, kind="stable")
    order = order[quality[order] >= params.least][: params.most]
    angle = np.arctan2(-kept.dy, kept.dx)
    kind = np.where(kept.ridge >= 0, ENDING, BIFURCATION)
    judged = Minutiae.of(kept.x[order], kept.y[order], angle[order], kind[order], quality[order])
    trace("minutiae", judged)
    return judged
