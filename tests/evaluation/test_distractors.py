"""Strangers made of donors: repeatable, plausible, and nobody's copy."""

from __future__ import annotations

import numpy as np
import pytest

from biomatch.evaluation.distractors import distractors
from biomatch.synthesis import synthesise_templates
from biomatch.template import Minutiae, Template


@pytest.fixture(scope="module")
def donors() -> list[Template]:
    return synthesise_templates(40, 3)


def test_the_same_seed_gives_the_same_strangers_and_another_gives_others(donors: list[Template]) -> None:
    first, again, other = (list(distractors(donors, 30, seed)) for seed in (1, 1, 2))
    assert [t.to_bytes() for t in first] == [t.to_bytes() for t in again]
    assert not {t.to_bytes() for t in first} & {t.to_bytes() for t in other}
    assert len({t.to_bytes() for t in first}) == 30


def test_more_are_the_same_and_then_some(donors: list[Template]) -> None:
    few, many = list(distractors(donors, 1_000, 1)), list(distractors(donors, 1_001, 1))
    assert [t.to_bytes() for t in many[:1_000]] == [t.to_bytes() for t in few]


def test_they_are_whole_templates_with_about_as_many_minutiae_as_their_donors(donors: list[Template]) -> None:
    made = list(distractors(donors, 200, 1))
    for template in made:
        assert Template.from_bytes(template.to_bytes()).minutiae == template.minutiae
        assert template.minutiae.x.max() < template.width
        assert template.minutiae.y.max() < template.height
    counts = [np.mean([len(t.minutiae) for t in some]) for some in (made, donors)]
    assert counts[0] == pytest.approx(counts[1], rel=0.4)


def test_too_few_donors_are_refused() -> None:
    none = Template(Minutiae.none(), 10, 10)
    with pytest.raises(ValueError, match="at least 3"):
        list(distractors([none] * 5, 1, 1))
