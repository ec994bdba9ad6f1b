"""The part of a large picture that is read: what the stages behind the first foreground cost grows with its pixels.

Pictures as large as four fingers' and smaller ones are read whole. Of larger ones, which no finger fills, only the foreground
with its surroundings is; of one that is empty next to nothing; and one with more ridges than a hand has shows no print.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from biomatch.extraction import ridge_picture
from biomatch.imaging import GreyImage
from biomatch.template import Minutiae, Template

WHOLE_PX = 2_500_000  # four fingers on 3.2 x 3 inches: whatever shows one finger is smaller
HAND_PX = 8_000_000  # of foreground: 206 cm2; a large hand leaves 160
MARGIN_PX = 96  # what the stages' windows reach beyond the foreground, and some more
STEP_PX = 192  # parts begin and end on multiples of it: on those of every grid that a stage works on (16 px and 24 px at most)
TOO_MUCH = "ridges seem to cover more than a hand; check the image's resolution"


@dataclass(frozen=True, eq=False)
class Part:
    """The part of a picture that is read.

    pixels     (h, w) uint8
    mask       (h, w) bool  its coarse foreground
    left, top  px of the whole picture, where it lies
    warnings   what whoever reads a result should know, in words
    """

    pixels: np.ndarray
    mask: np.ndarray
    left: int = 0
    top: int = 0
    warnings: tuple[str, ...] = ()

    def placed(self, template: Template, image: GreyImage) -> Template:
        """Makes the template of the whole picture, from that of the part."""
        warnings = image.warnings + self.warnings + template.warnings
        if self.pixels.shape == image.pixels.shape:
            return replace(template, warnings=warnings)
        m = template.minutiae
        return replace(
            template,
            minutiae=Minutiae.of(m.x + self.left, m.y + self.top, m.angle, m.kind, m.quality),
            width=image.width,
            height=image.height,
            ridges=ridge_picture.placed(template.ridges, self.left, self.top, image.width, image.height),
            warnings=warnings,
        )


def to_read(pixels: np.ndarray, coarse: np.ndarray) -> Part:
    """Chooses what is read of a picture.

    pixels  (h, w) uint8
    coarse  (h, w) bool  mask of `foreground.find`
    """
    area = int(np.count_nonzero(coarse))
    if area == 0 or area > HAND_PX:
        corner = np.ascontiguousarray(pixels[:STEP_PX, :STEP_PX])
        return Part(corner, np.zeros(corner.shape, bool), warnings=(TOO_MUCH,) if area else ())
    if coarse.size <= WHOLE_PX:
        return Part(pixels, coarse)
    rows, columns = (_around(np.flatnonzero(coarse.any(axis))) for axis in (1, 0))
    own, mask = (np.ascontiguousarray(whole[rows, columns]) for whole in (pixels, coarse))
    return Part(own, mask, columns.start, rows.start)


def _around(there: np.ndarray) -> slice:
    """Returns the slice from the first of these rows or columns to the last, with a margin."""
    first, end = int(there[0]) - MARGIN_PX, int(there[-1]) + 1 + MARGIN_PX
    return slice(max(0, first // STEP_PX * STEP_PX), -(-end // STEP_PX) * STEP_PX)
