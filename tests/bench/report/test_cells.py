"""Numbers as tables show them: three digits, no powers of ten, and a dash where nothing was measured."""

import pytest

from biomatch.bench.report import cells


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0"),
        (0.012345, "0.0123"),
        (12.345, "12.3"),
        (99.96, "100"),
        (1234.5, "1,230"),
        (7_209_321, "7,210,000"),
        (-3, "-3"),
        (1.5e-5, "0.000015"),
    ],
)
def test_a_number_has_three_digits(value, told):
    assert cells.number(value) == told


def test_numbers_stand_right_and_words_left():
    assert list(cells.head("set", "n", "%")) == ["| set | n | % |", "|---|---:|---:|"]
    assert list(cells.head("set", "who", "%", numbers=[2]))[1] == "|---|---|---:|"


def test_shares_are_percent():
    assert cells.percent(0.01234) == "1.23"
    assert cells.rates({"eer": 0.01, "fmr1000": 0.025, "zerofmr": 0.1}) == "1.00 / 2.50 / 10.00"
    assert cells.span([0.01, 0.03]) == cells.span({"eer": [0.01, 0.03]}) == "1.00 to 3.00"


def test_times_have_their_unit_and_the_slow_ones_in_brackets():
    time = {"p50": 1234.5, "p95": 2000.0, "unit": "us a candidate"}
    assert cells.took(time) == "1,230 (2,000) us"
    assert cells.two(time) == "1,230 / 2,000"
    assert cells.times({"times": 2.0, "interval": [1.5, 2.75]}) == "2 [1.50 to 2.75]"


@pytest.mark.parametrize("cell", [cells.percent, cells.rates, cells.span, cells.two, cells.times])
def test_what_was_not_measured_is_a_dash(cell):
    assert cell(None) == "-"


def test_a_peer_that_was_not_there_has_an_empty_cell():
    assert cells.took(None) == ""
