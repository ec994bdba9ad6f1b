"""The pattern of a finger: its class, its singular points, and the orientation of its ridges everywhere.

The flow is that of Sherlock and Monro (cores and deltas turn it by half their bearing) plus a smooth part, which takes the
place of Vizcaya and Gerhardt's correction: it bends ridges round the fingertip, and is fitted to real fingers.

Sources: Sherlock, Monro, "A model for interpreting fingerprint topology", Pattern Recognition 1993; Vizcaya, Gerhardt, "A
nonlinear orientation model for global description of fingerprints", Pattern Recognition 1996.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from biomatch.synthesis import flow_statistics as real
from biomatch.vocabulary import FingerPosition


class PatternClass(StrEnum):
    """Henry's classes, as SFinGe tells them apart, and the double loop."""

    ARCH = "arch"
    TENTED_ARCH = "tented arch"
    LEFT_LOOP = "left loop"
    RIGHT_LOOP = "right loop"
    WHORL = "whorl"
    DOUBLE_LOOP = "double loop"


@dataclass(frozen=True)
class Pattern:
    """Ridge flow in the finger's own frame: px at 500 ppi, x right, y down, origin at the upper core (arch: at its middle).

    smooth  (9,) float64    coefficients of `smooth_basis`, rad
    cores   (k, 2) float64  where ridges turn back; k is 0, 1 or 2
    deltas  (k, 2) float64  where three flows meet
    waves   (m, 4) float64  small undulations: wave number in x and y (1/px), phase (rad), height (rad)
    """

    kind: PatternClass
    smooth: np.ndarray
    cores: np.ndarray
    deltas: np.ndarray
    waves: np.ndarray


@dataclass(frozen=True)
class PatternParams:
    """The numbers that the fitted statistics do not say."""

    spread: float = 0.85  # of the fitted deviation is drawn: part of it is error of measurement
    cut_sd: float = 2.3  # beyond it flows were not seen and may be impossible
    waves: int = 4
    wave_length_px: tuple[float, float] = (70.0, 200.0)  # shorter ones would be minutiae, longer ones are fitted
    wave_height: float = 0.035  # rad: with four of them 4 degrees, what the fit left over beyond measuring error
    tent_px: tuple[float, float] = (55.0, 95.0)  # core to delta of a tented arch: four to ten ridges below
    core_gap_px: float = 18.0  # two cores come no nearer: two ridges
    delta_gap_px: float = 45.0  # of a delta from a core: a loop has at least a few ridges between
    blunt: float = 0.85  # 1: a core is a half circle over parallel ridges; 0: they fan out from a point
    blunt_px: float = 38.0  # how far this reaches: four ridges
    double_lean: float = 0.45  # a double loop's cores lie side by side more than this share of their distance


PATTERN = PatternParams()

_KINDS = ("arch", "tented", "ulnar", "radial", "whorl", "double")
_SHARES: Mapping[str, tuple[float, ...]] = {
    # Averages: arch 3.4, tented 2.0, loops 62, whorls and double loops 32 %, near SFinGe's 3.7, 2.9, 65.5, 27.9; that thumbs
    # and ring fingers bear whorls, index fingers arches and radial loops: Cummins and Midlo, "Finger prints, palms and soles".
    "thumb": (0.03, 0.01, 0.59, 0.01, 0.25, 0.11),
    "index": (0.06, 0.05, 0.35, 0.20, 0.28, 0.06),
    "middle": (0.05, 0.03, 0.70, 0.03, 0.15, 0.04),
    "ring": (0.02, 0.01, 0.52, 0.01, 0.41, 0.03),
    "little": (0.01, 0.01, 0.83, 0.01, 0.11, 0.03),
}
_ORDER = tuple(_SHARES)


def draw_class(rng: np.random.Generator, position: FingerPosition) -> PatternClass:
    """Draws a class in the natural proportions of this finger; of any finger where the position is unknown."""
    left = position >= FingerPosition.LEFT_THUMB
    place = (int(position) - 1) % 5
    if position == FingerPosition.UNKNOWN:
        place, left = int(rng.integers(5)), bool(rng.integers(2))
    kind = _KINDS[int(np.searchsorted(np.cumsum(_SHARES[_ORDER[place]]), rng.random(), side="right").clip(0, 5))]
    if kind in ("ulnar", "radial"):  # ulnar loops open towards the little finger: on a right hand's print to the right
        return PatternClass.RIGHT_LOOP if (kind == "ulnar") != left else PatternClass.LEFT_LOOP
    return {
        "arch": PatternClass.ARCH,
        "tented": PatternClass.TENTED_ARCH,
        "whorl": PatternClass.WHORL,
        "double": PatternClass.DOUBLE_LOOP,
    }[kind]


def draw_pattern(rng: np.random.Generator, kind: PatternClass, params: PatternParams = PATTERN) -> Pattern:
    """Draws a finger of a class. Drawn again while its singular points lie impossibly near each other."""
    while True:
        numbers, mirrored = _numbers(rng, kind, params)
        points = 100.0 * numbers[9:].reshape(-1, 2)
        pairs = (len(points) + 1) // 2
        cores = np.concatenate([np.zeros((min(pairs, 1), 2)), points[: max(pairs - 1, 0)]])
        deltas = points[max(pairs - 1, 0) :]
        if _possible(kind, cores, deltas, params):
            break
    smooth = numbers[:9]
    if mirrored:
        smooth, cores, deltas = smooth * _MIRROR, cores * (-1, 1), deltas * (-1, 1)
    return Pattern(kind, smooth, cores, deltas, _waves(rng, params))


