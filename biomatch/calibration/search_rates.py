"""The error rates of a search's answer: how often a mate is missed, and how often a non-mated person reaches a score.

Two laws, fitted on searches of galleries of several sizes. A mate is missed with a probability whose log odds are linear in
what is known before the search. How many other prints reach a score is taken as Poisson, as for the largest of many
independent scores; the logarithm of its mean falls with the score and, far out, with its fifth power: prints have only so many
minutiae to agree in, so that the tail is lighter than that of a Gumbel law, and the lighter the smaller the gallery.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from biomatch.errors import ModelDamaged, ModelMissing
from biomatch.learned import Models, shipped
from biomatch.template import Template

MODEL = "search_rates"
ENOUGH = 60  # minutiae beyond which more change nothing
TYPICAL_MINUTIAE, TYPICAL_CLEAR, TYPICAL_QUALITY = 40, 20, 70  # where the terms of minutiae and quality are 0
CLEAR_POWER = 0.5  # of clear minutiae, with which misses become rarer; by their logarithm, good probes are said to miss often
BEND = 5.0  # log10 of the prints beyond which misses grow faster: lists are longer then than the hits that are kept of them
TAIL_POWER = 5  # by 2, 0.3 % were said where 0.18 % were seen
TAIL_SCORE = 60.0  # at which the tail's term is 1
LARGEST = 7.0  # log10 of the prints beyond which the tail grows no heavier: what was measured ends here
HIGHEST = 400.0  # score: no threshold lies above
HALVINGS = 50  # of the range in which a threshold is looked for
ROUGH_MISS = (
    -2.5,
    0.3,
    0.5,
    7.0,
    -0.5,
    0.0,
    0.0,
    0.3,
    0.0,
    0.0,
    -30.0,  # who is compared with every print is not missed
)  # cautious, after three impressions of each development finger among 20,000 distractors
ROUGH_STRANGERS = (0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)  # as the false match rate of pairs says: cautious


@dataclass(frozen=True)
class Asked:
    """The facts about a search before its answer.

    minutiae  of the probe print
    clear     of them (`Minutiae.clear`)
    quality   of the probe print, 0..100; None: not measured
    prints    that take part
    effort    "fast", "normal" or "exhaustive"
    """

    minutiae: int
    clear: int
    quality: int | None
    prints: int
    effort: str

    @classmethod
    def of(cls, probe: Template, prints: int, effort: str) -> Asked:
        return cls(len(probe.minutiae), int(np.count_nonzero(probe.minutiae.clear)), probe.quality, prints, effort)

    @property
    def _few(self) -> float:
        return (TYPICAL_MINUTIAE - min(self.minutiae, ENOUGH)) / 10

    @property
    def _poor(self) -> float:
        return 0.0 if self.quality is None else (TYPICAL_QUALITY - self.quality) / 20

    def of_misses(self) -> tuple[float, ...]:
        """Returns the terms of the law of misses: 1, log10 of the prints beyond 100,000, the same where it is positive, how far
        the root of the clear minutiae lies below the typical one (1: there are none; negative: there are more), log2 of how
        many times as few minutiae there are as typical, quality that lacks times the fourth, that quality alone, fast, the same
        times the second, and times the fourth, exhaustive."""
        size = math.log10(max(self.prints, 1)) - BEND
        clear = 1 - (min(self.clear, ENOUGH) / TYPICAL_CLEAR) ** CLEAR_POWER
        few = math.log2(TYPICAL_MINUTIAE / min(max(self.minutiae, 1), ENOUGH))
        fast, exhaustive = (float(self.effort == effort) for effort in ("fast", "exhaustive"))
        return (
            1.0,
            size,
            max(size, 0.0),
            clear,
            few,
            self._poor * clear,
            self._poor,
            fast,
            fast * size,
            fast * clear,
            exhaustive,
        )

    def of_strangers(self, score: float) -> tuple[float, ...]:
        """Returns the terms of the law of non-mated persons: 1, log10 of the prints, the score in powers of ten (negative),
        minutiae and quality beyond the typical, the tail (`tail_of`, negative), the score times the minutiae (negative), the
        square of the minutiae beyond the typical, and the tail times the powers of ten that the gallery lacks to the largest
        (negative)."""
        power, tail, more = max(score, 0.0) / 10, tail_of(score), -self._few
        size = math.log10(max(self.prints, 1))
        of_minutiae = power * (more + TYPICAL_MINUTIAE / 10)
        return 1.0, size, -power, more, -self._poor, -tail, -of_minutiae, more * more, -tail * max(LARGEST - size, 0.0)


def tail_of(score: float) -> float:
    """Returns how far out a score lies: nothing at 0, 1 at `TAIL_SCORE`."""
    return (max(score, 0.0) / TAIL_SCORE) ** TAIL_POWER


def steepness_of_tail(score: float) -> float:
    """Returns what `tail_of` gains there for each power of ten of score."""
    return TAIL_POWER * (max(score, 0.0) / TAIL_SCORE) ** (TAIL_POWER - 1) * 10 / TAIL_SCORE


@dataclass(frozen=True)
class SearchRates:
    """miss_weights      (11,) of `Asked.of_misses`: natural log odds
    stranger_weights  (9,) of `Asked.of_strangers`: log10 of how many reach a score, on average; those of the score's terms are
                      not negative, so that a higher score is always rarer
    """

    miss_weights: tuple[float, ...] = ROUGH_MISS
    stranger_weights: tuple[float, ...] = ROUGH_STRANGERS
    version: str = "rough"

    @classmethod
    def of(cls, models: Models | None = None) -> SearchRates:
        """Reads the model "search_rates"; takes rough numbers where the folder has none. Raises ModelDamaged."""
        models = models or shipped()
        try:
            arrays = models.arrays(MODEL)
        except ModelMissing:
            return cls()
        try:
            miss, strangers = (tuple(arrays[name].astype(float).tolist()) for name in ("miss", "strangers"))
            powers = float(arrays["tail_power"]), float(arrays["clear_power"])
        except KeyError as error:
            raise ModelDamaged(MODEL, f"it lacks {error}") from None
        if (len(miss), len(strangers), *powers) != (len(ROUGH_MISS), len(ROUGH_STRANGERS), TAIL_POWER, CLEAR_POWER):
            raise ModelDamaged(MODEL, "its weights are not those of this version")
        return cls(miss, strangers, models.version(MODEL))

    def miss(self, asked: Asked) -> float:
        """Computes the probability that an enrolled mate of this probe print is not on the list."""
        if not asked.prints or not asked.minutiae:
            return float(asked.prints > 0)
        return 1 / (1 + math.exp(-float(np.dot(self.miss_weights, asked.of_misses()))))

    def false_positive(self, score: float, asked: Asked) -> float:
        """Computes the probability that a search for somebody who is not enrolled brings a candidate of this score or more."""
        if not asked.prints:
            return 0.0
        exponent = min(float(np.dot(self.stranger_weights, asked.of_strangers(score))), 300.0)
        return -math.expm1(-(10.0**exponent))

    def threshold(self, fpir: float, asked: Asked) -> float:
        """Finds the score that such a search reaches with probability `fpir`."""
        expected = math.log10(-math.log1p(-min(max(fpir, 1e-12), 1 - 1e-12)))
        low, high = 0.0, HIGHEST
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            if float(np.dot(self.stranger_weights, asked.of_strangers(middle))) > expected:
                low = middle
            else:
                high = middle
        return high if low else 0.0
