"""A card's plain prints find their rolled mates."""

import pytest

from biomatch.bench.formats import tenprint_card
from biomatch.evaluation.protocol import Sample
from biomatch.vocabulary import FingerPosition


@pytest.fixture(scope="module")
def card(root):
    (path,) = (root / "sample_data").rglob("*.an2")
    return path.read_bytes()


def test_slaps_are_cut_apart_and_rolled_prints_are_told_from_plain_ones(card):
    found = list(tenprint_card.prints_of(card))
    rolled = [position for _, position, is_rolled in found if is_rolled]
    plain = [position for _, position, is_rolled in found if not is_rolled]
    assert sorted(rolled) == sorted(plain) == sorted(position for position in FingerPosition if 1 <= position <= 10)


def test_every_finger_finds_itself_among_others(card, root, monkeypatch):
    thumbs = (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB)
    every = tenprint_card.prints_of
    monkeypatch.setattr(tenprint_card, "prints_of", lambda data: [one for one in every(data) if one[1] in thumbs])
    path = root / "sample_data" / "enrol" / "P02-left-thumb_1.png"
    other = Sample("sample", "P02-left-thumb", 1, path)
    assert tenprint_card.ranks(card, [other]) == dict.fromkeys(thumbs, 1)
