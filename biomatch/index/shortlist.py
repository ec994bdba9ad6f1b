"""Finds the prints that are worth a comparison for a probe's minutiae: nearest descriptors, then votes that agree on a
motion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

import faiss
import numpy as np

from biomatch.index import layout, voting
from biomatch.index.codebooks import as_float
from biomatch.index.index import Index, strongest
from biomatch.index.voting import VotingParams
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition


@dataclass(frozen=True)
class Reach:
    """The reach of a search into the index.

    queries  minutiae that ask, best first
    nprobe   lists that each looks into
    k        hits that each brings

    On sensors that the codebooks never saw, 24 minutiae that each look into 16 lists lose half of the mates that 48 lose which
    look into two: skin that was turned, pressed or wetted moves a minutia's vector into another list.
    """

    queries: int
    nprobe: int
    k: int


FAST = Reach(queries=16, nprobe=2, k=64)
NORMAL = Reach(queries=24, nprobe=16, k=64)
WIDE = Reach(queries=24, nprobe=32, k=800)  # for a second look at thousands of prints: 48 found no more, and took longer
WIDEST = Reach(queries=24, nprobe=64, k=1_400)  # for a last look where nobody was found: half of the mates lost till then


@dataclass(frozen=True)
class ReachParams:
    few: int = 25  # a probe of fewer minutiae takes more hits of each
    few_k: int = 200  # 3 of 100 mates of probes cropped to 8 minutiae, 1 of 100 of those cropped to 24
    widest_k: int = 4_096  # where a filter throws most hits away
    most_hits: int = 36_000  # of all minutiae together, of a wide reach: they bring some 20,000 prints, counted in 1 ms
    delta_k: int = 200  # hits of each minutia in the delta, which holds 1,000 prints; who takes no part is not counted


@dataclass(frozen=True, eq=False)
class Shortlist:
    """numbers  (m,) int64    print numbers, most votes first, ties by number
    votes    (m,) float32  sum of log-likelihood ratios (natural log) of the hits that agree
    """

    numbers: np.ndarray
    votes: np.ndarray

    def stands_out(self, times: float, behind: int) -> bool:
        """Tells whether the first has so many times the votes of the print that lies so many places behind it."""
        return len(self.votes) > behind and bool(self.votes[0] >= times * self.votes[behind])


@dataclass(frozen=True, eq=False)
class Standing:
    """Prints that a probe's minutiae speak for, and what they hit of each.

    asked    (q,) int64    numbers of the probe's minutiae that asked, best first
    numbers  (m,) int64    print numbers, in no order that means anything
    votes    (m,) float32  sum of log-likelihood ratios (natural log), at most one hit of each minutia
    starts   (m + 1,) int64  print p owns hits starts[p] to starts[p + 1], of the best minutiae first
    rows     (h,) int64    which of `asked` hit
    ids      (h,) int64    what it hit, as `layout` packs it
    """

    asked: np.ndarray
    numbers: np.ndarray
    votes: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    ids: np.ndarray


def shortlist(
    index: Index,
    minutiae: Minutiae,
    vectors: np.ndarray,
    *,
    length: int = 200,
    reach: Reach = NORMAL,
    positions: Iterable[FingerPosition] | None = None,
    members: np.ndarray | None = None,
    reach_params: ReachParams = ReachParams(),
    voting_params: VotingParams = VotingParams(),  # noqa: B008
) -> Shortlist:
    """Finds the prints for which most of the probe's minutiae speak.

    vectors    (n, 64) int8, one a minutia
    positions  finger positions that take part; None: all
    members    (numbers,) bool, by print number: only these take part; None: all
    """
    able = strongest(minutiae, vectors, len(minutiae))
    asking = able[: reach.queries]
    if not len(asking) or not len(index):
        return Shortlist(np.zeros(0, np.int64), np.zeros(0, np.float32))
    takes_part, share = _taking_part(index, members)
    reach = _adapted(reach, len(able), share, reach_params)
    ids, numbers, weight = _weighed(index, vectors[asking], reach, positions, takes_part)
    found, sums = voting.tally(numbers, weight)
    chosen = np.sort(voting.best(found, sums, max(voting_params.posed, length))[0])
    asked = minutiae[asking]
    votes = voting.agree(
        ids, weight, chosen, asked.x, asked.y, asked.turns.astype(np.int64),
        voting_params.slack_px, voting_params.slack_share, voting_params.slack_turn, voting_params.most_hits,
    )  # fmt: skip
    return Shortlist(*voting.best(chosen, votes, length))


def standing(
    index: Index,
    minutiae: Minutiae,
    vectors: np.ndarray,
    *,
    prints: int,
    hits_each: int,
    reach: Reach = WIDE,
    positions: Iterable[FingerPosition] | None = None,
    members: np.ndarray | None = None,
    params: ReachParams = ReachParams(),
) -> Standing:
    """Finds the `prints` prints with most votes, whether their hits agree or not, each with up to `hits_each` hits, one a
    minutia.

    vectors, positions, members   as in `shortlist`
    """
    asking = strongest(minutiae, vectors, reach.queries)
    nothing = np.zeros(0, np.int64)
    if not len(asking) or not len(index):
        return Standing(asking, nothing, np.zeros(0, np.float32), np.zeros(1, np.int64), nothing, nothing)
    takes_part, share = _taking_part(index, members)
    reach = replace(reach, k=min(reach.k, params.most_hits // len(asking)))
    ids, numbers, weight = _weighed(index, vectors[asking], _widened(reach, share, params), positions, takes_part)
    found, sums = voting.tally(numbers, weight)
    kept = voting.most(found, sums, prints)
    return Standing(asking, found[kept], sums[kept], *voting.gather(numbers, ids, found[kept], hits_each))


def _taking_part(index: Index, members: np.ndarray | None) -> tuple[np.ndarray, float]:
    """Tells which prints take part, (numbers,) bool, by print number, and which share of those that are alive they are."""
    if members is None:
        return index.alive, 1.0
    takes_part = index.alive & _fitted(members, len(index.dead))
    return takes_part, int(np.count_nonzero(takes_part)) / max(1, int(np.count_nonzero(index.alive)))


def _weighed(
    index: Index, vectors: np.ndarray, reach: Reach, positions: Iterable[FingerPosition] | None, takes_part: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns ids, print numbers (q, k) int64, -1: none, and weights (q, k) float32 of what each vector hits."""
    distances, ids = hits(index, vectors, reach, positions, takes_part)
    numbers = np.where(ids >= 0, layout.prints(ids), -1)
    return ids, numbers, voting.weigh(distances, numbers, index.codebooks.weights, index.codebooks.weight_step)


