"""The learned projection: draws the vectors of mated minutiae together, and those of all others apart.

Square roots of the cylinder sums are reduced to their principal axes, and features of the patches stand beside them; from both
a linear map to 64 dimensions is learned by contrast (van den Oord et al., "Representation learning with contrastive predictive
coding", arXiv 1807.03748, equation 4): of many mated pairs, each minutia is to pick its mate from all the others' mates. Prints
are laid on each other by their minutiae alone, so that no earlier projection decides which pairs are learned from. Each pair is
learned from twice: with the whole probe, and with a part of it, whose minutiae lack the neighbours that their mates have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from biomatch.descriptors import DIMENSIONS
from biomatch.descriptors.describer import PATCHES, cylinder_sums
from biomatch.descriptors.patch import FEATURES, Patches
from biomatch.extraction import ridge_picture
from biomatch.synthesis import part, partial
from biomatch.template import Template
from biomatch.training import mates
from biomatch.training.data import Print, mated_pairs


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
    versions: Sequence[Sequence[Print]], seed: int, patches: Patches | None = None, params: ProjectionParams = PARAMS
) -> tuple[dict[str, np.ndarray], Mapping[str, float]]:
    """Fits the arrays of the model "projection" (mean (64,), matrix (d, 64) float16, patches (f, 64) float32 where there are
    features), and figures for its card.

    patches   tells features of ridges; None: minutiae alone
    versions  the training prints; then, if any, the same ones degraded or seen by another extractor: minutiae of each version
              learn to find their mates among those of the first
    """
    rng = np.random.default_rng(seed)
    centre, axes = principal_axes(versions[0], rng, params)
    pairs = _Pairs.of(versions, _Axes(centre, axes, patches), rng, params)
    lower = _contrasted(pairs, rng, params)
    matrix = (axes @ lower[: axes.shape[1]]).astype(np.float32)
    largest = np.abs(matrix).max()
    matrix = (matrix / largest).astype(np.float16)
    arrays = {"mean": (centre @ matrix.astype(np.float32)).astype(np.float32), "matrix": matrix}
    if patches is not None:
        arrays[PATCHES] = (lower[axes.shape[1] :] / largest).astype(np.float32)
    return arrays, {"mated_minutiae": len(pairs.first), "picked": pairs.picked(lower, rng, params)}


def principal_axes(
    prints: Sequence[Print], rng: np.random.Generator, params: ProjectionParams
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the mean (d,) of the square roots of the cylinder sums, and their principal axes (d, axes), scaled to like
    variance; from a sample of prints."""
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
class _Axes:
    """The inputs of the map for a minutia: its cylinders on the principal axes, and the features of its patch."""

    centre: np.ndarray
    axes: np.ndarray
    patches: Patches | None

    def rows(self, template: Template) -> np.ndarray:
        """Returns (n, axes + features) float32; features are zeros without a picture."""
        by_neighbours = (np.sqrt(cylinder_sums(template.minutiae)) - self.centre) @ self.axes
        if self.patches is None:
            return by_neighbours
        features = np.zeros((len(by_neighbours), FEATURES), np.float32)
        if template.ridges:
            everyone = np.arange(len(by_neighbours))
            features = self.patches.features(template.minutiae, ridge_picture.decode(template.ridges), everyone)
        return np.concatenate([by_neighbours, features], axis=1)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Mated minutiae, as `_Axes` reads them.

    first, second  (n, d) float32
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
        axes: _Axes,
        rng: np.random.Generator,
        params: ProjectionParams,
    ) -> _Pairs:
        references = {p.path: p.template.minutiae for p in versions[0]}
        reference_rows = {p.path: axes.rows(p.template) for p in versions[0]}
        number = {finger: i for i, finger in enumerate(sorted({p.finger for p in versions[0]}))}
        kind = {group: i for i, group in enumerate(sorted({p.group for p in versions[0]}))}
        first, second, fingers, groups = [], [], [], []
        for prints in versions:
            whole = prints is versions[0]
            probe_rows = reference_rows if whole else {p.path: axes.rows(p.template) for p in prints}
            for a, b in mated_pairs(prints, params.pairs_a_finger, rng):
                probe, path = prints[a], prints[b].path
                if path not in references:
                    continue
                i, j = mates.of_minutiae(probe.template.minutiae, references[path], params.reach_px)
                mated = [(probe_rows[probe.path][i], reference_rows[path][j])]
                if whole and len(i):
                    shown = part(probe.template.minutiae, int(rng.integers(*params.clear)), rng)
                    rows, both = axes.rows(partial(probe.template, shown)), np.isin(i, shown)
                    mated.append((rows[np.searchsorted(shown, i[both])], reference_rows[path][j[both]]))
                for ours, theirs in mated:
                    first.append(ours)
                    second.append(theirs)
                    fingers.append(np.full(len(ours), number[probe.finger]))
                    groups.append(np.full(len(ours), kind[probe.group]))
        finger = np.concatenate(fingers)
        weight = 1 / np.sqrt(np.bincount(finger))[finger]
        chance = np.cumsum(weight / weight.sum())
        return cls(np.concatenate(first), np.concatenate(second), finger, np.concatenate(groups), chance)

    def batches(self, rng: np.random.Generator, steps: int, size: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yields so many times rows (size, axes) of both sides, and (size, size) bool: is the one to be told from the other.

        Only within a group: what tells sensors apart, or synthetic prints from real ones, does not tell fingers apart.
        """
        for _ in range(steps):
            drawn = np.minimum(np.searchsorted(self.chance, rng.random(size)), len(self.first) - 1)
            finger, group = self.finger[drawn], self.group[drawn]
            apart = (finger[:, None] != finger[None, :]) & (group[:, None] == group[None, :])
            np.fill_diagonal(apart, True)
            yield self.first[drawn], self.second[drawn], apart

    def picked(self, lower: np.ndarray, rng: np.random.Generator, params: ProjectionParams) -> float:
        """Computes the share of minutiae whose mate is the likest of a batch, to four digits."""
        hits = []
        for first, second, apart in self.batches(rng, 4, params.batch):
            likeness = np.where(apart, _unit(first @ lower)[0] @ _unit(second @ lower)[0].T, -1)
            hits.append(likeness.argmax(axis=1) == np.arange(len(first)))
        return round(float(np.mean(hits)), 4)


def _contrasted(pairs: _Pairs, rng: np.random.Generator, params: ProjectionParams) -> np.ndarray:
    """Learns the map (d, 64), by Adam with decoupled decay (Loshchilov and Hutter, arXiv 1711.05101)."""
    lower = np.eye(pairs.first.shape[1], DIMENSIONS, dtype=np.float32)
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
    """Computes the slope (d, 64) of the loss by the map: minus the mean log chance of picking the mate, from either side.

    first, second  (n, d)       mated minutiae, row by row
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
    """Returns rows of length 1, and (n, 1) their lengths before."""
    length = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows / length, length
