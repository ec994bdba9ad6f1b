"""NIST's ten-print card among real prints of other fingers."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomatch.bench.formats import tenprint_card
from biomatch.evaluation import protocol
from biomatch.vocabulary import FingerPosition


@pytest.fixture(scope="module")
def card(real_data: Path) -> bytes:
    return (real_data / "transactions" / "type-4-tpcard.an2").read_bytes()


def test_the_card_has_ten_rolled_and_ten_plain_prints(card: bytes) -> None:
    ten = sorted(FingerPosition(code) for code in range(1, 11))
    prints = [(position, is_rolled) for _, position, is_rolled in tenprint_card.prints_of(card)]
    for wanted in (True, False):
        assert sorted(position for position, is_rolled in prints if is_rolled is wanted) == ten


def test_plain_prints_find_their_rolled_mates_among_one_print_of_every_other_finger(card: bytes, real_data: Path) -> None:
    """`biomatch bench formats` takes all prints of every finger."""
    first = {one.finger: one for one in reversed(protocol.read(real_data / "manifest.csv"))}
    assert len(first) == 301
    ranks = tenprint_card.ranks(card, list(first.values()))
    assert sum(rank == 1 for rank in ranks.values()) >= 9, ranks
