"""Reads scores of one calibration as those of another sensor: how far its non-mated pairs come, in the first one's scores.

Two numbers say it: where the rate of `RATE` lies on the new sensor, and how steeply its rates fall beyond. Both are counted,
and both stay near "no change" where few pairs were seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

RATE = 0.02  # false match rate beyond which non-mated pairs are the tail
KNEE = -10 * math.log10(RATE)  # its score
WORTH = 50.0  # non-mated pairs of the tail that "no change" counts for
LEAST, MOST = 0.5, 2.0  # nothing is stretched further: the sensor, or the prints, are then of another kind


@dataclass(frozen=True)
class Stretch:
    """below  score units that one unit up to `KNEE` becomes
    beyond  the same of a unit beyond it
    """

    below: float = 1.0
    beyond: float = 1.0

    def __call__(self, score: np.ndarray) -> np.ndarray:
        """Stretches scores, (m,) float64, which keep their order."""
        score = np.asarray(score, np.float64)
        return np.minimum(score, KNEE) * self.below + np.maximum(score - KNEE, 0.0) * self.beyond


NONE = Stretch()


def fit(score: np.ndarray, fingers: int, worth: float = WORTH) -> Stretch:
    """Fits it to the scores (n,) of non-mated pairs of so many fingers. No pairs, no change.

    Pairs of one finger are alike: the tail counts for no more pairs than there are fingers.
    """
    score = np.asarray(score, np.float64)
    tail = score[score > KNEE]
    expected = RATE * len(score)
    share = min(1.0, fingers / max(len(tail), expected, 1.0))
    rate = RATE * (share * len(tail) + worth) / (share * expected + worth)
    steep = (share * len(tail) + worth) / (share * float((tail - KNEE).sum()) * math.log(10) / 10 + worth)
    return Stretch(_held(-10 * math.log10(min(rate, 0.9)) / KNEE), _held(steep))


def _held(value: float) -> float:
    return min(max(value, LEAST), MOST)
