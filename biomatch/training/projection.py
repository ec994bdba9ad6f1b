"""The supervised projection: what separates minutiae, and is stable between impressions of one finger.

Square roots of the cylinder sums are reduced to 256 principal axes; there, generalised eigenvectors of the total against
the within-mate covariance are taken. Mated minutiae come from the comparison itself: first on principal axes alone, then
again on the projection that came of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from biomatch.comparison.evidence import gather
from biomatch.comparison.features import NAMES
from biomatch.comparison.prepared import Block, Prepared
from biomatch.descriptors import DIMENSIONS
from biomatch.descriptors.describer import cylinder_sums
from biomatch.descriptors.projection import GRID
from biomatch.training.data import Print, genuine_pairs


@dataclass(frozen=True)
class ProjectionParams:
    axes: int = 256  # principal axes kept before the supervised step
    sample: int = 15_000  # minutiae that the principal axes are taken from; six for each input dimension
    ridge: float = 0.1  # of the mean within-mate variance, added to every axis: few mates, many axes
    rounds: int = 2  # of finding mates with the projection of the round before
    pairs_a_finger: int = 40  # print pairs; fingers with many impressions would outweigh the rest
    supported: float = 8.0  # pairs of minutiae that support each other before a pair of prints is believed
    weight: float = 0.12  # of a pair of minutiae (similarity times support) before it is believed


PARAMS = ProjectionParams()


def fit(
    prints: Sequence[Print], seed: int, params: ProjectionParams = PARAMS
) -> tuple[dict[str, np.ndarray], Mapping[str, float]]:
    """Arrays of the model "projection" (mean (64,), matrix (d, 64) float16), and figures for its card."""
    rng = np.random.default_rng(seed)
    centre, axes = _principal_axes(prints, rng, params)
    reduced = [(np.sqrt(cylinder_sums(p.template.minutiae)) - centre) @ axes for p in prints]
    pairs = genuine_pairs(prints, params.pairs_a_finger, rng)
    total = np.cov(np.concatenate([r for r in reduced if len(r)]), rowvar=False)
    lower = np.eye(params.axes, DIMENSIONS)
    mates = 0
    for _ in range(params.rounds):
        differences = _mated_differences(prints, reduced, pairs, lower, params)
        mates = len(differences)
        within = differences.T @ differences / (2 * mates)
        within += params.ridge * np.trace(within) / params.axes * np.eye(params.axes)
        _, vectors = eigh(total, within)
        lower = vectors[:, ::-1][:, :DIMENSIONS]
    matrix = (axes @ lower).astype(np.float32)
    matrix = (matrix / np.abs(matrix).max()).astype(np.float16)
    mean = (centre @ matrix.astype(np.float32)).astype(np.float32)
    return {"mean": mean, "matrix": matrix}, {"print_pairs": len(pairs), "mated_minutiae": mates}


def _principal_axes(
    prints: Sequence[Print], rng: np.random.Generator, params: ProjectionParams
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d,) and principal axes (d, axes) of the square roots of the cylinder sums, from a sample of prints."""
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
    _, axes = eigh(sample.T @ sample, subset_by_index=(size - params.axes, size - 1))
    return centre, axes[:, ::-1].astype(np.float32)


def _mated_differences(
    prints: Sequence[Print],
    reduced: Sequence[np.ndarray],
    pairs: Sequence[tuple[int, int]],
    lower: np.ndarray,
    params: ProjectionParams,
) -> np.ndarray:
    """(m, axes): differences of mated minutiae, found by comparing mated prints under the present projection."""
    prepared = [Prepared(p.template, _on_grid(r @ lower)) for p, r in zip(prints, reduced, strict=True)]
    supported = NAMES.index("supported")
    differences = [np.zeros((0, params.axes), np.float32)]
    for a, b in pairs:
        evidence = gather(prepared[a], Block.of([prepared[b]]))
        if evidence.features[0, supported] ** 2 < params.supported:
            continue
        i, j, weight = evidence.pairs(0)
        sure = weight >= params.weight
        differences.append(reduced[a][i[sure]] - reduced[b][j[sure]])
    return np.concatenate(differences)


def _on_grid(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.clip(np.rint(vectors * (GRID / np.where(length > 0, length, 1))), -127, 127).astype(np.int8)
