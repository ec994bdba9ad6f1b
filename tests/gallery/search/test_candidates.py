"""What the list of a search means."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from biomatch.calibration.search_rates import SearchRates
from biomatch.comparison import Prepared
from biomatch.gallery.interface import Candidate, Effort, Search
from biomatch.gallery.search import candidates
from biomatch.gallery.search.candidates import STILL_MISSED
from biomatch.template import Template

# With half as many minutiae the odds of a miss are e times as high.
OF_MINUTIAE_ONLY = SearchRates((-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, -30.0))
LIKELY = Candidate("P1", 1, 30.0, 3.0, False, ())


def verdict(probes: list[Template], ranked: tuple[Candidate, ...] = (), fpir: float | None = None) -> Search:
    ready = [Prepared(probe, np.zeros((len(probe.minutiae), 64), np.int8)) for probe in probes]
    rates = OF_MINUTIAE_ONLY
    return candidates.verdict(ranked, ready, 100_000, Effort.NORMAL, fpir, rates, made_by={}, seconds={})


def missed(minutiae: int) -> float:
    return 1 / (1 + math.exp(1 - math.log2(40 / minutiae)))


def test_a_further_print_finds_a_part_of_what_the_best_one_misses(template: Callable[..., Template]) -> None:
    full, half, other = template(1, minutiae=40), template(2, minutiae=20), template(3, minutiae=20)
    assert verdict([full]).miss == pytest.approx(missed(40))
    assert verdict([full, half]).miss == pytest.approx(missed(40) * max(missed(20), STILL_MISSED))
    assert verdict([half, full, other]).miss == pytest.approx(missed(40) * max(missed(20), STILL_MISSED) ** 2)
    assert verdict([full, half, half]).miss == verdict([full, half]).miss


def test_prints_that_rarely_miss_do_not_multiply_to_never() -> None:
    """As independent ones, ten prints that miss one in a hundred would miss one in 10^20."""
    assert candidates.missed([0.01]) == 0.01
    assert candidates.missed([0.01] * 10) == pytest.approx(0.01 * STILL_MISSED**9)
    assert candidates.missed([0.01, 1.0]) == 0.01
    assert candidates.missed([0.9, 0.8]) == pytest.approx(0.8 * 0.9)


def test_the_fullest_of_several_prints_says_what_strangers_reach(template: Callable[..., Template]) -> None:
    """A rate of strangers that grows with the minutiae: a fuller probe needs a higher score."""
    rates = SearchRates(stranger_weights=(-1.0, 0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0))

    def of(*minutiae: int) -> Search:
        ready = [Prepared(template(n, minutiae=n), np.zeros((n, 64), np.int8)) for n in minutiae]
        return candidates.verdict((LIKELY,), ready, 100_000, Effort.NORMAL, 0.01, rates, made_by={}, seconds={})

    for both in (of(20, 40), of(40, 20)):
        assert both.threshold == of(40).threshold
        assert both.false_positive == of(40).false_positive
    assert of(20).threshold != of(40).threshold


def test_a_score_that_reaches_the_threshold_is_a_hit(template: Callable[..., Template]) -> None:
    threshold = verdict([template(1)], fpir=0.01).threshold
    assert threshold is not None

    def hit(score: float) -> bool | None:
        return verdict([template(1)], (Candidate("P1", 1, score, 3.0, False, ()),), fpir=0.01).hit

    assert hit(threshold) is True
    assert hit(math.nextafter(threshold, 0)) is False
    assert verdict([template(1)], fpir=0.01).hit is False
    assert verdict([template(1)], (LIKELY,)).hit is None
