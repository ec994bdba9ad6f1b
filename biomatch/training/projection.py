"""The learned projection: draws the vectors of mated minutiae together, and those of all others apart.

Square roots of the cylinder sums are reduced to their principal axes; from these a linear map to 64 dimensions is learned by
contrast (van den Oord et al., "Representation learning with contrastive predictive coding", arXiv 1807.03748, equation 4): of
many mated pairs, each minutia is to pick its mate from all the others' mates. Prints are laid on each other by their minutiae
alone, so that no earlier projection decides which pairs are learned from. Each pair is learned from twice: with the whole
probe, and with a part of it, whose minutiae lack the neighbours that their mates have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from biomatch.descriptors import DIMENSIONS
from biomatch.descriptors.describer import cylinder_sums
from biomatch.synthesis import part
from biomatch.template import Minutiae
from biomatch.training import mates
from biomatch.training.data import Print, genuine_pairs


@dataclass(frozen=True)
class ProjectionParams:
    axes: int = 256  # principal axes that the map reads: twice as many serve no better
    sample: int = 15_000  # minutiae that the principal axes are taken from; six for each input dimension
    pairs_a_finger: int = 40  # print pairs of each version; fingers with many impressions would outweigh the rest
    clear: tuple[int, int] = (10, 32)  # minutiae that a partial print shows, drawn evenly
    reach_px: float = 10.0  # between mates, once their prints are laid on each other
    steps: int = 800
    batch: int = 1_024  # pairs among which mates are to be picked
    temperature: float = 0.07  # of similarities; above 0.1 near strangers count for too little
    rate: float = 1e-3
    floor: float = 0.05  # of the mean variance, added to every axis's before they are made equal
    length: float = 3.0  # of vectors at the beginning: how fast the rate turns them
    warm_steps: int = 50
    falling: float = 0.5  # part of the steps, the last, in which the rate falls
    decay: float = 1e-2  # of the map


PARAMS = ProjectionParams()


def fit(
    versions: Sequence[Sequence[Print]], seed: int, params: ProjectionParams = PARAMS
) -> tuple[dict[str, np.ndarray], Mapping[str, float]]:
    """Arrays of the model "projection" (mean (64,), matrix (d, 64) float16), and figures for its card.

    versions  the training prints; then, if any, the same ones degraded or seen by another extractor: minutiae of each version
              learn to find their mates among those of the first
    """
    rng = np.random.default_rng(seed)
    centre, axes = _principal_axes(versions[0], rng, params)
    pairs = _Pairs.of(versions, centre, axes, rng, params)
    lower = _contrasted(pairs, rng, params)
    matrix = (axes @ lower).astype(np.float32)
    matrix = (matrix / np.abs(matrix).max()).astype(np.float16)
    mean = (centre @ matrix.astype(np.float32)).astype(np.float32)
    return {"mean": mean, "matrix": matrix}, {"mated_minutiae": len(pairs.first), "picked": pairs.picked(lower, rng, params)}


def _principal_axes(
    prints: Sequence[Print], rng: np.random.Generator, params: ProjectionParams
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d,) of the square roots of the cylinder sums, and their principal axes (d, axes), scaled to like variance; from a
    sample of prints."""
    rows: list[np.ndarray] = []
    count = 0
    for i in rng.permutation(len(prints)):
        if count >= params.sample:
            break
        rows.append(np.sqrt(cylinder_sums(prints[i].template.minutiae)))
        count += len(rows[-1])
    sample = np.concatenate(rows).astype(np.float32)
    centre = sample.mean(axis=0)
    sample -= centre
    size = sample.shape[1]
    square, axes = eigh(sample.T @ sample / len(sample), subset_by_index=(size - params.axes, size - 1))
    equal = axes / np.sqrt(square + params.floor * square.mean())
    return centre, equal[:, ::-1].astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Mated minutiae, on the principal axes.

    first, second  (n, axes) float32
    finger         (n,) int64    number of the finger
    group          (n,) int64    number of the prints' group
    chance         (n,) float64  of being drawn, summed up: fingers with many pairs are drawn more often, but not as much more
    """

    first: np.ndarray
    second: np.ndarray
    finger: np.ndarray
    group: np.ndarray
    chance: np.ndarray

    @classmethod
    def of(
        cls,
        versions: Sequence[Sequence[Print]],
        centre: np.ndarray,
        axes: np.ndarray,
        rng: np.random.Generator,
        params: ProjectionParams,
    ) -> _Pairs:
        references = {p.path: _Reduced.of(p, centre, axes) for p in versions[0]}
        number = {finger: i for i, finger in enumerate(sorted({p.finger for p in versions[0]}))}
        kind = {group: i for i, group in enumerate(sorted({p.group for p in versions[0]}))}
        first, second, fingers, groups = [], [], [], []
        for prints in versions:
            probes = references if prints is versions[0] else {p.path: _Reduced.of(p, centre, axes) for p in prints}
            for a, b in genuine_pairs(prints, params.pairs_a_finger, rng):
                probe, reference = probes[prints[a].path], references.get(prints[b].path)
                if reference is None:
                    continue
                i, j = probe.mated(reference, params.reach_px)
                mated = [(probe.rows[i], reference.rows[j])]
                if prints is versions[0] and len(i):
                    shown = part(prints[a].template.minutiae, int(rng.integers(*params.clear)), rng)
                    rows, both = _rows(prints[a].template.minutiae[shown], centre, axes), np.isin(i, shown)
                    mated.append((rows[np.searchsorted(shown, i[both])], reference.rows[j[both]]))
                for ours, theirs in mated:
                    first.append(ours)
                    second.append(theirs)
                    fingers.append(np.full(len(ours), number[prints[a].finger]))
                    groups.append(np.full(len(ours), kind[prints[a].group]))
        finger = np.concatenate(fingers)
        weight = 1 / np.sqrt(np.bincount(finger))[finger]
        chance = np.cumsum(weight / weight.sum())
        return cls(np.concatenate(first), np.concatenate(second), finger, np.concatenate(groups), chance)

    def batches(self, rng: np.random.Generator, steps: int, size: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """So many times: rows (size, axes) of both sides, and (size, size) bool: is the one to be told from the other.

        Only within a group: what tells sensors apart, or synthetic prints from real ones, does not tell fingers apart.
        """
        for _ in range(steps):
            drawn = np.minimum(np.searchsorted(self.chance, rng.random(size)), len(self.first) - 1)
            finger, group = self.finger[drawn], self.group[drawn]
            apart = (finger[:, None] != finger[None, :]) & (group[:, None] == group[None, :])
            np.fill_diagonal(apart, True)
            yield self.first[drawn], self.second[drawn], apart

    def picked(self, lower: np.ndarray, rng: np.random.Generator, params: ProjectionParams) -> float:
        """Share of minutiae whose mate is the likest of a batch, to four digits."""
        hits = []
        for first, second, apart in self.batches(rng, 4, params.batch):
            likeness = np.where(apart, _unit(first @ lower)[0] @ _unit(second @ lower)[0].T, -1)
            hits.append(likeness.argmax(axis=1) == np.arange(len(first)))
        return round(float(np.mean(hits)), 4)


@dataclass(frozen=True, eq=False)
class _Reduced:
    """A print's n minutiae.

    rows     (n, axes) float32  on the principal axes
    places   (n, 4) float32     x, y in px, y down; dx, dy of their direction
    quality  (n,)               0..1
    """

    rows: np.ndarray
    places: np.ndarray
    quality: np.ndarray

    @classmethod
    def of(cls, one: Print, centre: np.ndarray, axes: np.ndarray) -> _Reduced:
        m = one.template.minutiae
        return cls(_rows(m, centre, axes), _places(m), m.quality if m.quality.any() else np.ones(len(m)))

    def mated(self, other: _Reduced, reach_px: float) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the minutiae of both that are each other's mates; none where the prints do not fit."""
        laid = mates.lay(self.places, self.quality, other.places, other.quality)
        if laid is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return mates.paired(laid, other.places, reach_px)


