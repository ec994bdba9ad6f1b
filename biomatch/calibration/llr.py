"""Raw scores to log10 likelihood ratios, within the limits that the data support.

Logistic calibration (Brummer and du Preez 2006); limits after the empirical lower and upper bound (ELUB: Vergeer, van Es,
de Jongh, Alberink, Stoel, Forensic Science International 266, 2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HELD = (1.0, 10.0)  # how firmly offset (natural log odds) and slope are held: one standard deviation of them is 1 and 0.3


@dataclass(frozen=True)
class LlrLine:
    """log10 LR = slope raw + offset, held within lower..upper."""

    slope: float
    offset: float
    lower: float
    upper: float

    def __call__(self, raw: np.ndarray) -> np.ndarray:
        """Returns (m,) float64 log10 likelihood ratios of raw scores."""
        return np.clip(self.slope * np.asarray(raw, np.float64) + self.offset, self.lower, self.upper)


def fit(
    mated: np.ndarray,
    non_mated: np.ndarray,
    stands: np.ndarray | None = None,
    mates: np.ndarray | None = None,
    rounds: int = 50,
) -> LlrLine:
    """Fits the line whose log odds at even priors fit best, by Newton's method, and its limits.

    mated, non_mated  (n,) float64 raw scores that the model was not trained on
    stands, mates       (n,) pairs that each non-mated, each mated pair stands for (default 1)
    """
    mates = np.ones(len(mated)) if mates is None else mates
    stands = np.ones(len(non_mated)) if stands is None else stands
    raw = np.concatenate([mated, non_mated])
    target = np.concatenate([np.ones(len(mated)), np.zeros(len(non_mated))])
    weight = np.concatenate([0.5 * mates / mates.sum(), 0.5 * stands / stands.sum()])
    design = np.stack([raw, np.ones_like(raw)], axis=1)
    line = np.array([1.0, 0.0])
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-np.clip(design @ line, -500, 500)))
        gradient = design.T @ (weight * (chance - target)) + 1e-6 * (line - (1.0, 0.0))
        curve = weight * np.maximum(chance * (1 - chance), 1e-9)
        step = np.linalg.solve(design.T @ (design * curve[:, None]) + 1e-6 * np.eye(2), gradient)
        line = line - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            break
    slope, offset = max(float(line[0]), 0.0) / np.log(10), float(line[1]) / np.log(10)
    lower, upper = limits(slope * mated + offset, slope * non_mated + offset, stands)
    return LlrLine(float(slope), float(offset), lower, upper)


def turn(mated: np.ndarray, non_mated: np.ndarray, fingers: int, rounds: int = 50) -> tuple[float, float]:
    """Fits the offset (log10) and slope that likelihood ratios of one calibration need to be those of another sensor.

    mated, non_mated  (n,) float64 log10 likelihood ratios of pairs of so many fingers, outside the limits, too

    Found as in `fit`, and held near 0 and 1 as a normal law with these as its middle holds them: the fewer fingers, the nearer.
    """
    raw = np.clip(np.concatenate([mated, non_mated]) * np.log(10), -30, 30)
    target = np.concatenate([np.ones(len(mated)), np.zeros(len(non_mated))])
    weight = np.concatenate([np.full(len(one), fingers / (2 * max(1, len(one)))) for one in (mated, non_mated)])
    design, middle, held = np.stack([np.ones_like(raw), raw], axis=1), np.array([0.0, 1.0]), np.diag(HELD)
    line = middle
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-np.clip(design @ line, -500, 500)))
        gradient = design.T @ (weight * (chance - target)) + held @ (line - middle)
        curve = weight * chance * (1 - chance)
        step = np.linalg.solve(design.T @ (design * curve[:, None]) + held, gradient)
        line = line - np.clip(step, -0.5, 0.5)
        if np.abs(step).max() < 1e-9:
            break
    return float(line[0]) / float(np.log(10)), max(float(line[1]), 0.1)


def limits(mated: np.ndarray, non_mated: np.ndarray, stands: np.ndarray) -> tuple[float, float]:
    """Finds the range of log10 LR in which the system still beats saying nothing, were one more misleading value to come.

    mated, non_mated  (n,) float64 log10 likelihood ratios of known pairs; stands (n,) pairs that each non-mated pair stands for

    At a threshold t the cost of acting on the LR is t FMR(t) + FNMR(t), that of saying nothing is min(1, t); one more
    misleading value at the far end is added to the side that would err.
    """
    grid = np.linspace(-8, 8, 1601)
    order = np.argsort(non_mated, kind="stable")
    total = float(stands.sum())
    above = total - np.append(0.0, np.cumsum(stands[order]))[np.searchsorted(non_mated[order], grid, side="right")]
    below = np.searchsorted(np.sort(mated), grid, side="left")
    odds = 10**grid
    high = odds * (above + 1) / (total + 1) + below / max(1, len(mated)) < 1
    low = above / max(1.0, total) + (below + 1) / (len(mated) + 1) / odds < 1
    upper = grid[(grid > 0) & high].max() if ((grid > 0) & high).any() else 0.0
    lower = grid[(grid < 0) & low].min() if ((grid < 0) & low).any() else 0.0
    return float(lower), float(upper)
