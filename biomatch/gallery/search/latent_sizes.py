"""A latent is searched for in several sizes: photographs of latents seldom have the resolution that they state.

The best of its sizes speaks for it. Each of n sizes gives a non-mated print another chance, so the best score is lowered by
10 log10(n), and the likelihood ratio by log10(n) (Bonferroni's bound, a cautious one, since neighbouring sizes are alike).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from biomatch import deadlines
from biomatch.comparison import Prepared, prepare
from biomatch.comparison.evidence import MOST_FOREIGN
from biomatch.descriptors import Describer
from biomatch.extraction import ridge_picture
from biomatch.gallery.search.copies import distinct
from biomatch.gallery.search.fusion import Compared
from biomatch.template import MAX_SIDE, Minutiae, Template

STEP = 1.06  # between two sizes minutiae still pair
SCALES = (1.0, *(round(STEP**-k, 3) for k in range(1, 6)), STEP)  # a third larger than stated to 6 % smaller


@dataclass(frozen=True, eq=False)
class Sized:
    """A print of the probe in one size.

    probe   number of the print in the probe
    scale   size, in that of the print as it was handed over
    sizes   how many sizes of this print are searched for
    """

    probe: int
    print: Prepared
    scale: float = 1.0
    sizes: int = 1


def sized(probes: Sequence[Prepared], describer: Describer) -> list[Sized]:
    """Returns the prints of a probe in all sizes that are searched for: latents in all SCALES, others as they are.

    A print that is a copy of an earlier one is left out. Raises DeadlinePassed.
    """
    out = []
    for number, one in distinct(probes):
        scales = [s for s in SCALES if _fits(one.template, s)] if one.template.impression.is_latent else [1.0]
        for scale in scales:
            deadlines.check()
            made = one if scale == 1 else prepare(scaled(one.template, scale), describer, MOST_FOREIGN)
            out.append(Sized(number, made, scale, len(scales)))
    return out


def scaled(template: Template, factor: float) -> Template:
    """Returns the template of the same print, so many times as large; its minutiae keep their order."""
    m = template.minutiae
    return replace(
        template,
        minutiae=Minutiae.of(m.x * factor, m.y * factor, m.angle, m.kind, m.quality),
        width=max(1, round(template.width * factor)),
        height=max(1, round(template.height * factor)),
        ridges=ridge_picture.rescaled(template.ridges, factor),
    )


def best(compared: Sequence[Compared]) -> list[Compared]:
    """Chooses for each print of the probe and each enrolled one the comparison in the size that speaks most for a mate."""
    chosen: dict[tuple[int, int], Compared] = {}
    for one in compared:
        key = (one.probe, one.number)
        known = chosen.get(key)
        if known is None or (one.comparison.llr, one.comparison.score) > (known.comparison.llr, known.comparison.score):
            chosen[key] = one
    return list(chosen.values())


def lowered(compared: Compared, sizes: int) -> Compared:
    """Lowers a comparison whose size was one of several."""
    if sizes == 1:
        return compared
    found = compared.comparison
    score = max(0.0, found.score - 10 * math.log10(sizes))
    return replace(compared, comparison=replace(found, score=score, llr=found.llr - math.log10(sizes)))


def _fits(template: Template, scale: float) -> bool:
    m = template.minutiae
    return max(template.width, template.height, m.x.max(initial=0), m.y.max(initial=0)) * scale <= MAX_SIDE
