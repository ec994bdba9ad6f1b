"""What the audit tree is told of a search."""

from __future__ import annotations

import hashlib
import struct

import numpy as np

from biomatch.bureau.searches.items import candidate_item
from biomatch.gallery.interface import Candidate, Evidence, Pair
from biomatch.vocabulary import FingerPosition

MATCHED = (np.array([3, 0]), np.array([1, 70_000]), np.array([0.75, 0.1]))
MOTION = np.array([1.5, -2.0, 0.25])
EVIDENCE = Evidence(0, "p1", "E", FingerPosition.UNKNOWN, 40.0, 3.0, False, 7.0, MATCHED, MOTION)


def told_of_pairs(evidence: Evidence, layout: int) -> str:
    item = candidate_item(Candidate("P", 1, 40.0, 3.0, False, (evidence,)), layout)
    found: str = item.content["evidence"][0]["pairs"]
    return found


def test_pairs_are_made_of_what_corresponds() -> None:
    assert EVIDENCE.pairs == (Pair(3, 1, 0.75), Pair(0, 70_000, 0.1))
    assert [type(part) for part in EVIDENCE.pairs[0]] == [int, int, float]


def test_a_digest_is_of_each_pair_s_bytes_and_of_the_motion_s() -> None:
    """Leaves that are on disks already were written so."""
    data = struct.pack("<IId", 3, 1, 0.75) + struct.pack("<IId", 0, 70_000, 0.1) + struct.pack("<3d", 1.5, -2.0, 0.25)
    assert told_of_pairs(EVIDENCE, 2) == hashlib.sha256(data).hexdigest()


def test_older_leaves_hold_a_digest_of_json() -> None:
    data = b"[[[3,1,0.75],[0,70000,0.1]],[1.5,-2.0,0.25]]"
    assert told_of_pairs(EVIDENCE, 1) == hashlib.sha256(data).hexdigest()
