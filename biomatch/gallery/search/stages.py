"""The stages of a search: which prints take part, which are on the shortlist, and how those are compared, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from biomatch import deadlines
from biomatch.comparison import Comparer, Prepared
from biomatch.comparison.comparer import RIDGE_CHECKS
from biomatch.descriptors import Describer
from biomatch.gallery.caches.arena import NOTHING_OPENED
from biomatch.gallery.caches.block import Names
from biomatch.gallery.caches.caches import State
from biomatch.gallery.caches.catalogue import NOBODY
from biomatch.gallery.caches.vectors import described
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.interface import Effort
from biomatch.gallery.search import latent_sizes, second_look
from biomatch.gallery.search.fusion import Compared, strength
from biomatch.gallery.search.latent_sizes import Sized
from biomatch.gallery.search.second_look import LAST, SECOND, Look
from biomatch.gallery.stopwatch import Stopwatch
from biomatch.index import FAST, NORMAL, Index, layout, shortlist, standing
from biomatch.index.delta import Delta
from biomatch.spare_cores import NO_SPARE_CORES, SpareCores
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition


@dataclass(frozen=True)
class SearchParams:
    length: int = 100  # prints that the index brings forward: among a million, 200 hold no more mates of good prints
    few: int = 25  # a probe of fewer minutiae gets a longer list: its comparisons are cheap, and the votes tell less
    few_length: int = 500  # holds a third of the mates that 200 miss, of probes cropped to 16 clear minutiae
    few_clear: int = 24  # a probe of fewer clear minutiae is held against more prints, posed, before its list is cut
    outstanding: float = 2.0  # times as many votes as a print further behind: of non-mated searches among 100,000, 7 % have one
    behind: int = 10  # places further behind, where other prints of the same finger no longer stand
    second: Look = SECOND  # where no print stands out
    convincing: float = 50.0  # score of one print: no probe lost its mate because another person had so much, of 5,268
    last: Look = LAST  # where nobody convinces
    refined: int = 25  # of them, best by the relaxed score, that are compared in full: among a million, 50 hold no more mates
    refined_exhaustive: int = 200
    completed: int = 10  # persons whose other prints are compared too
    exact_share: int = 2_000  # prints that a filter leaves, up to which their descriptors are searched exactly
    at_once: int = 512  # prints in one block of an exhaustive search: 3 MB

    def length_for(self, minutiae: int) -> int:
        """Returns the length of the list for a probe with so many minutiae."""
        return self.few_length if minutiae < self.few else self.length

    def poses(self, minutiae: Minutiae) -> bool:
        """Tells whether a probe shows so little that its list is chosen with a second look."""
        return int(np.count_nonzero(minutiae.clear)) < self.few_clear


PARAMS = SearchParams()


def prepared(probes: Sequence[Template], describer: Describer, watch: Stopwatch) -> list[Prepared]:
    """Describes the prints that are searched with. Raises DeadlinePassed."""
    found = []
    for probe in probes:
        deadlines.check()
        with watch.stage("describe"):
            found.append(Prepared(probe, described(probe, describer)))
    return found


@dataclass(frozen=True, eq=False)
class Listed:
    """numbers  (m,) int64    prints to compare with one print of the probe
    votes    (m,) float32  of the index; NaN where it was not asked
    """

    numbers: np.ndarray
    votes: np.ndarray


@dataclass(frozen=True, eq=False)
class Found:
    """listed    prints to compare with the prints of the probe, in one list or several
    compared  those that were compared in full, with other prints of the same persons
    """

    listed: Sequence[Listed]
    compared: list[Compared]


NOTHING_LISTED = Listed(np.zeros(0, np.int64), np.zeros(0, np.float32))


@dataclass(frozen=True, eq=False)
class Members:
    """mask   (numbers,) bool, by print number: which take part
    count  how many
    where  the filter that says so
    """

    mask: np.ndarray
    count: int
    where: Filter

    @property
    def positions(self) -> frozenset[FingerPosition] | None:
        """Positions of enrolled prints that take part; None: all."""
        return None if self.where.positions is None else self.where.positions | {FingerPosition.UNKNOWN}


@dataclass(frozen=True, eq=False)
class _Scope:
    """index      that is asked
    positions  of enrolled prints that take part; None: all that the index holds
    members    (numbers,) bool, by print number: which take part; None: all that the index holds
    """

    index: Index
    positions: frozenset[FingerPosition] | None
    members: np.ndarray | None


class Seeker:
    """Runs the stages on a `State`. Holds nothing of a search."""

    def __init__(self, comparer: Comparer, params: SearchParams = PARAMS, spare: SpareCores = NO_SPARE_CORES):
        self._comparer = comparer
        self._params = params
        self._spare = spare

    def members(self, state: State, where: Filter) -> Members:
        """Returns the prints that are not removed and pass the filter."""
        mask = state.alive
        if where == EVERYBODY:
            return Members(mask, state.prints, where)
        mask = mask & state.catalogue.passing(where, len(mask))
        return Members(mask, int(np.count_nonzero(mask)), where)

    def search(
        self, state: State, probes: Sequence[Sized], effort: Effort, members: Members, top: int, watch: Stopwatch
    ) -> Found:
        """Lists prints, compares them, and goes on to further ones where nobody convinces. Raises DeadlinePassed."""
        listed = [self.list_prints(state, one.print, effort, members, watch) for one in probes]
        compared = self.compare_best(state, probes, listed, top, effort, watch)
        if effort is Effort.NORMAL and not self._convinces(compared):
            more = self._list_more(state, probes, listed, members, watch)
            compared = latent_sizes.best([*compared, *self.compare_best(state, probes, more, top, effort, watch)])
            listed += more
        return Found(listed, self.compare_other_prints(state, probes, compared, members, top, watch))

    def list_prints(
        self, state: State, probe: Prepared, effort: Effort, members: Members, watch: Stopwatch, length: int | None = None
    ) -> Listed:
        """Lists what one print of the probe is compared with."""
        if not len(probe.vectors):
            return NOTHING_LISTED
        length = length or self._params.length_for(len(probe.vectors))
        if effort is Effort.EXHAUSTIVE or members.count <= length:
            numbers = np.nonzero(members.mask)[0]
            return Listed(numbers, np.full(len(numbers), np.nan, np.float32))
        deadlines.check()
        with watch.stage("index"):
            scope = self._scope(state, members)
            if effort is Effort.NORMAL and self._params.poses(probe.template.minutiae):
                return _posed(state, scope, probe, self._params.second, length)
            found = shortlist(
                scope.index,
                probe.template.minutiae,
                probe.vectors,
                length=max(length, self._params.behind + 1),
                reach=FAST if effort is Effort.FAST else NORMAL,
                positions=scope.positions,
                members=scope.members,
            )
            if effort is Effort.NORMAL and not found.stands_out(self._params.outstanding, self._params.behind):
                return _posed(state, scope, probe, self._params.second, length)
        return Listed(found.numbers[:length], found.votes[:length])

    def _convinces(self, compared: Sequence[Compared]) -> bool:
        """Tells whether some print compares so well that a search has found whom it looks for."""
        return any(one.comparison.score >= self._params.convincing for one in compared)

    def _list_more(
        self, state: State, probes: Sequence[Sized], listed: Sequence[Listed], members: Members, watch: Stopwatch
    ) -> list[Listed]:
        """Lists what more the prints of the probe are compared with where nobody on their lists convinces."""
        more, look = [], self._params.last
        for probe, one in zip(probes, listed, strict=True):
            if not len(probe.print.vectors) or len(one.numbers) == members.count:
                more.append(NOTHING_LISTED)
                continue
            deadlines.check()
            with watch.stage("index"):
                found = _posed(state, self._scope(state, members), probe.print, look, look.length or len(one.numbers))
                new = ~np.isin(found.numbers, one.numbers)
            more.append(Listed(found.numbers[new], found.votes[new]))
        return more

    def _scope(self, state: State, members: Members) -> _Scope:
        """Returns where those who take part are looked for."""
        index, units = state.index, members.where.units
        if replace(members.where, units=None) != EVERYBODY and members.count <= self._params.exact_share:
            return _Scope(_index_of(state, np.nonzero(members.mask)[0]), None, None)
        if units is not None:
            traits = state.catalogue.traits
            index = index.within(traits.unit_numbers(units), traits.of_units(units, len(members.mask)))
        return _Scope(index, members.positions, members.mask if members.where.by_print else None)

    def compare_best(
        self, state: State, probes: Sequence[Sized], listed: Sequence[Listed], top: int, effort: Effort, watch: Stopwatch
    ) -> list[Compared]:
        """Computes the relaxed score for all that are listed, and every step for the best."""
        refined = self._params.refined_exhaustive if effort is Effort.EXHAUSTIVE else self._params.refined
        out = []
        for probe, one in zip(probes, listed, strict=True):
            opened: dict[int, bytes] = {}
            with watch.stage("relaxed"):
                scores = self._relaxed(state, probe.print, one.numbers, opened)
                best = np.lexsort((one.numbers, -scores))[: max(refined, top)]
            out += _speaking(self._refine(state, probe, one.numbers[best], one.votes[best], watch, opened=opened))
        return latent_sizes.best(out)

    def compare_other_prints(
        self, state: State, probes: Sequence[Sized], compared: list[Compared], members: Members, top: int, watch: Stopwatch
    ) -> list[Compared]:
        """Adds, for the best persons, those of their prints that are not compared yet with each print of the probe."""
        persons: dict[int, None] = {}
        for one in sorted(compared, key=strength):
            persons.setdefault(state.catalogue.person_of(one.number))
        persons.pop(NOBODY, None)
        several = any(probe.probe for probe in probes)
        best = list(persons)[: max(self._params.completed, top if several else 0)]
        done = {(one.probe, one.number) for one in compared}
        out = list(compared)
        for probe in probes:
            numbers = [
                number
                for person in best
                for number in state.catalogue.prints_of(person)
                if (probe.probe, number) not in done and number < len(members.mask) and members.mask[number]
            ]
            if numbers and len(probe.print.vectors):
                out += _speaking(self._refine(state, probe, np.array(numbers), np.full(len(numbers), np.nan), watch))
        return latent_sizes.best(out)

    def compare_all(self, state: State, probes: Sequence[Sized], numbers: Sequence[int], watch: Stopwatch) -> list[Compared]:
        """Compares every print of the probe with every one of these prints."""
        known = np.array([number for number in numbers if number < state.view.length], np.int64)
        nothing = np.full(len(known), np.nan)
        return latent_sizes.best([c for probe in probes for c in self._refine(state, probe, known, nothing, watch)])

    def compare_again(
        self, state: State, probe: Sized, known: Sequence[tuple[int, float]], watch: Stopwatch, *, ridges: bool
    ) -> list[Compared]:
        """Compares prints, with their votes, with one print of the probe in one size; all with their ridges, or all without."""
        numbers, votes = np.array([number for number, _ in known], np.int64), np.array([votes for _, votes in known])
        return _speaking(self._refine(state, probe, numbers, votes, watch, len(known) if ridges else 0))

    def _relaxed(self, state: State, probe: Prepared, numbers: np.ndarray, opened: dict[int, bytes]) -> np.ndarray:
        """Computes the relaxed scores, (m,) float32. opened: is given what was unsealed, where that is one block."""
        step = self._params.at_once
        kept = opened if len(numbers) <= step else None
        parts = []
        for at in range(0, len(numbers), step):
            deadlines.check()
            parts.append(self._comparer.relaxed(probe, state.view.block(numbers[at : at + step], kept), self._spare))
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _refine(
        self,
        state: State,
        probe: Sized,
        numbers: np.ndarray,
        votes: np.ndarray,
        watch: Stopwatch,
        ridge_checks: int = RIDGE_CHECKS,
        opened: Mapping[int, bytes] = NOTHING_OPENED,
    ) -> list[Compared]:
        if not len(numbers):
            return []
        deadlines.check()
        with watch.stage("refine"):
            state.view.expect(numbers)
            read = [_read(state, number, opened) for number in numbers.tolist()]
            references = [one for one, _ in read]
            comparisons = self._comparer.refine(probe.print, references, ridge_checks, self._spare)
        at = probe.print.template.position
        return [
            latent_sizes.lowered(
                Compared(
                    probe.probe,
                    number,
                    at,
                    one.template.position,
                    comparison,
                    float(vote),
                    probe.scale,
                    names,
                    one.template.minutiae,
                ),
                probe.sizes,
            )
            for number, (one, names), comparison, vote in zip(numbers.tolist(), read, comparisons, votes, strict=True)
        ]


def _posed(state: State, scope: _Scope, probe: Prepared, look: Look, length: int) -> Listed:
    """Lists those prints that fit best, of the many that a probe's minutiae speak for."""
    found = standing(
        scope.index,
        probe.template.minutiae,
        probe.vectors,
        prints=max(length, look.prints),
        hits_each=look.poses,
        reach=look.reach,
        positions=scope.positions,
        members=scope.members,
    )
    best = second_look.ranked(state.view, probe, found, length, look.poses)
    return Listed(found.numbers[best], found.votes[best])


def _read(state: State, number: int, opened: Mapping[int, bytes]) -> tuple[Prepared, Names | None]:
    """Reads one print of a person, who may have thousands. Raises DeadlinePassed."""
    deadlines.check()
    return state.view.read(number, opened)


def _speaking(compared: list[Compared]) -> list[Compared]:
    """Keeps the comparisons with a pair of minutiae: the others say nothing, and may score as high as a non-mated print."""
    return [one for one in compared if len(one.comparison.pairs[0])]


def _index_of(state: State, numbers: np.ndarray) -> Index:
    """Makes an exact index of few prints, from the arena."""
    block = state.view.block(numbers)
    counts = np.diff(block.starts)
    minutiae = Minutiae(block.x, block.y, block.angle, np.zeros(len(block.x), np.uint8), block.quality)
    positions = np.repeat(state.catalogue.traits.positions(numbers), counts)
    ids = layout.pack(minutiae, positions, np.repeat(numbers, counts))
    return replace(state.index, segments=(), deltas={0: Delta.empty().extended(ids, block.vectors)})
