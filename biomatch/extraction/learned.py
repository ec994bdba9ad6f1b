"""The learned pipeline: grey image at 500 ppi -> Template. A network finds minutiae, ridge direction and period in one pass.

It also says where the finger is. Contrast, ridge picture and image quality are those of the classical pipeline, of which only
the stages run that these need.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from biomatch import quality
from biomatch.extraction import (
    foreground,
    heat_map,
    learned_input,
    measures,
    network,
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
from biomatch.learned import Models, shipped
from biomatch.observe import NO_TRACE, Trace
from biomatch.quality import Assessment, Measures
from biomatch.template import Template

LEARNED = "learned"


@dataclass(frozen=True)
class LearnedParams:
    heat: heat_map.HeatParams = field(default_factory=heat_map.HeatParams)
    margin_px: int = 16  # around the coarse foreground, of what the network is given
    passes: int = 5  # of smoothing along the ridges before the ridge picture is read, as the classical strongest view


class LearnedExtractor:
    """A compact convolutional network. Free of state: one may serve many threads."""

    def __init__(
        self,
        models: Models | None = None,
        params: Params | None = None,
        learned: LearnedParams | None = None,
        model: str = network.MODEL,
        backend: str = network.OPENCV,
    ):
        """Raises ModelMissing, ModelDamaged, ExtraMissing."""
        self._models = models or shipped()
        self._params = params or Params()
        self._learned = learned or LearnedParams()
        self._network = network.load(self._models, model, backend)
        known = self._params.hash(repr(self._learned), self._models.version(model), self._network.backend)
        self.version = f"{LEARNED}/3-{known}"

    def extract(self, image: GreyImage, *, trace: Trace = NO_TRACE) -> Template:
        """Makes the print's template. A picture without a finger gives no minutiae and quality 0."""
        return self._examine(image, trace)[0]

    def examine(self, image: GreyImage) -> tuple[Template, Assessment]:
        """Returns the template, and the assessment of the print that it came from."""
        return self._examine(image, NO_TRACE)

    def measure(self, image: GreyImage, *, trace: Trace = NO_TRACE) -> tuple[Template, Measures]:
        """Returns the template before its quality is judged, and what it is judged by: no model of image quality is needed."""
        return self._measure(image, trace)

    def assess(self, image: GreyImage) -> Assessment:
        """Tells the print's quality, and why it should be taken again."""
        return self.examine(image)[1]

    def _examine(self, image: GreyImage, trace: Trace) -> tuple[Template, Assessment]:
        template, measured = self._measure(image, trace)
        params = self._params
        doubt = ridge_spacing.doubt_of(image.pixels, image.ppi, params.spacing, params.period)
        assessment = quality.assess(measured, self._models.arrays(quality.MODEL), params.quality, doubt=doubt)
        return replace(template, quality=assessment.score, warnings=template.warnings + assessment.reasons), assessment

    def _measure(self, image: GreyImage, trace: Trace) -> tuple[Template, Measures]:
        seen = part.to_read(image.pixels, foreground.find(image.pixels, self._params.foreground, trace))
        template, measured = self._measure_part(seen.pixels, seen.mask, trace)
        return seen.placed(template, image), measured

    def _measure_part(self, pixels: np.ndarray, coarse: np.ndarray, trace: Trace) -> tuple[Template, Measures]:
        """Measures pixels (h, w) uint8, and their coarse foreground (h, w) bool."""
        params = self._params
        flat, contrast = normalisation.flatten(pixels, params.normalisation, trace)
        box = _box(coarse, self._learned.margin_px)
        heat, ridges = self._network(_framed(learned_input.of_stages(flat, contrast), box))
        mask = foreground.of_network(coarse, _whole(ridges[0], box, coarse.shape), params.foreground, trace)
        clear = orientation.coherence(flat, mask, params.orientation, trace)
        flow = _flow(clear, ridges, box, params.orientation.shrink, trace)
        period = _period(ridges, box, flat.shape, params.period, trace)
        smooth = waves.smoothed(flat, flow.angle, mask, self._learned.passes, params.waves)
        wave = waves.response(smooth, flow.angle, params.waves.tuned * period, mask, params.waves)
        phase = waves.cosine([wave])
        trace("ridges", phase)
        judged = heat_map.read(heat, box.left, box.top, mask, params.judgement, self._learned.heat, trace)
        measured = measures.of(mask, flat, contrast, flow, period, wave, judged, trace)
        template = Template(
            minutiae=judged,
            width=pixels.shape[1],
            height=pixels.shape[0],
            extractor=self.version,
            ridges=ridge_picture.encode(phase, mask, params.picture),
        )
        return template, measured


@dataclass(frozen=True)
class _Box:
    """Part of the picture that the network is given, px; it may reach beyond the right and lower border."""

    left: int
    top: int
    width: int
    height: int


def _box(mask: np.ndarray, margin: int) -> _Box:
    """Returns the box around the foreground, with sides that the network takes; at least one step a side."""
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, bottom = (max(0, int(rows[0]) - margin), min(height, int(rows[-1]) + margin + 1)) if len(rows) else (0, 1)
    left, right = (max(0, int(columns[0]) - margin), min(width, int(columns[-1]) + margin + 1)) if len(columns) else (0, 1)
    return _Box(left, top, *(-(-side // network.STEP) * network.STEP for side in (right - left, bottom - top)))


def _framed(planes: np.ndarray, box: _Box) -> np.ndarray:
    part = planes[:, box.top : box.top + box.height, box.left : box.left + box.width]
    framed = np.zeros((2, box.height, box.width), np.float32)
    framed[:, : part.shape[1], : part.shape[2]] = part
    return framed


def _flow(coherence: np.ndarray, ridges: np.ndarray, box: _Box, shrink: int, trace: Trace) -> orientation.Flow:
    """Returns the network's directions inside the box, with the coherence that the picture has."""
    length = np.hypot(ridges[1], ridges[2]) + 1e-9
    double = _whole(np.stack([ridges[1] / length, ridges[2] / length], axis=-1), box, coherence.shape)
    angle = 0.5 * cv2.phase(double[..., 0], double[..., 1])  # within 0.2 degrees, in a third of the time
    small = cv2.resize(double, [max(1, side // shrink) for side in coherence.shape[::-1]], interpolation=cv2.INTER_AREA)
    trace("orientation", angle)
    return orientation.Flow(angle, coherence, -small)


def _period(
    ridges: np.ndarray, box: _Box, shape: tuple[int, ...], params: ridge_period.PeriodParams, trace: Trace
) -> np.ndarray:
    """Returns the period of ridges in px, (h, w) float32."""
    period = np.clip(params.usual_px * np.exp(ridges[3], dtype=np.float64), params.least_px, params.most_px)
    full = _whole(period.astype(np.float32), box, shape)
    trace("ridge-period", full)
    return full


def _whole(answer: np.ndarray, box: _Box, shape: tuple[int, ...]) -> np.ndarray:
    """Extends an answer on every eighth px of the box to the whole picture; its border's values go on beyond the box.

    Cell j of the answer stands for the px around 8 j + 3.5 of the box.
    """
    full = cv2.resize(answer, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    inside = full[: shape[0] - box.top, : shape[1] - box.left]
    below, right = shape[0] - box.top - inside.shape[0], shape[1] - box.left - inside.shape[1]
    return cv2.copyMakeBorder(inside, box.top, below, box.left, right, cv2.BORDER_REPLICATE)
