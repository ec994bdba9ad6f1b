"""The sum of several fingers' evidence for one person. Prints of one person are not independent: each further one counts
less."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FingerFusion:
    """shrink  share of each further print's LLR and score that counts"""

    shrink: float = 0.8

    def fuse(self, llrs: Sequence[float]) -> float:
        """Fuses the log10 LR of several prints of one person: the strongest counts whole, each further one is shrunk.

        A missing finger is left out: it speaks neither for nor against.
        """
        ordered = sorted(llrs, reverse=True)
        return float(ordered[0] + self.shrink * sum(ordered[1:])) if ordered else 0.0

    def fuse_scores(self, scores: Sequence[float], asked: int | None = None) -> float:
        """Fuses the -10 log10 FMR of several prints of one person, scores of different fingers, at least one.

        asked  fingers of the probe, of which these found an enrolled one to be compared with; None: as many

        A person may have only some of the fingers, so that the best j count, whichever j says most. Each choice is a chance for
        a non-mated person: C(asked, j) sets of j, and each j has a share 2^-j of the rate (Bonferroni's bound, with weights).
        """
        ordered = sorted(scores, reverse=True)
        most = len(ordered)
        return max(
            self._fisher(ordered[:j]) - 10 * math.log10(math.comb(asked or most, j)) - 10 * math.log10(2) * min(j, most - 1)
            for j in range(1, most + 1)
        )

    def _fisher(self, ordered: Sequence[float]) -> float:
        """Combines scores, shrunk as the LLRs are, by Fisher's method (the product of independent p values)."""
        if len(ordered) < 2:
            return float(ordered[0])
        nats = (ordered[0] + self.shrink * sum(ordered[1:])) * math.log(10) / 10
        if nats <= 0:
            return 0.0
        terms = [i * math.log(nats) - math.lgamma(i + 1) for i in range(len(ordered))]
        return max(0.0, (nats - float(np.logaddexp.reduce(terms))) * 10 / math.log(10))
