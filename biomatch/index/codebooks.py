"""The knowledge of an index before its first print: coarse centroids at several sizes, the table of vote weights.

They come with the package (models/index), so that no index waits for training and the indexes of two bureaus are alike.

    lists_256, lists_4096, ...   (n, 64) int8       coarse centroids, in 1/256
    cells_4096, ...              (c, 64) int8       centroids of the centroids: the upper level of the larger sizes
    weights                      (D, R) float32     log-likelihood ratio of a hit, by distance and log2 of its rank
    weight_step                  () float32         width of a distance step of `weights`
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import faiss
import numpy as np

from biomatch.descriptors import DIMENSIONS, GRID
from biomatch.errors import ModelDamaged
from biomatch.learned import Models, shipped

MODEL = "index"


@dataclass(frozen=True)
class CoarseParams:
    flat_lists: int = 1024  # up to here comparing with every centroid is as fast as two levels
    assign_cells: int = (
        6  # cells visited when a vector is stored: finds the true list of 97 %; 12 find 99.6 % in twice the time
    )
    search_cells: int = 8  # cells visited by a search, which looks into several lists and so misses less
    vectors_a_list: int = 100  # the next larger quantizer is taken when its lists hold this many on average


COARSE = CoarseParams()


class Coarse:
    """One size of the coarse quantizer, with its upper level when it is large."""

    def __init__(self, centroids: np.ndarray, cells: np.ndarray | None, params: CoarseParams):
        self.lists = len(centroids)
        self._params = params
        flat = faiss.IndexFlatL2(DIMENSIONS)
        self._cells: list[_Cell] = []
        self.search_params = None
        if cells is None or self.lists <= params.flat_lists:
            flat.add(as_float(centroids))
            self.quantizer = flat
            return
        flat.add(as_float(cells))
        self.quantizer = faiss.IndexIVFFlat(flat, DIMENSIONS, len(cells))
        self.quantizer.is_trained = True
        self.quantizer.add(as_float(centroids))
        self.search_params = faiss.SearchParametersIVF(nprobe=params.search_cells)
        self._upper = flat  # FAISS keeps a pointer only
        of_cell = flat.search(as_float(centroids), 1)[1][:, 0]
        self._cells = [_Cell.of(centroids, np.nonzero(of_cell == cell)[0]) for cell in range(len(cells))]

    def assign(self, vectors: np.ndarray) -> np.ndarray:
        """Assigns each vector to a list, (n,) int64; vectors (n, 64) float32, of whole 1/256: their products are exact."""
        if not self._cells or not len(vectors):
            return np.asarray(self.quantizer.search(vectors, 1)[1][:, 0])
        width = min(self._params.assign_cells, len(self._cells))
        near = self._upper.search(vectors, width)[1].astype(np.int16).reshape(-1)
        order = np.argsort(near, kind="stable")
        ends = np.cumsum(np.bincount(near, minlength=len(self._cells)))
        best, lists = np.full(len(vectors), -np.inf, np.float32), np.zeros(len(vectors), np.int64)
        for cell, start, end in zip(self._cells, (ends - np.diff(ends, prepend=0)).tolist(), ends.tolist(), strict=True):
            if end == start or not len(cell.lists):
                continue
            some = order[start:end] // width
            closeness = vectors[some] @ cell.centroids - cell.half_norms
            at = closeness.argmax(axis=1)
            value = closeness[np.arange(len(some)), at]
            better = value > best[some]
            best[some[better]], lists[some[better]] = value[better], cell.lists[at[better]]
        return lists


@dataclass(frozen=True, eq=False)
class _Cell:
    """The lists whose centroids lie nearest to one of the upper level's.

    lists       (m,) int64
    centroids   (64, m) float32
    half_norms  (m,) float32  half their squared lengths: nearest is where the product exceeds that the most
    """

    lists: np.ndarray
    centroids: np.ndarray
    half_norms: np.ndarray

    @classmethod
    def of(cls, centroids: np.ndarray, lists: np.ndarray) -> _Cell:
        own = as_float(centroids[lists])
        return cls(lists, np.ascontiguousarray(own.T), (own**2).sum(axis=1) / np.float32(2))


class Codebooks:
    """The model "index". Raises ModelDamaged when arrays are missing or of another shape."""

    def __init__(self, arrays: Mapping[str, np.ndarray], version: str, params: CoarseParams = COARSE):
        _check(arrays)
        self.version = version
        self._arrays = arrays
        self._params = params
        self.sizes = sorted(int(name.removeprefix("lists_")) for name in arrays if name.startswith("lists_"))
        self._coarse: dict[int, Coarse] = {}
        self._making = threading.Lock()

    @classmethod
    def load(cls, models: Models | None = None) -> Codebooks:
        """Loads the model of that name. Raises ModelMissing, ModelDamaged."""
        models = models or shipped()
        return cls(models.arrays(MODEL), f"{MODEL}-{models.version(MODEL)}")

    def coarse(self, lists: int) -> Coarse:
        """Returns the quantizer of a size in `sizes`; made once."""
        with self._making:
            if lists not in self._coarse:
                self._coarse[lists] = Coarse(self._arrays[f"lists_{lists}"], self._arrays.get(f"cells_{lists}"), self._params)
            return self._coarse[lists]

    def size_for(self, vectors: int) -> int:
        """Returns how many lists suit a segment of so many vectors."""
        fitting = [size for size in self.sizes if size * self._params.vectors_a_list <= vectors]
        return fitting[-1] if fitting else self.sizes[0]

    @property
    def weights(self) -> np.ndarray:
        return self._arrays["weights"]

    @property
    def weight_step(self) -> float:
        return float(self._arrays["weight_step"])


def as_float(vectors: np.ndarray) -> np.ndarray:
    """Turns descriptors, or centroids, (n, 64) int8 into float32 of about unit length, as FAISS takes them."""
    return np.ascontiguousarray(vectors, np.float32) / np.float32(GRID)


def _check(arrays: Mapping[str, np.ndarray]) -> None:
    needed = ("weights", "weight_step")
    missing = [name for name in needed if name not in arrays]
    if missing or not any(name.startswith("lists_") for name in arrays):
        raise ModelDamaged(MODEL, f"it lacks {', '.join(missing) or 'its coarse centroids'}")
    if arrays["weights"].ndim != 2:
        raise ModelDamaged(MODEL, "its weights are not a table")