def _adapted(reach: Reach, minutiae: int, share: float, params: ReachParams) -> Reach:
    """Asks for more hits for a probe of few minutiae, and where a filter lets but a share of the prints through."""
    if minutiae < params.few:
        reach = replace(reach, k=max(reach.k, params.few_k))
    return _widened(reach, share, params)


def _widened(reach: Reach, share: float, params: ReachParams) -> Reach:
    """Asks for more hits where a filter lets but a share of the prints through."""
    return reach if share == 1 else replace(reach, k=max(reach.k, min(params.widest_k, int(reach.k / max(share, 1e-6)))))


def hits(
    index: Index,
    vectors: np.ndarray,
    reach: Reach,
    positions: Iterable[FingerPosition] | None = None,
    takes_part: np.ndarray | None = None,
    delta_k: int = ReachParams.delta_k,
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the nearest of each vector (n, 64) int8, in all segments and deltas together, of a delta at most `delta_k`.

    takes_part  (numbers,) bool, by print number; None: all that are alive
    returns     squared distances (n, k) float32, ascending, and ids (n, k) int64, -1: none
    """
    takes_part = index.alive if takes_part is None else takes_part
    ranges = None if positions is None else layout.ranges(positions)
    selector = None if ranges is None else _selector(ranges)
    queries = as_float(vectors)
    parts = []
    for segment in index.segments:
        distances, ids = segment.search(queries, reach.k, reach.nprobe, selector)
        voting.admit(ids, takes_part)
        parts.append((distances, ids))
    for delta in index.deltas.values():
        ids = delta.ids[: len(delta)]
        allowed = takes_part[layout.prints(ids)]
        if ranges is not None:
            allowed &= reduce(np.logical_or, [(ids >= low) & (ids < high) for low, high in ranges])
        parts.append(delta.search(vectors, min(reach.k, delta_k), allowed))
    if len(parts) == 1:
        return parts[0]
    distances, ids = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    distances = np.where(ids >= 0, distances, np.inf).astype(np.float32)
    order = np.lexsort((ids, distances), axis=1)[:, : reach.k]
    return np.take_along_axis(distances, order, 1), np.take_along_axis(ids, order, 1)


def _fitted(members: np.ndarray, length: int) -> np.ndarray:
    """Cuts `members`, or pads it with False, to a length."""
    out = np.zeros(length, np.bool_)
    n = min(length, len(members))
    out[:n] = members[:n]
    return out


def _selector(ranges: list[tuple[int, int]]) -> faiss.IDSelector:
    selectors = [faiss.IDSelectorRange(low, high) for low, high in ranges]
    return reduce(faiss.IDSelectorOr, selectors)
