"""Fused scores beside what they state: which persons are drawn, what is counted, and the tables."""

from pathlib import Path

import numpy as np
import pytest

from biomatch.bench.engine import fusion as bench
from biomatch.bench.engine.fusion import Plan, Scores
from biomatch.bench.report import page

SMALL = Plan(mated=30, non_mated=200, synthetic=20, presses=6, gallery=0)


@pytest.fixture(scope="module")
def figures():
    return bench.measure([], SMALL).figures


def all_alike(fingers: int, presses: int, score: float) -> Scores:
    """Fingers of which every two prints compare with one score, and a log10 LR of a tenth of that."""
    count = fingers * presses
    of = [np.arange(n * presses, (n + 1) * presses) for n in range(fingers)]
    return Scores(of, np.full((count, count), score), np.full((count, count), score / 10), np.zeros((count, count), bool))


def test_synthetic_fingers_have_every_case(figures):
    cases = figures["synthetic"]["cases"]
    assert (figures["synthetic"]["prints"], figures["synthetic"]["fingers"]) == (120, 20)
    assert set(cases) == {
        *(f"{a} of {b} impressions, {names}" for a, b in bench.IMPRESSIONS for names in ("named", "unnamed")),
        *(f"{count} fingers, {names}" for count in bench.FINGERS for names in ("named", "unnamed")),
    }
    assert all((one["mated"], one["non_mated"]) == (30, 200) for one in cases.values())


def test_non_mated_persons_stay_within_what_is_stated(figures):
    """Of 200 each, 20 may reach 10."""
    for one in figures["synthetic"]["cases"].values():
        assert one["non_mated_reaching"]["10"]["seen"] <= 0.1
        assert one["mean_lr"] < 1


def test_what_non_mated_persons_reach_is_counted():
    """Every print compares with 15: a single one reaches 10 always, and states one in ten."""
    found = bench.cases(all_alike(4, 6, 15.0), Plan(mated=3, non_mated=5))["1 of 1 impressions, unnamed"]
    assert found["non_mated_reaching"]["10"] == {"stated": 0.1, "seen": 1.0}
    assert found["non_mated_reaching"]["20"]["seen"] == 0
    assert found["mean_lr"] == pytest.approx(10**1.5, rel=1e-3)
    assert found["mated_below"] == {"30": 1.0, "40": 1.0}


@pytest.mark.parametrize("mated", [True, False])
def test_no_print_of_a_probe_is_enrolled(mated):
    scores, rng = all_alike(4, 6, 1.0), np.random.default_rng(1)
    finger = np.repeat(np.arange(4), 6)
    drawn = bench._impressions(scores, 3, 3, mated, SMALL, rng) + bench._fingers(scores, 2, mated, SMALL, rng)
    for probe, enrolled in drawn:
        assert not np.isin(probe, enrolled).any()
        assert (set(finger[probe]) == set(finger[enrolled])) == mated
        assert not np.isin(finger[probe], finger[enrolled]).any() or mated


def test_a_set_with_too_few_prints_has_fewer_cases():
    found = bench.cases(all_alike(4, 2, 1.0), Plan(mated=2, non_mated=2))
    assert "1 of 1 impressions, named" in found
    assert "3 of 3 impressions, named" not in found
    assert "2 fingers, named" in found
    assert "4 fingers, named" not in found


def test_the_tables_say_how_many_times_the_stated_rate_is_reached():
    reaching = {str(at): {"stated": 10 ** (-at / 10), "seen": 10 ** (-at / 10) / 2} for at in bench.SCORES}
    one = {"non_mated_reaching": reaching, "mated_below": {"30": 0.01, "40": 0.02}, "mean_lr": 0.03, "cllr": 0.04}
    misses = {"pairs": 1234, "one": 0.02, "both": 0.01, "stated": 0.009, "stated_as_independent": 0.0004}
    found = {"fusion": {"figures": {"upek": {"cases": {"2 fingers, named": one}}, "misses": misses}}}
    text = "".join(f"<!-- figures: {name} -->\n<!-- end of figures -->\n" for name in ("fusion", "fusion-misses"))
    made = page.current(text, found, (), Path("r"))
    assert "| upek | 2 fingers, named | 0.50 | 0.50 | 0.50 | 0.03 | 1.00 | 2.00 | 0.040 |" in made
    assert "| 1,234 | 2.00 | 1.00 | 0.90 | 0.04 |" in made
    assert page.current(text, {}, (), Path("r")).count("not measured yet") == 2
