"""Every number of the classical extractor, by stage. Their hash, but for those that judge quality, is part of its version."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields

from biomatch.extraction.features import FeatureParams
from biomatch.extraction.foreground import ForegroundParams
from biomatch.extraction.minutia_quality import JudgementParams
from biomatch.extraction.minutiae import DetectionParams
from biomatch.extraction.normalisation import NormalisationParams
from biomatch.extraction.orientation import OrientationParams
from biomatch.extraction.ridge_period import PeriodParams
from biomatch.extraction.ridge_picture import PictureParams
from biomatch.extraction.ridge_spacing import SpacingParams
from biomatch.extraction.waves import WaveParams
from biomatch.quality import QualityParams

_JUDGING = ("quality", "spacing")  # stages that say something of a print and change nothing in its template


@dataclass(frozen=True)
class Params:
    foreground: ForegroundParams = field(default_factory=ForegroundParams)
    normalisation: NormalisationParams = field(default_factory=NormalisationParams)
    orientation: OrientationParams = field(default_factory=OrientationParams)
    period: PeriodParams = field(default_factory=PeriodParams)
    waves: WaveParams = field(default_factory=WaveParams)
    detection: DetectionParams = field(default_factory=DetectionParams)
    features: FeatureParams = field(default_factory=FeatureParams)
    judgement: JudgementParams = field(default_factory=JudgementParams)
    picture: PictureParams = field(default_factory=PictureParams)
    quality: QualityParams = field(default_factory=QualityParams)
    spacing: SpacingParams = field(default_factory=SpacingParams)

    def hash(self, *learned: str) -> str:
        """Computes eight hex digits that change with any number on which minutiae or ridge picture depend, and with what is
        learned.

        How quality is judged does not count: templates compare the same whatever is said of their prints.
        """
        counted = (repr(getattr(self, stage.name)) for stage in fields(self) if stage.name not in _JUDGING)
        return hashlib.sha256("\n".join((*counted, *learned)).encode()).hexdigest()[:8]
