"""Fingers as minutiae only, thousands a second: strangers for galleries of any size, that crowd as real ones do.

A finger's flow, the area that touched the sensor, and the minutiae inside its cores are drawn from the model "fingers"
(fingers.py); the other minutiae are scattered over the area by the model's densities and by what their neighbours make of
these. The densities are sharpened, and flows drawn more alike, than real prints have them, until strangers enter a shortlist
nearly as often as real strangers do (docs/crowding.md).

Each finger depends on (seed, its number) alone, so that any slice of a set can be made again, on any number of processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.learned import Models, shipped
from biomatch.synthesis import fingers
from biomatch.synthesis.distortion import Motion, PlaneMap, carry, random_distortion
from biomatch.template import BIFURCATION, ENDING, POSITION_STEPS, QUALITY_STEPS, TURN_STEPS, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

MADE_BY = "synthetic/4"


@dataclass(frozen=True)
class TemplateParams:
    """Chosen by the rate at which real strangers enter a shortlist beside these, at equal size (`evaluation.crowding`)."""

    sharpness: float = 3.0  # exponent of the fitted densities: at 1 strangers are too unlike
    spread: float = 0.35  # of the flow's first components
    detail: float = 0.4  # of the others
    tight: float = 0.5  # of the chains' deviations
    company: float = 1.3  # exponent of what neighbours add to the densities
    rounds: int = 1  # in which each minutia is placed anew, among all others: more change little, and take as long again
    fewest: int = 6
    most: tuple[int, int] = (130, 110)  # sure, doubtful
    edge_px: float = 1.0  # from the edge of the area
    margin_px: int = 12  # of the image around the area
    ending_share: float = 0.57


TEMPLATES = TemplateParams()

_CHUNK = 256  # fingers whose random numbers are drawn together
_TRIES = 4  # places that a minutia chooses from


def synthesise_templates(
    count: int, seed: int, *, first: int = 0, params: TemplateParams = TEMPLATES, models: Models | None = None
) -> list[Template]:
    """Fingers number `first` to `first + count - 1` of the set that `seed` names, one plain impression each.

    Raises ModelMissing, ModelDamaged.
    """
    arrays = (models or shipped()).arrays(fingers.MODEL)
    made: list[Template] = []
    for chunk in range(first // _CHUNK, -(-(first + count) // _CHUNK)):
        low = max(first - chunk * _CHUNK, 0)
        high = min(first + count - chunk * _CHUNK, _CHUNK)
        made.extend(_templates(arrays, np.random.default_rng([seed, chunk]), low, high, params))
    return made


def _templates(
    arrays: Mapping[str, np.ndarray], rng: np.random.Generator, low: int, high: int, params: TemplateParams
) -> list[Template]:
    positions = rng.integers(1, 11, _CHUNK)
    print_quality = np.clip(rng.normal(70, 14, _CHUNK), 20, 98).astype(int)
    drawn = fingers.draw(arrays, rng, _CHUNK, params.spread, params.detail)
    inner = fingers.chains(arrays, drawn, rng, params.tight)
    fixed = np.array([len(chain) for chain in inner])
    sure, doubtful = _counts(arrays, rng, drawn, params)
    ends = np.cumsum(np.maximum(sure - fixed, 0) + fixed + doubtful)
    starts = np.concatenate([[0], ends[:-1]])
    place = np.zeros((ends[-1], 3))
    for at, chain in zip(starts, inner, strict=True):
        place[at : at + len(chain)] = chain
    total = int(ends[-1])
    direction, fan = fingers.fan(drawn.double)
    scatter(
        drawn.double, direction, fan, drawn.inside, np.exp(params.sharpness * arrays["density"]), fingers.FAN_EDGES,
        fingers.EDGE_EDGES, starts, fixed, ends - doubtful, ends, params.edge_px, arrays["apart"],
        np.exp(params.company * arrays["pairs"]),
        rng.random((total, 1 + params.rounds, _TRIES, 3)), rng.random((total, 1 + params.rounds)), place,
    )  # fmt: skip
    which = (np.arange(total) >= np.repeat(ends - doubtful, np.diff(ends, prepend=0))).astype(np.int64)
    quality = arrays["quality"][which, rng.integers(0, arrays["quality"].shape[1], total)]
    kind = np.where(rng.random(total) < params.ending_share, ENDING, BIFURCATION).astype(np.uint8)
    return [
        _template(place[a:b], kind[a:b], quality[a:b], drawn.inside[i], int(positions[i]), int(print_quality[i]), params)
        for i, (a, b) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True))
        if low <= i < high
    ]


def _counts(
    arrays: Mapping[str, np.ndarray], rng: np.random.Generator, drawn: fingers.Fields, params: TemplateParams
) -> tuple[np.ndarray, np.ndarray]:
    """How many sure and how many doubtful minutiae each finger has, (n,) int64."""
    area = (drawn.inside > 0).sum(axis=(1, 2)) * float(fingers.STEP_PX**2)
    size = np.log(np.maximum(area, 2e4) / 1e5)
    mean = arrays["count"][0] + size[:, None] * arrays["count"][1]
    counts = np.exp(mean + rng.standard_normal(mean.shape) @ arrays["count_root"].T)
    sure, doubtful = np.rint(counts - (0, 0.2)).astype(np.int64).T
    return np.clip(sure, params.fewest, params.most[0]), np.clip(doubtful, 0, params.most[1])


def _template(
    place: np.ndarray, kind: np.ndarray, quality: np.ndarray, inside: np.ndarray, position: int, print_quality: int,
    params: TemplateParams,
) -> Template:  # fmt: skip
    """On the template's grid; the image is the area that touched, with a margin."""
    rows, columns = np.nonzero((inside > 0).any(axis=1))[0], np.nonzero((inside > 0).any(axis=0))[0]
    left = min(fingers.LEFT_PX + fingers.STEP_PX * columns[0], float(place[:, 0].min())) - params.margin_px
    top = min(fingers.TOP_PX + fingers.STEP_PX * rows[0], float(place[:, 1].min())) - params.margin_px
    x, y = (
        np.rint((place[:, 0] - left) * POSITION_STEPS) / POSITION_STEPS,
        np.rint((place[:, 1] - top) * POSITION_STEPS) / POSITION_STEPS,
    )
    right = max(fingers.LEFT_PX + fingers.STEP_PX * columns[-1] - left, float(x.max()))
    bottom = max(fingers.TOP_PX + fingers.STEP_PX * rows[-1] - top, float(y.max()))
    turns = np.rint(place[:, 2] * (TURN_STEPS / (2 * np.pi))).astype(np.int64) % TURN_STEPS
    minutiae = Minutiae(
        x.astype(np.float32),
        y.astype(np.float32),
        (turns * (2 * np.pi / TURN_STEPS)).astype(np.float32),
        kind,
        (np.rint(quality * QUALITY_STEPS) / QUALITY_STEPS).astype(np.float32),
    )
    width, height = int(right) + params.margin_px, int(bottom) + params.margin_px
    return Template(minutiae, width, height, FingerPosition(position), ImpressionType.LIVE_SCAN_PLAIN, print_quality, MADE_BY)


