"""A check whether the rolled and the plain prints of one person bear the same fingers' names: finds swapped fingers and hands.

Every plain print is compared with all rolled ones. One that is clearly the mate of another finger than its own is named
wrongly, or the rolled one is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biomatch.comparison.comparer import Comparer
from biomatch.comparison.prepared import Prepared
from biomatch.vocabulary import FingerPosition

SURE = 35.0  # -10 log10(FMR): within a ten-print card 90 pairs of different fingers are compared, and one of 3,000 comes so far
AHEAD = 15.0  # by so much the other finger's score must be better than its own: a finger is like itself at any quality


@dataclass(frozen=True)
class Misnamed:
    """A plain print that is the mate of a rolled one with another name. score: -10 log10(FMR)."""

    claimed: FingerPosition
    found: FingerPosition
    score: float

    @property
    def words(self) -> str:
        return f"what is called the plain {self.claimed.words} is the finger that was rolled as {self.found.words}"


def misnamed(prints: Sequence[Prepared], comparer: Comparer) -> list[Misnamed]:
    """Finds misnamed prints; none where nothing contradicts. Prints without a finger's name, and latents, take no part. Raises
    DeadlinePassed."""
    named = [one for one in prints if one.template.position and not one.template.impression.is_latent]
    rolled = [one for one in named if one.template.impression.is_rolled]
    found = []
    for plain in named:
        if plain.template.impression.is_rolled or not rolled:
            continue
        scores = comparer.refine(plain, rolled, ridge_checks=len(rolled))
        best = max(range(len(rolled)), key=lambda at: scores[at].score)
        claimed, position = plain.template.position, rolled[best].template.position
        own = max((scores[at].score for at, one in enumerate(rolled) if one.template.position == claimed), default=0.0)
        if position != claimed and scores[best].score >= SURE and scores[best].score - own >= AHEAD:
            found.append(Misnamed(claimed, position, float(scores[best].score)))
    return found
