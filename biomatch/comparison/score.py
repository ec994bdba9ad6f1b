"""A logistic model over standardised, clipped evidence: the raw score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.errors import ModelDamaged

CLIP = 4.0  # standard deviations; beyond, an unusual value would speak louder than anything that was seen in training


@dataclass(frozen=True, eq=False)
class Logistic:
    """Log odds that two prints are of one finger, at even prior odds.

    mean, scale, weight  (f,) float64   of each feature
    bias                 float
    """

    mean: np.ndarray
    scale: np.ndarray
    weight: np.ndarray
    bias: float

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Computes (m,) float64 raw scores of (m, f) features, each summed in one fixed order."""
        return np.asarray(_log_odds(features, self.mean, self.scale, self.weight, self.bias))

    def shares(self, features: np.ndarray) -> np.ndarray:
        """Computes what each feature adds to the raw score, for explanations, (m, f) float64."""
        return np.asarray(np.clip((features - self.mean) / self.scale, -CLIP, CLIP) * self.weight)

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """Returns the arrays of a model file, their names beginning with `prefix`."""
        return {
            f"{prefix}_mean": self.mean,
            f"{prefix}_scale": self.scale,
            f"{prefix}_weight": self.weight,
            f"{prefix}_bias": np.array([self.bias]),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], prefix: str, count: int) -> Logistic:
        """Reads what `arrays` wrote, for `count` features. Raises ModelDamaged when it was fitted on another number."""
        mean, scale, weight, bias = (arrays[f"{prefix}_{part}"] for part in ("mean", "scale", "weight", "bias"))
        if len(weight) != count:
            reason = f"its score '{prefix}' was fitted on {len(weight)} features, this version measures {count}"
            raise ModelDamaged("comparison", reason)
        return cls(mean, scale, weight, float(bias[0]))


@njit(nogil=True, cache=True)
def _log_odds(features: np.ndarray, mean: np.ndarray, scale: np.ndarray, weight: np.ndarray, bias: float) -> np.ndarray:
    total = np.empty(len(features), np.float64)
    for r in range(len(features)):
        odds = bias
        for f in range(len(weight)):
            odds += min(CLIP, max(-CLIP, (features[r, f] - mean[f]) / scale[f])) * weight[f]
        total[r] = odds
    return total
