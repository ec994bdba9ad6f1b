"""Fingers as minutiae only, thousands a second: non-mated prints for galleries of any size, that crowd as real ones do.

A finger's flow, the area that touched the sensor, and the minutiae inside its cores are drawn from the model "fingers"
(fingers.py); the other minutiae are scattered over the area by the model's densities and by what their neighbours make of
these. The densities are sharpened, and flows drawn more alike, than real prints have them, until these prints enter a shortlist
nearly as often as real ones do (docs/research/crowding.md).

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
from biomatch.synthesis.versions import DRAWN
from biomatch.template import BIFURCATION, ENDING, POSITION_STEPS, QUALITY_STEPS, TURN_STEPS, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType


@dataclass(frozen=True)
class TemplateParams:
    """Chosen by the rate at which real prints enter a shortlist beside these, at equal size (`evaluation.crowding`)."""

    sharpness: float = 2.6  # exponent of the fitted densities: at 1 strangers are too unlike
    spread: float = 0.35  # of the flow's first components
    detail: float = 0.4  # of the others
    tight: float = 0.5  # of the chains' deviations
    company: float = 1.15  # exponent of what neighbours add to the densities
    rounds: int = 2  # in which each minutia is placed anew, among all others: a third changes little
    fewest: int = 6
    most: tuple[int, int] = (130, 110)  # sure, doubtful
    edge_px: float = 1.0  # from the edge of the area
    margin_px: int = 12  # of the image around the area
    ending_share: float = 0.57


TEMPLATES = TemplateParams()

_CHUNK = 256  # fingers whose random numbers are drawn together
_TRIES = 4  # places that a minutia chooses from
_GUIDE = 1024  # parts of the running sums: so many that a draw ends a few steps from where it begins


def synthesise_templates(
    count: int, seed: int, *, first: int = 0, params: TemplateParams = TEMPLATES, models: Models | None = None
) -> list[Template]:
    """Makes fingers number `first` to `first + count - 1` of the set that `seed` names, one plain impression each.

    Raises ModelMissing, ModelDamaged.
    """
    arrays = (models or shipped()).arrays(fingers.MODEL)
    made: list[Template] = []
    for chunk in range(first // _CHUNK, -(-(first + count) // _CHUNK) if count else 0):
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
    pairs = np.concatenate([params.company * arrays["pairs"], np.zeros((3, 1))], axis=1)
    asked = slice(low, high)  # the numbers are drawn for all, so that a finger is the same whoever is asked for beside it
    scatter(
        drawn.double[asked], fingers.fan(drawn.double[asked]), drawn.inside[asked],
        np.exp(params.sharpness * arrays["density"]), fingers.FAN_EDGES, fingers.EDGE_EDGES, starts[asked], fixed[asked],
        (ends - doubtful)[asked], ends[asked], params.edge_px, arrays["apart"], np.exp(pairs),
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
    """Draws how many sure and how many doubtful minutiae each finger has, (n,) int64."""
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
    """Makes a template, on the template's grid; the image is the area that touched, with a margin."""
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
    return Template(minutiae, width, height, FingerPosition(position), ImpressionType.LIVE_SCAN_PLAIN, print_quality, DRAWN)