@njit(nogil=True, cache=True)
def scatter(
    double: np.ndarray,
    direction: np.ndarray,
    fan: np.ndarray,
    inside: np.ndarray,
    rates: np.ndarray,
    fan_edges: np.ndarray,
    edge_edges: np.ndarray,
    starts: np.ndarray,
    fixed: np.ndarray,
    doubtful: np.ndarray,
    ends: np.ndarray,
    edge_px: float,
    apart: np.ndarray,
    pairs: np.ndarray,
    chance: np.ndarray,
    pick: np.ndarray,
    place: np.ndarray,
) -> None:
    """Scatters minutiae over n fingers, by the rates at the nodes of the grid and by what their neighbours make of them.

    double      (n, h, w, 2) float32  as `fingers.Fields`
    direction, fan  (n, h, w) float32   as `fingers.fan`
    inside      (n, h, w) float32     px from the edge
    rates       (2, r) float64        factors of the rate by fan, place, and distance from the edge: sure, doubtful
    fan_edges, edge_edges             of `fingers`
    starts, doubtful, ends  (n,)      rows of `place` of each finger: its first, its first doubtful one, behind its last
    fixed       (n,)                  how many of its first rows are placed already
    edge_px     nodes nearer to the edge bear nothing
    apart       (3,)                  px that are kept free: between sure ones, sure and doubtful, doubtful ones
    pairs       (3, c) float64        factors of the rate by where a neighbour lies (`fingers.pair_cell`): both sure, one, none
    chance      (m, s, t, 3) float64  in [0, 1): node, and where about it; t places are offered in each of s rounds
    pick        (m, s) float64        in [0, 1): which of them is taken, by the factors of its neighbours
    place       (m, 3) float64        x, y, direction: filled in

    In the first round a minutia has those before it as neighbours, later all, and may stay where it is. Sampling: Andrieu, Lee,
    Vihola, "Uniform ergodicity of the iterated conditional SMC", Bernoulli 2018. Twin: tests/synthesis/test_templates.py
    """
    n, rows, columns = inside.shape
    sums = np.empty((2, 2 * rows * columns))
    tries = chance.shape[2]
    offered, factor = np.empty((tries + 1, 5)), np.empty(tries + 1)
    known = np.empty((np.max(ends - starts), 5))  # of one finger: x, y, direction, its cosine, its sine
    for f in range(n):
        _add_up(fan[f], inside[f], rates, fan_edges, edge_edges, edge_px, sums)
        first, vague, end = starts[f], doubtful[f] - starts[f], ends[f] - starts[f]
        for p in range(fixed[f]):
            known[p, :3] = place[first + p]
            known[p, 3], known[p, 4] = np.cos(known[p, 2]), np.sin(known[p, 2])
        for s in range(chance.shape[1]):
            for p in range(fixed[f], end):
                for t in range(tries):
                    _offer(double[f], direction[f], sums[1 if p >= vague else 0], chance[first + p, s, t], offered[t])
                count, seen = tries, p
                if s:
                    count, seen = tries + 1, end
                    offered[tries] = known[p]
                total = 0.0
                for t in range(count):
                    total += _company(offered[t], known[:seen], p, vague, apart, pairs)
                    factor[t] = total
                taken = min(np.searchsorted(factor[:count], pick[first + p, s] * total, side="right"), count - 1)
                known[p] = offered[taken]
        place[first : ends[f]] = known[:end, :3]