def _rows(m: Minutiae, centre: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """(n, axes) float32: minutiae on the principal axes."""
    return (np.sqrt(cylinder_sums(m)) - centre) @ axes


def _places(m: Minutiae) -> np.ndarray:
    return np.stack([m.x, m.y, np.cos(m.angle), -np.sin(m.angle)], axis=1)


def _contrasted(pairs: _Pairs, rng: np.random.Generator, params: ProjectionParams) -> np.ndarray:
    """(axes, 64): the map, by Adam with decoupled decay (Loshchilov and Hutter, arXiv 1711.05101)."""
    lower = np.eye(params.axes, DIMENSIONS, dtype=np.float32)
    lower *= params.length / np.linalg.norm(pairs.first @ lower, axis=1).mean()
    mean, square = np.zeros_like(lower), np.zeros_like(lower)
    for step, batch in enumerate(pairs.batches(rng, params.steps, params.batch), 1):
        slope = _slope(lower, *batch, params.temperature)
        mean += 0.1 * (slope - mean)
        square += 0.001 * (slope**2 - square)
        rate = params.rate * min(1, step / params.warm_steps, (params.steps - step + 1) / (params.falling * params.steps))
        lower -= rate * params.decay * lower
        lower -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return lower


def _slope(lower: np.ndarray, first: np.ndarray, second: np.ndarray, apart: np.ndarray, temperature: float) -> np.ndarray:
    """(axes, 64): of the loss by the map: minus the mean log chance of picking the mate, from either side.

    first, second  (n, axes)    mated minutiae, row by row
    apart          (n, n) bool  which are told from each other; true on the diagonal
    """
    (u, u_length), (v, v_length) = _unit(first @ lower), _unit(second @ lower)
    likeness = np.where(apart, np.exp((u @ v.T - 1) / temperature), 0)
    chance = likeness / likeness.sum(axis=1, keepdims=True) + likeness / likeness.sum(axis=0, keepdims=True)
    np.fill_diagonal(chance, np.diag(chance) - 2)
    chance /= temperature * len(first)
    pull_u, pull_v = chance @ v, chance.T @ u
    pull_u = (pull_u - (pull_u * u).sum(axis=1, keepdims=True) * u) / u_length
    pull_v = (pull_v - (pull_v * v).sum(axis=1, keepdims=True) * v) / v_length
    return np.asarray(first.T @ pull_u + second.T @ pull_v)


def _unit(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of length 1, and (n, 1) their lengths before."""
    length = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows / length, length
