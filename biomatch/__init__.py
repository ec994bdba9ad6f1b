"""Fingerprint identification: images to templates, templates to a ranked, calibrated candidate list.

    image = biomatch.decode(path.read_bytes())
    template = biomatch.extract(image)
    biomatch.compare(template, another).score      # -10 log10 of the false match rate
    biomatch.Gallery                               # many prints: enrol, remove, identify, verify

Importing this loads nothing heavy; each function loads what it needs with its first call.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biomatch.comparison import Comparer, Comparison
    from biomatch.descriptors import Describer
    from biomatch.extraction import Extractor
    from biomatch.gallery.local import LocalGallery as Gallery
    from biomatch.imaging import GreyImage
    from biomatch.template import Template

__version__ = "0.1.0"
__all__ = ["Gallery", "__version__", "compare", "decode", "extract"]


def decode(data: bytes, *, ppi: float | None = None) -> GreyImage:
    """PNG, TIFF, BMP or JPEG bytes -> 8-bit grey at 500 ppi. See `biomatch.imaging.decode`."""
    from biomatch import imaging

    return imaging.decode(data, ppi=ppi)


def extract(image: GreyImage) -> Template:
    """A print's minutiae and quality, by the default extractor with the models that are shipped."""
    return _extractor().extract(image)


def compare(probe: Template, reference: Template) -> Comparison:
    """Every step of the comparison: calibrated score, correspondences, the motion between the two."""
    from biomatch.comparison import prepare
    from biomatch.comparison.evidence import MOST_FOREIGN

    describer, comparer = _comparer()
    return comparer.compare(prepare(probe, describer, MOST_FOREIGN), prepare(reference, describer, MOST_FOREIGN))


@cache
def _extractor() -> Extractor:
    from biomatch.extraction import open_extractor

    return open_extractor()


@cache
def _comparer() -> tuple[Describer, Comparer]:
    from biomatch.comparison import Comparer
    from biomatch.descriptors import Describer

    return Describer(), Comparer()


def __getattr__(name: str) -> Any:
    if name == "Gallery":
        from biomatch.gallery.local import LocalGallery

        return LocalGallery
    raise AttributeError(f"module 'biomatch' has no attribute {name!r}")