@njit(nogil=True, cache=True)
def _add_up(fan, inside, rates, fan_edges, edge_edges, edge_px, sums):  # type: ignore[no-untyped-def]
    """Running sums (2, 2 h w) of the rates at the nodes of one finger, along the flow and against it; else as `scatter`."""
    rows, columns = inside.shape
    fans, first_edge = len(fan_edges) + 1, rates.shape[1] - len(edge_edges) - 1
    across = -(-columns // fingers.CELL)
    totals = np.zeros(2)
    for j in range(rows):
        for i in range(columns):
            at = 2 * (j * columns + i)
            if inside[j, i] <= edge_px:
                sums[:, at] = totals
                sums[:, at + 1] = totals
                continue
            edge = first_edge + np.searchsorted(edge_edges, inside[j, i])
            cell = fans + (j // fingers.CELL) * across + i // fingers.CELL
            ahead = np.searchsorted(fan_edges, fan[j, i])
            behind = np.searchsorted(fan_edges, -fan[j, i])
            for q in range(2):
                here = rates[q, cell] * rates[q, edge]
                totals[q] += here * rates[q, ahead]
                sums[q, at] = totals[q]
                totals[q] += here * rates[q, behind]
                sums[q, at + 1] = totals[q]


@njit(nogil=True, cache=True)
def _offer(double, direction, sums, luck, out):  # type: ignore[no-untyped-def]
    """A place by the running sums (2 h w,) of the rates: out (5,) is filled with x, y, direction, its cosine, its sine.

    luck  (3,) in [0, 1): node, and where about it
    """
    columns = direction.shape[1]
    node = min(np.searchsorted(sums, luck[0] * sums[-1], side="right"), len(sums) - 1)
    j, i = node // 2 // columns, node // 2 % columns
    u, v = i + luck[1] - 0.5, j + luck[2] - 0.5
    angle = flow_at(double, u, v)
    meant = direction[j, i] + (np.pi if node % 2 else 0.0)
    angle += np.pi if np.cos(angle - meant) < 0 else 0.0
    out[0], out[1], out[2] = fingers.LEFT_PX + fingers.STEP_PX * u, fingers.TOP_PX + fingers.STEP_PX * v, angle
    out[3], out[4] = np.cos(angle), np.sin(angle)


@njit(nogil=True, cache=True)
def _company(at, known, own, doubtful, apart, pairs):  # type: ignore[no-untyped-def]
    """Product of the factors of neighbours `known` (n, 5) of a minutia `at` (5,), whose row is `own`; 0 if one is too near."""
    q = 1 if own >= doubtful else 0
    out = 1.0
    for o in range(len(known)):
        dx, dy = known[o, 0] - at[0], known[o, 1] - at[1]
        square = dx * dx + dy * dy
        if square >= 2 * fingers.REACH_PX**2 or o == own:
            continue
        both = q + (1 if o >= doubtful else 0)
        if square < apart[both] * apart[both]:
            return 0.0
        along = known[o, 3] * at[3] + known[o, 4] * at[4]
        cell = fingers.pair_cell(dx, dy, at[3], at[4], along)
        if cell >= 0:
            out *= pairs[both, cell]
    return out


@njit(nogil=True, cache=True)
def flow_at(double: np.ndarray, u: float, v: float) -> float:
    """Direction, rad counter-clockwise as seen, of a flow (h, w, 2) at column u and row v, between its nodes."""
    u = min(max(u, 0.0), double.shape[1] - 1.001)
    v = min(max(v, 0.0), double.shape[0] - 1.001)
    i, j = int(u), int(v)
    u -= i
    v -= j
    c = (1 - v) * ((1 - u) * double[j, i, 0] + u * double[j, i + 1, 0])
    c += v * ((1 - u) * double[j + 1, i, 0] + u * double[j + 1, i + 1, 0])
    s = (1 - v) * ((1 - u) * double[j, i, 1] + u * double[j, i + 1, 1])
    s += v * ((1 - u) * double[j + 1, i, 1] + u * double[j + 1, i + 1, 1])
    return -(0.5 * np.arctan2(s, c) + np.pi / 2)


@dataclass(frozen=True)
class PressParams:
    """Shares and deviations at strength 1, chosen so that scores of mates are spread as those of real ones on one sensor."""

    uneven: float = 0.6  # sd of the logarithm of an impression's own strength: most are alike, a few have little in common
    hardest: float = 3.0  # times the strength, at most
    shift_px: float = 18.0
    turn: float = 0.06  # rad: real mates differ by 2.4 degrees (median), one in ten by more than 7
    noise_px: float = 1.5
    noise_turn: float = 0.09  # rad
    sure_lost: float = 0.08
    doubtful_lost: float = 0.6  # more, of minutiae of quality 0
    cut: float = 0.12  # mean share of the minutiae that lie on a side that did not touch
    most_cut: float = 0.7
    extra: float = 0.16  # times as many minutiae are seen that are not there


PRESS = PressParams()


def press_again(template: Template, rng: np.random.Generator, strength: float = 1.0, params: PressParams = PRESS) -> Template:
    """Another impression of the same finger: displaced, distorted, one side not touched, some minutiae lost, others seen that
    are not there."""
    width, height = template.width, template.height
    own = strength * min(float(np.exp(params.uneven * rng.standard_normal())), params.hardest)
    shift = rng.normal(0, params.shift_px * own, 2)
    maps: list[PlaneMap] = [
        random_distortion(rng, width, height, own),
        Motion(float(rng.normal(0, params.turn * own)), (width / 2, height / 2), (float(shift[0]), float(shift[1]))),
    ]
    moved = carry(template.minutiae, maps, width, height)
    lost = own * (params.sure_lost + params.doubtful_lost * (1 - moved.quality))
    kept = moved[
        (rng.random(len(moved)) >= lost)
        & _touched(moved, rng, min(params.most_cut, params.cut * own * rng.standard_exponential()))
    ]
    extra = rng.poisson(params.extra * own * max(len(kept), 1))
    x = np.concatenate([kept.x + rng.normal(0, params.noise_px, len(kept)), rng.uniform(20, width - 20, extra)])
    y = np.concatenate([kept.y + rng.normal(0, params.noise_px, len(kept)), rng.uniform(20, height - 20, extra)])
    angle = np.concatenate([kept.angle + rng.normal(0, params.noise_turn, len(kept)), rng.uniform(0, 2 * np.pi, extra)])
    kind = np.concatenate([kept.kind, rng.integers(1, 3, extra)])
    quality = np.concatenate([kept.quality, _doubtful(rng, extra)])
    minutiae = Minutiae.of(np.clip(x, 0, width - 1), np.clip(y, 0, height - 1), angle, kind, quality)
    return Template(minutiae, width, height, template.position, template.impression, template.quality, MADE_BY)


def _touched(minutiae: Minutiae, rng: np.random.Generator, cut: float) -> np.ndarray:
    """(n,) bool: all but that share of them, on one side."""
    way = rng.uniform(0, 2 * np.pi)
    along = minutiae.x * np.cos(way) + minutiae.y * np.sin(way)
    return np.asarray(along >= np.quantile(along, cut)) if len(minutiae) else np.zeros(0, bool)


def _doubtful(rng: np.random.Generator, n: int) -> np.ndarray:
    """Qualities of minutiae that are not there, as the extractor gives them."""
    return np.asarray(np.clip(0.05 + 0.2 * rng.standard_exponential(n), 0.05, 0.9))
