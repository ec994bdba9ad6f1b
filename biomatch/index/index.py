"""The index of a gallery: immutable segments, exact deltas, and what is dead. Search it from any number of threads.

An `Index` is a value. Adding, removing, sealing and merging give a new one that shares what did not change; a search that runs
meanwhile goes on with the one that it holds.

Each unit has segments and a delta of its own. So a search of some units reads nothing of the others: what is found, and how
long it takes, is as in an index that never held more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    unit      whose it is: prints of different units share no segment and no delta
    """

    number: int
    position: FingerPosition
    minutiae: Minutiae
    vectors: np.ndarray
    unit: int = 0


@dataclass(frozen=True, eq=False)
class Index:
    """segments  of each unit, oldest and largest first
    deltas    by unit: what no segment holds
    dead      (n,) bool, by print number: removed; what lies beyond its length is alive
    """

    codebooks: Codebooks
    segments: tuple[Segment, ...]
    deltas: Mapping[int, Delta]
    dead: np.ndarray
    params: GrowthParams = GROWTH

    @classmethod
    def empty(cls, codebooks: Codebooks, params: GrowthParams = GROWTH) -> Index:
        return cls(codebooks, (), {}, np.zeros(1_024, np.bool_), params)

    @cached_property
    def alive(self) -> np.ndarray:
        """(n,) bool, by print number: True where not removed. Read only."""
        return ~self.dead

    def __len__(self) -> int:
        """Counts the vectors held; those of removed prints count until they are merged away."""
        return self.delta_vectors + sum(len(segment) for segment in self.segments)

    def within(self, units: Collection[int], shown: np.ndarray) -> Index:
        """Returns the part of the index that units have, for a search of it: what others have takes no part, and no time.

        shown  (n,) bool, by print number: prints of these units; what lies beyond its length is of others
        """
        dead = np.ones(len(self.dead), np.bool_)
        n = min(len(shown), len(dead))
        dead[:n] = self.dead[:n] | ~shown[:n]
        segments = tuple(segment for segment in self.segments if segment.unit in units)
        deltas = {unit: delta for unit, delta in self.deltas.items() if unit in units}
        return replace(self, segments=segments, deltas=deltas, dead=dead)

    def with_prints(self, prints: Sequence[Print]) -> Index:
        """Adds prints to the deltas of their units: they are searchable at once."""
        if not prints:
            return self
        deltas = dict(self.deltas)
        for unit in dict.fromkeys(p.unit for p in prints):
            own = [p for p in prints if p.unit == unit]
            chosen = [self.strongest(p.minutiae, p.vectors) for p in own]
            vectors = np.concatenate([p.vectors[some] for p, some in zip(own, chosen, strict=True)])
            deltas[unit] = deltas.get(unit, Delta.empty()).extended(self.ids_of(own, chosen), vectors)
        return replace(self, deltas=deltas, dead=self._dead_up_to(max(p.number for p in prints)))

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
        return np.unique(
            np.concatenate([np.zeros(0, np.int64), *(layout.prints(d.ids[: len(d)]) for d in self.deltas.values())])
        )

    @property
    def delta_vectors(self) -> int:
        """Vectors that no segment holds, and that are searched one by one."""
        return sum(map(len, self.deltas.values()))

    @property
    def wants_sealing(self) -> bool:
        return any(len(delta) >= self.params.seal_vectors for delta in self.deltas.values())

    def sealed(self, least: int = 1) -> Index:
        """Makes a segment of each delta that holds at least so many vectors."""
        segments, deltas = list(self.segments), dict(self.deltas)
        for unit, delta in self.deltas.items():
            n = len(delta)
            if n >= least:
                ids = delta.ids[:n]
                alive = ~self.dead[layout.prints(ids)]
                segment = Segment.of(ids[alive], delta.vectors[:n][alive].astype(np.int8), self.codebooks, unit=unit)
                segments += [segment] if len(segment) else []
                del deltas[unit]
        return replace(self, segments=tuple(segments), deltas=deltas)

    def due(self) -> tuple[Segment, ...]:
        """Returns the newest segments of a unit that should become one, so that sizes grow geometrically; empty when all is
        well.

        Full ones, and what is older, are left alone: a merge of a gallery of many millions takes no more disk than one of few.
        """
        for own in self._by_unit():
            newer, count = 0, 0
            for back, segment in enumerate(reversed(own), start=1):
                if len(segment) >= self.params.full:
                    break
                if newer and len(segment) < self.params.ratio * newer:
                    count = back
                newer += len(segment)
            if count:
                return own[len(own) - count :]
        return ()

    def groups(self) -> list[tuple[Segment, ...]]:
        """Puts all segments into groups, neighbours of a unit together as long as they are not more than a full one."""
        found: list[tuple[Segment, ...]] = []
        for own in self._by_unit():
            joined: tuple[Segment, ...] = ()
            for segment in own:
                if joined and sum(map(len, joined)) + len(segment) > self.params.full:
                    found.append(joined)
                    joined = ()
                joined = (*joined, segment)
            found.append(joined)
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

    def _by_unit(self) -> list[tuple[Segment, ...]]:
        units = dict.fromkeys(segment.unit for segment in self.segments)
        return [tuple(segment for segment in self.segments if segment.unit == unit) for unit in units]

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
