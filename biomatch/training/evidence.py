"""The evidence from comparing training prints: of mated pairs and of the non-mated pairs that are worth learning from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from biomatch.comparison import ridge_check
from biomatch.comparison.evidence import gather, relaxed
from biomatch.comparison.prepared import Block, Prepared
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.data import FILLER_SUFFIX, HARDNESS, Print


@dataclass(frozen=True)
class EvidenceParams:
    whole: int = 80  # non-mated pairs a print, up to which all are compared
    hardest: int = 12  # of more: those that a shortlist of the print's own set brings
    random: int = 24  # and further ones, so that the false match rate of any two prints can be told


PARAMS = EvidenceParams()
KINDS = {"plain": (0.0, 0.0), "mixed": (0.0, HARDNESS), "hard": (HARDNESS, HARDNESS)}  # how degraded probe and reference are


@dataclass(frozen=True, eq=False)
class PairEvidence:
    """n pairs of prints.

    mated     (n,) bool
    stands    (n,) float64   pairs that this one stands for: the non-mated pairs that were left out share their weight
    set, group, kind (n,) str   kind of `KINDS`
    fewer     (n,) int64     minutiae of the smaller template
    features  (n, f) float64 of the minutiae
    ridges    (n, g) float64 of the ridge pictures, NaN where they could not be laid on each other
    """

    mated: np.ndarray
    stands: np.ndarray
    set: np.ndarray
    group: np.ndarray
    kind: np.ndarray
    fewer: np.ndarray
    features: np.ndarray
    ridges: np.ndarray

    def __getitem__(self, which: np.ndarray) -> PairEvidence:
        return PairEvidence(*(getattr(self, f.name)[which] for f in fields(self)))

    @classmethod
    def join(cls, parts: Sequence[PairEvidence]) -> PairEvidence:
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    @property
    def checked(self) -> np.ndarray:
        """True where the ridge check has spoken, (n,) bool."""
        return ~np.isnan(self.ridges[:, 0])

    @property
    def population(self) -> np.ndarray:
        """Set and kind, which weigh the same however many pairs they have, (n,) str."""
        return np.char.add(np.char.add(self.kind, " of "), self.set)


def collect(
    prints: Sequence[Print],
    probes: Sequence[Prepared],
    references: Sequence[Prepared],
    kind: str,
    rng: np.random.Generator,
    progress: Progress = NO_PROGRESS,
    params: EvidenceParams = PARAMS,
    *,
    foreign: bool = False,
) -> PairEvidence:
    """Collects evidence of the pairs inside each set: all mated ones, the hardest non-mated ones, and some at random.

    probes, references  the prints prepared, as the kind says; alike where it is "plain" or "hard"
    foreign             as of `comparison.evidence.gather`
    """
    by_set: dict[str, list[int]] = {}
    for i, p in enumerate(prints):
        if not p.set.endswith(FILLER_SUFFIX):
            by_set.setdefault(p.set, []).append(i)
    progress.start(f"comparing {kind} training prints", sum(map(len, by_set.values())))
    parts = []
    for name in sorted(by_set):
        own = np.array(by_set[name])
        finger = np.array([prints[i].finger for i in own])
        for n in range(len(own) - 1):
            probe, mated = probes[own[n]], finger[n + 1 :] == finger[n]
            others = [references[i] for i in own[n + 1 :]]
            chosen, stands = _choose(probe, others, mated, rng, params)
            parts.append(
                _evidence(probe, [others[int(i)] for i in chosen], mated[chosen], stands, prints[own[n]], kind, foreign)
            )
            progress.advance()
        progress.advance()
    progress.done()
    return PairEvidence.join(parts)


def _choose(
    probe: Prepared, references: Sequence[Prepared], mated: np.ndarray, rng: np.random.Generator, params: EvidenceParams
) -> tuple[np.ndarray, np.ndarray]:
    """Chooses the references to compare with (c,), and tells how many pairs each stands for (c,)."""
    non_mated = np.flatnonzero(~mated)
    if len(non_mated) <= max(params.whole, params.hardest + params.random):
        return np.arange(len(mated)), np.ones(len(mated))
    score = relaxed(probe, Block.of([references[i] for i in non_mated.tolist()]))
    order = np.argsort(-score, kind="stable")
    hardest = non_mated[order[: params.hardest]]
    rest = non_mated[order[params.hardest :]]
    drawn = np.sort(rng.choice(rest, params.random, replace=False))
    chosen = np.concatenate([np.flatnonzero(mated), hardest, drawn])
    stands = np.ones(len(chosen))
    stands[len(chosen) - len(drawn) :] = len(rest) / len(drawn)
    return chosen, stands


def _evidence(
    probe: Prepared, references: Sequence[Prepared], mated: np.ndarray, stands: np.ndarray, of: Print, kind: str, foreign: bool
) -> PairEvidence:
    found = gather(probe, Block.of(references), foreign=foreign)
    nothing = np.full(len(ridge_check.NAMES), np.nan)
    ridges = []
    for r, reference in enumerate(references):
        checked = ridge_check.check(probe, reference, found, r)
        ridges.append(nothing if checked is None else checked)
    m = len(references)
    return PairEvidence(
        mated=mated,
        stands=stands,
        set=np.full(m, of.set),
        group=np.full(m, of.group),
        kind=np.full(m, kind),
        fewer=np.array([min(len(probe.vectors), len(r.vectors)) for r in references], np.int64),
        features=found.features,
        ridges=np.array(ridges).reshape(m, len(ridge_check.NAMES)),
    )
