"""Classes of pairs of prints, each with its calibration: by the smaller count of minutiae, and by impression."""

from __future__ import annotations

import numpy as np

from biomatch.vocabulary import ImpressionType

EDGES = (12, 20, 35)  # minutiae of the smaller template; below 12 chance alone pairs most of them
COUNT_CLASSES = ("below_12", "12_to_19", "20_to_34", "35_and_more")
IMPRESSIONS = ("plain", "latent")  # rolled prints are read as plain: their own non-mated pairs were not measured
PLAIN, LATENT = range(len(IMPRESSIONS))


def count_class(fewer: int | np.ndarray) -> np.ndarray:
    """Returns the number of the count class, 0..3, of the smaller template's count (or of many)."""
    return np.searchsorted(EDGES, fewer, side="right")


def impression_class(probe: ImpressionType, reference: ImpressionType) -> int:
    """Returns the number of the impression class: 1 when either print is a latent, else 0."""
    return LATENT if probe.is_latent or reference.is_latent else PLAIN
