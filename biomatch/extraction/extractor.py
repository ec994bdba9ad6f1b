"""Extractor: the interface of every way of finding minutiae. ClassicalExtractor: the one without a network of many layers.
ClassicalExtractor: the one without a network of many layers."""

from __future__ import annotations

from typing import Protocol

from biomatch.extraction import minutia_quality, pipeline
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage
from biomatch.learned import Models, shipped
from biomatch.observe import NO_TRACE, Trace
from biomatch.quality import Assessment, Measures
from biomatch.template import Template


class Extractor(Protocol):
    """Grey image at 500 ppi -> Template. One may serve many threads."""

    version: str

    def extract(self, image: GreyImage, *, trace: Trace = NO_TRACE) -> Template:
        """Makes the print's template. A picture without a finger gives no minutiae and quality 0."""
        ...

    def examine(self, image: GreyImage) -> tuple[Template, Assessment]:
        """Returns the template, and the assessment of the print that it came from."""
        ...

    def measure(self, image: GreyImage, *, trace: Trace = NO_TRACE) -> tuple[Template, Measures]:
        """Returns the template before its quality is judged, and what it is judged by: no model of image quality is needed."""
        ...


class ClassicalExtractor:
    """Phase residues in several views, judged by a small model. Free of state: one may serve many threads."""

    def __init__(self, models: Models | None = None, params: Params | None = None):
        """Raises ModelMissing, ModelDamaged."""
        self._models = models or shipped()
        self._params = params or Params()
        self.version = f"classical/1-{self._params.hash(self._models.version(minutia_quality.MODEL))}"

    def extract(self, image: GreyImage, *, trace: Trace = NO_TRACE) -> Template:
        """Makes the print's template. A picture without a finger gives no minutiae and quality 0."""
        return pipeline.extract(image, self.version, self._models, self._params, trace)[0]

    def examine(self, image: GreyImage) -> tuple[Template, Assessment]:
        """Returns the template, and the assessment of the print that it came from."""
        return pipeline.extract(image, self.version, self._models, self._params, NO_TRACE)

    def measure(self, image: GreyImage, *, trace: Trace = NO_TRACE) -> tuple[Template, Measures]:
        """Returns the template before its quality is judged, and what it is judged by: no model of image quality is needed."""
        return pipeline.measure(image, self.version, self._models, self._params, trace)

    def assess(self, image: GreyImage) -> Assessment:
        """Tells the print's quality, and why it should be taken again."""
        return self.examine(image)[1]
