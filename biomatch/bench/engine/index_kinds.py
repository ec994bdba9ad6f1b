"""Which kind of FAISS index finds mates, at what cost? -> index_kinds.json

The same minutiae in every kind, the same coarse lists for all but the flat one, the same votes behind. Codebooks of our own
kind come with the package; those of the others are trained on the gallery itself, which favours them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from time import process_time, thread_time
from typing import Any, cast

import faiss
import numpy as np

from biomatch.bench.engine.identification.groups import of_groups
from biomatch.bench.frame import Run, rounded, spread
from biomatch.descriptors import DIMENSIONS, Describer
from biomatch.descriptors.strangers import describer_among
from biomatch.errors import BadSize
from biomatch.evaluation.galleries.population import Enrolment, Population
from biomatch.evaluation.galleries.searcher import LENGTH, PASSES, own_scores, struck
from biomatch.evaluation.runner import one_thread
from biomatch.index import NORMAL, Codebooks, Index, Segment, layout, shortlist
from biomatch.index.codebooks import Coarse, as_float
from biomatch.index.index import GROWTH, strongest
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress

NAME = "index_kinds"
MOST = 200_000  # prints: the flat index keeps 256 bytes a minutia in memory
ID_BYTES = 8
CHUNK = 1_024  # prints made together
TRAINED_ON = 100_000  # vectors


@dataclass(frozen=True)
class Kind:
    """`make` builds an empty index from the coarse quantizer, ready to be trained; `code_bytes` a vector, id apart."""

    title: str
    code_bytes: float
    make: Callable[[Coarse], Any]


def _flat(_: Coarse) -> Any:
    return faiss.IndexIDMap(faiss.IndexFlatL2(DIMENSIONS))


def _scalar(coarse: Coarse) -> Any:
    kind = faiss.ScalarQuantizer.QT_8bit
    return faiss.IndexIVFScalarQuantizer(coarse.quantizer, DIMENSIONS, coarse.lists, kind, faiss.METRIC_L2, False)


def _pq8(coarse: Coarse) -> Any:
    index = faiss.IndexIVFPQ(coarse.quantizer, DIMENSIONS, coarse.lists, 32, 8)
    index.by_residual = False
    return index


def _rabitq(coarse: Coarse) -> Any:
    return faiss.IndexIVFRaBitQ(coarse.quantizer, DIMENSIONS, coarse.lists)


OURS = "IVF, 4-bit PQ, fast-scan (ours)"
KINDS = {
    "flat": Kind("flat: every vector compared", 4 * DIMENSIONS, _flat),
    "sq8": Kind("IVF, scalar quantizer, 8 bit", DIMENSIONS, _scalar),
    "pq8": Kind("IVF, 8-bit PQ, 32 parts", 32, _pq8),
    "rabitq": Kind("IVF, RaBitQ, 1 bit", DIMENSIONS / 8 + 8, _rabitq),
}


class Other:
    """An index of another kind behind the methods of a `Segment` that a search uses."""

    def __init__(self, kind: Kind, ids: np.ndarray, vectors: np.ndarray, codebooks: Codebooks):
        self._coarse = codebooks.coarse(codebooks.size_for(len(ids)))
        if isinstance(self._coarse.quantizer, faiss.IndexIVF):
            self._coarse.quantizer.make_direct_map()  # RaBitQ asks for centroids by their number
        self._index = kind.make(self._coarse)
        self._inverted = isinstance(self._index, faiss.IndexIVF)
        self.lists = self._coarse.lists
        if self._inverted:
            rng = np.random.default_rng(0)
            some = np.sort(rng.permutation(len(ids))[:TRAINED_ON])
            self._index.train(as_float(vectors[some]))
        for at in range(0, len(ids), 65_536):
            self._index.add_with_ids(as_float(vectors[at : at + 65_536]), ids[at : at + 65_536])

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vectors: np.ndarray, k: int, nprobe: int, allowed: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Searches as `Segment.search` does."""
        if not self._inverted:
            return cast(tuple[np.ndarray, np.ndarray], self._index.search(vectors, k))
        kinds = {faiss.IndexIVFRaBitQ: faiss.IVFRaBitQSearchParameters, faiss.IndexIVFPQ: faiss.IVFPQSearchParameters}
        params = kinds.get(type(self._index), faiss.SearchParametersIVF)()
        params.nprobe = min(nprobe, self.lists)
        params.quantizer_params = self._coarse.search_params
        return cast(tuple[np.ndarray, np.ndarray], self._index.search(vectors, k, params=params))


