"""Made-up prints that are enrolled and searched for before anybody waits: what it compiles is there for all who follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from biomatch.extraction import CLASSICAL, ridge_picture
from biomatch.extraction.ridge_picture import PictureParams
from biomatch.gallery.interface import Entry
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.template import Minutiae, Template

if TYPE_CHECKING:
    from biomatch.gallery.local import LocalGallery

_SIDE = 160  # px
_MINUTIAE = 30
STEPS = 9  # of one search with each of the prints


def entries() -> Sequence[Entry]:
    """Makes prints of ours, whose ridges fill their picture or a part of it, and one of another extractor.

    Each of them has a way of its own through the comparison.
    """
    rng = np.random.default_rng(0)
    x, y = rng.uniform(8, _SIDE - 8, (2, _MINUTIAE))
    minutiae = Minutiae.of(x, y, rng.uniform(0, 2 * np.pi, _MINUTIAE), quality=np.full(_MINUTIAE, 0.5))
    foreign = Template(minutiae, _SIDE, _SIDE, extractor="unknown")
    whole, part = (replace(foreign, extractor=CLASSICAL, ridges=_ridges(margin)) for margin in (0, 16))
    return [Entry(name, name, name, one) for name, one in (("whole", whole), ("part", part), ("foreign", foreign))]


def search(gallery: LocalGallery, progress: Progress = NO_PROGRESS) -> None:
    """Asks the index, which so few prints do not need, for whole prints and for parts, and compares; STEPS steps."""
    for entry in entries():
        part = entry.template.minutiae[: _MINUTIAE // 2]
        for minutiae in (entry.template.minutiae, part):
            gallery.shortlist(replace(entry.template, minutiae=minutiae), length=1)
            progress.advance()
        gallery.identify([entry.template])
        progress.advance()


def _ridges(margin: int) -> bytes:
    """Draws a ridge picture of upright ridges, nine px each, with an empty margin of so many px."""
    waves = np.cos(np.arange(_SIDE, dtype=np.float32) * (2 * np.pi / 9)) * np.ones((_SIDE, 1), np.float32)
    mask = np.zeros(waves.shape, bool)
    mask[margin : _SIDE - margin, margin : _SIDE - margin] = True
    return ridge_picture.encode(waves, mask, PictureParams())
