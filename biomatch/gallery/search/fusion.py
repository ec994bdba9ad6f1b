"""Fuses all comparisons with one person into one score: impressions of a finger support each other, fingers add up.

Enrolled prints that are copies of each other (copies.py) are one print.

A finger is an enrolled finger position; prints of unknown position may be of any finger. For each print of the probe the
strongest comparison counts whole; other impressions of that finger add a share of what they say: for it, and where the
enrolled finger is known to be the same one, against it. The prints of the probe then take enrolled fingers, strongest first,
each finger once. What the fingers say is added by the calibration's rules.

The best of several comparisons is no longer one comparison: among n fingers a non-mated person has n chances. So a score is
lowered by 10 log10 of the chances that it was chosen from, here and where fingers add up. docs/research/fusion.md has what was
measured.

Support raises a score by 10 a power of ten of the likelihood ratio, since the rate of false matches at a ratio L is at most
1 / L.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from biomatch.calibration import FingerFusion
from biomatch.comparison import Comparison
from biomatch.gallery.caches.block import Names
from biomatch.gallery.search.copies import Marks, marks_of, originals
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition


@dataclass(frozen=True)
class FusionParams:
    support: float = 0.2  # share of a further impression's LLR: least Cllr on three impressions of each development finger
    most_support: int = 3  # impressions that support, beside the strongest
    own_name: float = 0.9  # of the rate, for the enrolled finger of the probe's own name: with a half, mates lose 3 a finger


PARAMS = FusionParams()


@dataclass(frozen=True, eq=False)
class Compared:
    """One print of the probe and one enrolled print.

    probe, number  which
    probe_at, at   their finger positions
    votes          of the index; NaN where it was not asked
    scale          size of the probe's print in this comparison, in that of the print as it was handed over
    names          whose print it is; None: it was removed meanwhile
    minutiae       of the enrolled print; None: not known, and so no copy
    """

    probe: int
    number: int
    probe_at: FingerPosition
    at: FingerPosition
    comparison: Comparison
    votes: float
    scale: float = 1.0
    names: Names | None = None
    minutiae: Minutiae | None = None

    @property
    def marks(self) -> Marks:
        return marks_of(self.minutiae, "" if self.names is None else self.names.image)


@dataclass(frozen=True)
class Fused:
    score: float
    llr: float
    extrapolated: bool


def fuse(
    compared: Sequence[Compared],
    fingers: FingerFusion,
    shown: float,
    params: FusionParams = PARAMS,
    *,
    asked: int = 1,
    searched: bool = False,
) -> Fused:
    """Fuses all comparisons with one person, at least one, into one score.

    fingers   how fingers add up
    shown     the highest score that the calibration's non-mated pairs show: a sum beyond it is extrapolated
    asked     fingers of the probe, whether or not they were compared (`asked_fingers`)
    searched  the person is one of many in a search, whose stated false positive rate counts the enrolled prints: the strongest
              comparison is not lowered for the choice among this person's
    """
    ordered = _without_copies(sorted(compared, key=strength))
    enrolled = {_finger(one) for one in ordered}
    llrs: list[float] = []
    scores: list[float] = []
    probes: set[int] = set()
    taken: set[tuple[str, int]] = set()
    for one in ordered:
        if one.probe in probes or _finger(one) in taken:
            continue
        same = [c for c in ordered if c is not one and _supports(c, one)]
        probes.add(one.probe)
        taken |= {_finger(c) for c in (one, *(c for c in same if c.comparison.llr > 0))}
        known = [c.comparison.llr for c in same if c.comparison.llr > 0 or c.at == one.at != FingerPosition.UNKNOWN]
        support = known[: params.most_support]
        more = params.support * sum(support)
        both_known = FingerPosition.UNKNOWN not in (one.at, one.probe_at)
        if not llrs or one.comparison.llr > 0 or both_known:
            llrs.append(one.comparison.llr + more)
        chances = 1.0 if searched and not scores else _chances(one, enrolled, params)
        scores.append(max(0.0, one.comparison.score + 10 * more - 10 * math.log10(chances)))
    score = max(0.0, fingers.fuse_scores(scores, max(asked, len(scores))))
    return Fused(
        score, fingers.fuse(llrs), ordered[0].comparison.extrapolated or score > max(shown, ordered[0].comparison.score)
    )


def strength(one: Compared) -> tuple[float, float, int, int]:
    """Returns the sort key, strongest first; ties by print."""
    return (-one.comparison.llr, -one.comparison.score, one.probe, one.number)


def asked_fingers(positions: Sequence[FingerPosition]) -> int:
    """Counts the fingers that the prints of a probe may be of: prints of one known finger count once."""
    known = {at for at in positions if at is not FingerPosition.UNKNOWN}
    return len(known) + sum(at is FingerPosition.UNKNOWN for at in positions)


def _chances(one: Compared, enrolled: set[tuple[str, int]], params: FusionParams) -> float:
    """Returns among how many enrolled fingers the probe's print found this one (Bonferroni's bound).

    The finger of its own name has most of the rate, the others share the rest.
    """
    if len(enrolled) == 1:
        return 1
    if one.probe_at is FingerPosition.UNKNOWN or ("finger", int(one.probe_at)) not in enrolled:
        return len(enrolled)
    return 1 / params.own_name if one.at is one.probe_at else (len(enrolled) - 1) / (1 - params.own_name)


def _without_copies(ordered: list[Compared]) -> list[Compared]:
    """Drops copies from comparisons, strongest first: the best comparison of a copy stands for all, under its number and its
    finger."""
    prints: dict[int, Compared] = {}
    for one in ordered:
        prints.setdefault(one.number, one)
    if len(prints) == 1:
        return ordered
    best = list(prints.values())
    stands = dict(zip(prints, (best[n] for n in originals([one.marks for one in best])), strict=True))
    kept: dict[tuple[int, int], Compared] = {}
    for one in ordered:
        original = stands[one.number]
        kept.setdefault((one.probe, original.number), replace(one, number=original.number, at=original.at))
    return list(kept.values())


def _finger(one: Compared) -> tuple[str, int]:
    return ("print", one.number) if one.at is FingerPosition.UNKNOWN else ("finger", int(one.at))


def _supports(other: Compared, one: Compared) -> bool:
    """Tells whether two comparisons may be of one finger: the same print of the probe, or one of the same known finger."""
    same_enrolled = other.at == one.at or FingerPosition.UNKNOWN in (other.at, one.at)
    known_alike = other.probe_at == one.probe_at != FingerPosition.UNKNOWN
    return same_enrolled and (other.probe == one.probe or known_alike)
