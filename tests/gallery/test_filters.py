"""Filters: what a filter says of one print, its columns say of many; nobody is left out for what is not known."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from biomatch.gallery.filters import NOT_KNOWN, Biography, Columns, Days, Filter, Traits, born_at_age, years_before
from biomatch.vocabulary import FingerPosition, Sex

DAYS = st.none() | st.dates(date(1990, 1, 1), date(1990, 1, 9))
SETS = st.none() | st.builds(Days, DAYS, DAYS)
UNITS = st.sampled_from(["", "north", "south"])
TRAITS = st.builds(Traits, st.sampled_from(FingerPosition), st.builds(Biography, st.sampled_from(Sex), DAYS), DAYS, UNITS)
FILTERS = st.builds(
    Filter,
    positions=st.none() | st.frozensets(st.sampled_from(FingerPosition)),
    sexes=st.none() | st.frozensets(st.sampled_from(Sex)),
    born=SETS,
    taken=SETS,
    units=st.none() | st.frozensets(UNITS),
)


@settings(deadline=None)
@given(FILTERS, st.lists(TRAITS, min_size=1, max_size=20))
def test_columns_say_of_many_prints_what_the_filter_says_of_one(where, traits):
    columns = Columns()
    columns.put(0, traits)
    found = columns.passing(where, len(traits))
    assert found.tolist() == [where.admits("P", (), one) for one in traits]
    assert [columns.of(number) for number in range(len(traits))] == traits


@settings(deadline=None)
@given(FILTERS)
def test_a_filter_is_what_its_criteria_say(where):
    assert Filter.of_criteria(where.criteria) == where
    assert Filter.of_criteria(where.criteria, "ada").without == "ada"


def test_both_ends_of_a_range_take_part():
    day = date(1985, 11, 30)
    wanted = Filter(born=Days(day, day))
    for off, takes_part in ((-1, False), (0, True), (1, False)):
        traits = Traits(FingerPosition.UNKNOWN, Biography(born=day + timedelta(off)))
        assert wanted.admits("P", (), traits) is takes_part


def test_who_is_not_known_takes_part_and_who_is_known_not_to_fit_does_not():
    wanted = Filter(frozenset({FingerPosition.LEFT_INDEX}), sexes=frozenset({Sex.FEMALE}), born=Days(date(1980, 1, 1)))
    assert wanted.admits("P", (), Traits(FingerPosition.UNKNOWN, NOT_KNOWN))
    assert not wanted.admits("P", (), Traits(FingerPosition.LEFT_INDEX, Biography(Sex.MALE)))
    assert not wanted.admits("P", (), Traits(FingerPosition.RIGHT_INDEX, NOT_KNOWN))


def test_columns_grow_and_are_read_again():
    columns = Columns()
    one = Traits(FingerPosition.LEFT_RING, Biography(Sex.OTHER, date(2001, 2, 3)), date(2026, 1, 2), "north")
    columns.put(0, [one] * 1_000)
    columns.put(1_000, [one] * 100)
    again = Columns.of_arrays({name: np.array(values) for name, values in columns.arrays(1_100).items()})
    assert again.of(1_099) == one
    again.forget(1_099)
    assert again.of(1_099) == Traits(FingerPosition.UNKNOWN)


def test_columns_of_a_version_without_units_are_read():
    columns = Columns()
    columns.put(0, [Traits(FingerPosition.LEFT_RING)])
    arrays = columns.arrays(1)
    again = Columns.of_arrays({name: arrays[name] for name in ("position", "sex", "born", "taken")})
    assert again.of(0) == Traits(FingerPosition.LEFT_RING)
    again.put(1, [Traits(FingerPosition.LEFT_RING, unit="north")])
    assert again.passing(Filter(units=frozenset({"north"})), 2).tolist() == [False, True]


def test_who_was_born_on_a_leap_day_is_older_on_the_first_of_march():
    assert years_before(date(2018, 2, 28), 18) < date(2000, 2, 29) <= years_before(date(2018, 3, 1), 18)
    assert years_before(date(2024, 2, 29), 1) == date(2023, 2, 28)


def test_an_age_is_of_whole_years():
    days = born_at_age(20, 29, date(2026, 11, 27))
    assert days == Days(date(1996, 11, 28), date(2006, 11, 27))
    assert days & Days(date(2000, 1, 1)) == Days(date(2000, 1, 1), date(2006, 11, 27))
    assert born_at_age(None, None, date(2026, 11, 27)) & Days() == Days()
