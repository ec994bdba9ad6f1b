"""Grey image at 500 ppi -> Template. `pipeline.py` is the table of contents."""

from biomatch.extraction.extractor import ClassicalExtractor, Extractor
from biomatch.extraction.params import Params

__all__ = ["ClassicalExtractor", "Extractor", "Params"]
