"""The descriptors that a gallery needs of a print: of the minutiae that comparison and index read, and of no others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from biomatch import deadlines
from biomatch.comparison.evidence import MOST
from biomatch.descriptors import Describer
from biomatch.index.index import GROWTH
from biomatch.template import Template

AT_ONCE = 40_000  # minutiae that are described together: 20 MB
_IN_TURN = 16  # prints that are described between two looks at the deadline


def described(template: Template, describer: Describer) -> np.ndarray:
    """Describes a print, (n, 64) int8; zeros for the weakest minutiae of a print that has many, which nobody would ask for."""
    return described_each([template], describer)[0]


def described_each(templates: Sequence[Template], describer: Describer) -> list[np.ndarray]:
    """Describes many prints, as `described` does."""
    most = [max(MOST, GROWTH.most(len(t.minutiae))) for t in templates]
    before = np.cumsum([0, *most])[:-1]
    out: list[np.ndarray] = []
    for _, some in groupby(zip(templates, most, before, strict=True), lambda one: one[2] // AT_ONCE):
        own, counts, _ = zip(*some, strict=True)
        out += describer.describe_each(own, counts)
    return out


def described_in_turn(templates: Sequence[Template], describer: Describer) -> list[np.ndarray]:
    """Describes many prints, as `described` does, for somebody who may stop waiting. Raises DeadlinePassed."""
    out: list[np.ndarray] = []
    for at in range(0, len(templates), _IN_TURN):
        deadlines.check()
        out += described_each(templates[at : at + _IN_TURN], describer)
    return out
