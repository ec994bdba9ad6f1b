"""The items that the audit tree keeps of a search: probes, candidates, to whom it was limited, and what the list means.

A repeat is held against it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from biomatch.crypto import sha256
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.interface import Candidate, Evidence, Search
from biomatch.store import Item
from biomatch.store.audit.tree import LAYOUT, canonical
from biomatch.template import Template

_PAIR = np.dtype([("probe", "<u4"), ("reference", "<u4"), ("weight", "<f8")])


def probe_item(template: Template) -> Item:
    return Item({"template": sha256(template.to_bytes()).hex(), "extractor": template.extractor})


def candidate_item(candidate: Candidate, layout: int = LAYOUT) -> Item:
    """Makes the item of a candidate, with scores to the last bit: JSON keeps what Python's repr of a float says.

    layout  of the leaf that the item is for, or is held against
    """
    content: dict[str, Any] = {
        "rank": candidate.rank,
        "person": candidate.person,
        "score": float(candidate.score),
        "llr": float(candidate.llr),
        "extrapolated": bool(candidate.extrapolated),
        "evidence": [
            {
                "probe": one.probe,
                "print": one.print_id,
                "encounter": one.encounter,
                "position": int(one.position),
                "score": float(one.score),
                "llr": float(one.llr),
                "extrapolated": bool(one.extrapolated),
                "scale": float(one.scale),
                "votes": None if math.isnan(one.votes) else float(one.votes),
                "pairs": _digest(one, layout),
            }
            for one in candidate.evidence
        ],
    }
    return Item(content, candidate.person)


def filter_items(where: Filter) -> list[Item]:
    """Makes the item of a search's filter, if it has one, and of the person whose prints it was made with, who is no
    candidate."""
    if where == EVERYBODY:
        return []
    content = {"where": where.criteria} | ({"person": where.without} if where.without else {})
    return [Item(content, where.without, label=where.label)]


def verdict_of(search: Search) -> dict[str, Any]:
    """Returns the verdict, to the last bit, like the scores."""
    return {
        "hit": search.hit,
        "threshold": None if search.threshold is None else float(search.threshold),
        "miss": float(search.miss),
        "falsePositive": None if search.false_positive is None else float(search.false_positive),
    }


def _digest(one: Evidence, layout: int) -> str:
    """Hashes the corresponding minutiae and how the probe was laid on the print."""
    if layout == 1:
        return sha256(canonical([one.pairs, [float(part) for part in one.motion]]).encode()).hex()
    pairs = np.empty(len(one.matched[0]), _PAIR)
    for name, column in zip(("probe", "reference", "weight"), one.matched, strict=True):
        pairs[name] = column
    return sha256(pairs.tobytes() + one.motion.astype("<f8").tobytes()).hex()
