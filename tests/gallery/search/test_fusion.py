"""How comparisons with one person become one score."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from biomatch.calibration import FingerFusion
from biomatch.comparison import Comparison
from biomatch.gallery.search.fusion import Compared, Fused, FusionParams, asked_fingers, fuse
from biomatch.vocabulary import FingerPosition

RATES = FingerFusion(shrink=0.5)
SHOWN = 42.0  # score
PARAMS = FusionParams(support=0.25, most_support=2, own_name=0.8)
UNKNOWN, THUMB, INDEX = FingerPosition.UNKNOWN, FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX


def compared(
    llr: float, *, probe: int = 0, number: int = 0, probe_at: FingerPosition = UNKNOWN, at: FingerPosition = UNKNOWN
) -> Compared:
    comparison: Comparison = SimpleNamespace(score=10 + 10 * llr, llr=llr, extrapolated=False)  # type: ignore[assignment]
    return Compared(probe, number, probe_at, at, comparison, 0.0)


def fused(*found: Compared, asked: int = 1, searched: bool = False) -> Fused:
    return fuse(found, RATES, SHOWN, PARAMS, asked=asked, searched=searched)


def chances(number: float) -> float:
    """What a score loses that was chosen among so many."""
    return 10 * math.log10(number)


def test_one_comparison_stays_as_it_is() -> None:
    assert fused(compared(2.0)) == Fused(30.0, 2.0, False)


def test_a_further_impression_adds_a_share_and_marks_what_no_non_mated_shows() -> None:
    found = fused(compared(3.0, number=1, at=THUMB), compared(2.0, number=2, at=THUMB))
    assert (found.llr, found.score, found.extrapolated) == (3.5, 45.0, True)
    found = fused(compared(2.0, number=1, at=THUMB), compared(2.0, number=2, at=THUMB))
    assert (found.score, found.extrapolated) == (35.0, False)


def test_a_print_that_may_be_of_any_finger_has_a_chance_at_each() -> None:
    three = [compared(3.0, number=1), compared(-1.0, number=2), compared(-1.0, number=3)]
    assert fused(*three).score == pytest.approx(40 - chances(3))
    assert fused(*three, searched=True).score == 40  # a search counts the enrolled prints itself
    assert fused(*three).llr == 3.0


def test_the_finger_of_its_own_name_has_most_of_the_rate() -> None:
    others = [compared(-1.0, number=n, probe_at=THUMB, at=FingerPosition(n)) for n in (3, 4, 5)]
    own = compared(3.0, number=1, probe_at=THUMB, at=THUMB)
    assert fused(own, *others).score == pytest.approx(40 - chances(1 / 0.8))
    misnamed = compared(-1.0, number=1, probe_at=THUMB, at=THUMB)
    found = fused(misnamed, compared(3.0, number=2, probe_at=THUMB, at=INDEX), *others[1:])
    assert found.score == pytest.approx(40 - chances(3 / 0.2))


def test_of_several_fingers_asked_each_is_a_chance() -> None:
    one = compared(3.0)
    assert fused(one, asked=4).score == fused(one, asked=4, searched=True).score == pytest.approx(40 - chances(4))
    assert fused(compared(0.5), asked=10).score == pytest.approx(5.0)
    assert fused(compared(-1.0), asked=10).score == 0


def test_impressions_of_one_known_finger_are_one_finger_asked() -> None:
    assert asked_fingers([THUMB, THUMB, INDEX, UNKNOWN, UNKNOWN]) == 4
    assert asked_fingers([THUMB]) == asked_fingers([UNKNOWN]) == 1


def test_only_so_many_impressions_support_and_none_that_speaks_against() -> None:
    assert fused(*(compared(2.0, number=n) for n in range(5))).llr == 3.0
    assert fused(compared(2.0), compared(-3.0, number=1)).llr == 2.0


def test_an_impression_of_the_same_known_finger_may_speak_against() -> None:
    assert fused(compared(2.0, at=THUMB), compared(-2.0, number=1, at=THUMB)).llr == 1.5
    assert fused(compared(2.0, at=THUMB), compared(-2.0, number=1, at=INDEX)).llr == 2.0


def test_prints_of_another_known_finger_do_not_support() -> None:
    found = fused(compared(3.0, number=1, at=THUMB), compared(2.0, number=2, at=INDEX))
    assert (found.llr, found.extrapolated) == (3.0, False)


def test_two_probes_of_two_fingers_add_up_by_the_calibrations_rule() -> None:
    two = [
        compared(3.0, probe=0, number=1, probe_at=THUMB, at=THUMB),
        compared(2.0, probe=1, number=2, probe_at=INDEX, at=INDEX),
    ]
    found = fused(*two, asked=2)
    assert found.llr == RATES.fuse([3.0, 2.0]) == 4.0
    assert found.score == pytest.approx(RATES.fuse_scores([40 - chances(1 / 0.8), 30 - chances(1 / 0.8)]))
    assert fused(*two, asked=2, searched=True).score == pytest.approx(RATES.fuse_scores([40.0, 30 - chances(1 / 0.8)]))


def test_one_enrolled_finger_speaks_for_one_probe_only() -> None:
    both = [compared(3.0, probe=0, number=1), compared(2.0, probe=1, number=1)]
    assert fused(*both).llr == 3.0


def test_a_known_finger_that_does_not_match_counts_against() -> None:
    one = compared(3.0, probe=0, number=1, probe_at=THUMB, at=THUMB)
    other = compared(-2.0, probe=1, number=2, probe_at=INDEX, at=INDEX)
    assert fused(one, other).llr == pytest.approx(2.0)
    unknown = compared(-2.0, probe=1, number=2)
    assert fused(one, unknown).llr == 3.0


def test_the_order_of_comparisons_does_not_matter() -> None:
    found = [compared(llr, probe=n % 2, number=n) for n, llr in enumerate([1.0, 2.5, 2.0, -1.0, 0.5])]
    assert fused(*found) == fused(*reversed(found))
