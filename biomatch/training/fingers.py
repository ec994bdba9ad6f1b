"""Trains the model "fingers" (synthesis/fingers.py) on prints in their cores' frames: statistics, no print's own numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biomatch.evaluation import provenance
from biomatch.evaluation.protocol import Sample
from biomatch.extraction import Extractor
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import fingers
from biomatch.synthesis.fingers import COLUMNS, LEFT_PX, MIXED, ROWS, STEP_PX, TOP_PX
from biomatch.training.finger_frames import Framed, frame_all

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class FingerParams:
    flow_parts: int = 48  # components of the flow: what they leave has a median of 4.3 degrees
    area_parts: int = 8
    flow_kinds: tuple[int, int, int] = (2, 5, 3)  # normals in the mixture of arches, loops, whorls
    area_kinds: int = 4
    rounds: int = 6  # of filling in what was not seen
    most_a_finger: int = 3  # impressions of one finger and sensor that count minutiae
    sure: float = 0.5  # quality
    crowded: float = 0.05  # share of the minutiae that have a neighbour nearer than what is kept free
    blanks: int = 5  # made-up minutiae for each real one, which the densities are told from
    ridge: float = 3.0  # penalty of a density's logarithm
    strip_px: float = 8.0  # half width of a chain
    chain_px: tuple[float, float] = (-6.0, 70.0)  # from its core
    chain_share: float = 0.55  # of a whorl's gap, which its two chains divide
    along: float = 0.75  # cosine, at least, between a chain's minutia and its axis


PARAMS = FingerParams()


def fit(
    samples: Sequence[Sample],
    extractor: Extractor,
    seed: int,
    progress: Progress = NO_PROGRESS,
    params: FingerParams = PARAMS,
) -> tuple[Arrays, dict[str, float]]:
    """Fits the arrays of the model, and its figures: of minutiae as this extractor finds them.

    Prints of synthetic sets (SFinGe: fvc2000_db4) take no part.
    """
    return fit_frames(frame_all(of_persons(samples), extractor, progress), seed, params)


def of_persons(samples: Sequence[Sample]) -> list[Sample]:
    """Drops the samples of sets that a generator made."""
    return [s for s in samples if provenance.shows_persons(s.set)]


def fit_frames(prints: Sequence[Framed], seed: int, params: FingerParams = PARAMS) -> tuple[Arrays, dict[str, float]]:
    arrays, flows = _flows(prints, seed, params)
    few = _few(prints, params.most_a_finger)
    chosen = [(prints[i], flows[i]) for i in few]
    in_chain = [_in_chain(p, params) for p, _ in chosen]
    arrays |= _chains([p for p, _ in chosen], in_chain, params)
    arrays |= _counts([p for p, _ in chosen], params)
    arrays["quality"] = _qualities(prints, params)
    arrays["apart"] = _apart([p for p, _ in chosen], params)
    arrays["density"], arrays["pairs"] = _densities(chosen, in_chain, seed, params)
    scores = {
        "prints": float(len(prints)),
        "fingers": float(len({p.finger for p in prints})),
        "flow_left_degrees": round(float(np.degrees(_left(prints, flows))), 2),
    }
    return arrays, scores


def _few(prints: Sequence[Framed], most: int) -> list[int]:
    seen: Counter[tuple[str, str]] = Counter()
    out = []
    for i, p in enumerate(prints):
        seen[p.set, p.finger] += 1
        if seen[p.set, p.finger] <= most:
            out.append(i)
    return out


def _flows(prints: Sequence[Framed], seed: int, params: FingerParams) -> tuple[Arrays, list[np.ndarray]]:
    """Fits components and mixtures of flows and areas, and returns each print's flow as the components give it, (rows, columns,
    2)."""
    of_finger = Counter(p.finger for p in prints)
    both = [(p, mirrored) for p in prints for mirrored in (False, True)]
    fields, known = zip(*(_canonical(p, mirrored) for p, mirrored in both), strict=True)
    weight = np.array([1 / of_finger[p.finger] for p, _ in both], np.float32)
    values, seen = np.array(fields, np.float32), np.array(known)
    mean, parts, flow = _components(values, seen, weight, params.flow_parts, params.rounds, seed)
    variance = np.average(flow**2, axis=0, weights=weight)
    flow = _fitted(values, seen, mean, parts, 0.5 * variance[-1] / np.maximum(variance, 1e-9) + 0.3)
    areas = np.array([p.inside[:, ::-1] if mirrored else p.inside for p, mirrored in both], np.float32).reshape(len(both), -1)
    area_mean, area_parts, area = _components(areas, np.ones(areas.shape, bool), weight, params.area_parts, 1, seed)
    cores = np.array([p.cores for p, _ in both])
    share = np.array([weight[cores == k].sum() for k in range(3)], np.float64)
    gaps = [p.gap for p in prints if p.cores == 2]
    arrays: Arrays = {
        "flow_mean": mean.astype(np.float32),
        "flow_parts": parts.astype(np.float16),
        "flow_rest": np.stack([flow[cores == k, MIXED:].std(axis=0) for k in range(3)]),
        "area_mean": area_mean.astype(np.float32),
        "area_parts": area_parts.astype(np.float16),
        "cores": share / share.sum(),
        "gap": _quantiles(gaps, 32),
    }
    for k in range(3):
        own = cores == k
        arrays |= _mixture(f"flow_{k}", flow[own, :MIXED], params.flow_kinds[k], 0.05 * float(variance[MIXED]), seed)
        arrays |= _mixture(f"area_{k}", area[own], params.area_kinds, 1.0, seed)
    arrays["flow_size"] = np.stack([_sizes(arrays, k, flow[cores == k], weight[cores == k]) for k in range(3)])
    flows = []
    for i, p in enumerate(prints):
        field = (mean + flow[2 * i] @ parts).reshape(ROWS, COLUMNS, 2)
        field = fingers.take_rows(field, fingers.rows_from_canonical(p.gap)) if p.cores == 2 else field
        flows.append(field / np.maximum(np.hypot(field[..., :1], field[..., 1:]), 1e-6))
    return arrays, flows


def _canonical(p: Framed, mirrored: bool) -> tuple[np.ndarray, np.ndarray]:
    """Returns the flow and what of it is known, flat; whorls with their cores at one distance."""
    double, mask = p.double, p.mask
    if mirrored:
        double, mask = double[:, ::-1] * np.array([1, -1], np.float32), mask[:, ::-1]
    if p.cores == 2:
        rows = fingers.rows_to_canonical(p.gap)
        double, mask = fingers.take_rows(double, rows), fingers.take_rows(mask.astype(np.float32), rows) > 0.7
    return double.reshape(-1), np.repeat(mask.reshape(-1), 2)


def _components(
    values: np.ndarray, known: np.ndarray, weight: np.ndarray, count: int, rounds: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finds mean (d,), principal components (count, d) and coefficients (n, count) of values (n, d) that are partly unknown:
    those are filled in from the components, again and again."""
    from sklearn.utils.extmath import randomized_svd

    heavy = known * weight[:, None]
    filled = np.where(known, values, (values * heavy).sum(axis=0) / np.maximum(heavy.sum(axis=0), 1e-3))
    for _ in range(rounds):
        mean = (filled * weight[:, None]).sum(axis=0) / weight.sum()
        parts = randomized_svd((filled - mean) * np.sqrt(weight)[:, None], count, n_iter=2, random_state=seed)[2]
        coefficients = (filled - mean) @ parts.T
        filled = np.where(known, values, mean + coefficients @ parts)
    return mean, parts, coefficients


