from __future__ import annotations

import pytest

from biomatch.vocabulary import FingerPosition, ImpressionType


def test_finger_positions_have_the_codes_of_the_standard() -> None:
    assert [position.value for position in FingerPosition] == list(range(11))
    assert FingerPosition(1) is FingerPosition.RIGHT_THUMB
    assert FingerPosition(10) is FingerPosition.LEFT_LITTLE


def test_names_are_said_in_words() -> None:
    assert FingerPosition.RIGHT_INDEX.words == "right index"
    assert ImpressionType.LIVE_SCAN_PLAIN.words == "live scan plain"


@pytest.mark.parametrize("impression", ImpressionType)
def test_only_the_four_latent_types_are_latent(impression: ImpressionType) -> None:
    assert impression.is_latent == (4 <= impression <= 7)


@pytest.mark.parametrize("impression", ImpressionType)
def test_only_rolled_types_are_rolled(impression: ImpressionType) -> None:
    assert impression.is_rolled == ("ROLLED" in impression.name)