@njit(nogil=True, cache=True)
def scatter(
    double: np.ndarray,
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
    """Draws minutiae over n fingers, by the rates at the nodes of the grid and by what their neighbours make of them.

    double      (n, h, w, 2) float32  as `fingers.Fields`
    fan         (n, h, w) float32     as `fingers.fan`
    inside      (n, h, w) float32     px from the edge
    rates       (2, r) float64        factors of the rate by fan, place, and distance from the edge: sure, doubtful
    fan_edges, edge_edges             of `fingers`
    starts, doubtful, ends  (n,)      rows of `place` of each finger: its first, its first doubtful one, behind its last
    fixed       (n,)                  how many of its first rows are placed already
    edge_px     nodes nearer to the edge bear nothing
    apart       (3,)                  px that are kept free: between sure ones, sure and doubtful, doubtful ones
    pairs       (3, c + 1) float64    factors of the rate by where a neighbour lies (`fingers.pair_cell`): both sure, one, none;
                                      the last of each row, that of a neighbour in no cell, is 1
    chance      (m, s, t, 3) float64  in [0, 1): node, and where about it; t places are offered in each of s rounds
    pick        (m, s) float64        in [0, 1): which of them is taken, by the factors of its neighbours
    place       (m, 3) float64        x, y, direction: filled in

    In the first round a minutia has those before it as neighbours, later all, and may stay where it is. Sampling: Andrieu, Lee,
    Vihola, "Uniform ergodicity of the iterated conditional SMC", Bernoulli 2018. Twin: tests/synthesis/test_templates.py
    """
    n, rows, columns = inside.shape
    nodes, sums = np.empty(2 * rows * columns, np.int64), np.empty((2, 2 * rows * columns))
    guides = np.empty((2, _GUIDE), np.int64)
    tries, most = chance.shape[2], np.max(ends - starts)
    offered, factor = np.empty((tries + 1, 4)), np.empty(tries + 1)
    known, near = np.empty((4, most)), np.empty(most, np.int64)  # of one finger: x, y, cosine and sine of the direction
    for f in range(n):
        bearing = _add_up(fan[f], inside[f], rates, fan_edges, edge_edges, edge_px, nodes, sums)
        for q in range(2):
            _guide(sums[q, :bearing], guides[q])
        first, vague, end = starts[f], doubtful[f] - starts[f], ends[f] - starts[f]
        for p in range(fixed[f]):
            known[0, p], known[1, p] = place[first + p, 0], place[first + p, 1]
            known[2, p], known[3, p] = np.cos(place[first + p, 2]), np.sin(place[first + p, 2])
        for s in range(chance.shape[1]):
            for p in range(fixed[f], end):
                q = 1 if p >= vague else 0
                for t in range(tries):
                    luck = chance[first + p, s, t]
                    node = nodes[_drawn(sums[q, :bearing], guides[q], luck[0])]
                    _offer(double[f], node, luck[1] - 0.5, luck[2] - 0.5, offered[t])
                count, seen = tries, p
                if s:
                    count, seen = tries + 1, end
                    offered[tries] = known[:, p]
                total = 0.0
                for t in range(count):
                    total += _company(offered[t], known, seen, p, vague, apart, pairs, near)
                    factor[t] = total
                taken = min(np.searchsorted(factor[:count], pick[first + p, s] * total, side="right"), count - 1)
                known[:, p] = offered[taken]
        for p in range(fixed[f], end):
            place[first + p, 0], place[first + p, 1] = known[0, p], known[1, p]
            place[first + p, 2] = np.arctan2(known[3, p], known[2, p])


@njit(nogil=True, cache=True)
def _add_up(fan, inside, rates, fan_edges, edge_edges, edge_px, nodes, sums):  # type: ignore[no-untyped-def]
    """Sums the rates at the m nodes of one finger that bear minutiae, along the flow and against it, running (2, m); else as
    `scatter`. `nodes` (m,) is filled with twice each node's number, one more against the flow. Returns m."""
    rows, columns = inside.shape
    fans, first_edge = len(fan_edges) + 1, rates.shape[1] - len(edge_edges) - 1
    across = -(-columns // fingers.CELL)
    totals = np.zeros(2)
    m = 0
    for j in range(rows):
        for i in range(columns):
            if inside[j, i] <= edge_px:
                continue
            edge = first_edge + np.searchsorted(edge_edges, inside[j, i])
            cell = fans + (j // fingers.CELL) * across + i // fingers.CELL
            ahead = np.searchsorted(fan_edges, fan[j, i])
            behind = np.searchsorted(fan_edges, -fan[j, i])
            for q in range(2):
                here = rates[q, cell] * rates[q, edge]
                sums[q, m] = totals[q] + here * rates[q, ahead]
                sums[q, m + 1] = totals[q] = sums[q, m] + here * rates[q, behind]
            nodes[m], nodes[m + 1] = 2 * (j * columns + i), 2 * (j * columns + i) + 1
            m += 2
    return m


@njit(nogil=True, cache=True)
def _guide(sums, guide):  # type: ignore[no-untyped-def]
    """Fills guide (g,) with the first row of running sums (m,) that exceeds each g-th part of the last.

    Source: Chen, Asau, "On generating random variates from an empirical distribution", AIIE Transactions 1974.
    """
    at = 0
    for g in range(len(guide)):
        while at < len(sums) - 1 and sums[at] <= g / len(guide) * sums[-1]:
            at += 1
        guide[g] = at


@njit(nogil=True, cache=True)
def _drawn(sums, guide, luck):  # type: ignore[no-untyped-def]
    """Finds the first row of running sums (m,) that exceeds the share `luck` in [0, 1) of the last."""
    at = guide[int(luck * len(guide))]
    while at < len(sums) - 1 and sums[at] <= luck * sums[-1]:
        at += 1
    return at


@njit(nogil=True, cache=True)
def _offer(double, node, right, down, out):  # type: ignore[no-untyped-def]
    """Fills out (4,) with x, y, cosine and sine of the direction of a place by a node (as `_add_up` numbers them), steps to the
    right of it and below."""
    columns = double.shape[1]
    j, i = node // 2 // columns, node // 2 % columns
    u, v = i + right, j + down
    meant_cos, meant_sin = flow_at(double, i, j)
    cos, sin = flow_at(double, u, v)
    way = (-1.0 if node % 2 else 1.0) * (1.0 if cos * meant_cos + sin * meant_sin >= 0 else -1.0)
    out[0], out[1] = fingers.LEFT_PX + fingers.STEP_PX * u, fingers.TOP_PX + fingers.STEP_PX * v
    out[2], out[3] = way * cos, way * sin


@njit(nogil=True, cache=True)
def _company(at, known, seen, own, doubtful, apart, pairs, near):  # type: ignore[no-untyped-def]
    """Multiplies the factors of the first `seen` neighbours `known` (4, n) of a minutia `at` (4,), whose number is `own`; 0 if
    one is too near. `near` (n,) is scratch: gathering first who is near, without a branch, makes this twice as fast."""
    q = 1 if own >= doubtful else 0
    count = 0
    for o in range(seen):
        dx, dy = known[0, o] - at[0], known[1, o] - at[1]
        near[count] = o
        count += int(dx * dx + dy * dy < 2 * fingers.REACH_PX**2) & int(o != own)
    out = 1.0
    for k in range(count):
        o = near[k]
        dx, dy = known[0, o] - at[0], known[1, o] - at[1]
        both = q + (1 if o >= doubtful else 0)
        if dx * dx + dy * dy < apart[both] * apart[both]:
            return 0.0
        along = known[2, o] * at[2] + known[3, o] * at[3]
        out *= pairs[both, fingers.pair_cell(dx, dy, at[2], at[3], along)]
    return out


@njit(nogil=True, cache=True)
def flow_at(double, u, v):  # type: ignore[no-untyped-def]
    """Returns cosine and sine of one direction (`fingers.ridge_of`) of a flow (h, w, 2) at column u and row v, between its
    nodes."""
    u = min(max(u, 0.0), double.shape[1] - 1.001)
    v = min(max(v, 0.0), double.shape[0] - 1.001)
    i, j = int(u), int(v)
    u -= i
    v -= j
    c = (1 - v) * ((1 - u) * double[j, i, 0] + u * double[j, i + 1, 0])
    c += v * ((1 - u) * double[j + 1, i, 0] + u * double[j + 1, i + 1, 0])
    s = (1 - v) * ((1 - u) * double[j, i, 1] + u * double[j, i + 1, 1])
    s += v * ((1 - u) * double[j + 1, i, 1] + u * double[j + 1, i + 1, 1])
    return fingers.ridge_of(c, s)


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
    """Makes another impression of the same finger: displaced, distorted, one side not touched, some minutiae lost, others seen
    that are not there."""
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
    return Template(minutiae, width, height, template.position, template.impression, template.quality, DRAWN)


def _touched(minutiae: Minutiae, rng: np.random.Generator, cut: float) -> np.ndarray:
    """Tells which minutiae are touched: all but that share of them, on one side, (n,) bool."""
    way = rng.uniform(0, 2 * np.pi)
    along = minutiae.x * np.cos(way) + minutiae.y * np.sin(way)
    return np.asarray(along >= np.quantile(along, cut)) if len(minutiae) else np.zeros(0, bool)


def _doubtful(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draws qualities of minutiae that are not there, as the extractor gives them."""
    return np.asarray(np.clip(0.05 + 0.2 * rng.standard_exponential(n), 0.05, 0.9))
