"""What the answer of a search is worth."""

import numpy as np
import pytest

from biomatch import learned
from biomatch.calibration.search_rates import CLEAR_POWER, TAIL_POWER, Asked, SearchRates, steepness_of_tail, tail_of
from biomatch.errors import ModelDamaged
from biomatch.learned import Models
from biomatch.template import Minutiae, Template

FITTED = SearchRates(
    (-4.0, 0.8, 0.5, 2.0, -0.5, 0.1, 0.5, 0.4, 0.2, -0.3, -2.0), (-1.5, 0.9, 0.5, 0.2, 0.1, 2.0, 0.05, -0.02, 0.5)
)
POWERS = {"tail_power": np.array(TAIL_POWER), "clear_power": np.array(CLEAR_POWER)}


def asked(minutiae=40, quality=70, prints=100_000, effort="normal", clear=20):
    return Asked(minutiae, clear, quality, prints, effort)


@pytest.mark.parametrize("rates", [SearchRates(), FITTED])
@pytest.mark.parametrize("prints", [1_000, 1_000_000])
def test_threshold_and_false_positive_rate_are_inverse(rates, prints):
    one = asked(prints=prints)
    assert rates.false_positive(rates.threshold(0.01, one), one) == pytest.approx(0.01)


def test_misses_grow_with_the_gallery_with_haste_and_with_a_poor_probe():
    base = FITTED.miss(asked())
    assert base == pytest.approx(1 / (1 + np.exp(4)))
    for worse in (asked(prints=1_000_000), asked(effort="fast"), asked(quality=20), asked(clear=12)):
        assert FITTED.miss(worse) > base
    assert FITTED.miss(asked(effort="exhaustive")) < base
    assert FITTED.miss(asked(quality=None)) == base
    assert FITTED.miss(asked(minutiae=60)) == FITTED.miss(asked(minutiae=90))


def test_misses_grow_faster_where_lists_are_longer_than_what_is_kept_of_them():
    odds = [np.log(m / (1 - m)) for m in (FITTED.miss(asked(prints=10**n)) for n in (4, 5, 6))]
    assert np.diff(odds) == pytest.approx([0.8, 1.3])


def test_what_is_known_of_a_probe_is_told_from_its_template():
    minutiae = Minutiae.of([10, 20, 30], [10, 20, 30], [0, 1, 2], quality=[0.1, 0.4, 0.9])
    probe = Template(minutiae, 100, 100, quality=55)
    assert Asked.of(probe, 1_000, "fast") == Asked(3, 2, 55, 1_000, "fast")
    foreign = Template(Minutiae.of([10, 20], [10, 20], [0, 1]), 100, 100)
    assert Asked.of(foreign, 1_000, "fast").clear == 2


def test_strangers_come_farther_in_a_larger_gallery():
    assert FITTED.threshold(0.01, asked(prints=1_000_000)) > FITTED.threshold(0.01, asked()) > 0
    assert FITTED.false_positive(30, asked()) > FITTED.false_positive(40, asked())


def test_the_tail_is_lighter_in_a_smaller_gallery_and_no_heavier_beyond_the_largest():
    def ratio(prints):
        return FITTED.false_positive(90, asked(prints=prints)) / FITTED.false_positive(80, asked(prints=prints))

    assert ratio(10_000) < ratio(1_000_000) < ratio(10_000_000)
    assert ratio(10_000_000) == pytest.approx(ratio(1_000_000_000))


def test_nobody_enrolled_and_nothing_asked():
    assert (FITTED.miss(asked(prints=0)), FITTED.false_positive(10, asked(prints=0))) == (0, 0)
    assert FITTED.miss(asked(minutiae=0)) == 1


def test_the_model_is_taken_where_there_is_one(tmp_path):
    assert SearchRates.of(Models(tmp_path)) == SearchRates()
    arrays = {"miss": np.arange(11.0), "strangers": np.arange(9.0)} | POWERS
    learned.save(tmp_path, "search_rates", arrays, {"data": "made up"})
    found = SearchRates.of(Models(tmp_path))
    assert (found.miss_weights, found.stranger_weights) == (tuple(range(11)), tuple(range(9)))
    assert found.version != "rough"


@pytest.mark.parametrize(
    "arrays",
    [
        {"miss": np.arange(4.0), "strangers": np.arange(9.0)} | POWERS,
        {"miss": np.arange(11.0), "strangers": np.arange(9.0)} | POWERS | {"tail_power": np.array(TAIL_POWER - 1)},
        {"miss": np.arange(11.0), "strangers": np.arange(9.0)} | POWERS | {"clear_power": np.array(1.0)},
        {"miss": np.arange(11.0), "strangers": np.arange(9.0), "tail_power": np.array(TAIL_POWER)},
    ],
)
def test_weights_of_another_version_are_refused(tmp_path, arrays):
    learned.save(tmp_path, "search_rates", arrays, {"data": "made up"})
    with pytest.raises(ModelDamaged):
        SearchRates.of(Models(tmp_path))


def test_shipped_rates_are_fitted():
    """Real prints of seven groups of sensors among a million, each group as much as any other: with 45 clear minutiae and more
    1.5 % missed the mate, with 20 to 30 2 %, and of prints cropped to 24 many more; 1 % of strangers reached 40."""
    shipped = SearchRates.of()
    assert shipped.version != "rough"
    assert 0.007 < shipped.miss(asked(60, 98, 1_000_000, clear=50)) < 0.03
    assert 0.02 < shipped.miss(asked(30, 98, 1_000_000, clear=24)) < 0.1
    assert max(rates.miss(asked(effort="exhaustive")) for rates in (shipped, SearchRates())) < 1e-6
    assert 36 < shipped.threshold(0.01, asked(60, 98, 1_000_000)) < 46


@pytest.mark.parametrize("score", [0.0, 20.0, 60.0, 110.0])
def test_the_steepness_of_the_tail_is_its_gain_a_power_of_ten(score):
    gain = (tail_of(score + 0.05) - tail_of(max(score - 0.05, 0.0))) / (0.1 if score else 0.05) * 10
    assert steepness_of_tail(score) == pytest.approx(gain, rel=1e-4, abs=1e-9)