def _fitted(values: np.ndarray, known: np.ndarray, mean: np.ndarray, parts: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """Fits coefficients by what is known alone, pulled towards 0, (n, count)."""
    out = np.zeros((len(values), len(parts)))
    for i, seen in enumerate(known):
        basis = parts[:, seen]
        out[i] = np.linalg.solve(basis @ basis.T + np.diag(penalty), basis @ (values[i] - mean)[seen])
    return out


def _mixture(name: str, values: np.ndarray, kinds: int, floor: float, seed: int) -> Arrays:
    from sklearn.mixture import GaussianMixture

    found = GaussianMixture(min(kinds, len(values)), reg_covar=floor, random_state=seed, n_init=3).fit(values)
    roots = np.linalg.cholesky(found.covariances_)
    return {f"{name}_weight": found.weights_ / found.weights_.sum(), f"{name}_mean": found.means_, f"{name}_root": roots}


def _sizes(arrays: Arrays, kind: int, flow: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Computes quantiles (32,) of how far flows (n, components) lie from the mean of the normal that fits each best, in
    deviations."""
    root, mean = arrays[f"flow_{kind}_root"], arrays[f"flow_{kind}_mean"]
    off = np.stack([np.linalg.solve(r, (flow[:, :MIXED] - m).T).T for r, m in zip(root, mean, strict=True)], axis=1)
    square = (off**2).sum(axis=2)
    bulk = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    best = (np.log(arrays[f"flow_{kind}_weight"]) - bulk - square / 2).argmax(axis=1)
    rest = ((flow[:, MIXED:] / arrays["flow_rest"][kind]) ** 2).sum(axis=1)
    size = np.sqrt((square[np.arange(len(flow)), best] + rest) / flow.shape[1])
    order = np.argsort(size, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    return np.asarray(size[order][np.searchsorted(share, (np.arange(32) + 0.5) / 32)])


def _left(prints: Sequence[Framed], flows: Sequence[np.ndarray]) -> float:
    """Computes rad, median over prints of the mean error of direction that the components leave."""
    errors = []
    for p, flow in zip(prints, flows, strict=True):
        turn = np.arctan2(flow[..., 1], flow[..., 0]) - np.arctan2(p.double[..., 1], p.double[..., 0])
        errors.append(np.abs((turn[p.mask] + np.pi) % (2 * np.pi) - np.pi).mean() / 2)
    return float(np.median(errors))


def _ends(p: Framed) -> list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Returns row of `chain_count`, and px into the core, px off its axis, direction of all minutiae, as each core sees
    them."""
    out = [(0 if p.cores == 1 else 1, p.y, p.x, p.angle)] if p.cores else []
    return [*out, (2, p.gap - p.y, -p.x, p.angle + np.pi)] if p.cores == 2 else out


def _in_chain(p: Framed, params: FingerParams) -> list[np.ndarray]:
    """Returns indices of the minutiae of each core's chain, from the core on."""
    used = np.zeros(len(p.x), bool)
    chains = []
    for row, into, off, angle in _ends(p):
        far = params.chain_px[1] if row == 0 else min(params.chain_px[1], params.chain_share * p.gap)
        own = (np.abs(off) < params.strip_px) & (into > params.chain_px[0]) & (into < far) & (p.quality >= params.sure)
        found = np.nonzero(own & (np.cos(angle + np.pi / 2) > params.along) & ~used)[0]
        used[found] = True
        chains.append(found[np.argsort(into[found], kind="stable")])
    return chains


def _chains(prints: Sequence[Framed], in_chain: Sequence[Sequence[np.ndarray]], params: FingerParams) -> Arrays:
    counts = np.zeros((3, 12))
    first: list[float] = []
    steps: list[list[float]] = [[] for _ in range(5)]
    sides: list[list[tuple[float, float]]] = [[] for _ in range(5)]
    for p, chains in zip(prints, in_chain, strict=True):
        if not _depth_at_core(p) > 12:
            continue
        for (row, into, off, angle), found in zip(_ends(p), chains, strict=True):
            counts[row, min(len(found), 11)] += 1
            first.extend(into[found[:1]])
            for k, step in enumerate(np.diff(into[found])):
                steps[min(k, 4)].append(float(step))
            for k, (side, turn) in enumerate(zip(off[found], (angle[found] + np.pi) % np.pi - np.pi / 2, strict=True)):
                sides[min(k, 4)].append((float(side), float(turn)))
    tables = [np.array(pairs or [(1.0, 0.0)]) for pairs in sides]
    slopes = np.array([(t[:, 0] * t[:, 1]).sum() / (t[:, 0] ** 2).sum() for t in tables])
    return {
        "chain_count": (counts + 1e-9) / (counts + 1e-9).sum(axis=1, keepdims=True),
        "chain_first": _quantiles(first, 32),
        "chain_gap": np.stack([_quantiles(s, 32) for s in steps]),
        "chain_side": np.array([t[:, 0].std() for t in tables]),
        "chain_slope": slopes,
        "chain_turn": np.array([(t[:, 1] - b * t[:, 0]).std() for t, b in zip(tables, slopes, strict=True)]),
    }


def _depth_at_core(p: Framed) -> float:
    return float(p.inside[round(-TOP_PX / STEP_PX), round(-LEFT_PX / STEP_PX)])


def _counts(prints: Sequence[Framed], params: FingerParams) -> Arrays:
    size = np.log([p.mask.sum() * STEP_PX**2 / 1e5 for p in prints])
    sure = [(p.quality >= params.sure).sum() for p in prints]
    counts = np.log(np.maximum(np.stack([sure, [len(p.x) for p in prints] - np.array(sure)], axis=1), 0.7))
    base = np.stack([np.ones_like(size), size], axis=1)
    line = np.linalg.lstsq(base, counts, rcond=None)[0]
    return {"count": line, "count_root": np.linalg.cholesky(np.cov((counts - base @ line).T) + 1e-9 * np.eye(2))}


def _qualities(prints: Sequence[Framed], params: FingerParams) -> np.ndarray:
    """Computes quantiles (2, 32), of sure minutiae and of doubtful ones."""
    quality = np.concatenate([p.quality for p in prints])
    sure = quality >= params.sure
    return np.stack([_quantiles(quality[own], 32) for own in (sure, ~sure)])


def _apart(prints: Sequence[Framed], params: FingerParams) -> np.ndarray:
    """Measures px from a sure minutia to the nearest sure one, a doubtful one to that, and to the nearest doubtful one,
    (3,)."""
    nearest: list[list[float]] = [[], [], []]
    for p in prints:
        sure = p.quality >= params.sure
        apart = np.hypot(p.x[:, None] - p.x, p.y[:, None] - p.y)
        np.fill_diagonal(apart, np.inf)
        for found, of, to in zip(nearest, (sure, ~sure, ~sure), (sure, sure, ~sure), strict=True):
            far = apart[of][:, to].min(axis=1, initial=np.inf)
            found.extend(far[np.isfinite(far)])
    return np.array([np.quantile(found, params.crowded) if found else 0.0 for found in nearest])


def _densities(
    chosen: Sequence[tuple[Framed, np.ndarray]], in_chain: Sequence[Sequence[np.ndarray]], seed: int, params: FingerParams
) -> tuple[np.ndarray, np.ndarray]:
    """Fits log rates (2, rates), and what a neighbour adds to them, (3, cells): a logistic model that tells real minutiae from
    made-up ones, spread evenly over the area.

    Source: Baddeley et al., "Logistic regression for spatial Gibbs point processes", Biometrika 2014.
    """
    rng = np.random.default_rng(seed)
    columns, near, real, offset, before = [], [], [], [], 0
    for (p, flow), chains in zip(chosen, in_chain, strict=True):
        free = _free(p, chains)
        made = _made_up(p, flow, params.blanks * len(p.x) + 40, rng)
        points = np.concatenate([np.stack([p.x, p.y, p.angle, p.quality < params.sure])[:, free], made], axis=1)
        columns.append(_rate_columns(p, flow, points))
        near.append(_neighbours(p, points, free, params) + np.array([before, 0]))
        real.append(np.arange(points.shape[1]) < len(free))
        offset.append(np.full(points.shape[1], np.log(made.shape[1] / (4 * p.mask.sum() * STEP_PX**2))))
        before += points.shape[1]
    design = _design(np.concatenate(columns), np.concatenate(near))
    weights = _logistic(design, np.concatenate(real).astype(float), np.concatenate(offset), params.ridge)
    rates = weights[: 2 * fingers.RATES].reshape(2, fingers.RATES)
    return np.asarray(rates - rates.mean(axis=1, keepdims=True)), weights[2 * fingers.RATES :].reshape(3, fingers.PAIRS)


def _free(p: Framed, chains: Sequence[np.ndarray]) -> np.ndarray:
    """Returns numbers of the minutiae that are in no chain, and on the grid."""
    free = np.ones(len(p.x), bool)
    free[np.concatenate([*chains, np.zeros(0, np.int64)]).astype(np.int64)] = False
    free &= (np.abs(p.x - LEFT_PX - STEP_PX * (COLUMNS - 1) / 2) < STEP_PX * (COLUMNS - 1) / 2) & (
        np.abs(p.y - TOP_PX - STEP_PX * (ROWS - 1) / 2) < STEP_PX * (ROWS - 1) / 2
    )
    return np.nonzero(free)[0]


def _made_up(p: Framed, flow: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draws x, y, direction along the flow, doubtful, (4, count), spread evenly over the print."""
    rows, across = np.nonzero(p.mask)
    node = rng.integers(len(rows), size=count)
    x = LEFT_PX + STEP_PX * (across[node] + rng.random(count) - 0.5)
    y = TOP_PX + STEP_PX * (rows[node] + rng.random(count) - 0.5)
    i, j = _node(x, y)
    angle = fingers.direction(flow)[j, i] + np.pi * (rng.random(count) < 0.5)
    return np.stack([x, y, angle, rng.random(count) < 0.5])


def _rate_columns(p: Framed, flow: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Tells which rates a point has, by fan, place and edge, (n, 3); points (4, n)."""
    direction, fan = fingers.direction(flow), fingers.fan(flow[None])[0]
    i, j = _node(points[0], points[1])
    ahead = np.where(np.cos(points[2] - direction[j, i]) < 0, -1, 1) * fan[j, i]
    place = (j // fingers.CELL) * fingers.CELLS_ACROSS + i // fingers.CELL
    edge = np.searchsorted(fingers.EDGE_EDGES, p.inside[j, i])
    kinds = [np.searchsorted(fingers.FAN_EDGES, ahead), fingers.FANS + place, fingers.FANS + fingers.PLACES + edge]
    return np.asarray(points[3].astype(np.int64)[:, None] * fingers.RATES + np.stack(kinds, axis=1))


def _neighbours(p: Framed, points: np.ndarray, own: np.ndarray, params: FingerParams) -> np.ndarray:
    """Returns the number of a point, and which of its columns a neighbour adds to, (m, 2).

    points (4, n): x, y, angle, doubtful; the first are the print's own minutiae with numbers `own`, which are no neighbours of
    themselves."""
    other = p.quality < params.sure
    cell = fingers.pair_cells(points[:3], np.stack([p.x, p.y, p.angle]))
    cell[np.arange(len(own)), own] = -1
    point, neighbour = np.nonzero(cell >= 0)
    kind = points[3, point].astype(np.int64) + other[neighbour]
    return np.stack([point, kind * fingers.PAIRS + cell[point, neighbour]], axis=1)


def _design(columns: np.ndarray, near: np.ndarray) -> Any:
    """Makes a sparse design (n, 2 x rates + 3 x cells): three rates of each point, and how many of its neighbours lie in each
    cell."""
    from scipy.sparse import csr_matrix

    n = len(columns)
    row = np.concatenate([np.repeat(np.arange(n), columns.shape[1]), near[:, 0]])
    column = np.concatenate([columns.ravel(), 2 * fingers.RATES + near[:, 1]])
    return csr_matrix((np.ones(len(row)), (row, column)), shape=(n, 2 * fingers.RATES + 3 * fingers.PAIRS))


def _node(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    column, row = np.rint((x - LEFT_PX) / STEP_PX).astype(int), np.rint((y - TOP_PX) / STEP_PX).astype(int)
    return np.clip(column, 0, COLUMNS - 1), np.clip(row, 0, ROWS - 1)


def _logistic(design: Any, real: np.ndarray, offset: np.ndarray, ridge: float) -> np.ndarray:
    """Fits weights of the columns of a sparse design (n, d) that tell real (n,) from made-up rows, whose log rate is
    `offset`."""
    from scipy.optimize import minimize

    back = design.T.tocsr()

    def loss(guess: np.ndarray) -> tuple[float, np.ndarray]:
        odds = design @ guess[:-1] + guess[-1] - offset
        off = 1 / (1 + np.exp(-odds)) - real
        value = np.logaddexp(0, odds).sum() - (real * odds).sum() + 0.5 * ridge * (guess[:-1] ** 2).sum()
        return float(value), np.append(back @ off + ridge * guess[:-1], off.sum())

    start = np.append(np.zeros(design.shape[1]), offset.mean())
    found: Any = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x[:-1])


def _quantiles(values: Sequence[float] | np.ndarray, count: int) -> np.ndarray:
    return np.quantile(values, (np.arange(count) + 0.5) / count) if len(values) else np.zeros(count)
