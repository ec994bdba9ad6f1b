"""How comparisons with one person become one score."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from biomatch.calibration import FingerFusion
from biomatch.comparison import Comparison
from biomatch.gallery.fusion import Compared, Fused, FusionParams, fuse
from biomatch.vocabulary import FingerPosition

RATES = FingerFusion(shrink=0.5)
SHOWN = 42.0  # score
PARAMS = FusionParams(support=0.25, most_support=2)
UNKNOWN, THUMB, INDEX = FingerPosition.UNKNOWN, FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX


def compared(
    llr: float, *, probe: int = 0, number: int = 0, probe_at: FingerPosition = UNKNOWN, at: FingerPosition = UNKNOWN
) -> Compared:
    comparison: Comparison = SimpleNamespace(score=10 + 10 * llr, llr=llr, extrapolated=False)  # type: ignore[assignment]
    return Compared(probe, number, probe_at, at, comparison, 0.0)


def fused(*found: Compared) -> Fused:
    return fuse(found, RATES, SHOWN, PARAMS)


def test_one_comparison_stays_as_it_is() -> None:
    assert fused(compared(2.0)) == Fused(30.0, 2.0, False)


def test_a_further_impression_adds_a_share_and_marks_what_no_impostor_shows() -> None:
    found = fused(compared(3.0, number=1), compared(2.0, number=2))
    assert (found.llr, found.score, found.extrapolated) == (3.5, 45.0, True)
    found = fused(compared(2.0, number=1), compared(2.0, number=2))
    assert (found.score, found.extrapolated) == (35.0, False)


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
    found = fused(*two)
    assert found.llr == RATES.fuse([3.0, 2.0]) == 4.0
    assert found.score == RATES.fuse_scores([40.0, 30.0])


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
