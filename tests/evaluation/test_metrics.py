import numpy as np
import pytest

from biomatch.evaluation import metrics
from biomatch.evaluation.metrics import Curve


def test_separated_scores_have_no_errors():
    curve = Curve.of(np.array([5, 6, 7]), np.array([1, 2, 3]))
    assert (curve.eer(), curve.fnmr_at(0.01), curve.fnmr_at(0)) == (0, 0, 0)


def test_a_crossing_within_the_scores_is_the_eer():
    """One of four mated below, one of four non-mated above: 25 % at every threshold between them."""
    curve = Curve.of(np.array([2, 6, 7, 8]), np.array([1, 0, 0.5, 5]))
    assert curve.eer() == pytest.approx(0.25)


def test_eer_is_the_middle_of_the_interval_where_rates_jump_past_each_other():
    """At 2 both rates: FMR 1/2, FNMR 0; at 3: FMR 0, FNMR 1/3. The second sum is smaller, so (0 + 1/3) / 2."""
    curve = Curve.of(np.array([2, 3, 4]), np.array([1, 2]))
    assert curve.eer() == pytest.approx(1 / 6)


def test_ties_count_against_the_system():
    same = np.full(10, 3.0)
    curve = Curve.of(same, same)
    assert curve.eer() == pytest.approx(0.5)
    assert curve.fnmr_at(0) == 1


def test_zero_fmr_rejects_mated_pairs_that_equal_the_best_non_mated():
    curve = Curve.of(np.array([1.0, 5, 9, 9]), np.array([0.0, 5]))
    assert curve.fnmr_at(0) == pytest.approx(0.5)
    assert curve.threshold_at(0) == 9


def test_failed_comparisons_have_the_lowest_score():
    curve = Curve.of(np.array([-np.inf, 5, 6, 7]), np.array([-np.inf, 1, 2, 3]))
    assert curve.fnmr_at(0) == pytest.approx(0.25)
    assert curve.fnmr_at(0.01) == pytest.approx(0.25)


def test_fnmr_at_an_fmr_takes_the_lowest_threshold_that_keeps_it():
    non_mated = np.arange(100.0)  # FMR 1 % above 98
    curve = Curve.of(np.array([50.0, 98, 98.5, 120]), non_mated)
    assert curve.threshold_at(0.01) == 98.5
    assert curve.fnmr_at(0.01) == pytest.approx(0.5)
    assert curve.fnmr_at(0.0) == pytest.approx(0.75)


def test_a_weight_of_two_is_the_pair_twice():
    rng = np.random.default_rng(5)
    mated, non_mated = rng.normal(2, 1, 50), rng.normal(0, 1, 200)
    weight_g, weight_i = rng.integers(0, 3, 50), rng.integers(0, 3, 200)
    weighted = Curve.of(mated, non_mated, weight_g, weight_i)
    repeated = Curve.of(np.repeat(mated, weight_g), np.repeat(non_mated, weight_i))
    assert weighted.eer() == pytest.approx(repeated.eer())
    assert weighted.fnmr_at(0.01) == pytest.approx(repeated.fnmr_at(0.01))


def test_eer_of_two_normals_is_the_known_one():
    """Unit normals two apart cross one standard deviation off: 15.87 %."""
    rng = np.random.default_rng(1)
    curve = Curve.of(rng.normal(2, 1, 40_000), rng.normal(0, 1, 40_000))
    assert curve.eer() == pytest.approx(0.1587, abs=0.004)


def test_saying_nothing_costs_one_bit():
    assert metrics.cllr(np.zeros(5), np.zeros(7)) == pytest.approx(1)


def test_likelihood_ratios_that_are_right_cost_little_and_wrong_ones_much():
    assert metrics.cllr(np.full(5, 6.0), np.full(5, -6.0)) < 1e-5
    assert metrics.cllr(np.full(5, -6.0), np.full(5, 6.0)) > 15


def test_true_likelihood_ratios_reach_the_least_cost():
    """Unit normals at +1 and -1: the natural log likelihood ratio of x is 2x."""
    rng = np.random.default_rng(2)
    mated, non_mated = rng.normal(1, 1, 20_000), rng.normal(-1, 1, 20_000)
    scale = 2 / np.log(10)
    cost, least = metrics.cllr(mated * scale, non_mated * scale), metrics.cllr_min(mated, non_mated)
    assert least <= cost < least + 0.01
    assert metrics.cllr(mated * 4 * scale, non_mated * 4 * scale) > cost + 0.1


def test_separated_scores_have_no_least_cost():
    assert metrics.cllr_min(np.array([3.0, 4]), np.array([1.0, 2])) == pytest.approx(0)


def test_pav_pools_what_falls():
    np.testing.assert_allclose(metrics.pav(np.array([0.0, 1, 0, 1]), np.ones(4)), [0, 0.5, 0.5, 1])


def test_pav_agrees_with_the_min_max_formula():
    rng = np.random.default_rng(3)
    y, n = rng.integers(0, 5, 30).astype(float), rng.integers(5, 9, 30).astype(float)
    means = [[y[i : j + 1].sum() / n[i : j + 1].sum() if j >= i else np.inf for j in range(30)] for i in range(30)]
    expected = [max(min(means[i][j] for j in range(k, 30)) for i in range(k + 1)) for k in range(30)]
    np.testing.assert_allclose(metrics.pav(y, n), expected)


def test_an_equal_stranger_stands_before_the_mate():
    assert metrics.rank_of(np.array([4.0, 2]), np.array([4.0, 5, 1])) == 3
    assert metrics.rank_of(np.array([]), np.array([4.0])) == np.inf


def test_cmc_rises_to_those_that_were_found():
    np.testing.assert_allclose(metrics.cmc(np.array([1, 1, 3, np.inf]), 4), [0.5, 0.5, 0.75, 0.75])


def test_reliability_of_true_odds_lies_on_the_diagonal():
    rng = np.random.default_rng(4)
    mated = rng.random(50_000) < 0.3
    llr = rng.normal(np.where(mated, 1, -1), 1) * 2 / np.log(10)
    claimed, seen, pairs = metrics.reliability(llr, mated)
    assert pairs.sum() == 50_000
    assert np.abs(claimed - seen)[pairs > 500].max() < 0.03