def orientation(pattern: Pattern, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Computes ridge orientation in [0, pi), rad counter-clockwise as seen, at points of the finger's frame; shape of x and
    y."""
    theta = smooth_basis(x, y) @ pattern.smooth
    for sign, poles in ((0.5, pattern.cores), (-0.5, pattern.deltas)):
        for px, py in poles:
            theta = theta + sign * np.arctan2(py - y, x - px)
    for wx, wy, phase, height in pattern.waves:
        theta = theta + height * np.sin(wx * x + wy * y + phase)
    turned = np.mod(theta + np.pi / 2, np.pi) - np.pi / 2
    share = real.TIP_SHARE * np.clip((-np.asarray(y) - real.TIP_FROM_PX) / real.TIP_OVER_PX, 0, 1)
    flatter: np.ndarray = turned + share * (-real.TIP_LEAN * np.tanh(np.asarray(x) / real.TIP_WIDE_PX) - turned)
    return np.mod(flatter, np.pi)


def rounded(pattern: Pattern, theta: np.ndarray, x: np.ndarray, y: np.ndarray, params: PatternParams = PATTERN) -> np.ndarray:
    """Makes the flow with blunt cores: ridges turn over in a half circle and run on side by side, where the plain model's fan
    out.

    theta  orientation at (x, y), as `orientation` gives it; the same shape is returned, in [0, pi).

    After Vizcaya and Gerhardt: round a core the flow turns with its bearing above, and hardly at all below.
    """
    for at in range(len(pattern.cores)):
        px, py = pattern.cores[at]
        others = Pattern(pattern.kind, pattern.smooth, np.delete(pattern.cores, at, axis=0), pattern.deltas, pattern.waves)
        axis = 2 * float(orientation(others, np.array([px]), np.array([py]))[0])
        bearing = np.mod(np.arctan2(py - y, x - px) - axis + np.pi, 2 * np.pi) - np.pi
        blunt = np.sign(bearing) * np.maximum(np.abs(bearing) - np.pi / 2, 0)
        near = params.blunt * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * params.blunt_px**2))
        theta = theta + near * (blunt - bearing / 2)
    turned: np.ndarray = np.mod(theta, np.pi)
    return turned


def smooth_basis(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Computes the smooth part's functions of u = tanh(x / 150 px) and v = tanh(y / 200 px), which level off outside, (...,
    9)."""
    u, v = np.tanh(np.asarray(x) / REACH_X_PX), np.tanh(np.asarray(y) / REACH_Y_PX)
    return np.stack([np.ones_like(u), u, v, u * v, u * u, v * v, u**3, u * v * v, u * u * v], axis=-1)


REACH_X_PX = 150.0
REACH_Y_PX = 200.0

_MIRROR = np.array([-1, 1, -1, 1, -1, -1, 1, 1, -1.0])  # a mirror image turns the other way: terms even in x change sign


def _numbers(rng: np.random.Generator, kind: PatternClass, params: PatternParams) -> tuple[np.ndarray, bool]:
    """Draws a row of flow_statistics, and whether the finger is its mirror image."""
    draws = np.clip(rng.standard_normal(15), -params.cut_sd, params.cut_sd) * params.spread
    if kind == PatternClass.ARCH:
        return real.ARCH_MEAN + real.ARCH_SPREAD @ draws[:9], False
    if kind == PatternClass.TENTED_ARCH:
        row = real.LOOP_MEAN + real.LOOP_SPREAD @ draws[:11]
        row[:9] *= np.where(_MIRROR > 0, 1.0, 0.4)  # a tent stands upright: little that is even in x
        row[9:] = 0.06 * draws[9], rng.uniform(*params.tent_px) / 100
        return row, bool(rng.integers(2))
    if kind in (PatternClass.LEFT_LOOP, PatternClass.RIGHT_LOOP):
        return real.LOOP_MEAN + real.LOOP_SPREAD @ draws[:11], kind == PatternClass.LEFT_LOOP
    return real.WHORL_MEAN + real.WHORL_SPREAD @ draws, bool(rng.integers(2))


def _possible(kind: PatternClass, cores: np.ndarray, deltas: np.ndarray, params: PatternParams) -> bool:
    if not len(cores):
        return True
    gaps = np.linalg.norm(cores[:, None] - deltas[None], axis=-1)
    if gaps.min() < params.delta_gap_px or deltas[:, 1].min() < 15:
        return False
    if kind in (PatternClass.LEFT_LOOP, PatternClass.RIGHT_LOOP):
        return bool(deltas[0, 0] < -12)  # else it is a tented arch
    if len(cores) == 1:
        return True
    dx, dy = cores[1]
    leaning = abs(dx) > params.double_lean * float(np.hypot(dx, dy))
    beside = bool(deltas[0, 0] < min(0.0, dx) - 15 and deltas[1, 0] > max(0.0, dx) + 15)
    return beside and dy > params.core_gap_px and leaning == (kind == PatternClass.DOUBLE_LOOP)


def _waves(rng: np.random.Generator, params: PatternParams) -> np.ndarray:
    turn = rng.uniform(0, 2 * np.pi, params.waves)
    number = 2 * np.pi / rng.uniform(*params.wave_length_px, params.waves)
    phase = rng.uniform(0, 2 * np.pi, params.waves)
    height = np.full(params.waves, params.wave_height)
    return np.stack([number * np.cos(turn), number * np.sin(turn), phase, height], axis=1)
