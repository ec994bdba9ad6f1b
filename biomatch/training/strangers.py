"""The model "strangers": what a picture of its ridges would add to the vector of a minutia that has none, as a distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biomatch.descriptors.describer import PATCHES, cylinder_sums
from biomatch.descriptors.patch import Patches
from biomatch.extraction import ridge_picture
from biomatch.training.data import Print

RIDGE = 1e-3  # of the mean variance: penalty of the map


def fit(
    prints: Sequence[Print], arrays: Mapping[str, np.ndarray], patches: Patches
) -> tuple[dict[str, np.ndarray], Mapping[str, float]]:
    """Arrays of the model, and figures for its card.

    arrays   of the model "projection"
    patches  the network that it goes with

    What pictures add is taken as a linear map of what neighbours say, and normal deviations from it: the print's, and each
    minutia's own. Arrays: mean (64,) and matrix (d, 64), in the place of the projection's; print, minutia (64, 64): roots of
    the deviations' covariances.
    """
    matrix = arrays["matrix"].astype(np.float32)
    said, added, owner = [], [], []
    for n, one in enumerate(prints):
        t = one.template
        if not t.ridges or not len(t.minutiae):
            continue
        everyone = np.arange(len(t.minutiae))
        said.append(np.sqrt(cylinder_sums(t.minutiae)) @ matrix - arrays["mean"])
        added.append(patches.features(t.minutiae, ridge_picture.decode(t.ridges), everyone) @ arrays[PATCHES])
        owner.append(np.full(len(everyone), n))
    base, extra, whose = (
        np.concatenate(said).astype(np.float64),
        np.concatenate(added).astype(np.float64),
        np.concatenate(owner),
    )
    middle, offset = base.mean(axis=0), extra.mean(axis=0)
    square = (base - middle).T @ (base - middle)
    penalty = RIDGE * np.trace(square) / len(square) * np.eye(len(square))
    weights = np.linalg.solve(square + penalty, (base - middle).T @ (extra - offset))
    off = extra - offset - (base - middle) @ weights
    of_print, of_minutia = _roots(off, whose)
    joined = np.eye(len(weights)) + weights
    constant = offset - middle @ weights
    return {
        "mean": (arrays["mean"] @ joined - constant).astype(np.float32),
        "matrix": (matrix @ joined).astype(np.float16),
        "print": of_print,
        "minutia": of_minutia,
    }, {"minutiae": len(base), "explained": round(1 - float(off.var(axis=0).sum() / extra.var(axis=0).sum()), 3)}


def _roots(off: np.ndarray, whose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of deviations (n, k) of the prints `whose` (n,): roots (k, k) of the prints' covariance and of the minutiae's within."""
    names, row, counts = np.unique(whose, return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(row, column) for column in off.T], axis=1) / counts[:, None]
    within = off - means[row]
    of_minutia = within.T @ within / max(len(off) - len(names), 1)
    of_print = means.T @ means / len(names) - of_minutia * float((1 / counts).mean())
    return _root(of_print), _root(of_minutia)


def _root(covariance: np.ndarray) -> np.ndarray:
    """(k, k) float32 r with r.T @ r as near to it as a covariance can be."""
    values, axes = np.linalg.eigh(covariance)
    root: Any = np.sqrt(np.maximum(values, 0))[:, None] * axes.T
    return np.asarray(root, np.float32)
