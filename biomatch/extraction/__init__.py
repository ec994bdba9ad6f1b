"""Makes a Template of a grey image at 500 ppi. `pipeline.py` is the table of contents; `learned.py` that of the learned
extractor."""

from biomatch.extraction.extractor import ClassicalExtractor, Extractor
from biomatch.extraction.learned import LearnedExtractor
from biomatch.extraction.opening import CLASSICAL, DEFAULT, LEARNED, NAMES, open_extractor
from biomatch.extraction.params import Params

__all__ = [
    "CLASSICAL",
    "DEFAULT",
    "LEARNED",
    "NAMES",
    "ClassicalExtractor",
    "Extractor",
    "LearnedExtractor",
    "Params",
    "open_extractor",
]
