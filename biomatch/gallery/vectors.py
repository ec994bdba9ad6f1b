"""The descriptors that a gallery needs of a print: of the minutiae that comparison and index read, and of no others."""

from __future__ import annotations

import numpy as np

from biomatch.comparison.evidence import MOST
from biomatch.descriptors import Describer
from biomatch.index.index import GROWTH
from biomatch.template import Template


def described(template: Template, describer: Describer) -> np.ndarray:
    """(n, 64) int8; zeros for the weakest minutiae of a print that has many, which nobody would ask for."""
    return describer.describe(template, max(MOST, GROWTH.most(len(template.minutiae))))
