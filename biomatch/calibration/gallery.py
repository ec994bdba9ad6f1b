"""What a score means in a gallery of many prints: false positives, thresholds, misses, and the fusion of fingers.

FMR says how often one stranger's print reaches a score. A search meets as many as the gallery holds: its rate is taken from
the expected number of strangers that pass. That is cautious, since the false matches of one finger come together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GalleryRates:
    """Rates of a search. Rough: no gallery of real prints was large enough to fit them on.

    alike   how many times more strangers pass a score in a search than the FMR of pairs says; 1, since the FMR is that of
            pairs within one sensor's set, the hardest included, and a gallery of several sensors is easier
    base, per_decade, per_minutia   of the logistic model of a miss: at 100 prints and 40 minutiae, its log odds; what a
            tenfold gallery adds; what one minutia more in the smaller print (up to `enough`) takes away
    enough  minutiae beyond which more do not help
    shrink  share of each further print's LLR that counts: prints of one person are not independent
    """

    alike: float = 1.0
    base: float = -4.6
    per_decade: float = 0.7
    per_minutia: float = 0.12
    enough: int = 50
    shrink: float = 0.8

    def false_positive(self, score: float, prints: int) -> float:
        """Probability that a stranger's search brings a candidate of this score or more, among so many prints."""
        return -math.expm1(-self.alike * max(prints, 0) * 10 ** (-score / 10))

    def threshold(self, fpir: float, prints: int) -> float:
        """The score at which a stranger's search brings a candidate with probability `fpir`, among so many prints."""
        expected = -math.log1p(-min(max(fpir, 1e-12), 1 - 1e-12))
        return max(0.0, 10 * math.log10(self.alike * max(prints, 1) / expected))

    def miss(self, minutiae: int, prints: int) -> float:
        """Probability that an enrolled mate of a probe with so many minutiae is not on the list."""
        odds = (
            self.base
            + self.per_decade * (math.log10(max(prints, 1)) - 2)
            + self.per_minutia * (40 - min(minutiae, self.enough))
        )
        return 1 / (1 + math.exp(-odds))

    def fuse(self, llrs: Sequence[float]) -> float:
        """log10 LR of several prints of one person: the strongest counts whole, each further one is shrunk.

        A missing finger is left out: it speaks neither for nor against.
        """
        ordered = sorted(llrs, reverse=True)
        return float(ordered[0] + self.shrink * sum(ordered[1:])) if ordered else 0.0

    def fuse_scores(self, scores: Sequence[float]) -> float:
        """-10 log10 FMR of several prints of one person, scores of different fingers.

        Fisher's method (the product of independent p values), on scores that are shrunk as the LLRs are.
        """
        ordered = sorted(scores, reverse=True)
        if len(ordered) < 2:
            return float(ordered[0]) if ordered else 0.0
        nats = (ordered[0] + self.shrink * sum(ordered[1:])) * math.log(10) / 10
        if nats <= 0:
            return 0.0
        terms = [i * math.log(nats) - math.lgamma(i + 1) for i in range(len(ordered))]
        return max(0.0, (nats - float(np.logaddexp.reduce(terms))) * 10 / math.log(10))
