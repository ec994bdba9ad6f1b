"""The model "index": coarse centroids and the weights of votes.

Descriptors of real prints are few, so they are joined by those of distractors recombined from the same prints, of which any
number can be made. Weights are taken from a trial: mates enrolled among distractors, other impressions as probes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import faiss
import numpy as np

from biomatch.descriptors import DIMENSIONS, GRID, Describer
from biomatch.evaluation.distractors import distractors
from biomatch.index import layout
from biomatch.index.codebooks import Codebooks, as_float
from biomatch.index.index import Index, Print, strongest
from biomatch.index.shortlist import Reach, hits, shortlist
from biomatch.template import Minutiae
from biomatch.training.data import Print as DataPrint
from biomatch.vocabulary import FingerPosition


@dataclass(frozen=True)
class CodebookParams:
    sizes: tuple[int, ...] = (256, 4_096, 16_384)  # coarse quantizers: for 1,000, for 50,000, for a million prints
    cells: tuple[int, ...] = (0, 64, 128)  # of their upper levels: about the square root
    sample_prints: int = 12_000  # distractors whose descriptors train; 15,000 suffice for a million
    rounds: int = 12  # of k-means, at each level
    trial_prints: int = 20_000  # distractors in the trial's gallery
    probes_a_finger: int = 4
    asking: int = 48  # minutiae of a probe, for the table of weights
    distance_step: float = 0.05  # of the table of weights
    distances: int = 28  # rows of the table: up to 1.4, where two random descriptors lie 2 apart
    ranks: int = 8  # columns: log2 of ranks up to 255


PARAMS = CodebookParams()


def fit(
    prints: Sequence[DataPrint], describer: Describer, strangers: Describer, seed: int, params: CodebookParams = PARAMS
) -> tuple[dict[str, np.ndarray], Mapping[str, float]]:
    """Fits the arrays of the model "index", as `biomatch.index.codebooks` lists them, and figures for its card.

    strangers  describes distractors, which have no pictures
    """
    donors = _one_a_finger(prints)
    made = list(distractors([p.template for p in donors], max(params.sample_prints, params.trial_prints), seed))
    described = [(t.minutiae, strangers.describe(t)) for t in made]
    real = [describer.describe(p.template) for p in prints]
    sample = np.concatenate([*real, *(v for _, v in described[: params.sample_prints])])
    sample = as_float(sample[sample.any(axis=1)])
    arrays = _quantizers(sample, seed, params)
    arrays["weights"] = np.zeros((params.distances, params.ranks), np.float32)
    arrays["weight_step"] = np.array(params.distance_step, np.float32)
    trial = _Trial.of(prints, describer, described[: params.trial_prints], arrays, params)
    arrays["weights"] = trial.weights()
    trial = replace(trial, index=replace(trial.index, codebooks=Codebooks(dict(arrays), "training")))
    return arrays, {
        "training_vectors": len(sample),
        "trials": len(trial.probes),
        "trial_prints": len(described),
        "missed_of_200": trial.missed(),
    }


def _one_a_finger(prints: Sequence[DataPrint]) -> list[DataPrint]:
    """Returns the first impression of each finger in each set."""
    first: dict[tuple[str, str], DataPrint] = {}
    for p in sorted(prints, key=lambda p: (p.set, p.finger, p.impression)):
        first.setdefault((p.set, p.finger), p)
    return list(first.values())


def _quantizers(sample: np.ndarray, seed: int, params: CodebookParams) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for size, cells in zip(params.sizes, params.cells, strict=True):
        if not cells:
            arrays[f"lists_{size}"] = _as_int8(kmeans(sample, size, seed, params.rounds))
            continue
        upper = kmeans(sample, cells, seed, params.rounds)
        arrays[f"cells_{size}"] = _as_int8(upper)
        arrays[f"lists_{size}"] = _as_int8(_split(sample, upper, size, seed, params))
    return arrays


def _split(sample: np.ndarray, upper: np.ndarray, size: int, seed: int, params: CodebookParams) -> np.ndarray:
    """Splits cells into `size` centroids, (size, 64): each cell of `upper` gets a share that fits its vectors, and is clustered
    apart."""
    flat = faiss.IndexFlatL2(DIMENSIONS)
    flat.add(upper)
    cell = flat.search(sample, 1)[1][:, 0]
    counts = np.bincount(cell, minlength=len(upper))
    share = counts / counts.sum() * size
    parts = np.maximum(1, np.floor(share)).astype(int)
    parts = np.minimum(parts, np.maximum(counts, 1))
    for at in np.argsort(-(share - parts), kind="stable")[: size - parts.sum()]:
        parts[at] += 1
    centroids = [kmeans(sample[cell == i], int(n), seed + i, params.rounds) for i, n in enumerate(parts)]
    out = np.concatenate(centroids)
    if len(out) != size:
        raise ValueError(f"{len(sample):,} vectors are too few for {size:,} lists; train with more prints")
    return out


def kmeans(vectors: np.ndarray, k: int, seed: int, rounds: int = PARAMS.rounds) -> np.ndarray:
    """Finds centroids (k, 64) float32."""
    clustering = faiss.Kmeans(DIMENSIONS, k, niter=rounds, seed=seed, min_points_per_centroid=1, max_points_per_centroid=256)
    clustering.train(np.ascontiguousarray(vectors))
    return np.asarray(clustering.centroids)


def _as_int8(centroids: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(centroids * GRID), -127, 127).astype(np.int8)


@dataclass(frozen=True, eq=False)
class _Trial:
    """Mates among distractors. `probes` are (print, number of its enrolled mate, numbers that may be mates too)."""

    index: Index
    probes: Sequence[tuple[DataPrint, int, frozenset[int]]]
    describer: Describer
    prints: int
    params: CodebookParams

    @classmethod
    def of(
        cls,
        prints: Sequence[DataPrint],
        describer: Describer,
        strangers: Sequence[tuple[Minutiae, np.ndarray]],
        arrays: Mapping[str, np.ndarray],
        params: CodebookParams,
    ) -> _Trial:
        enrolled = _one_a_finger(prints)
        told = [(p.template.minutiae, describer.describe(p.template)) for p in enrolled] + list(strangers)
        index = Index.empty(Codebooks(dict(arrays), "training")).with_prints(
            [Print(number, FingerPosition.UNKNOWN, m, v) for number, (m, v) in enumerate(told)]
        )
        of_finger: dict[str, set[int]] = {}
        for number, p in enumerate(enrolled):
            of_finger.setdefault(p.finger, set()).add(number)
        number_of = {(p.set, p.finger): number for number, p in enumerate(enrolled)}
        chosen: list[tuple[DataPrint, int, frozenset[int]]] = []
        taken: dict[tuple[str, str], int] = {}
        first = {p.path for p in enrolled}
        for p in sorted(prints, key=lambda p: (p.set, p.finger, p.impression)):
            key = (p.set, p.finger)
            if p.path not in first and taken.get(key, 0) < params.probes_a_finger:
                taken[key] = taken.get(key, 0) + 1
                chosen.append((p, number_of[key], frozenset(of_finger[p.finger])))
        return cls(index.sealed(), chosen, describer, len(told), params)

    def weights(self) -> np.ndarray:
        """Computes weights (distances, ranks) float32: log of how much oftener a mate brings such a hit than another print."""
        shape = (self.params.distances, self.params.ranks)
        of_mates, of_strangers = np.zeros(shape), np.zeros(shape)
        asked = 0
        reach = Reach(queries=self.params.asking, nprobe=64, k=2**self.params.ranks - 1)
        for p, mate, mates in self.probes:
            vectors = self.describer.describe(p.template)
            asking = strongest(p.template.minutiae, vectors, reach.queries)
            if not len(asking):
                continue
            asked += len(asking)
            distances, ids = hits(self.index, vectors[asking], reach)
            number = np.where(ids >= 0, layout.prints(ids), -1)
            row = np.minimum((np.maximum(distances, 0) / self.params.distance_step).astype(int), shape[0] - 1)
            column = np.broadcast_to(np.log2(np.arange(1, ids.shape[1] + 1)).astype(int), ids.shape)
            np.add.at(of_mates, (row[number == mate], column[number == mate]), 1)
            other = (number >= 0) & ~np.isin(number, list(mates))
            np.add.at(of_strangers, (row[other], column[other]), 1)
        return _log_ratios(of_mates / asked, of_strangers / (asked * self.prints), asked).astype(np.float32)

    def missed(self) -> float:
        """Returns the share of the probes whose mate is not among 200."""
        missed = 0
        for p, mate, _ in self.probes:
            minutiae = p.template.minutiae
            missed += mate not in shortlist(self.index, minutiae, self.describer.describe(p.template), length=200).numbers
        return missed / max(1, len(self.probes))


def _log_ratios(mate: np.ndarray, stranger: np.ndarray, asked: int) -> np.ndarray:
    """Computes log(mated / others), smoothed over neighbouring bins where few hits fell; never rising with distance or rank."""
    ratio = np.log((_smoothed(mate) + 0.2 / asked) / (_smoothed(stranger) + 0.2 / asked / 1_000))
    for axis in (0, 1):
        ratio = np.minimum.accumulate(ratio, axis=axis)
    return np.asarray(np.maximum(ratio, 0))


def _smoothed(table: np.ndarray) -> np.ndarray:
    padded = np.pad(table, 1)
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16)
