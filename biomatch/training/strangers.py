"""The model `strangers`: it adds to the vector of a minutia what a picture of its ridges adds on average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from biomatch.descriptors.describer import PATCHES, cylinder_sums
from biomatch.descriptors.patch import Patches
from biomatch.descriptors.strangers import by_kind, nearest
from biomatch.extraction import ridge_picture
from biomatch.training.codebooks import kmeans
from biomatch.training.data import Print

RIDGE = 1e-3  # of the mean variance: penalty of the map
CELLS = 512  # kinds of neighbourhood
SPREAD = 2.2  # what is told lies so much farther from its mean: means are less apart than what they are means of
CAUTION = 20  # minutiae of no deviation that are counted in each cell: few of a kind tell little


def fit(
    prints: Sequence[Print], arrays: Mapping[str, np.ndarray], patches: Patches, seed: int, cells: int = CELLS
) -> tuple[dict[str, np.ndarray], Mapping[str, float]]:
    """Fits the arrays of the model, and figures for its card.

    arrays   of the model "projection"
    patches  the network that it goes with

    Arrays: mean (64,) and matrix (d, 64), in the place of the projection's: what neighbours say, and the linear part of what
    pictures add; centres, means (cells, 64): of vectors so made, and what pictures add beside that near each centre.
    """
    matrix = arrays["matrix"].astype(np.float32)
    said, added = [], []
    for one in prints:
        t = one.template
        if t.ridges and len(t.minutiae):
            said.append(np.sqrt(cylinder_sums(t.minutiae)) @ matrix - arrays["mean"])
            everyone = np.arange(len(t.minutiae))
            added.append(patches.features(t.minutiae, ridge_picture.decode(t.ridges), everyone) @ arrays[PATCHES])
    base, extra = np.concatenate(said).astype(np.float64), np.concatenate(added).astype(np.float64)
    middle, offset = base.mean(axis=0), extra.mean(axis=0)
    extra = offset + SPREAD * (extra - offset)
    square = (base - middle).T @ (base - middle)
    penalty = RIDGE * np.trace(square) / len(square) * np.eye(len(square))
    weights = np.linalg.solve(square + penalty, (base - middle).T @ (extra - offset))
    linear = offset + (base - middle) @ weights
    off = extra - linear
    vectors = (base + linear).astype(np.float32)
    centres = kmeans(vectors, cells, seed)
    cell = nearest(vectors, *by_kind(centres))
    counts = np.bincount(cell, minlength=cells)[:, None] + CAUTION
    means = np.stack([np.bincount(cell, column, cells) for column in off.T], axis=1) / counts
    off -= means[cell]
    joined = np.eye(len(weights)) + weights
    return {
        "mean": (arrays["mean"] @ joined - (offset - middle @ weights)).astype(np.float32),
        "matrix": (matrix @ joined).astype(np.float16),
        "centres": centres.astype(np.float16),
        "means": means.astype(np.float16),
    }, {"minutiae": len(base), "explained": round(1 - float(off.var(axis=0).sum() / extra.var(axis=0).sum()), 3)}
