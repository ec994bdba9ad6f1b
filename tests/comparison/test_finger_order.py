"""Synthetic fingers: plain prints are pressed again, a little otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from biomatch.comparison import Comparer, Prepared, prepare
from biomatch.comparison.finger_order import misnamed
from biomatch.descriptors import Describer
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, ImpressionType

FINGERS = tuple(FingerPosition(code) for code in range(2, 6))
ROLLED, PLAIN = ImpressionType.LIVE_SCAN_ROLLED, ImpressionType.LIVE_SCAN_PLAIN


@pytest.fixture(scope="module")
def comparer() -> Comparer:
    return Comparer()


@pytest.fixture(scope="module")
def person() -> list[Template]:
    return synthesise_templates(len(FINGERS), seed=21)


def ready(templates: list[Template], named: tuple[FingerPosition, ...], kind: ImpressionType, seed: int = 0) -> list[Prepared]:
    describer = Describer()
    pressed = (
        each if kind is ROLLED else press_again(each, np.random.default_rng((seed, at)), strength=0.6)
        for at, each in enumerate(templates)
    )
    return [prepare(each.labelled(position, kind), describer) for each, position in zip(pressed, named, strict=True)]


def test_right_names_are_not_contradicted(person: list[Template], comparer: Comparer) -> None:
    assert misnamed([*ready(person, FINGERS, ROLLED), *ready(person, FINGERS, PLAIN)], comparer) == []


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (3, 2, 1, 0), (1, 2, 3, 0)])
def test_swapped_fingers_are_named(order: tuple[int, ...], person: list[Template], comparer: Comparer) -> None:
    names = tuple(FINGERS[place] for place in order)
    found = misnamed([*ready(person, FINGERS, ROLLED), *ready(person, names, PLAIN)], comparer)
    wrong = {(claimed, true) for claimed, true in zip(names, FINGERS, strict=True) if claimed != true}
    assert {(one.claimed, one.found) for one in found} == wrong


def test_it_says_so_in_words(person: list[Template], comparer: Comparer) -> None:
    names = (FINGERS[1], FINGERS[0], *FINGERS[2:])
    first, *_ = misnamed([*ready(person, FINGERS, ROLLED), *ready(person, names, PLAIN)], comparer)
    assert first.words == "what is called the plain right middle is the finger that was rolled as right index"


def test_without_rolled_prints_latents_or_names_there_is_nothing_to_say(person: list[Template], comparer: Comparer) -> None:
    swapped = (FINGERS[1], FINGERS[0], *FINGERS[2:])
    assert misnamed(ready(person, swapped, PLAIN), comparer) == []
    latents = ready(person, swapped, ImpressionType.LATENT_IMPRESSION)
    nameless = ready(person, (FingerPosition.UNKNOWN,) * 4, PLAIN)
    assert misnamed([*ready(person, FINGERS, ROLLED), *latents, *nameless], comparer) == []
    assert misnamed([], comparer) == []
