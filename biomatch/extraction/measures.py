"""What quality assesses, measured on the stages of extraction."""

from __future__ import annotations

import numpy as np

from biomatch.extraction.orientation import Flow
from biomatch.observe import Trace
from biomatch.quality import Measures
from biomatch.template import Minutiae

PX_PER_MM = 500 / 25.4


def of(mask: np.ndarray, flow: Flow, judged: Minutiae, trace: Trace) -> Measures:
    """Measures of one print."""
    measures = Measures(
        area_mm2=float(mask.sum()) / PX_PER_MM**2,
        clarity=float(flow.coherence[mask].mean()) if mask.any() else 0.0,
        minutiae=float(judged.quality.sum()),
    )
    trace("measures", measures)
    return measures
