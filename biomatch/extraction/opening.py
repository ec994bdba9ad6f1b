"""Extractors by name."""

from __future__ import annotations

from biomatch.errors import UnknownName
from biomatch.extraction.extractor import ClassicalExtractor, Extractor
from biomatch.extraction.learned import LearnedExtractor
from biomatch.extraction.network import MODEL, SYNTHETIC_MODEL
from biomatch.learned import Models

CLASSICAL, LEARNED, LEARNED_SYNTHETIC = "classical", "learned", "learned-synthetic"
NAMES = (CLASSICAL, LEARNED, LEARNED_SYNTHETIC)
DEFAULT = LEARNED


def open_extractor(name: str = DEFAULT, models: Models | None = None) -> Extractor:
    """Opens the extractor of that name, with the models of a folder or those of the package.

    Raises UnknownName, ModelMissing, ModelDamaged.
    """
    if name not in NAMES:
        raise UnknownName("extractor", name, list(NAMES))
    if name == CLASSICAL:
        return ClassicalExtractor(models)
    return LearnedExtractor(models, model=SYNTHETIC_MODEL if name == LEARNED_SYNTHETIC else MODEL)
