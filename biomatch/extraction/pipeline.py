"""The classical pipeline: grey image at 500 ppi -> Template. Each stage is one file of this folder."""

from __future__ import annotations

from biomatch import quality
from biomatch.extraction import (
    foreground,
    measures,
    minutia_quality,
    minutiae,
    normalisation,
    orientation,
    pruning,
    ridge_period,
    ridge_picture,
    waves,
)
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage
from biomatch.observe import Trace
from biomatch.template import Template


def extract(image: GreyImage, version: str, params: Params, trace: Trace) -> tuple[Template, quality.Assessment]:
    """Grey image -> template, and the assessment that its quality comes from."""
    mask = foreground.find(image.pixels, params.foreground, trace)
    flat = normalisation.flatten(image.pixels, params.normalisation, trace)
    flow = orientation.estimate(flat, mask, params.orientation, trace)
    period = ridge_period.estimate(flat, flow.coherence, mask, params.period, trace)
    views = waves.measure(flat, flow.tangent, period, mask, params.waves, trace)
    found = minutiae.detect(views, flow, period, mask, params.detection, trace)
    kept = pruning.prune(found, period, mask, params.pruning, trace)
    judged = minutia_quality.judge(kept, flow, params.judgement, trace)
    assessment = quality.assess(measures.of(mask, flow, judged, trace), params.quality)
    template = Template(
        minutiae=judged,
        width=image.width,
        height=image.height,
        quality=assessment.score,
        extractor=version,
        ridges=ridge_picture.encode(waves.cosine(views), mask, params.picture),
        warnings=image.warnings + ridge_period.warnings(period, mask, params.period) + assessment.reasons,
    )
    return template, assessment
