from datetime import date

import pytest

from biomatch.cli import ranges
from biomatch.cli.identifying import _where
from biomatch.errors import BadDay, BadRange, UnknownName
from biomatch.gallery.filters import EVERYBODY, Days
from biomatch.vocabulary import Sex


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("1980-01-01..1989-12-31", (date(1980, 1, 1), date(1989, 12, 31))),
        ("1980-01-01..", (date(1980, 1, 1), None)),
        ("..1989-12-31", (None, date(1989, 12, 31))),
    ],
)
def test_either_end_of_a_range_may_be_open(text, ends):
    assert ranges.days("--born", text) == ends


@pytest.mark.parametrize("text", ["1980", "1980-01-01", "1990-01-01..1980-01-01", "1980..1990", "20...30"])
def test_what_is_no_range_of_days_is_told_with_one_that_is(text):
    with pytest.raises(BadRange, match=r"after --born is no range; .* such as 1980-01-01..1989-12-31"):
        ranges.days("--born", text)


def test_a_day_is_one_of_the_past():
    assert ranges.past_day("--born", "1980-05-21") == date(1980, 5, 21)
    assert ranges.past_day("--born", None) is None


@pytest.mark.parametrize("text", ["", "1980", "1980-02-30", "21.5.1980", "9999-12-31"])
def test_what_is_no_day_of_the_past_is_told_with_one_that_is(text):
    with pytest.raises(BadDay, match=r"after --born is no day of the past; .* such as 1980-05-21"):
        ranges.past_day("--born", text)


@pytest.mark.parametrize("text", ["-1..3", "20..", "30..20", "old..", "0..151"])
def test_ages_are_whole_years(text):
    if text == "20..":
        assert ranges.ages("--age", text) == (20, None)
        return
    with pytest.raises(BadRange):
        ranges.ages("--age", text)


def test_options_of_a_search_are_one_filter():
    assert _where(None, None, None, None, None, None, None) == EVERYBODY
    found = _where(["2"], "staff", ["f", "male"], "1980-01-01..1985-01-01", "..150", "2020-01-01..", ["north"])
    assert (found.label, found.sexes, found.units) == ("staff", {Sex.FEMALE, Sex.MALE}, {"north"})
    assert (found.born, found.taken) == (Days(date(1980, 1, 1), date(1985, 1, 1)), Days(date(2020, 1, 1)))
    with pytest.raises(UnknownName, match="'both' is no sex; there are M, F, X, unknown, male, female, other"):
        _where(None, None, ["both"], None, None, None, None)
