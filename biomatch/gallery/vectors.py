"""The descriptors that a gallery needs of a print: of the minutiae that comparison and index read, and of no others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from biomatch.comparison.evidence import MOST
from biomatch.descriptors import Describer
from biomatch.index.index import GROWTH
from biomatch.template import Template

AT_ONCE = 512  # prints: 20 MB while they are described


def described(templates: Sequence[Template], describer: Describer) -> list[np.ndarray]:
    """(n, 64) int8 of each; zeros for the weakest minutiae of a print that has many, which nobody would ask for."""
    some = [templates[at : at + AT_ONCE] for at in range(0, len(templates), AT_ONCE)]
    most = [[max(MOST, GROWTH.most(len(t.minutiae))) for t in own] for own in some]
    return list(chain.from_iterable(map(describer.describe_each, some, most)))
