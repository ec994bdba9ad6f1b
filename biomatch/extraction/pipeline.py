"""The classical pipeline, from grey image at 500 ppi to Template. Each stage is one file of this folder. Each stage is one file
of this folder.

Nothing is binarised or thinned. Ridges are read as a wave, in three views from light to strong smoothing along the ridge; a
minutia is where the wave's phase winds once round a point (a residue), and views, features of its surroundings and a model
learned from mated prints say how likely it is real. Finger position and impression type are the caller's to add.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from biomatch import quality
from biomatch.extraction import (
    features,
    foreground,
    measures,
    minutia_quality,
    minutiae,
    normalisation,
    orientation,
    part,
    ridge_period,
    ridge_picture,
    ridge_spacing,
    waves,
)
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage
from biomatch.learned import Models
from biomatch.observe import Trace
from biomatch.template import Template


@dataclass(frozen=True, eq=False)
class Seen:
    """The measures of a print, before any model judges.

    mask      (h, w) bool     where ridges can be read
    flat      (h, w) float32  the picture with local mean 0 and deviation 1, ridges negative
    contrast  (h, w) float32  that deviation before, grey levels
    flow      ridge directions, and how sure they are
    period    (h, w) float32  px from ridge to ridge
    views     one wave each, the lightest first
    found     candidates for minutiae: more are false than real
    features  what is known of each candidate, for the model that judges it
    """

    mask: np.ndarray
    flat: np.ndarray
    contrast: np.ndarray
    flow: orientation.Flow
    period: np.ndarray
    views: list[waves.Wave]
    found: minutiae.Candidates
    features: features.Features


def look(image: GreyImage, params: Params, trace: Trace) -> Seen:
    """Finds candidates for minutiae and their features in a grey image."""
    return look_at(image.pixels, foreground.find(image.pixels, params.foreground, trace), params, trace)


def look_at(pixels: np.ndarray, coarse: np.ndarray, params: Params, trace: Trace) -> Seen:
    """Finds the same in pixels (h, w) uint8 whose coarse foreground (h, w) bool is known."""
    flat, contrast = normalisation.flatten(pixels, params.normalisation, trace)
    flow = orientation.estimate(flat, coarse, params.orientation, trace)
    period = ridge_period.estimate(flat, flow, coarse, params.period, params.waves, trace)
    views = waves.measure(flat, flow.angle, period, coarse, params.waves, trace)
    strongest = views[-1]
    mask = foreground.refine(coarse, flat, contrast, strongest.even, strongest.odd, params.foreground, trace)
    found = minutiae.detect(views, flow, period, mask, params.detection, trace)
    known = features.measure(found, flat, views, flow, period, mask, params.features, trace)
    return Seen(mask, flat, contrast, flow, period, views, found, known)


def measure(image: GreyImage, version: str, models: Models, params: Params, trace: Trace) -> tuple[Template, quality.Measures]:
    """Makes a template of a grey image whose quality nobody has judged yet, and what it is judged by."""
    read = part.to_read(image.pixels, foreground.find(image.pixels, params.foreground, trace))
    seen = look_at(read.pixels, read.mask, params, trace)
    judged = minutia_quality.judge(seen.found, seen.features, models.arrays(minutia_quality.MODEL), params.judgement, trace)
    measured = measures.of(seen.mask, seen.flat, seen.contrast, seen.flow, seen.period, seen.views[-1], judged, trace)
    template = Template(
        minutiae=judged,
        width=read.pixels.shape[1],
        height=read.pixels.shape[0],
        extractor=version,
        ridges=ridge_picture.encode(waves.cosine(seen.views), seen.mask, params.picture),
    )
    return read.placed(template, image), measured


def extract(
    image: GreyImage, version: str, models: Models, params: Params, trace: Trace
) -> tuple[Template, quality.Assessment]:
    """Makes a template of a grey image, and the assessment that its quality comes from."""
    template, measured = measure(image, version, models, params, trace)
    doubt = ridge_spacing.doubt_of(image.pixels, image.ppi, params.spacing, params.period)
    assessment = quality.assess(measured, models.arrays(quality.MODEL), params.quality, doubt=doubt)
    return replace(template, quality=assessment.score, warnings=template.warnings + assessment.reasons), assessment
