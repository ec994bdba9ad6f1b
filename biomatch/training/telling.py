"""A measure of vectors: the share of mated minutiae that are more alike than all but one in 100,000 others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from biomatch.descriptors import GRID, Describer
from biomatch.synthesis import part, partial
from biomatch.training import mates
from biomatch.training.data import Print, mated_pairs
from biomatch.training.projection import PARAMS as PROJECTION

WHOLE, HARD = "whole", "hard"


@dataclass(frozen=True)
class TellingParams:
    pairs_a_finger: int = 40  # of prints
    pairs: int = 500  # of each kind at most
    parts: tuple[int, ...] = (16, 12)  # clear minutiae that a part shows
    asking: int = 600  # minutiae that meet all strangers
    false: float = 1e-5  # share of strangers that are more alike


PARAMS = TellingParams()


@dataclass(frozen=True, eq=False)
class _Mated:
    """A probe, and the numbers (n,) of its minutiae and of their mates in a reference."""

    probe: Print
    reference: str
    first: np.ndarray
    second: np.ndarray


def told(
    prints: Sequence[Print], hard: Sequence[Print], describers: Sequence[Describer], seed: int, params: TellingParams = PARAMS
) -> list[Mapping[str, float]]:
    """Computes for each describer the shares in percent, by kind of probe: whole, hard, and parts by their clear minutiae.

    hard  degraded copies of the prints, or of some
    """
    rng = np.random.default_rng(seed)
    kinds = {kind: _some(found, rng, params.pairs) for kind, found in _mated(prints, hard, rng, params).items() if found}
    return [_shares(prints, kinds, describer, seed, params) for describer in describers]


def _mated(
    prints: Sequence[Print], hard: Sequence[Print], rng: np.random.Generator, params: TellingParams
) -> dict[str, list[_Mated]]:
    out: dict[str, list[_Mated]] = {WHOLE: [], HARD: [], **{str(clear): [] for clear in params.parts}}
    copies = {p.path: p for p in hard}
    for a, b in mated_pairs(prints, params.pairs_a_finger, rng):
        probe, reference = prints[a], prints[b]
        i, j = _laid(probe, reference)
        out[WHOLE].append(_Mated(probe, reference.path, i, j))
        for clear in params.parts:
            shown = part(probe.template.minutiae, clear, rng)
            both = np.isin(i, shown)
            cropped = replace(probe, template=partial(probe.template, shown))
            out[str(clear)].append(_Mated(cropped, reference.path, np.searchsorted(shown, i[both]), j[both]))
        if probe.path in copies:
            out[HARD].append(_Mated(copies[probe.path], reference.path, *_laid(copies[probe.path], reference)))
    return out


def _laid(a: Print, b: Print) -> tuple[np.ndarray, np.ndarray]:
    return mates.of_minutiae(a.template.minutiae, b.template.minutiae, PROJECTION.reach_px)


def _some(found: Sequence[_Mated], rng: np.random.Generator, most: int) -> list[_Mated]:
    return [found[n] for n in rng.permutation(len(found))[:most] if len(found[n].first)]


def _shares(
    prints: Sequence[Print], kinds: Mapping[str, Sequence[_Mated]], describer: Describer, seed: int, params: TellingParams
) -> dict[str, float]:
    references = {p.path: describer.describe(p.template) for p in prints}
    everyone = _unit(np.concatenate(list(references.values())))
    number = {finger: n for n, finger in enumerate(sorted({p.finger for p in prints}))}
    owners = np.concatenate([np.full(len(references[p.path]), number[p.finger]) for p in prints])
    shares = {}
    for kind, pairs in kinds.items():
        ours = _unit(np.concatenate([describer.describe(one.probe.template)[one.first] for one in pairs]))
        theirs = _unit(np.concatenate([references[one.reference][one.second] for one in pairs]))
        whose = np.concatenate([np.full(len(one.first), number[one.probe.finger]) for one in pairs])
        asking = np.random.default_rng(seed).permutation(len(ours))[: params.asking]
        non_mated = (ours[asking] @ everyone.T)[whose[asking, None] != owners]
        place = int(len(non_mated) * (1 - params.false))
        likest = np.partition(non_mated, place)[place]
        shares[kind] = round(100 * float(((ours * theirs).sum(axis=1) > likest).mean()), 1)
    return shares


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors.astype(np.float32) / GRID
