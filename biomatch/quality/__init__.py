"""Image quality 0..100 and the reasons to take a print again, in words, from what extraction measured."""

from biomatch.quality.assessment import MODEL, NOTHING, Assessment, Measures, QualityParams, assess

__all__ = ["MODEL", "NOTHING", "Assessment", "Measures", "QualityParams", "assess"]
