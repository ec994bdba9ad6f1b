"""The index of a gallery: immutable segments, an exact delta, and what is dead. Search it from any number of threads.

An `Index` is a value. Adding, removing, sealing and merging give a new one that shares what did not change; a search that runs
meanwhile goes on with the one that it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from biomatch.index import layout
from biomatch.index.codebooks import Codebooks
from biomatch.index.delta import Delta
from biomatch.index.segment import Segment
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition


@dataclass(frozen=True)
class GrowthParams:
    seal_vectors: int = 40_000  # the delta becomes a segment: about 1,000 prints, which cost a search 2 ms
    ratio: float = 4.0  # a segment is merged with the newer ones when it holds less than this many times as much as they
    full: int = 100_000_000  # vectors of a segment that is merged with no other: 2.4 million prints, 4 GB that a merge writes
    fewest: int = 42  # minutiae of a print that are indexed at least, best first: 1.7 kB. With 80 as many mates are missed
    share: float = 0.45  # of the minutiae of a large print: a latent may be of any part of a rolled one

    def most(self, minutiae: int) -> int:
        """Returns how many of so many minutiae are indexed."""
        return max(self.fewest, round(self.share * minutiae))


GROWTH = GrowthParams()


@dataclass(frozen=True, eq=False)
class Print:
    """The fields of a print that the index needs.

    number    below `layout.MAX_PRINTS`, never given twice
    vectors   (n, 64) int8, one a minutia
    """

    number: int
    position: FingerPosition
    minutiae: Minutiae
    vectors: np.ndarray


@dataclass(frozen=True, eq=False)
class Index:
    """segments  oldest and largest first
    delta     what no segment holds
    dead      (n,) bool, by print number: removed; what lies beyond its length is alive
    """

    codebooks: Codebooks
    segments: tuple[Segment, ...]
    delta: Delta
    dead: np.ndarray
    params: GrowthParams = GROWTH

    @classmethod
    def empty(cls, codebooks: Codebooks, params: GrowthParams = GROWTH) -> Index:
        return cls(codebooks, (), Delta.empty(), np.zeros(1_024, np.bool_), params)

    @cached_property
    def alive(self) -> np.ndarray:
        """(n,) bool, by print number: True where not removed. Read only."""
        return ~self.dead

    def __len__(self) -> int:
        """Counts the vectors held; those of removed prints count until they are merged away."""
        return len(self.delta) + sum(len(segment) for segment in self.segments)

    def with_prints(self, prints: Sequence[Print]) -> Index:
        """Adds prints to the delta: they are searchable at once."""
        if not prints:
            return self
        chosen = [self.strongest(p.minutiae, p.vectors) for p in prints]
        vectors = np.concatenate([p.vectors[some] for p, some in zip(prints, chosen, strict=True)])
        dead = self._dead_up_to(max(p.number for p in prints))
        return replace(self, delta=self.delta.extended(self.ids_of(prints, chosen), vectors), dead=dead)

    def without(self, numbers: Iterable[int]) -> Index:
        """Removes prints: they are never found again."""
        gone = np.fromiter(numbers, np.int64)
        dead = self._dead_up_to(int(gone.max(initial=-1))).copy()
        dead[gone] = True
        return replace(self, dead=dead)

    def reaching(self, prints: int) -> Index:
        """Returns the same index, ready for print numbers below `prints`."""
        return replace(self, dead=self._dead_up_to(prints - 1))

    @property
    def delta_prints(self) -> np.ndarray:
        """Print numbers that no segment holds, ascending, (m,) int64."""
        return np.unique(layout.prints(self.delta.ids[: len(self.delta)]))

    @property
    def wants_sealing(self) -> bool:
        return len(self.delta) >= self.params.seal_vectors

    def sealed(self) -> Index:
        """Makes a segment of the delta."""
        if not len(self.delta):
            return self
        n = len(self.delta)
        ids = self.delta.ids[:n]
        alive = ~self.dead[layout.prints(ids)]
        segment = Segment.of(ids[alive], self.delta.vectors[:n][alive].astype(np.int8), self.codebooks)
        segments = (*self.segments, segment) if len(segment) else self.segments
        return replace(self, segments=segments, delta=Delta.empty())

    def due(self) -> tuple[Segment, ...]:
        """Returns the newest segments that should become one, so that sizes grow geometrically; empty when all is well.

        Full ones, and what is older, are left alone: a merge of a gallery of many millions takes no more disk than one of few.
        """
        newer, count = 0, 0
        for back, segment in enumerate(reversed(self.segments), start=1):
            if len(segment) >= self.params.full:
                break
            if newer and len(segment) < self.params.ratio * newer:
                count = back
            newer += len(segment)
        return self.segments[len(self.segments) - count :] if count else ()

    def groups(self) -> list[tuple[Segment, ...]]:
        """Puts all segments into groups, neighbours together as long as they are not more than a full one."""
        found: list[tuple[Segment, ...]] = []
        for segment in self.segments:
            joined = (*found[-1], segment) if found else (segment,)
            if len(joined) > 1 and sum(map(len, joined)) <= self.params.full:
                found[-1] = joined
            else:
                found.append((segment,))
        return found

    def merge(self, segments: Sequence[Segment]) -> Segment:
        """Merges several segments into one, in memory, without the dead. Changes nothing: hand it to `with_merged`."""
        return Segment.merge(segments, self.dead, self.codebooks)

    def strongest(self, minutiae: Minutiae, vectors: np.ndarray) -> np.ndarray:
        """Returns the indices of the minutiae of a print that are indexed."""
        return strongest(minutiae, vectors, self.params.most(len(minutiae)))

    @staticmethod
    def ids_of(prints: Sequence[Print], chosen: Sequence[np.ndarray]) -> np.ndarray:
        """Returns the ids of the chosen minutiae of each print, one print after the other, (n,) int64."""
        counts = [len(which) for which in chosen]
        minutiae = Minutiae(*(
            np.concatenate([getattr(p.minutiae, name)[which] for p, which in zip(prints, chosen, strict=True)])
            for name in ("x", "y", "angle", "kind", "quality")
        ))  # fmt: skip
        positions = np.repeat([int(p.position) for p in prints], counts)
        return layout.pack(minutiae, positions, np.repeat([p.number for p in prints], counts))

    def with_segment(self, segment: Segment, prints: int) -> Index:
        """Returns the index with one more segment, of print numbers below `prints`."""
        return replace(self, segments=(*self.segments, segment), dead=self._dead_up_to(prints - 1))

    def with_merged(self, old: Sequence[Segment], new: Segment) -> Index:
        """Returns the index with `new` in the place of `old`, whatever was added or sealed since they were merged."""
        gone = {id(segment) for segment in old}
        kept = [segment for segment in self.segments if id(segment) not in gone]
        at = next((i for i, segment in enumerate(self.segments) if id(segment) in gone), len(kept))
        if len(new):
            kept.insert(at, new)
        return replace(self, segments=tuple(kept))

    def _dead_up_to(self, number: int) -> np.ndarray:
        if number < len(self.dead):
            return self.dead
        grown = np.zeros(max(number + 1, 2 * len(self.dead)), np.bool_)
        grown[: len(self.dead)] = self.dead
        return grown


def strongest(minutiae: Minutiae, vectors: np.ndarray, most: int) -> np.ndarray:
    """Returns the indices of the minutiae of best quality that have a vector, at most `most`, best first, ties in the order
    given."""
    described = np.nonzero(vectors.any(axis=1))[0]
    order = np.argsort(-minutiae.quality[described], kind="stable")
    return np.asarray(described[order[:most]])
