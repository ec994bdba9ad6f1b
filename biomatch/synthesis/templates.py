"""Fingers as minutiae only, thousands a second: distractors for galleries of any size.

A finger has a pattern; minutiae are scattered over the contact area by a hard-core process whose density and whose choice of
direction follow from the ridges: where they fan out, or lie closer further on, new ones must begin, and their minutiae point
that way. (On real prints 93 % point the way in which the flow around them fans out.) It is this that makes strangers alike.

Each finger depends on (seed, its number) alone, so that any slice of a set can be made again, on any number of processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.synthesis.distortion import Motion, PlaneMap, carry, random_distortion
from biomatch.synthesis.pattern import REACH_X_PX, REACH_Y_PX, Pattern, draw_class, draw_pattern
from biomatch.template import BIFURCATION, ENDING, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

MADE_BY = "synthetic/1"


@dataclass(frozen=True)
class TemplateParams:
    """Fitted so that strangers crowd as real ones do, with what the classical extractor finds, weak minutiae included.

    119 real strangers (FVC2000) against as many of these, probed with 51 real fingers (CrossMatch): the nearest descriptor
    of another finger is 3.5 % farther away at the 10 % point and 1 % at the 1 % point; 0.5 % of relaxed scores lie above
    the 99 % point of the real ones.

    Densities are per px^2 at 500 ppi.
    """

    sides_px: tuple[tuple[int, int], ...] = ((300, 300), (256, 364), (388, 374), (326, 357), (504, 480))  # common sensors
    half_width_px: tuple[float, float] = (140.0, 20.0)  # mean, sd of the half axes of the contact area, which the
    half_height_px: tuple[float, float] = (190.0, 28.0)  # sensor's window cuts: 80,000 to 130,000 px^2 are left
    off_centre_px: float = 25.0  # fingers are put down so exactly
    core_above_px: float = 22.0  # the upper core lies above the middle of the contact area
    turn_sd: float = 0.17  # rad: 10 degrees
    density_share: float = 2.4  # times the demand are thrown: most fall where neighbours stand too near
    density_sd: float = 0.16  # of its logarithm, from finger to finger
    quiet_density: float = 0.5e-4  # where nothing is demanded
    demand_cap: float = 25e-4  # next to singular points the demand has no bound
    ridge_px: float = 8.8
    squeeze: float = 0.012  # share by which a wave changes the ridges' period
    squeezes: int = 5
    squeeze_px: tuple[float, float] = (80.0, 260.0)  # wave lengths
    alike: tuple[float, float] = (0.8, 0.5)  # reach along and across the ridges, in mean spacings, within which minutiae
    # that point the same way keep others off: ridges end at even steps, or the next would have no room
    contrary: tuple[float, float] = (0.25, 0.15)  # the same, for those that point opposite ways
    nearest_share: float = 0.35  # of that reach: nearer comes none
    turn_noise: float = 0.06  # rad: 3.4 degrees about the flow, as on grown ridges
    ending_share: float = 0.57
    doubtful_share: float = 0.32  # pairs of weak minutiae for each sure one: a broken or a bridged ridge gives two, a few px
    # apart, that point opposite ways
    doubtful_gap_px: float = 6.0
    doubtful_noise: float = 0.2  # rad, 11 degrees
    patch_px: float = 40.0  # they gather where the print is poor
    most: int = 160


TEMPLATES = TemplateParams()

_CHUNK = 256  # fingers whose random numbers are drawn together
_THROWS = 1_400  # darts a finger at most; about one in twelve stays


def synthesise_templates(count: int, seed: int, *, first: int = 0, params: TemplateParams = TEMPLATES) -> list[Template]:
    """Fingers number `first` to `first + count - 1` of the set that `seed` names, one plain impression each."""
    made: list[Template] = []
    for chunk in range(first // _CHUNK, -(-(first + count) // _CHUNK)):
        low = max(first - chunk * _CHUNK, 0)
        high = min(first + count - chunk * _CHUNK, _CHUNK)
        made.extend(_templates(seed, chunk, low, high, params))
    return made


def press_again(template: Template, rng: np.random.Generator, strength: float = 1.0) -> Template:
    """Another impression of the same finger: displaced, distorted, some minutiae lost, others seen that are not there."""
    width, height = template.width, template.height
    shift = rng.normal(0, 18 * strength, 2)
    maps: list[PlaneMap] = [
        random_distortion(rng, width, height, strength),
        Motion(float(rng.normal(0, 0.15 * strength)), (width / 2, height / 2), (float(shift[0]), float(shift[1]))),
    ]
    moved = carry(template.minutiae, maps, width, height)
    kept = moved[rng.random(len(moved)) > 0.2 * strength]
    extra = rng.poisson(0.12 * strength * max(len(kept), 1))
    x = np.concatenate([kept.x + rng.normal(0, 1.5, len(kept)), rng.uniform(20, width - 20, extra)])
    y = np.concatenate([kept.y + rng.normal(0, 1.5, len(kept)), rng.uniform(20, height - 20, extra)])
    angle = np.concatenate([kept.angle + rng.normal(0, 0.1, len(kept)), rng.uniform(0, 2 * np.pi, extra)])
    kind = np.concatenate([kept.kind, rng.integers(1, 3, extra)])
    quality = np.concatenate([kept.quality, _qualities(rng, extra) * 0.6])
    minutiae = Minutiae.of(np.clip(x, 0, width - 1), np.clip(y, 0, height - 1), angle, kind, quality)
    return Template(minutiae, width, height, template.position, template.impression, template.quality, MADE_BY)


def _templates(seed: int, chunk: int, low: int, high: int, params: TemplateParams) -> Iterator[Template]:
    rng = np.random.default_rng([seed, chunk])
    positions = [FingerPosition(int(p)) for p in rng.integers(1, 11, _CHUNK)]
    patterns = [draw_pattern(rng, draw_class(rng, position)) for position in positions]
    sides = np.array(params.sides_px)[rng.integers(len(params.sides_px), size=_CHUNK)]
    place, throws = _placements(rng, sides, params)
    x, y, angle, counts = scatter(
        *_stacked(patterns),
        _squeezes(rng, _CHUNK, params),
        place,
        sides,
        throws,
        rng.random((_CHUNK, _THROWS, 4)),
        params.turn_noise * rng.standard_normal((_CHUNK, _THROWS)),
        np.array([params.quiet_density, 1 / params.ridge_px, params.demand_cap]),
        np.array([*params.alike, *params.contrary, params.nearest_share]),
        params.most,
    )
    kinds = np.where(rng.random(x.shape) < params.ending_share, ENDING, BIFURCATION)
    qualities = _qualities(rng, x.size).reshape(x.shape)
    print_quality = np.clip(rng.normal(70, 14, _CHUNK), 20, 98).astype(int)
    doubts = rng.poisson(params.doubtful_share * counts)
    for i in range(_CHUNK):
        n = counts[i]
        sure = np.stack([x[i, :n], y[i, :n], angle[i, :n], kinds[i, :n], qualities[i, :n]])
        doubtful = _doubtful(rng, sure, place[i], sides[i], int(doubts[i]), params)
        if not low <= i < high:
            continue
        width, height = int(sides[i, 0]), int(sides[i, 1])
        minutiae = Minutiae.of(*np.concatenate([sure, doubtful], axis=1))
        yield Template(minutiae, width, height, positions[i], ImpressionType.LIVE_SCAN_PLAIN, int(print_quality[i]), MADE_BY)


def _placements(rng: np.random.Generator, sides: np.ndarray, params: TemplateParams) -> tuple[np.ndarray, np.ndarray]:
    """(n, 7) float64: contact centre x, y, its half axes, origin of the pattern x, y, turn; and darts to throw (n,)."""
    n = len(sides)
    middle = sides / 2 + rng.normal(0, params.off_centre_px, (n, 2)) * (sides / 400)
    axes = np.stack([rng.normal(*params.half_width_px, n), rng.normal(*params.half_height_px, n)], axis=1).clip(70, 230)
    origin = middle + rng.normal(0, params.off_centre_px, (n, 2)) - (0, params.core_above_px)
    turn = rng.normal(0, params.turn_sd, n)
    highest = np.hypot(params.quiet_density, params.demand_cap)
    density = params.density_share * highest * np.exp(rng.normal(0, params.density_sd, n))
    throws = rng.poisson(4 * axes[:, 0] * axes[:, 1] * density).clip(30, _THROWS)
    return np.concatenate([middle, axes, origin, turn[:, None]], axis=1), throws.astype(np.int64)


def _stacked(patterns: list[Pattern]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """smooth (n, 9), poles (n, 4, 3) as x, y and +0.5 for a core, -0.5 for a delta, 0 for none; waves (n, m, 4)."""
    poles = np.zeros((len(patterns), 4, 3))
    for i, pattern in enumerate(patterns):
        cores, deltas = len(pattern.cores), len(pattern.deltas)
        poles[i, :cores, :2], poles[i, :cores, 2] = pattern.cores, 0.5
        poles[i, cores : cores + deltas, :2], poles[i, cores : cores + deltas, 2] = pattern.deltas, -0.5
    return np.stack([pattern.smooth for pattern in patterns]), poles, np.stack([pattern.waves for pattern in patterns])


def _squeezes(rng: np.random.Generator, n: int, params: TemplateParams) -> np.ndarray:
    """(n, m, 4): waves of the period, laid out as those of the flow."""
    shape = (n, params.squeezes)
    turn, phase = rng.uniform(0, 2 * np.pi, shape), rng.uniform(0, 2 * np.pi, shape)
    number = 2 * np.pi / rng.uniform(*params.squeeze_px, shape)
    return np.stack([number * np.cos(turn), number * np.sin(turn), phase, np.full(shape, params.squeeze)], axis=-1)


def _doubtful(
    rng: np.random.Generator, sure: np.ndarray, place: np.ndarray, sides: np.ndarray, pairs: int, params: TemplateParams
) -> np.ndarray:
    """(5, 2 m) rows x, y, angle, kind, quality of m weak pairs, in two poor patches of the print.

    Ridges run there as at the nearest sure minutia.
    """
    patches = place[:2, None] + place[2:4, None] * rng.uniform(-0.8, 0.8, (2, 2))
    spot = patches[:, rng.integers(0, 2, pairs)] + params.patch_px * rng.standard_normal((2, pairs))
    if not sure.shape[1]:
        return np.zeros((5, 0))
    nearest = np.hypot(sure[0][:, None] - spot[0], sure[1][:, None] - spot[1]).argmin(axis=0)
    angle = sure[2][nearest] + params.doubtful_noise * rng.standard_normal(pairs)
    gap = params.doubtful_gap_px * rng.standard_normal((2, pairs)) / 2
    low, high = np.array([[4.0], [4.0]]), sides[:, None] - 5.0
    x, y = np.clip(np.concatenate([spot - gap, spot + gap], axis=1), low, high)
    quality = np.clip(0.05 + 0.2 * rng.standard_exponential(2 * pairs), 0.05, 0.9)
    return np.stack([x, y, np.concatenate([angle, angle + np.pi]), rng.integers(1, 3, 2 * pairs), quality])


def _qualities(rng: np.random.Generator, n: int) -> np.ndarray:
    """Of minutiae that are there, as the extractor gives them: half above 0.97, one in twenty below 0.57."""
    return np.asarray(1 - 0.55 * rng.random(n) ** 5)


@njit(nogil=True, cache=True)
def flow_at(smooth: np.ndarray, poles: np.ndarray, waves: np.ndarray, x: float, y: float) -> tuple[float, float, float]:
    """Orientation at a point of the finger's frame, rad counter-clockwise as seen, and its change a px in x and y (down).

    smooth (9,), poles (4, 3), waves (m, 4) float64, as `_stacked` lays them. Twin: `pattern.orientation`.
    """
    u, v = np.tanh(x / REACH_X_PX), np.tanh(y / REACH_Y_PX)
    theta = smooth[0] + smooth[1] * u + smooth[2] * v + smooth[3] * u * v + smooth[4] * u * u + smooth[5] * v * v
    theta += smooth[6] * u**3 + smooth[7] * u * v * v + smooth[8] * u * u * v
    du = smooth[1] + smooth[3] * v + 2 * smooth[4] * u + 3 * smooth[6] * u * u + smooth[7] * v * v + 2 * smooth[8] * u * v
    dv = smooth[2] + smooth[3] * u + 2 * smooth[5] * v + 2 * smooth[7] * u * v + smooth[8] * u * u
    dx, dy = du * (1 - u * u) / REACH_X_PX, dv * (1 - v * v) / REACH_Y_PX
    for i in range(poles.shape[0]):
        if poles[i, 2] != 0.0:
            ax, ay = x - poles[i, 0], y - poles[i, 1]
            square = max(ax * ax + ay * ay, 1.0)
            theta += poles[i, 2] * np.arctan2(-ay, ax)
            dx += poles[i, 2] * ay / square
            dy -= poles[i, 2] * ax / square
    for i in range(waves.shape[0]):
        at = waves[i, 0] * x + waves[i, 1] * y + waves[i, 2]
        theta += waves[i, 3] * np.sin(at)
        slope = waves[i, 3] * np.cos(at)
        dx += slope * waves[i, 0]
        dy += slope * waves[i, 1]
    return theta, dx, dy


@njit(nogil=True, cache=True)
def scatter(
    smooth: np.ndarray,
    poles: np.ndarray,
    waves: np.ndarray,
    squeezes: np.ndarray,
    place: np.ndarray,
    sides: np.ndarray,
    throws: np.ndarray,
    darts: np.ndarray,
    turns: np.ndarray,
    densities: np.ndarray,
    reach: np.ndarray,
    most: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Throws darts at n contact areas; those that stick are minutiae.

    smooth, poles, waves  as `_stacked` lays them
    squeezes   (n, m, 4) float64  waves of the period, as `_squeezes` lays them
    place      (n, 7) float64   contact centre x, y and half axes, px; origin of the pattern x, y; turn, rad
    sides      (n, 2) int64     width, height of the image, px
    throws     (n,)   int64     darts for each
    darts      (n, t, 4) float64 in [0, 1): where (x, y), whether it stays, which way it points
    turns      (n, t) float64   noise of direction, rad
    densities  (3,)   float64   where nothing is demanded (1/px^2), ridges a px, most that is demanded (1/px^2)
    reach      (5,)   float64   along and across, mean spacings: of minutiae that point the same way, of others; and the
                                share of it that is kept free
    most       int              columns of what is returned
    returns    x, y (n, most) px, angle (n, most) rad, and how many of each row hold (n,) int64

    Twin: tests/synthesis/test_templates.py
    """
    n = place.shape[0]
    xs, ys, angles = np.zeros((n, most)), np.zeros((n, most)), np.zeros((n, most))
    counts = np.zeros(n, np.int64)
    highest = np.hypot(densities[0], densities[2])
    for i in range(n):
        cos, sin = np.cos(place[i, 6]), np.sin(place[i, 6])
        found = 0
        for t in range(throws[i]):
            if found == most:
                break
            ax, ay = 2 * darts[i, t, 0] - 1, 2 * darts[i, t, 1] - 1
            if ax * ax + ay * ay > 1.0:
                continue
            x, y = place[i, 0] + ax * place[i, 2], place[i, 1] + ay * place[i, 3]
            if x < 4.0 or y < 4.0 or x > sides[i, 0] - 5.0 or y > sides[i, 1] - 5.0:
                continue
            bx, by = x - place[i, 4], y - place[i, 5]
            fx, fy = cos * bx - sin * by, sin * bx + cos * by
            theta, dx, dy = flow_at(smooth[i], poles[i], waves[i], fx, fy)
            fan = -np.sin(theta) * dx - np.cos(theta) * dy
            for j in range(squeezes.shape[1]):
                kx, ky, phase, height = squeezes[i, j]
                slope = height * np.cos(kx * fx + ky * fy + phase)
                fan -= slope * (kx * np.cos(theta) - ky * np.sin(theta))
            demand = min(abs(fan) * densities[1], densities[2])
            density = np.hypot(densities[0], demand)
            keep = density / highest
            if darts[i, t, 2] >= keep:
                continue
            forward = 0.5 + (0.5 if fan > 0 else -0.5) * demand / density
            angle = theta + place[i, 6] + (0.0 if darts[i, t, 3] < forward else np.pi)
            c, s = np.cos(angle), np.sin(angle)
            for j in range(found):
                ax, ay = xs[i, j] - x, ys[i, j] - y
                along, across = c * ax - s * ay, s * ax + c * ay
                k = 0 if np.cos(angles[i, j] - angle) > 0 else 2
                room = np.hypot(along / reach[k], across / reach[k + 1]) * np.sqrt(density)
                keep *= min(max((room - reach[4]) / (1 - reach[4]), 0.0), 1.0)
            if darts[i, t, 2] >= keep:
                continue
            xs[i, found], ys[i, found] = x, y
            angles[i, found] = angle + turns[i, t]
            found += 1
        counts[i] = found
    return xs, ys, angles, counts
