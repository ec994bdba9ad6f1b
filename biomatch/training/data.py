"""Prints for training: a manifest of images, their groups, and their templates, extracted once and kept in a cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomatch.template import Template

GROUPS = {
    "fvc2000_db1": "g12",
    "fvc2000_db2": "g12",
    "fvc2000_db2_a": "g12",
    "fvc2000_db3": "g3",
    "fvc2000_db4": "g4",
    "fvc2000_db4_a": "g4",
    "crossmatch": "cmu",
    "uareu": "cmu",
}  # sets that share fingers are left out together


@dataclass(frozen=True, eq=False)
class Print:
    """One print of a known finger. `finger` is unique over all sets; prints of one finger may come from several sets."""

    path: str
    set: str
    finger: str
    impression: int
    group: str
    template: Template


def genuine_pairs(prints: Sequence[Print], most_a_finger: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Pairs of prints (by number) of one finger, at most so many a finger, drawn at random, in a fixed order."""
    by_finger: dict[str, list[int]] = {}
    for i, p in enumerate(prints):
        by_finger.setdefault(p.finger, []).append(i)
    out: list[tuple[int, int]] = []
    for finger in sorted(by_finger):
        own = by_finger[finger]
        pairs = [(a, b) for n, a in enumerate(own) for b in own[n + 1 :]]
        chosen = rng.permutation(len(pairs))[:most_a_finger]
        out.extend(pairs[i] for i in sorted(chosen))
    return out