def measure(
    population: Population,
    sizes: Sequence[int],
    *,
    probes: int = 300,
    seed: int = 41,
    models: Models | None = None,
    progress: Progress = NO_PROGRESS,
) -> Run:
    """Raises BadSize."""
    for size in sizes:
        if not len(population.planted) < size <= MOST:
            raise BadSize("a gallery", f"of {size:,} prints", f"give {len(population.planted) + 1:,} to {MOST:,}")
    one_thread()
    models = models or shipped()
    run = Run(NAME, threads=1, seed=seed, models=models, probes=probes, reach=vars(NORMAL), list=LENGTH)
    chosen = [n for n in range(len(population.probes)) if len(population.mates(n))]
    rng = np.random.default_rng(seed)
    chosen = sorted(int(n) for n in rng.permutation(chosen)[:probes])
    passing = np.concatenate([own_scores(population, n, models) for n in chosen]) >= PASSES
    ids, vectors, ends = _minutiae(population, max(sizes), seed, describer_among(population.templates, models), progress)
    for size in sizes:
        some = slice(0, int(ends[size - 1]))
        found = _size(
            population, chosen, passing, ids[some], vectors[some], Describer(models), Codebooks.load(models), progress
        )
        run.note(str(size), found)
    return run


def _minutiae(
    population: Population, size: int, seed: int, describer: Describer, progress: Progress
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns ids (n,) int64 and vectors (n, 64) int8 of what an index holds of so many prints, and where each print ends
    (size,)."""
    synthetic = Enrolment(size - len(population.planted), (), seed)
    parts = chain([population.entries], (synthetic.make(at, CHUNK) for at in range(0, len(synthetic), CHUNK)))
    ids, vectors, counts = list[np.ndarray](), list[np.ndarray](), list[int]()
    progress.start("Describing", size)
    for number, entry in enumerate(chain.from_iterable(parts)):
        minutiae = entry.template.minutiae
        described = describer.describe(entry.template, GROWTH.most(len(minutiae)))
        some = strongest(minutiae, described, GROWTH.most(len(minutiae)))
        ids.append(layout.pack(minutiae[some], entry.template.position, number))
        vectors.append(described[some])
        counts.append(len(some))
        progress.advance()
    progress.done()
    return np.concatenate(ids), np.concatenate(vectors), np.cumsum(counts)


def _size(
    population: Population,
    chosen: Sequence[int],
    passing: np.ndarray,
    ids: np.ndarray,
    vectors: np.ndarray,
    describer: Describer,
    codebooks: Codebooks,
    progress: Progress,
) -> dict[str, Any]:
    found: dict[str, Any] = {"vectors": len(ids), "kinds": {}}
    makers: dict[str, tuple[float, Callable[[], Any]]] = {
        kind.title: (kind.code_bytes, partial(Other, kind, ids, vectors, codebooks)) for kind in KINDS.values()
    }
    makers[OURS] = (DIMENSIONS / 2, lambda: Segment.of(ids, vectors, codebooks))
    progress.start(f"{len(ids):,} vectors", len(makers))
    for title, (code_bytes, make) in makers.items():
        began = process_time()
        index = Index(codebooks, (make(),), {}, np.zeros(layout.prints(ids).max() + 1, np.bool_))
        built = process_time() - began
        found["kinds"][title] = {
            "bytes_a_vector": code_bytes + ID_BYTES,
            "build_us_a_vector": rounded(1e6 * built / len(ids)),
            **_searched(population, chosen, passing, index, describer),
        }
        progress.advance()
    progress.done()
    return found


def _searched(
    population: Population, chosen: Sequence[int], passing: np.ndarray, index: Index, describer: Describer
) -> dict[str, Any]:
    """Measures the time of a shortlist, and the mates that it lacks."""
    seconds, places = [], []
    for n in [chosen[0], *chosen]:  # the first one warms
        probe, own = population.probes[n], population.own(population.probes[n].finger)
        vectors = describer.describe(probe.template)
        began = thread_time()
        listed = shortlist(index, probe.template.minutiae, vectors, length=LENGTH + len(own))
        seconds.append(thread_time() - began)
        planted = [n if n < len(population.planted) else -1 for n in listed.numbers.tolist()]
        places.append(struck(planted, own, population.mates(n)))
    off = np.concatenate(places[1:])
    off = (off < 0) | (off >= LENGTH)
    groups = {
        name: {
            "trials": int(rows.sum()),
            "off_list": int((off & rows).sum()),
            "passing": int((passing & rows).sum()),
            "missed": int((off & passing & rows).sum()),
        }
        for name, rows in of_groups(population, np.array(chosen)).items()
    }
    return {"ms": spread(1e3 * np.array(seconds[1:])), "groups": groups}
